//! `governance release … --server URL`: the same orders, over the server's API. Nothing is decided here, and nothing but the API is
//! touched.

mod changes;
mod client;
mod rehearsal;
mod text;
mod watch;

pub(crate) use client::{Bearer, Server};
pub(crate) use text::held_up as page_of_what_holds_up;
pub(crate) use watch::watch;

use crate::arguments::{Format, OrderArguments, StartArguments};
use crate::{Exit, Failure, Surroundings, output};
use client::Answer;
use domain_types::ReleaseVersion;
use serde_json::{Value, json};

/// Asks for a release; `wish` says whether its tags are made, too.
pub(crate) async fn start(
    arguments: &StartArguments,
    wish: Option<&'static str>,
    surroundings: &Surroundings,
) -> Result<Exit, Failure> {
    let server = Server::of(&arguments.server, surroundings)?;
    let tag = arguments.tag.tag();
    let mut asked = json!({ "tag": tag.to_string() });
    if let Some(wish) = wish {
        asked["wish"] = json!(wish);
    }
    let answer = server.post("", &asked).await?.carried_out()?;
    told(&answer, arguments.format.format, &format!("the release of {tag}"))
}

/// Has a release rehearsed, follows that to its end and reports on it; yes if everything went well.
pub(crate) async fn rehearse(
    arguments: &StartArguments,
    surroundings: &Surroundings,
) -> Result<Exit, Failure> {
    let server = Server::of(&arguments.server, surroundings)?;
    let tag = arguments.tag.tag();
    let wish = json!({ "tag": tag.to_string(), "wish": "rehearse" });
    let answer = server.post("", &wish).await?.carried_out()?;
    let Some(id) = answer.body["release"].as_str() else {
        return Err(Failure::world(
            format!("the rehearsal of {tag} is asked for, but the server has not begun it yet"),
            "look with `governance release list`",
        ));
    };
    let path = format!("/{}", id.replace('/', "%2F"));
    let state = watch::follow(&server, &path, watch::Told::Progress).await?;
    let report = server.get(&path).await?.carried_out()?.body;
    match arguments.format.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::result(&rehearsal::page(&report))?,
    }
    Ok(if state == "rehearsed" { Exit::Yes } else { Exit::No })
}

/// Writes the list, newest first.
pub(crate) async fn list(server: &Server, format: Format) -> Result<Exit, Failure> {
    let answer = server.get("").await?.carried_out()?;
    match format {
        Format::Json => output::json(&answer.body)?,
        Format::Text => output::result(&text::list(&answer.body))?,
    }
    Ok(Exit::Yes)
}

/// Writes one release.
pub(crate) async fn show(server: &Server, arguments: &OrderArguments) -> Result<Exit, Failure> {
    let id = server.find(arguments).await?;
    let answer = server.get(&format!("/{id}")).await?.carried_out()?;
    match arguments.format.format {
        Format::Json => output::json(&answer.body)?,
        Format::Text => output::result(&text::release(&answer.body))?,
    }
    Ok(Exit::Yes)
}

/// Gives an order and waits until it is decided.
pub(crate) async fn order(
    server: &Server,
    arguments: &OrderArguments,
    order: &'static str,
) -> Result<Exit, Failure> {
    let id = server.find(arguments).await?;
    let answer = server
        .post(&format!("/{id}/{order}"), &Value::Null)
        .await?
        .carried_out()?;
    told(&answer, arguments.format.format, &subject(&arguments.version))
}

fn subject(version: &ReleaseVersion) -> String {
    format!("release {version}")
}

/// What became of an order.
fn told(answer: &Answer, format: Format, subject: &str) -> Result<Exit, Failure> {
    if format == Format::Json {
        output::json(&answer.body)?;
    }
    if answer.body["outcome"] == "stored" {
        return Err(Failure::world(
            "the order is stored, but the server has not decided it yet",
            "it will; look with `governance release show`",
        ));
    }
    if format == Format::Text {
        let state = answer.body["state"].as_str();
        output::result(&match state {
            Some(state) => format!("{subject} is {}\n", state.replace('_', " ")),
            None => format!("{subject} is asked for\n"),
        })?;
    }
    Ok(Exit::Yes)
}
