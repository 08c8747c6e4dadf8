//! The report on a rehearsal: one page.

use super::text::word;
use crate::view::{Table, seconds};
use domain_types::Timestamp;
use serde_json::Value;
use std::fmt::Write as _;

/// The page.
pub(super) fn page(document: &Value) -> String {
    let mut text = format!(
        "Rehearsal of {} {}\n\n{}\n\n",
        word(&document["release"]),
        word(&document["version"]),
        verdict(document)
    );
    for (name, key) in [
        ("plan", "plan_digest"),
        ("manifest", "manifest"),
        ("begun", "started"),
        ("ended", "ended"),
    ] {
        let value = document[key].as_str().unwrap_or("-");
        // Writing to a text does not fail.
        let _ = writeln!(text, "{name:<9} {value}");
    }
    let _ = writeln!(text, "{:<9} {}\n", "took", took(document, ("started", "ended")));
    text.push_str(&builds(document));
    text.push('\n');
    text.push_str(&files(document));
    text
}

fn verdict(document: &Value) -> String {
    if document["state"] != "rehearsed" {
        let reason = document["reason"].as_str().unwrap_or("somebody ended it");
        return format!(
            "It did not go well: it is {}, because {reason}. Mend that, then rehearse again; nothing was published.",
            word(&document["state"])
        );
    }
    let draft = match document["draft_removed"].as_bool() {
        Some(true) => "has been removed",
        Some(false) | None => "is being removed",
    };
    format!(
        "Everything was built, collected, verified and drafted on GitHub. Nothing was published, and the draft {draft}."
    )
}

/// How long something took, by two times of a document.
fn took(document: &Value, (from, to): (&str, &str)) -> String {
    let time = |key: &str| {
        document[key]
            .as_str()
            .and_then(|text| text.parse::<Timestamp>().ok())
    };
    match (time(from), time(to)) {
        (Some(from), Some(to)) => seconds(to.milliseconds_since(from)),
        _ => "-".to_owned(),
    }
}

fn list<'a>(document: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    document[key].as_array().into_iter().flatten()
}

fn builds(document: &Value) -> String {
    let mut table = Table::new(&[
        "repository",
        "platform",
        "version",
        "commit",
        "state",
        "attempts",
        "waited",
        "ran",
    ]);
    for build in list(document, "builds") {
        let attempts: Vec<&Value> = list(build, "attempts").collect();
        let last = attempts.last().copied().unwrap_or(&Value::Null);
        let commit: String = word(&build["commit"]).chars().take(COMMIT_CHARS).collect();
        table.row(vec![
            word(&build["repository"]),
            build["platform"].as_str().unwrap_or_default().to_owned(),
            word(&build["version"]),
            commit,
            word(&build["state"]),
            attempts.len().to_string(),
            took(last, ("requested", "started")),
            took(last, ("started", "ended")),
        ]);
    }
    table.render()
}

/// Digits of a commit in the table: as many as GitHub shows, and some to be safe.
const COMMIT_CHARS: usize = 12;

fn files(document: &Value) -> String {
    let mut table = Table::new(&["file", "bytes", "sha256"]);
    for build in list(document, "builds") {
        for file in list(build, "artifacts") {
            table.row(vec![
                word(&file["name"]),
                word(&file["size"]),
                file["sha256"].as_str().unwrap_or_default().to_owned(),
            ]);
        }
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rehearsed() -> Value {
        json!({
            "release": "example-rehearsal-1", "version": "0.1.0", "state": "rehearsed", "reason": null, "draft_removed": true,
            "plan_digest": "sha256:aa", "manifest": "sha256:bb",
            "started": "2026-11-27T10:00:00.000Z", "ended": "2026-11-27T10:12:05.000Z",
            "builds": [{
                "repository": "node", "platform": "linux-x86_64", "version": "0.1.0",
                "commit": "6dcb09b5b57875f334f61aebed695e2e4193db5e", "state": "succeeded",
                "attempts": [{
                    "requested": "2026-11-27T10:00:00.000Z", "started": "2026-11-27T10:00:07.000Z", "ended": "2026-11-27T10:10:07.000Z",
                }],
                "artifacts": [{ "name": "node", "size": 7, "sha256": "cc" }],
            }],
        })
    }

    #[test]
    fn the_page_says_what_was_done_how_long_it_took_and_what_came_of_it() {
        let expected = "Rehearsal of example-rehearsal-1 0.1.0

Everything was built, collected, verified and drafted on GitHub. Nothing was published, and the draft has been removed.

plan      sha256:aa
manifest  sha256:bb
begun     2026-11-27T10:00:00.000Z
ended     2026-11-27T10:12:05.000Z
took      12 m 05 s

repository  platform      version  commit        state      attempts  waited  ran
node        linux-x86_64  0.1.0    6dcb09b5b578  succeeded  1         7.0 s   10 m 00 s

file  bytes  sha256
node  7      cc
";
        assert_eq!(page(&rehearsed()), expected);
    }

    #[test]
    fn a_rehearsal_that_did_not_go_well_says_why_first() {
        let mut document = rehearsed();
        document["state"] = json!("stalled");
        document["reason"] = json!("2 required builds failed or could not begin, node the first of them");
        let page = page(&document);
        assert!(
            page.contains("It did not go well: it is stalled, because 2 required builds failed"),
            "{page}"
        );
        assert!(!page.contains("was built, collected"), "{page}");
    }
}
