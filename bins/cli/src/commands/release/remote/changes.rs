//! What has come in since the last release, as a server tells it, for people.

use super::text::word;
use crate::view::{Table, plain};
use serde_json::Value;
use std::fmt::Write as _;

/// Characters of a commit's name: enough to find it.
const COMMIT_CHARS: usize = 10;

/// Characters of a sentence of the server's.
const SENTENCE_CHARS_MAX: usize = 300;

/// Every component with every commit that is named.
pub(super) fn all(document: &Value) -> String {
    shown(document, |_| true)
}

/// Every component with the commits that no green verdict stands behind; nothing where there are none.
pub(super) fn ungoverned(document: &Value) -> String {
    let none = Vec::new();
    let ranges = document["changes"].as_array().unwrap_or(&none);
    let is_clean = |range: &Value| {
        range["ungoverned"].as_u64() == Some(0)
            && range["unnamed"].as_u64() == Some(0)
            && range["untold"].is_null()
    };
    match ranges.iter().all(is_clean) {
        true => String::new(),
        false => shown(document, |commit| commit["landing"] != "governed"),
    }
}

fn shown(document: &Value, is_shown: impl Fn(&Value) -> bool) -> String {
    let none = Vec::new();
    let ranges = document["changes"].as_array().unwrap_or(&none);
    let mut text = String::new();
    for range in ranges {
        text.push_str(&heading(range));
        let mut table = Table::new(&[
            "commit",
            "pull request",
            "came in",
            "signed by",
            "title",
            "what the gate said",
        ]);
        let commits = range["commits"].as_array().unwrap_or(&none);
        let chosen: Vec<&Value> = commits.iter().filter(|commit| is_shown(commit)).collect();
        if chosen.is_empty() {
            continue;
        }
        chosen.into_iter().for_each(|commit| table.row(row(commit)));
        text.push_str(&table.render());
    }
    text
}

/// How much has come in, in a line.
fn heading(range: &Value) -> String {
    let component = word(&range["repository"]);
    let sentence = match (range["since"]["version"].as_str(), range["untold"].as_str()) {
        (None, _) => "there is no earlier release of it".to_owned(),
        (Some(since), Some(untold)) => format!("nobody can tell what has come in since {since}: {untold}"),
        (Some(since), None) => counted(range, since),
    };
    format!(
        "{}\n",
        plain(&format!("{component}: {sentence}"), SENTENCE_CHARS_MAX)
    )
}

fn counted(range: &Value, since: &str) -> String {
    let number = |key: &str| range[key].as_u64().unwrap_or_default();
    let mut said = match number("total") {
        1 => format!("1 commit since {since}"),
        many => format!("{many} commits since {since}"),
    };
    for (key, what) in [
        ("ungoverned", "without a green verdict"),
        ("unnamed", "older ones not named"),
        ("lacking", "of the last release not in it any more"),
    ] {
        if number(key) > 0 {
            // Writing to a text does not fail.
            let _ = write!(said, ", {} {what}", number(key));
        }
    }
    said
}

fn row(commit: &Value) -> Vec<String> {
    let name = word(&commit["commit"]).chars().take(COMMIT_CHARS).collect();
    let pull_request = commit["pull_request"]
        .as_u64()
        .map_or("-".to_owned(), |number| format!("#{number}"));
    let mut landing = word(&commit["landing"]);
    if commit["is_dry_run"] == true {
        landing.push_str(", dry run");
    }
    vec![
        name,
        pull_request,
        landing,
        signers(commit),
        word_as_it_is(&commit["title"]),
        word_as_it_is(&commit["said"]),
    ]
}

fn signers(commit: &Value) -> String {
    let names = commit["signers"].as_array().into_iter().flatten();
    let mut names: Vec<String> = names.map(word_as_it_is).collect();
    match commit["more_signers"].as_u64() {
        Some(0) | None => {}
        Some(more) => names.push(format!("{more} more")),
    }
    match names.is_empty() {
        true => "-".to_owned(),
        false => names.join(", "),
    }
}

/// A foreign text, underscores and all.
fn word_as_it_is(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn document() -> Value {
        let commit = |landing: &str, title: &str| {
            json!({
                "commit": "c".repeat(40), "title": title, "pull_request": 12, "landing": landing, "said": "success: All rules hold",
                "signers": ["ada", "ben"], "more_signers": 1, "is_dry_run": false,
            })
        };
        let mut pushed = commit("pushed", "Hot_fix \u{1b}[2J");
        pushed["pull_request"] = Value::Null;
        pushed["signers"] = json!([]);
        pushed["more_signers"] = json!(0);
        pushed["said"] = json!("no pull request brought it");
        json!({"changes": [
            {"repository": "node", "since": {"version": "0.1.0"}, "untold": null, "total": 340, "unnamed": 338, "lacking": 1,
             "ungoverned": 1, "commits": [pushed, commit("governed", "Merge pull request #12")]},
            {"repository": "sdk", "since": null, "untold": null, "total": 0, "unnamed": 0, "lacking": 0, "ungoverned": 0, "commits": []},
            {"repository": "wallet", "since": {"version": "0.1.0"}, "untold": "it is gone", "total": 0, "unnamed": 0, "lacking": 0,
             "ungoverned": 0, "commits": []},
        ]})
    }

    #[test]
    fn every_commit_is_told_with_what_stands_behind_it() {
        expect![[r#"
            node: 340 commits since 0.1.0, 1 without a green verdict, 338 older ones not named, 1 of the last release not in it any more
            commit      pull request  came in   signed by         title                   what the gate said
            cccccccccc  -             pushed    -                 Hot_fix \u{1b}[2J       no pull request brought it
            cccccccccc  #12           governed  ada, ben, 1 more  Merge pull request #12  success: All rules hold
            sdk: there is no earlier release of it
            wallet: nobody can tell what has come in since 0.1.0: it is gone
        "#]]
        .assert_eq(&all(&document()));
    }

    #[test]
    fn of_what_holds_a_release_up_only_that_is_told() {
        let text = ungoverned(&document());
        assert!(
            text.contains("Hot_fix") && !text.contains("Merge pull request"),
            "{text}"
        );
        assert_eq!(ungoverned(&json!({"changes": []})), "");
        assert_eq!(ungoverned(&json!({})), "");
    }
}
