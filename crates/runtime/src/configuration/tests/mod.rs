//! The configuration as a table: text in, settings or problems with their places out.

mod after;
mod mistakes;
mod repositories;
mod server;

use super::*;
use domain_types::{Channel, RepoName};
use expect_test::{Expect, expect};

fn defaults() -> Defaults {
    Defaults {
        runners: 4,
        platform: "linux-x86_64".parse().unwrap(),
    }
}

fn read(text: &str) -> Result<Configuration, Vec<Problem>> {
    read_configuration("app.toml", text, &defaults())
}

/// Every problem on two lines: the place with the message, and the remedy.
fn check(text: &str, expected: Expect) {
    let problems = read(text).expect_err("the text is wrong");
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{problem}\n  {}\n", problem.remedy))
        .collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn an_empty_text_means_the_defaults() {
    let configuration = read("").unwrap();
    assert_eq!(configuration, Configuration::without_file(&defaults()));
    assert_eq!(configuration.release.name.as_str(), "release");
    assert_eq!(configuration.release.runners, 4);
    assert_eq!(
        (
            configuration.release.approvals_required,
            configuration.release.signatures_required
        ),
        (0, 0)
    );
}

#[test]
fn every_key_is_understood() {
    let text = r#"
[release]
name = "commons"
repository = "BTCDecoded/commons"
runners = 3
retry_budget = 0
attempts_max = 2
approvals_required = 1
signatures_required = 2
queued_seconds_max = 60
running_seconds_max = 0x78
platforms = ["linux-x86_64"]
allow_token_approvals = true
changelog = true
triggers = { production = ["Alice"], prerelease = ["alice", "ci[bot]", "token:ci"] }
after = { sdk = ["node"] }

[repositories.node]
path = "../trees/node"
repo = "bllvm-commons"
aliases = ["reference-node", "blvm-node"]
optional = true
platforms = ["linux-aarch64", "windows-x86_64"]
build = ["cargo", "build"]
test = [["cargo", "test"], ["true"]]
env = { RUST_LOG = "info", _X1 = "" }
queued_seconds_max = 10
running_seconds_max = 20
expected_seconds = 30
artifacts = { node = "target/release/node" }
workflow = "release.yml"
event_type = "build"
worker = "legacy"

"#;
    let configuration = read(text).unwrap();
    let name: RepoName = "node".parse().unwrap();
    let node = configuration.repository(&name);
    assert_eq!(configuration.release.running_seconds_max, 120);
    assert_eq!(configuration.running_seconds_max(&name), 20);
    assert_eq!(configuration.queued_seconds_max(&"other".parse().unwrap()), 60);
    assert_eq!(
        configuration.release.after[&"sdk".parse::<RepoName>().unwrap()],
        vec![name.clone()]
    );
    assert_eq!(
        configuration.release.repository.clone().unwrap().to_string(),
        "BTCDecoded/commons"
    );
    assert_eq!(node.build.unwrap(), [["cargo", "build"]]);
    assert_eq!(node.test, [vec!["cargo", "test"], vec!["true"]]);
    assert_eq!(node.artifacts.unwrap()[0].path, "target/release/node");
    assert_eq!(node.env.len(), 2);
    assert_eq!(
        configuration.folder_candidates(&name),
        [PathBuf::from("../trees/node")]
    );
    assert_eq!(node.workflow.as_deref(), Some("release.yml"));
    assert_eq!(node.worker, WorkerKind::Legacy);
    let other = configuration.repository(&"other".parse().unwrap());
    assert_eq!(other.worker, WorkerKind::ByDispatchId);
}
