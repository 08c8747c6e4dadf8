//! What a server says of releases, for people.

use super::changes;
use crate::view::{Table, plain};
use serde_json::Value;

/// Digits of a plan's digest in the table: enough to tell plans apart.
const DIGEST_CHARS: usize = 12;

pub(super) fn word(value: &Value) -> String {
    match value {
        Value::String(word) => word.replace('_', " "),
        Value::Null => "-".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// The list.
pub(super) fn list(document: &Value) -> String {
    let none = Vec::new();
    let releases = document["releases"].as_array().unwrap_or(&none);
    if releases.is_empty() {
        return "no releases\n".to_owned();
    }
    let mut table = Table::new(&["release", "version", "state", "started", "last moved", "plan"]);
    for release in releases {
        let digest = word(&release["plan_digest"]);
        let digest = digest
            .trim_start_matches("sha256:")
            .chars()
            .take(DIGEST_CHARS)
            .collect();
        let mut cells: Vec<String> = ["release", "version", "state", "created", "updated"]
            .map(|key| word(&release[key]))
            .to_vec();
        cells.push(digest);
        table.row(cells);
    }
    table.render()
}

/// One release: where it stands and why, each build, and what has come in since the last one.
pub(crate) fn release(document: &Value) -> String {
    format!("{}{}", standing(document), changes::all(document))
}

/// The same, of what has come in only that which no green verdict stands behind.
pub(crate) fn held_up(document: &Value) -> String {
    format!("{}{}", standing(document), changes::ungoverned(document))
}

/// One line, in which nothing is obeyed.
fn line(text: &str) -> String {
    format!("{}\n", plain(text, usize::MAX))
}

/// Where it stands and why, and each build.
fn standing(document: &Value) -> String {
    let mut text = line(&format!(
        "{} {} is {}",
        word(&document["release"]),
        word(&document["version"]),
        word(&document["state"])
    ));
    if let Some(reason) = document["reason"].as_str() {
        text.push_str(&line(&format!("because {reason}")));
    }
    if let Some(actor) = document["asked_by"].as_str() {
        text.push_str(&line(&format!("asked for by {actor}")));
    }
    let none = Vec::new();
    let mut table = Table::new(&["repository", "platform", "version", "state", "attempt", "reason"]);
    for build in document["builds"].as_array().unwrap_or(&none) {
        let last = build["attempts"].as_array().and_then(|attempts| attempts.last());
        let of_last = |key: &str| last.map_or("-".to_owned(), |last| word(&last[key]));
        table.row(vec![
            word(&build["repository"]),
            build["platform"].as_str().unwrap_or_default().to_owned(),
            word(&build["version"]),
            word(&build["state"]),
            of_last("number"),
            of_last("reason"),
        ]);
    }
    text.push_str(&table.render());
    text.push_str(&told(document, ("follow_ups", "afterwards")));
    if document["state"] == "fell_back" {
        text.push_str(&told(document, ("former_way", "former way, not verified")));
    }
    for build in document["builds"].as_array().unwrap_or(&none) {
        text.push_str(&weak(build));
    }
    text
}

/// Whom else somebody told, and what came of it.
fn told(document: &Value, (key, heading): (&str, &str)) -> String {
    let none = Vec::new();
    let all = document[key].as_array().unwrap_or(&none);
    if all.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[heading, "outcome", "detail"]);
    for one in all {
        table.row(["name", "outcome", "detail"].map(|key| word(&one[key])).to_vec());
    }
    table.render()
}

/// What is to be known of a build whose run bore no dispatch id.
fn weak(build: &Value) -> String {
    let last = build["attempts"].as_array().and_then(|attempts| attempts.last());
    let seen = last
        .map(|last| &last["seen"])
        .filter(|seen| seen["correlation"] == "weak");
    seen.map_or_else(String::new, |seen| {
        line(&format!(
            "{}:{} was built by a legacy worker; its run is told by sender and time alone: {}",
            build["repository"].as_str().unwrap_or_default(),
            build["platform"].as_str().unwrap_or_default(),
            seen["page"].as_str().unwrap_or_default(),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_build_of_which_nobody_can_be_certain_is_told_as_such() {
        let build = |seen: Value| {
            json!({
                "repository": "node", "platform": "linux-x86_64", "version": "0.1.0", "state": "succeeded",
                "attempts": [{"number": 1, "reason": null, "seen": seen}],
            })
        };
        let page = "https://github.example/runs/7";
        let document = json!({
            "release": "example", "version": "0.1.0-rc.1", "state": "published", "reason": null,
            "asked_by": "github:alice",
            "builds": [
                build(json!({"id": 7, "page": page, "correlation": "weak"})),
                build(json!({"id": 8, "page": page})),
                build(Value::Null),
            ],
        });
        let text = release(&document);
        assert_eq!(text.matches("legacy worker").count(), 1, "{text}");
        assert!(text.contains(&format!("time alone: {page}")), "{text}");
        assert!(text.contains("asked for by github:alice\n"), "{text}");
    }
}
