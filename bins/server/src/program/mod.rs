//! The program around the server: arguments, configuration, signals, exit codes.

mod arguments;
mod backup;
mod check_config;
mod database;
mod doctor;
mod failure;
mod github;
mod migrate;
mod output;
mod rebuild;
mod serving;
mod surroundings;
mod token;
mod understood;

pub use surroundings::{Surroundings, arguments_of_this_process};

use arguments::{Arguments, Command};
use clap::Parser as _;
use domain_types::SEEDED_BUGS_BUILT_IN;
use failure::Failure;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use tokio::sync::watch;

/// Runs the program: 0 it is done, 1 the doctor has found an error or the present rules are not accepted, 2 wrong usage or configuration, 3 the world failed, 130 and 143 left at a second signal, or a rebuilding at the first.
pub fn run(arguments: impl Iterator<Item = OsString>, surroundings: &Surroundings) -> ExitCode {
    if SEEDED_BUGS_BUILT_IN {
        let text = "this program was built with the feature `seeded-bugs`: it has bugs on purpose, for the simulation to find";
        let failure = Failure::usage(text, "build it without that feature");
        output::error(&failure);
        return ExitCode::from(failure.code());
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nobody reads what cannot be written.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { failure::USAGE } else { 0 });
        }
    };
    match dispatch(&arguments, surroundings) {
        Ok(code) => code,
        Err(failure) => {
            output::error(&failure);
            ExitCode::from(failure.code())
        }
    }
}

/// Serves what a configuration file says until `shutdown` turns true; tells `announce` where it listens. For whoever has a
/// server within its own process.
///
/// # Errors
/// What to tell a person, with what to do next.
pub async fn serve_file(
    file: &Path,
    surroundings: &Surroundings,
    announce: Box<dyn FnOnce(SocketAddr) + Send>,
    shutdown: watch::Receiver<bool>,
) -> Result<(), String> {
    let served = async {
        let understood = understood::read(Some(file), surroundings)?;
        serving::until(&understood, announce, shutdown).await
    };
    served.await.map_err(|failure: Failure| failure.to_string())
}

fn dispatch(arguments: &Arguments, surroundings: &Surroundings) -> Result<ExitCode, Failure> {
    let understood = understood::read(arguments.config.as_deref(), surroundings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::world(
            format!("failed to start threads: {error}"),
            "check the limits on processes of this account",
        )
    })?;
    let code = match &arguments.command {
        None | Some(Command::Serve) => runtime.block_on(serving::run(&understood, arguments.format))?,
        Some(Command::Migrate) => runtime.block_on(migrate::run(&understood, arguments.format))?,
        Some(Command::Backup(order)) => {
            runtime.block_on(backup::back_up(&order.file, &understood, arguments.format))?
        }
        Some(Command::Restore(order)) => {
            runtime.block_on(backup::restore(&order.file, &understood, arguments.format))?
        }
        Some(Command::Rebuild(order)) => {
            runtime.block_on(rebuild::run(order, &understood, arguments.format))?
        }
        Some(Command::Doctor(order)) => {
            runtime.block_on(doctor::run(order, &understood, arguments.format))?
        }
        Some(Command::CheckConfig) => runtime.block_on(check_config::run(&understood, arguments.format))?,
        Some(Command::Token(order)) => token::run(order, &understood, arguments.format)?,
    };
    // A thread that waits for a disk must not keep the program alive.
    runtime.shutdown_background();
    Ok(code)
}
