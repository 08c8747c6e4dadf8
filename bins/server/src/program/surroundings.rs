//! The one place of this program that reads its environment.

use domain_types::Platform;
use runtime::configuration::Defaults;
use std::collections::BTreeMap;
use std::ffi::OsString;

/// Runs in flight at a time where nothing is configured: what GitHub gives the smallest plan at once.
const RUNNERS: u32 = 20;

/// What this process was started in, read once and passed on as data.
#[derive(Clone)]
pub struct Surroundings {
    /// Variables whose name and value are text; others do not concern this program. Some are secrets.
    pub variables: BTreeMap<String, String>,
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
        }
    }

    pub(crate) fn defaults(&self) -> Defaults {
        Defaults {
            runners: RUNNERS,
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
