//! The binary `governance`: hands its arguments and surroundings to the library.

use governance_cli::{Surroundings, arguments_of_this_process, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run(arguments_of_this_process(), &Surroundings::of_this_process()).into()
}
