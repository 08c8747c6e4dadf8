//! `governance release …`: releases of this machine, in a state file, or those of a server.

mod exit_of;
mod list;
mod local;
mod logs;
mod order;
mod out_place;
mod remote;
mod show;
mod state_file;

#[cfg(test)]
mod tests;

pub(crate) use local::{Wish, release};
pub(crate) use remote::{Bearer, Server, page_of_what_holds_up};

use crate::arguments::{ListArguments, OrderArguments, ReleaseCommand};
use crate::{Exit, Failure, Surroundings, block_on};
use order::Order;

/// Carries one of them out.
pub(crate) fn run(command: &ReleaseCommand, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let order = |arguments, order| block_on(give(arguments, order, surroundings))?;
    match command {
        ReleaseCommand::Local(arguments) => local::run(arguments, surroundings),
        ReleaseCommand::Start(arguments) => block_on(remote::start(arguments, None, surroundings))?,
        ReleaseCommand::Tag(arguments) => block_on(remote::start(arguments, Some("tag"), surroundings))?,
        ReleaseCommand::Rehearse(arguments) => block_on(remote::rehearse(arguments, surroundings))?,
        ReleaseCommand::Watch(arguments) => block_on(remote::watch(arguments, surroundings))?,
        ReleaseCommand::Withdraw(arguments) => block_on(withdraw(arguments, surroundings))?,
        ReleaseCommand::FallBack(arguments) => block_on(fall_back(arguments, surroundings))?,
        ReleaseCommand::List(arguments) => block_on(list_releases(arguments, surroundings))?,
        ReleaseCommand::Show(arguments) => block_on(show_release(arguments, surroundings))?,
        ReleaseCommand::Approve(arguments) => order(arguments, Order::Approve),
        ReleaseCommand::Pause(arguments) => order(arguments, Order::Pause),
        ReleaseCommand::Resume(arguments) => order(arguments, Order::Resume),
        ReleaseCommand::Retry(arguments) => order(arguments, Order::Retry),
        ReleaseCommand::Cancel(arguments) => order(arguments, Order::Cancel),
    }
}

async fn list_releases(arguments: &ListArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    match &arguments.place.state {
        Some(state) => list::run(state, arguments.format.format).await,
        None => {
            let server = Server::of(&arguments.place.server, surroundings)?;
            remote::list(&server, arguments.format.format).await
        }
    }
}

async fn show_release(arguments: &OrderArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    match &arguments.place.state {
        Some(state) => show::run(arguments, state).await,
        None => {
            let server = Server::of(&arguments.place.server, surroundings)?;
            remote::show(&server, arguments).await
        }
    }
}

async fn give(
    arguments: &OrderArguments,
    order: Order,
    surroundings: &Surroundings,
) -> Result<Exit, Failure> {
    match &arguments.place.state {
        Some(state) => order::give(arguments, state, order, surroundings).await,
        None => {
            let server = Server::of(&arguments.place.server, surroundings)?;
            remote::order(&server, arguments, order.verb()).await
        }
    }
}

async fn withdraw(arguments: &OrderArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    if arguments.place.state.is_some() {
        return Err(Failure::usage(
            "a local release cannot be withdrawn: it is a directory of yours",
            "delete or mark the directory yourself; `--server URL` withdraws what a server published",
        ));
    }
    let server = Server::of(&arguments.place.server, surroundings)?;
    remote::order(&server, arguments, "withdraw").await
}

async fn fall_back(arguments: &OrderArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    if arguments.place.state.is_some() {
        return Err(Failure::usage(
            "a local release has no former way to fall back to",
            "`--server URL` ends a release of a server in favour of the one in its configuration",
        ));
    }
    let server = Server::of(&arguments.place.server, surroundings)?;
    remote::order(&server, arguments, "fall-back").await
}
