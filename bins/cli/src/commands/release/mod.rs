//! `governance release …`: releases of this machine, in a state file.

mod exit_of;
mod list;
mod local;
mod logs;
mod order;
mod out_place;
mod show;
mod state_file;

#[cfg(test)]
mod tests;

pub(crate) use local::{Wish, release};

use crate::arguments::ReleaseCommand;
use crate::{Exit, Failure, Surroundings, block_on};
use order::Order;

/// Carries one of them out.
pub(crate) fn run(command: &ReleaseCommand, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let order = |arguments, order| block_on(order::give(arguments, order, surroundings))?;
    match command {
        ReleaseCommand::Local(arguments) => local::run(arguments, surroundings),
        ReleaseCommand::List(arguments) => block_on(list::run(arguments))?,
        ReleaseCommand::Show(arguments) => block_on(show::run(arguments))?,
        ReleaseCommand::Approve(arguments) => order(arguments, Order::Approve),
        ReleaseCommand::Pause(arguments) => order(arguments, Order::Pause),
        ReleaseCommand::Resume(arguments) => order(arguments, Order::Resume),
        ReleaseCommand::Retry(arguments) => order(arguments, Order::Retry),
        ReleaseCommand::Cancel(arguments) => order(arguments, Order::Cancel),
    }
}
