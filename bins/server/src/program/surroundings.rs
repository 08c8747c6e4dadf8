//! The one place of this program that reads its environment.

use domain_types::Platform;
use runtime::configuration::Defaults;
use std::collections::BTreeMap;
use std::ffi::OsString;

/// What this process was started in, read once and passed on as data.
#[derive(Clone)]
pub struct Surroundings {
    /// Variables whose name and value are text; others do not concern this program. Some are secrets.
    pub variables: BTreeMap<String, String>,
    /// Builds that this machine can run at the same time.
    pub parallelism: u32,
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
        Self {
            variables: std::env::vars_os().filter_map(as_text).collect(),
            parallelism: std::thread::available_parallelism()
                .map_or(1, |count| u32::try_from(count.get()).unwrap_or(u32::MAX)),
        }
    }

    pub(crate) fn defaults(&self) -> Defaults {
        Defaults {
            runners: self.parallelism,
            platform: Platform::of_this_program(),
        }
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
