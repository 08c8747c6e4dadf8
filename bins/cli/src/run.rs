//! One command line from its words to its exit code.

use crate::arguments::Arguments;
use crate::{Exit, Failure, Surroundings, commands, output};
use clap::Parser;
use domain_types::SEEDED_BUGS_BUILT_IN;
use std::ffi::OsString;

/// Runs one command line, its first word being the program's name, and says how it ended.
///
/// Results go to standard output, messages to standard error. A usage error ends with [`Exit::Usage`].
pub fn run(arguments: impl IntoIterator<Item = OsString>, surroundings: &Surroundings) -> Exit {
    if let Err(failure) = fit_for_use(SEEDED_BUGS_BUILT_IN) {
        output::failure(&failure);
        return failure.exit();
    }
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

/// A program with bugs put in by hand is for simulations; it must not touch anybody's releases.
fn fit_for_use(seeded_bugs_built_in: bool) -> Result<(), Failure> {
    if seeded_bugs_built_in {
        return Err(Failure::usage(
            "this program was built with the feature `seeded-bugs`: it has bugs on purpose, for the simulation to find",
            "build it without that feature",
        ));
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_with_seeded_bugs_refuses_to_start() {
        assert_eq!(fit_for_use(false), Ok(()));
        let refused = fit_for_use(true).unwrap_err();
        assert_eq!(refused.exit(), Exit::Usage);
        assert!(refused.to_string().contains("bugs on purpose"), "{refused}");
    }
}
