//! One file per command: each gathers what it needs, calls the library that does it, and writes the result.

mod artifacts;
pub(crate) mod database;
mod demo;
mod manual;
mod plan;
mod policy;
mod release;
mod report;
mod sign;
mod sim;
mod standing;
mod workflow;

pub(crate) use artifacts::verify as verify_release;

use crate::arguments::{ArtifactsCommand, Command, CompareCommand};
use crate::{Exit, Failure, Surroundings};

/// Carries a command out.
pub(crate) fn dispatch(command: &Command, surroundings: &Surroundings) -> Result<Exit, Failure> {
    match command {
        Command::Plan(arguments) => plan::run(arguments, surroundings),
        Command::Artifacts(ArtifactsCommand::Verify(arguments)) => artifacts::verify(arguments),
        Command::Compare(CompareCommand::Dirs(arguments)) => artifacts::compare(arguments),
        Command::Db(command) => database::run(command),
        Command::Release(command) => release::run(command, surroundings),
        Command::Policy(command) => policy::run(command, surroundings),
        Command::Report(command) => report::run(command, surroundings),
        Command::Why(arguments) => standing::why(arguments, surroundings),
        Command::Key(command) => sign::key(command),
        Command::Sign(arguments) => sign::sign(arguments, surroundings),
        Command::Verify(arguments) => sign::verify(arguments),
        Command::Workflow(command) => workflow::run(command),
        Command::Demo(arguments) => demo::run(arguments, surroundings),
        Command::Sim(command) => sim::run(command),
        Command::Man(arguments) => manual::pages(arguments),
        Command::Completions(arguments) => manual::completions(arguments),
    }
}
