//! `governance-app doctor` on an organisation that is well, and on ones that are not: one ailment each.

use crate::house::{HOME, House, MAINTAINER, OWNER, Plan, TAG};
use github_sim::{Happened, WORKER_WORKFLOW};
use serde_json::Value;
use std::process::{Command, Output};

/// Where webhooks lead in plays in which none is sent.
const DOOR: &str = "https://governance.example.org/webhooks/github";
const SECRET: &str = "k7!vQ2#pLz9@rT4$";
const WORKFLOW: &str = ".github/workflows/build.yml";

fn examine(house: &House, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_governance-app"))
        .arg("doctor")
        .args(arguments)
        .current_dir(house.path(""))
        .env_clear()
        .output()
        .unwrap()
}

/// The exit code, and what was found.
fn findings(house: &House, arguments: &[&str]) -> (i32, Vec<Value>) {
    let said = examine(house, &[&["--format", "json"], arguments].concat());
    let text = String::from_utf8_lossy(&said.stdout);
    let mut document: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&said.stderr)));
    assert_eq!(document["schema"], "governance/findings/v1");
    let findings: Vec<Value> = serde_json::from_value(document["findings"].take()).unwrap();
    for finding in &findings {
        for field in ["file", "message", "remedy"] {
            assert!(!finding[field].as_str().unwrap().is_empty(), "{finding}");
        }
    }
    (said.status.code().unwrap(), findings)
}

/// The codes of the findings of a severity, each once.
fn codes<'f>(findings: &'f [Value], severity: &str) -> Vec<&'f str> {
    let of_severity = findings.iter().filter(|finding| finding["severity"] == severity);
    let mut codes: Vec<&str> = of_severity
        .map(|finding| finding["code"].as_str().unwrap())
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The findings, a line each.
fn lines(findings: &[Value]) -> String {
    let line = |finding: &Value| {
        let word = |name: &str| finding[name].as_str().unwrap().to_owned();
        format!("{} {}: {}\n", word("severity"), word("code"), word("message"))
    };
    findings.iter().map(line).collect()
}

/// Lets webhooks lead somewhere once all that was pushed is told of, so that none is sent there.
async fn lead_webhooks(house: &House) {
    house.github.settled().await;
    house.github.set_webhook(house.app_id(), DOOR, SECRET).unwrap();
}

fn configure(house: &House, lines: &str) {
    let path = house.path("governance-app.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text + lines).unwrap();
}

fn reconfigure(house: &House, from: &str, to: &str) {
    let path = house.path("governance-app.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
}

fn push_workflow(house: &House, text: &str) {
    let files = [(WORKFLOW, text)];
    house
        .github
        .push_files(OWNER, "node", &files, MAINTAINER)
        .unwrap();
}

/// What makes an organisation ill, the finding that says so, and how much it matters.
type Ailment = (fn(&House), &'static str, &'static str);

const AILMENTS: &[Ailment] = &[
    (
        |house| configure(house, "[repositories.node]\nworkflow = 'other.yml'\n"),
        "error",
        "no-workflow",
    ),
    (
        |house| push_workflow(house, "on: [push\n"),
        "error",
        "workflow-unreadable",
    ),
    (
        |house| {
            push_workflow(
                house,
                "on: push\npermissions: {}\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n",
            )
        },
        "error",
        "no-listener",
    ),
    (
        |house| {
            push_workflow(
                house,
                &WORKER_WORKFLOW.replace("runs-on: ubuntu-latest", "runs-on: self-hosted, gpu"),
            )
        },
        "error",
        "label-list-as-text",
    ),
    (
        |house| {
            push_workflow(
                house,
                &WORKER_WORKFLOW.replace("runs-on: ubuntu-latest", "runs-on: [self-hosted, gpu]"),
            )
        },
        "warning",
        "runner-in-public",
    ),
    (
        |house| {
            house.github.create_organisation("elsewhere").unwrap();
            let files = [(WORKFLOW, WORKER_WORKFLOW)];
            let made = house
                .github
                .create_repository("elsewhere", "sdk", &files)
                .unwrap();
            house
                .github
                .push_tag("elsewhere", "sdk", TAG, &made.head, MAINTAINER)
                .unwrap();
            configure(house, "[repositories.sdk]\nrepo = 'elsewhere/sdk'\n");
        },
        "error",
        "not-installed",
    ),
    (
        |house| reconfigure(house, &format!("'{OWNER}/{HOME}'"), &format!("'{OWNER}/node'")),
        "error",
        "no-plan",
    ),
    (
        |house| {
            let files = [(".github/workflows/build.yml", WORKER_WORKFLOW)];
            house.github.create_repository(OWNER, "fresh", &files).unwrap();
            configure(house, "[repositories.sdk]\nrepo = 'fresh'\n");
        },
        "error",
        "no-tag",
    ),
    (
        |house| {
            house
                .github
                .set_workflow_enabled((OWNER, "node"), WORKFLOW, false)
                .unwrap()
        },
        "error",
        "workflow-off",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_that_is_well_has_no_error() {
    let house = House::make(Plan::default()).await;
    house.push_tag_as(MAINTAINER);
    lead_webhooks(&house).await;
    let (code, found) = findings(&house, &[]);
    assert_eq!((code, codes(&found, "error")), (0, vec![]), "{}", lines(&found));
    // What a release can do without, and what this App may not see.
    let mild = ["no-delivery", "permissions-wide", "tags-unprotected"];
    assert_eq!(codes(&found, "warning"), mild, "{}", lines(&found));
    assert_eq!(
        codes(&found, "note"),
        ["denied", "permission-missing"],
        "{}",
        lines(&found)
    );
    let (code, found) = findings(&house, &["--tag", TAG]);
    assert_eq!((code, codes(&found, "error")), (0, vec![]), "{}", lines(&found));
    let (code, found) = findings(&house, &["--tag", "v9.9.9"]);
    assert_eq!(
        (code, codes(&found, "error")),
        (1, vec!["no-plan"]),
        "{}",
        lines(&found)
    );
    let asked = house.count(|what| matches!(what, Happened::Request { method, path, .. } if method != "GET" && !path.ends_with("/access_tokens")));
    assert_eq!(asked, 0, "a doctor changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_ailment_is_found_and_nothing_else() {
    for (make_ill, severity, code) in AILMENTS {
        let house = House::make(Plan::default()).await;
        make_ill(&house);
        lead_webhooks(&house).await;
        let (exit, found) = findings(&house, &[]);
        assert!(
            codes(&found, severity).contains(code),
            "{code}: {}",
            lines(&found)
        );
        let errors: &[&str] = if *severity == "error" { &[code] } else { &[] };
        assert_eq!(codes(&found, "error"), errors, "{code}: {}", lines(&found));
        assert_eq!(exit, i32::from(!errors.is_empty()), "{code}");
    }
}
