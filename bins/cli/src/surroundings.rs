//! The one place of this program that reads its environment: variables, processors, terminals, process id.

use domain_types::Platform;
use runtime::configuration::Defaults;
use std::collections::BTreeMap;
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
    /// The number of this process.
    pub process: u32,
}

impl Surroundings {
    /// Reads them.
    #[allow(
        clippy::disallowed_methods,
        reason = "the environment is read here and passed on as data"
    )]
    pub fn of_this_process() -> Self {
        let as_text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let variables: BTreeMap<String, String> = std::env::vars_os().filter_map(as_text).collect();
        let dumb = variables.get("TERM").is_none_or(|terminal| terminal == "dumb");
        Self {
            parallelism: std::thread::available_parallelism()
                .map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX)),
            progress_on_terminal: std::io::stderr().is_terminal() && !dumb,
            process: std::process::id(),
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
