//! Facts of pull requests, `governance/facts/v1`: from files, and from a server. Nothing of them is trusted: signatures in them are verified.

use crate::arguments::{PullRequestPlace, ServerPlace};
use crate::commands::release::{Bearer, Server};
use crate::{Failure, Surroundings};
use governance_rules::{FACTS_BYTES_MAX, FactsDocument};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

/// Bytes of one document: what a server keeps, and as many signatures as a pull request can have.
const DOCUMENT_BYTES_MAX: usize = FACTS_BYTES_MAX + 4 * 1024 * 1024;
/// Lines of a file: more pull requests than an organisation has in a year.
const LINES_MAX: usize = 100_000;
/// Pages of facts that a server is asked for, of twenty pull requests each.
const PAGES_MAX: usize = LINES_MAX / 20;

/// Where a document came from, as errors name it.
pub(super) struct Facts {
    /// `FILE:LINE`, or the pull request of a server.
    pub(super) place: String,
    pub(super) document: FactsDocument,
}

/// The one document of a file.
pub(super) fn of_file(path: &Path) -> Result<Facts, Failure> {
    let mut bytes = Vec::new();
    let mut file = open(path)?.take(DOCUMENT_BYTES_MAX as u64 + 1);
    file.read_to_end(&mut bytes)
        .map_err(|error| Failure::of_path("read", path, &error))?;
    let place = path.display().to_string();
    Ok(Facts {
        document: parsed(&bytes, (&place, 1))?,
        place,
    })
}

/// The documents of a file, a line each; empty lines are none.
pub(super) fn of_lines(
    path: &Path,
    mut take: impl FnMut(Facts) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut file = BufReader::new(open(path)?);
    for number in 1.. {
        let mut bytes = Vec::new();
        let read = file.by_ref().take(DOCUMENT_BYTES_MAX as u64 + 1);
        let read = { read }.read_until(b'\n', &mut bytes);
        let read = read.map_err(|error| Failure::of_path("read", path, &error))?;
        if read == 0 {
            break;
        }
        let place = path.display().to_string();
        if number > LINES_MAX {
            return Err(Failure::usage(
                format!("{place}:{number}: there are more than {LINES_MAX} lines"),
                "split the file",
            ));
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let document = parsed(&bytes, (&place, number))?;
        take(Facts {
            place: format!("{place}:{number}"),
            document,
        })?;
    }
    Ok(())
}

fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::of_path("open", path, &error))
}

/// Reads a document that begins at this line of a file.
fn parsed(bytes: &[u8], (place, line): (&str, usize)) -> Result<FactsDocument, Failure> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(Failure::usage(
            format!("{place}:{line}: a document has more than {DOCUMENT_BYTES_MAX} bytes"),
            "leave out what is not about the pull request",
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let (found_line, column) = (line + error.line().saturating_sub(1), error.column());
        let text = error.to_string();
        // The place stands before the message, as everywhere.
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
        Failure::usage(
            format!("{place}:{found_line}:{column}: these are no facts: {text}"),
            "write them as governance/facts/v1: a server hands them out at /api/v1/pull-requests/OWNER/NAME/NUMBER/facts",
        )
    })
}

/// The document of a pull request that a server knows.
pub(super) async fn of_server(
    pull_request: &PullRequestPlace,
    server: &ServerPlace,
    surroundings: &Surroundings,
) -> Result<Facts, Failure> {
    let server = Server::at(server, surroundings, ("pull-requests", Bearer::IfAny))?;
    let (owner, name, number) = (&pull_request.owner, &pull_request.name, pull_request.number);
    let answer = server.get(&format!("/{owner}/{name}/{number}/facts")).await?;
    of_answer(answer.carried_out()?.body, pull_request.to_string())
}

fn of_answer(answer: Value, place: String) -> Result<Facts, Failure> {
    let document = serde_json::from_value(answer).map_err(|error| {
        Failure::world(
            format!("{place}: the server's facts cannot be read: {error}"),
            "use a `governance` of the version of the server",
        )
    })?;
    Ok(Facts { place, document })
}

/// Every document that a server has; answers those that have none, each as a line.
pub(super) async fn of_pages(
    server: &ServerPlace,
    surroundings: &Surroundings,
    mut take: impl FnMut(Facts) -> Result<(), Failure>,
) -> Result<Vec<String>, Failure> {
    let server = Server::at(server, surroundings, ("facts", Bearer::Needed))?;
    let (mut without, mut path) = (Vec::new(), String::new());
    for _ in 0..PAGES_MAX {
        let mut page = server.get(&path).await?.carried_out()?.body;
        let rows = |value: Value| match value {
            Value::Array(rows) => rows,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Vec::new()
            }
        };
        for facts in rows(page["facts"].take()) {
            let subject = &facts["subject"];
            let place = format!("pull request {} of {}", subject["number"], subject["repository"]);
            take(of_answer(facts, place)?)?;
        }
        for row in rows(page["without"].take()) {
            let word = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            without.push(format!(
                "{}#{}: {}",
                word("repository"),
                row["number"],
                word("because")
            ));
        }
        match page["next"].as_str() {
            Some(next) => path = format!("?after={next}"),
            None => return Ok(without),
        }
    }
    Err(Failure::world(
        format!("the server has more than {LINES_MAX} pull requests"),
        "write the facts of those that matter into a file, and name that with `--against`",
    ))
}
