//! One file per command: each gathers what it needs, calls the library that does it, and writes the result.

mod database;
mod manual;
mod plan;

use crate::arguments::Command;
use crate::{Exit, Failure, Surroundings};

/// Carries a command out.
pub(crate) fn dispatch(command: &Command, surroundings: &Surroundings) -> Result<Exit, Failure> {
    match command {
        Command::Plan(arguments) => plan::run(arguments, surroundings),
        Command::Db(command) => database::run(command),
        Command::Man(arguments) => manual::pages(arguments),
        Command::Completions(arguments) => manual::completions(arguments),
        _ => Err(Failure::world("x", "y")),
    }
}
