//! The one place of this program that reads its environment: variables, processors, terminals, process id.

use domain_types::{Platform, Timestamp};
use runtime::configuration::Defaults;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;

/// What this process was started in, read once and passed on as data.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Variables whose name and value are text; others do not concern this program.
    pub variables: BTreeMap<String, String>,
    /// Builds that this machine can run at the same time.
    pub parallelism: u32,
    /// Progress may use a terminal's abilities.
    pub progress_on_terminal: bool,
    /// Somebody can be asked something, and answer.
    pub answers_on_terminal: bool,
    /// The number of this process.
    pub process: u32,
    /// How this program was called: what a person types again.
    pub program: String,
    /// The name of this machine, for evidence and locks.
    pub machine: String,
}

impl Surroundings {
    /// Reads them.
    #[allow(
        clippy::disallowed_methods,
        reason = "the environment is read here and passed on as data"
    )]
    pub fn of_this_process() -> Self {
        let as_text =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let variables: BTreeMap<String, String> = std::env::vars_os().filter_map(as_text).collect();
        let dumb = variables.get("TERM").is_none_or(|terminal| terminal == "dumb");
        Self {
            parallelism: std::thread::available_parallelism()
                .map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX)),
            progress_on_terminal: std::io::stderr().is_terminal() && !dumb,
            answers_on_terminal: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            process: std::process::id(),
            program: std::env::args().next().unwrap_or_else(|| "governance".to_owned()),
            machine: machine(),
            variables,
        }
    }

    /// What the configuration falls back to on this machine.
    pub(crate) fn defaults(&self) -> Defaults {
        Defaults {
            runners: self.parallelism,
            platform: Platform::of_this_program(),
        }
    }

    /// One line about this process, for whoever finds a lock held.
    pub(crate) fn holder(&self, command: &str, since: Timestamp) -> String {
        format!("process {} ({command}, since {since})", self.process)
    }

    /// A name that no other process ever had, as far as leases are concerned.
    pub(crate) fn owner(&self, started: Timestamp) -> String {
        format!("{}/{}/{}", self.machine, self.process, started.milliseconds())
    }

    /// Who types: the account's name as the shell knows it, for the journal; it proves nothing.
    pub(crate) fn actor(&self) -> String {
        let name = self
            .variables
            .get("USER")
            .or_else(|| self.variables.get("LOGNAME"));
        name.filter(|name| !name.is_empty())
            .cloned()
            .unwrap_or_else(|| "operator".to_owned())
    }
}

/// The command line of this process, the program's name first.
#[allow(
    clippy::disallowed_methods,
    reason = "the command line is read here and passed on as data"
)]
pub fn arguments_of_this_process() -> impl Iterator<Item = OsString> {
    std::env::args_os()
}

/// The kernel's name of this machine (proc(5)).
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() {
        "unknown".to_owned()
    } else {
        name.to_owned()
    }
}
