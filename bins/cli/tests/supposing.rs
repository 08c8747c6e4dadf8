//! `governance policy simulate` and `governance policy backtest` over files, as a shell sees them.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What the rules ask for beyond numbers.
const SETTINGS: &str = "required_checks: [{name: build, app_id: 7}]\n";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &there),
            false => fs::copy(entry.path(), there).map(drop).unwrap(),
        }
    }
}

/// The facts of a pull request that nobody signed, a day after it was opened.
fn facts(number: u64) -> Value {
    json!({
        "schema": "governance/facts/v1",
        "observed_at": "2026-03-02T00:00:00Z",
        "subject": {
            "forge": "github.com", "repository_id": 7, "owner": "atlas", "repository": "atlas-kit", "number": number,
            "base_ref": "refs/heads/main", "head_sha": "a".repeat(40), "head_tree": "b".repeat(40),
        },
        "author": "atlas-gus",
        "change": {"paths": ["docs/a.md", {"path": "docs/b.md", "previous": "docs/c.md"}], "title": "Say more"},
        "clock": {"opened_at": "2026-03-01T00:00:00Z"},
        "checks": [{"name": "build", "app": 7, "state": "running"}],
        "holds": [{"by": "atlas-ada", "since": "2026-03-01T12:00:00Z", "reason": "let me look"}],
        "decided": {
            "outcome": "pending", "revision": 3, "at": "2026-03-02T00:00:00Z",
            "ruleset": format!("sha256:{}", "c".repeat(64)),
        },
    })
}

/// A folder with rules in `rules`, others in `changed`, and facts in `facts.json`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let well = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/governance/well");
    for name in ["rules", "changed"] {
        let rules = folder.path().join(name);
        copy(&well, &rules);
        fs::write(rules.join("config/pull-requests.yml"), SETTINGS).unwrap();
    }
    let layers = folder.path().join("changed/config/repository-layers.yml");
    let text = fs::read_to_string(&layers).unwrap();
    let fewer = "signatures: {required: 2, total: 5}\n    review_period_days: 14";
    let more = "signatures: {required: 3, total: 5}\n    review_period_days: 20";
    assert!(text.contains(fewer));
    fs::write(layers, text.replace(fewer, more)).unwrap();
    write(&folder, "facts.json", &facts(7).to_string());
    folder
}

fn write(folder: &tempfile::TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

fn governance(folder: &tempfile::TempDir, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
    command
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .stdin(Stdio::null());
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// The exit code, then what was said, each stream under its name.
fn check(folder: &tempfile::TempDir, arguments: &str, expected: Expect) {
    let output = governance(folder, arguments);
    let mut text = format!("exit {}\n", output.status.code().unwrap());
    for (name, bytes) in [("out", output.stdout), ("err", output.stderr)] {
        let said = String::from_utf8(bytes).unwrap();
        text.extend(
            said.lines()
                .map(|line| format!("{name}| {line}").trim_end().to_owned() + "\n"),
        );
    }
    expected.assert_eq(&text);
}

/// What changes when this is supposed: the exit code, the word, and what is said otherwise.
fn supposing(arguments: &str, expected: Expect) {
    let folder = folder();
    let arguments = format!("policy simulate --facts facts.json --rules rules {arguments}");
    let output = governance(&folder, &arguments);
    let said = String::from_utf8(output.stdout).unwrap();
    let mut text = format!("exit {}\n", output.status.code().unwrap());
    text.extend(said.lines().take(1).map(|line| format!("{line}\n")));
    text.extend(
        said.lines()
            .filter(|line| line.starts_with("note: a "))
            .map(|line| format!("{line}\n")),
    );
    let changes = said
        .lines()
        .skip_while(|line| !line.starts_with("against") && !line.starts_with("nothing"));
    text.extend(changes.map(|line| format!("{line}\n")));
    expected.assert_eq(&text);
}

#[test]
fn a_pull_request_is_judged_as_it_is_where_nothing_is_supposed() {
    check(
        &folder(),
        "policy simulate --facts facts.json --rules rules",
        expect![[""]],
    );
}

#[test]
fn what_is_supposed_changes_what_hangs_on_it_and_nothing_else() {
    for (arguments, expected) in [
        ("--signed atlas-ada", expect![[""]]),
        ("--signed atlas-ada --signed atlas-ben", expect![[""]]),
        ("--after 13d", expect![[""]]),
        ("--at 2026-03-16T00:00:00Z", expect![[""]]),
        ("--paths consensus/a.rs docs/a.md", expect![[""]]),
        ("--tier 3", expect![[""]]),
        ("--check build", expect![[""]]),
        ("--no-holds", expect![[""]]),
        ("--ready", expect![[""]]),
        (
            "--signed atlas-ada --signed atlas-ben --after 14d --check build --no-holds",
            expect![[""]],
        ),
    ] {
        supposing(arguments, expected);
    }
}

#[test]
fn a_signature_that_cannot_count_changes_nothing_and_is_noted() {
    for (arguments, expected) in [
        ("--signed stranger", expect![[""]]),
        // The author.
        ("--signed atlas-gus", expect![[""]]),
        // A maintainer of something else.
        ("--signed atlas-eve", expect![[""]]),
    ] {
        supposing(arguments, expected);
    }
}

#[test]
fn what_cannot_be_supposed_is_said_with_its_place() {
    let folder = folder();
    let text = serde_json::to_string_pretty(&facts(7)).unwrap();
    write(&folder, "unknown.json", &text.replace("\"checks\"", "\"check\""));
    write(&folder, "later.json", &text.replace("facts/v1", "facts/v2"));
    write(&folder, "half.json", &text[..200]);
    for (arguments, expected) in [
        ("--facts facts.json --at 2026-03-01T00:00:00Z", expect![[""]]),
        ("--facts facts.json --tier 9", expect![[""]]),
        ("--facts facts.json --after 1y", expect![[""]]),
        ("--facts unknown.json", expect![[""]]),
        ("--facts later.json", expect![[""]]),
        ("--facts half.json", expect![[""]]),
        ("--facts missing.json", expect![[""]]),
        ("atlas/atlas-node#1", expect![[""]]),
    ] {
        check(
            &folder,
            &format!("policy simulate --rules rules {arguments}"),
            expected,
        );
    }
}

#[test]
fn a_simulation_is_for_programs_too() {
    let folder = folder();
    let arguments = "policy simulate --facts facts.json --rules rules --signed atlas-ada --format json";
    let document: Value = serde_json::from_slice(&governance(&folder, arguments).stdout).unwrap();
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "difference",
            "head",
            "notes",
            "number",
            "present",
            "repository",
            "ruleset_digest",
            "schema",
            "simulated",
            "supposed"
        ]
    );
    assert_eq!(document["schema"], "governance/simulation/v1");
    assert_eq!(document["supposed"]["signed"], json!(["atlas-ada"]));
    expect![[""]].assert_eq(&document["difference"].to_string());
}

/// Facts of three pull requests: one that waits, one that would be let through, and one in a repository that nobody governs.
fn lines() -> String {
    let mut through = facts(8);
    through["observed_at"] = json!("2026-04-01T00:00:00Z");
    through["holds"] = json!([]);
    through["checks"][0]["state"] = json!("passed");
    let mut elsewhere = facts(9);
    elsewhere["subject"]["repository"] = json!("elsewhere");
    elsewhere["decided"]["outcome"] = json!("neutral");
    format!("{}\n\n{through}\n{elsewhere}\n", facts(7))
}

#[test]
fn past_pull_requests_are_judged_by_changed_rules() {
    let folder = folder();
    write(&folder, "past.jsonl", &lines());
    check(
        &folder,
        "policy backtest --rules rules --against past.jsonl",
        expect![[""]],
    );
    check(
        &folder,
        "policy backtest --rules changed --rules-before rules --against past.jsonl",
        expect![[""]],
    );
    // Nobody of the layer has to sign, and nobody is left to.
    let file = folder.path().join("changed/config/maintainers/layer-3.yml");
    fs::write(file, "maintainers: []\n").unwrap();
    check(
        &folder,
        "policy backtest --rules changed --rules-before rules --against past.jsonl",
        expect![[""]],
    );
    check(
        &folder,
        "policy backtest --rules changed --against past.jsonl",
        expect![[""]],
    );
}

#[test]
fn a_backtest_is_for_programs_too() {
    let folder = folder();
    write(&folder, "past.jsonl", &lines());
    let arguments = "policy backtest --rules changed --rules-before rules --against past.jsonl --format json";
    let document: Value = serde_json::from_slice(&governance(&folder, arguments).stdout).unwrap();
    assert_eq!(document["schema"], "governance/backtest/v1");
    assert_eq!(
        (&document["judged"], &document["changed"]),
        (&json!(3), &json!(0))
    );
    expect![[""]].assert_eq(&document["pull_requests"][1].to_string());
}

#[test]
fn what_is_no_past_is_said_with_file_and_line() {
    let folder = folder();
    let mut bare = facts(8);
    bare.as_object_mut().unwrap().remove("decided");
    write(&folder, "bare.jsonl", &format!("{}\n{bare}\n", facts(7)));
    write(
        &folder,
        "broken.jsonl",
        &format!("{}\n{{\"schema\": 1}}\n", facts(7)),
    );
    for (arguments, expected) in [
        ("--against bare.jsonl", expect![[""]]),
        ("--against broken.jsonl", expect![[""]]),
        ("--against missing.jsonl", expect![[""]]),
        ("", expect![[""]]),
    ] {
        check(
            &folder,
            &format!("policy backtest --rules rules {arguments}"),
            expected,
        );
    }
}
