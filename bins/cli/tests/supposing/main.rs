//! `governance policy simulate` and `governance policy backtest` over files, as a shell sees them.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

mod backtest;
mod simulation;

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
