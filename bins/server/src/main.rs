//! The binary `governance-app`. The work is in the library.

use governance_server::{Surroundings, arguments_of_this_process, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(arguments_of_this_process(), &Surroundings::of_this_process())
}
