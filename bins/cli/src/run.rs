//! One command line from its words to its exit code.

use crate::arguments::Arguments;
use crate::{Exit, Failure, Surroundings, commands, output};
use clap::Parser;
use std::ffi::OsString;

/// Runs one command line, its first word being the program's name, and says how it ended.
///
/// Results go to standard output, messages to standard error. A usage error ends with [`Exit::Usage`].
pub fn run(arguments: impl IntoIterator<Item = OsString>, surroundings: &Surroundings) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Yes
            };
        }
    };
    match commands::dispatch(&arguments.command, surroundings) {
        Ok(exit) => exit,
        Err(failure) => {
            output::failure(&failure);
            failure.exit()
        }
    }
}

/// Runs a future to its end on as many threads as there are processors.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::world(
            format!("failed to start threads: {error}"),
            "check the limits on processes of this account",
        )
    })?;
    Ok(runtime.block_on(future))
}
