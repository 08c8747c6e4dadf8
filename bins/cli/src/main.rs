//! The binary `governance`: hands its arguments and surroundings to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    governance_cli::run(
        std::env::args_os(),
        &governance_cli::Surroundings::of_this_process(),
    )
    .into()
}
