//! `governance release watch --server URL`: follows a release until it ends, also when the connection does not hold.

use super::client::Server;
use crate::arguments::{Format, WatchArguments};
use crate::{Exit, Failure, Surroundings, output};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

/// Longest line of the stream in bytes: the plan of a large release.
const LINE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Times in a row that the connection may break without anything new.
const BREAKS_MAX: u32 = 5;

/// What has come so far.
#[derive(Default)]
struct Reader {
    rest: Vec<u8>,
    /// The newest revision.
    after: u64,
}

/// Where events are written, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// They are what was asked for.
    Results(Format),
    /// They only show that it goes on.
    Progress,
}

/// Writes every event as it comes; yes if the release was published, or a rehearsal went well.
pub(crate) async fn watch(arguments: &WatchArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let server = Server::of(&arguments.server, surroundings)?;
    let path = format!("/{}", arguments.version);
    let state = follow(&server, &path, Told::Results(arguments.format.format)).await?;
    let is_yes = ["published", "rehearsed"].contains(&state.as_str());
    Ok(if is_yes { Exit::Yes } else { Exit::No })
}

/// Writes every event of the release at this path as it comes; answers the state in which it ended.
pub(super) async fn follow(server: &Server, path: &str, told: Told) -> Result<String, Failure> {
    // Whether there is such a release is said in full.
    server.get(path).await?.carried_out()?;
    let mut reader = Reader::default();
    let mut breaks = 0;
    while breaks < BREAKS_MAX {
        let before = reader.after;
        let response = server.stream(&format!("{path}/events"), before).await?;
        if !response.status().is_success() {
            let text = format!(
                "the server does not let the release be followed ({})",
                response.status()
            );
            return Err(Failure::world(text, "try again"));
        }
        if let Some(state) = read(response.into_body(), &mut reader, told).await? {
            return Ok(state);
        }
        breaks = if reader.after > before { 0 } else { breaks + 1 };
    }
    Err(Failure::world(
        "the connection broke again and again",
        "see whether the server runs: GET /health/ready",
    ))
}

/// Reads until the connection breaks, or to the end of the release: then its state.
async fn read(mut body: Incoming, reader: &mut Reader, told: Told) -> Result<Option<String>, Failure> {
    reader.rest.clear();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        reader.rest.extend_from_slice(&bytes);
        while let Some(line) = next_line(&mut reader.rest) {
            let Some(data) = line
                .strip_prefix("data: ")
                .and_then(|data| serde_json::from_str(data).ok())
            else {
                continue;
            };
            if let Some(state) = show(&data, reader, told)? {
                return Ok(Some(state));
            }
        }
        if reader.rest.len() > LINE_BYTES_MAX {
            let text = format!("the server sent a line of more than {LINE_BYTES_MAX} bytes");
            return Err(Failure::world(text, "look with `governance release show`"));
        }
    }
    Ok(None)
}

fn next_line(rest: &mut Vec<u8>) -> Option<String> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line: Vec<u8> = rest.drain(..=end).collect();
    Some(String::from_utf8_lossy(&line).trim_end().to_owned())
}

fn show(data: &Value, reader: &mut Reader, told: Told) -> Result<Option<String>, Failure> {
    let state = data["state"].as_str();
    reader.after = data["revision"].as_u64().unwrap_or(reader.after);
    let text = match state {
        Some(state) => format!("the release is {}\n", state.replace('_', " ")),
        None => format!("{}\n", line(data)),
    };
    match told {
        Told::Results(Format::Json) => output::result(&format!("{data}\n"))?,
        Told::Results(Format::Text) => output::result(&text)?,
        Told::Progress => output::note(text.trim_end()),
    }
    Ok(state.map(str::to_owned))
}

/// `time  what happened  to which build`.
fn line(data: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().replace('_', " ");
    let event = &data["event"];
    let node = &event["node"];
    let subject = match node["repository"].as_str() {
        Some(repository) => format!("  {repository}:{}", node["platform"].as_str().unwrap_or_default()),
        None => event["actor"]
            .as_str()
            .map(|actor| format!("  by {actor}"))
            .unwrap_or_default(),
    };
    let reason = event["failure"]["reason"]
        .as_str()
        .map(|reason| format!("  {reason}"));
    format!(
        "{}  {}{subject}{}",
        data["at"].as_str().unwrap_or_default(),
        word(&data["kind"]),
        reason.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_taken_whole_however_they_come() {
        let mut rest = b"id: 1\ndata: {\"a\"".to_vec();
        assert_eq!(next_line(&mut rest).as_deref(), Some("id: 1"));
        assert_eq!(next_line(&mut rest), None);
        rest.extend_from_slice(b":1}\r\n\n");
        assert_eq!(next_line(&mut rest).as_deref(), Some("data: {\"a\":1}"));
        assert_eq!(next_line(&mut rest).as_deref(), Some(""));
        assert_eq!(next_line(&mut rest), None);
    }

    #[test]
    fn an_event_is_a_line() {
        let failed = json!({
            "at": "2026-11-27T10:00:00.000Z", "kind": "build_failed",
            "event": { "node": { "repository": "a", "platform": "linux-x86_64" }, "failure": { "reason": "no tests" } },
        });
        assert_eq!(
            line(&failed),
            "2026-11-27T10:00:00.000Z  build failed  a:linux-x86_64  no tests"
        );
        let paused = json!({ "at": "t", "kind": "pause", "event": { "actor": "token:ci" } });
        assert_eq!(line(&paused), "t  pause  by token:ci");
    }
}
