//! `governance policy explain` and `governance why`: what a server says of a pull request, a release or a run. Nothing is judged here.

mod release;
mod text;

pub(crate) use text::{line, tree};

use super::release::{Bearer, Server};
use crate::arguments::{About, ExplainArguments, Format, PullRequestPlace, ServerPlace, WhyArguments};
use crate::{Exit, Failure, Surroundings, block_on, output};
use serde_json::Value;

/// Shows every rule of a pull request.
pub(crate) fn explain(arguments: &ExplainArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let asked = pull_request(&arguments.pull_request, &arguments.server, surroundings);
    let document = block_on(asked)??;
    match arguments.format.format {
        Format::Json => output::json(&document)?,
        Format::Text => output::result(&text::explained(&document))?,
    }
    Ok(exit(&document))
}

/// Says who or what holds something up, and what to type.
pub(crate) fn why(arguments: &WhyArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let (server, format) = (&arguments.server, arguments.format.format);
    match &arguments.about {
        About::PullRequest(place) => {
            let document = block_on(pull_request(place, server, surroundings))??;
            match format {
                Format::Json => output::json(&document)?,
                Format::Text => output::result(&text::held_up(&document))?,
            }
            Ok(exit(&document))
        }
        About::Release(version) => {
            let document = block_on(release::of_version(version, server, surroundings))??;
            match format {
                Format::Json => output::json(&document)?,
                Format::Text => output::result(&release::page(&document))?,
            }
            Ok(release::exit(&document))
        }
        About::Run(run) => {
            let document = block_on(release::of_run(*run, server, surroundings))??;
            match format {
                Format::Json => output::json(&document)?,
                Format::Text => output::result(&release::page_of_run(&document))?,
            }
            Ok(release::exit(&document["release"]))
        }
    }
}

pub(crate) async fn pull_request(
    place: &PullRequestPlace,
    server: &ServerPlace,
    surroundings: &Surroundings,
) -> Result<Value, Failure> {
    let server = Server::at(server, surroundings, ("pull-requests", Bearer::IfAny))?;
    let path = format!("/{}/{}/{}", place.owner, place.name, place.number);
    Ok(server.get(&path).await?.carried_out()?.body)
}

/// Yes if nothing holds it up.
fn exit(document: &Value) -> Exit {
    let is_open = document["open"].as_bool().unwrap_or(true);
    match document["outcome"].as_str() {
        Some("success" | "neutral") => Exit::Yes,
        Some(_) | None if is_open => Exit::No,
        Some(_) | None => Exit::Yes,
    }
}
