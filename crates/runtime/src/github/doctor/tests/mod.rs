//! What is found in an organisation that is well but for one thing: a table.

mod apps;
mod surroundings;
mod workers;

use super::fact::Fact;
use super::facts::{AppFacts, Facts, PlanFacts, Reach, RepositoryFacts, WorkerFacts};
use super::pages::Pages;
use super::role::Role;
use super::{Code, Finding, Severity, examine};
use crate::configuration::WorkerKind;
use crate::github::FullName;
use Severity::{Error, Note, Warning};
use github_client::{
    ActionsPermissions, App, Budget, Delivery, HookConfig, Installation, RefPatterns, RepositoryFile,
    RepositoryInfo, Ruleset, RulesetConditions, RulesetRule, Runner, RunnerLabel, WorkflowInfo,
    WorkflowState,
};
use serde_json::json;

const APP: u64 = 12;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A workflow about which there is nothing to say.
const WORKFLOW: &str = r#"name: build
run-name: build ${{ inputs.version || github.event.client_payload.version }} [${{ inputs.dispatch_id || github.event.client_payload.dispatch_id }}]
on:
  workflow_dispatch:
    inputs:
      version: { required: true, type: string }
      commit: { required: true, type: string }
      platform: { required: true, type: string }
      release_id: { required: true, type: string }
      dispatch_id: { required: true, type: string }
      clean_cache: { required: false, type: string, default: "false" }
  repository_dispatch:
    types: [build-request]
permissions: {}
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: ./build.sh
"#;

fn name(name: &str) -> FullName {
    FullName {
        owner: "acme".to_owned(),
        name: name.to_owned(),
    }
}

fn installation(id: u64, role: Role) -> Fact<Installation> {
    Fact::Known(Installation {
        id,
        app_slug: None,
        permissions: super::manifest::asked(role).permissions,
        events: Vec::new(),
        suspended_at: None,
        html_url: String::new(),
    })
}

fn reach(id: u64, role: Role) -> Reach {
    Reach {
        role,
        severity: Error,
        installation: installation(id, role),
    }
}

fn app(role: Role, app_id: u64, slug: &str) -> AppFacts {
    let asked = super::manifest::asked(role);
    AppFacts {
        role,
        app_id,
        app: Fact::Known(App {
            id: app_id,
            slug: slug.to_owned(),
            permissions: asked.permissions,
            events: asked.events.into_iter().collect(),
        }),
    }
}

fn file(text: &str) -> RepositoryFile {
    RepositoryFile {
        bytes: text.as_bytes().to_vec(),
        // Different texts only have to differ in it.
        blob_sha: text.to_owned(),
    }
}

fn protecting() -> Ruleset {
    let rule = |kind: &str| RulesetRule {
        kind: kind.to_owned(),
    };
    Ruleset {
        id: 1,
        name: "versions".to_owned(),
        target: Some("tag".to_owned()),
        enforcement: "active".to_owned(),
        conditions: Some(RulesetConditions {
            ref_name: Some(RefPatterns {
                include: vec!["refs/tags/v*".to_owned()],
                exclude: Vec::new(),
            }),
        }),
        rules: vec![rule("update"), rule("deletion")],
        bypass_actors: None,
    }
}

fn repository(repository: &str) -> RepositoryFacts {
    RepositoryFacts {
        name: name(repository),
        is_told: false,
        reached: vec![reach(7, Role::Sole)],
        info: Fact::Known(RepositoryInfo {
            id: 1,
            full_name: format!("acme/{repository}"),
            default_branch: "main".to_owned(),
            private: false,
        }),
        tag_rulesets: Fact::Known(vec![protecting()]),
    }
}

fn worker() -> WorkerFacts {
    WorkerFacts {
        source: name("node"),
        tag: "v1.0.0".parse().unwrap(),
        event_type: "build-request".to_owned(),
        kind: WorkerKind::ByDispatchId,
        workflow: "build.yml".to_owned(),
        default_branch: "main".to_owned(),
        is_private: false,
        commit: Fact::Known(COMMIT.parse().unwrap()),
        file_on_default: Fact::Known(file(WORKFLOW)),
        file_at_tag: Fact::Known(file(WORKFLOW)),
        registered: Fact::Known(WorkflowInfo {
            id: 1,
            path: ".github/workflows/build.yml".to_owned(),
            state: WorkflowState::Active,
        }),
        actions: Fact::Known(ActionsPermissions {
            enabled: true,
            allowed_actions: Some("all".to_owned()),
        }),
        runners: Fact::Known(Vec::new()),
    }
}

fn delivery(status_code: u16, status: &str) -> Delivery {
    serde_json::from_value(json!({
        "id": 1, "guid": "g", "delivered_at": "2026-11-24T06:00:00Z", "redelivery": false, "status": status,
        "status_code": status_code, "event": "push", "action": null
    }))
    .unwrap()
}

/// An organisation about which there is nothing to say.
fn well() -> Facts {
    Facts {
        pages: Pages::of("https://api.github.com"),
        apps: vec![app(Role::Sole, APP, "gate")],
        home: name("home"),
        hook: Fact::Known(HookConfig {
            url: Some("https://governance.example.org/webhooks/github".to_owned()),
            content_type: Some("json".to_owned()),
            takes_any_certificate: false,
        }),
        deliveries: Fact::Known(vec![delivery(202, "OK")]),
        plan: Fact::Known(Ok(PlanFacts {
            builds: 5,
            assets: 20,
        })),
        repositories: vec![repository("home"), repository("node")],
        workers: vec![worker()],
        has_immutable_releases: Fact::Known(true),
        budget: Fact::Known(Budget {
            limit: Some(5000),
            remaining: Some(75),
            reset_seconds: Some(1_800_000_000),
        }),
        clock_ahead_seconds: Some(-30),
    }
}

fn known<T>(fact: &mut Fact<T>) -> &mut T {
    match fact {
        Fact::Known(known) => known,
        Fact::Absent | Fact::Denied(_) | Fact::Unread(_) => panic!("it is known"),
    }
}

fn denied<T>() -> Fact<T> {
    Fact::Denied("Resource not accessible by integration".to_owned())
}

/// Every finding is as expected: severity, code, and a part of what it says.
fn check(change: fn(&mut Facts), expected: &[(Severity, Code, &str)]) {
    let mut facts = well();
    change(&mut facts);
    let found = examine(&facts);
    let text = |finding: &Finding| format!("[{}] {finding}\n", finding.code.as_str());
    let texts: String = found.iter().map(text).collect();
    assert_eq!(found.len(), expected.len(), "{texts}");
    for (finding, (severity, code, words)) in found.iter().zip(expected) {
        assert_eq!((finding.severity, finding.code), (*severity, *code), "{texts}");
        let said = format!("{} {} {}", finding.file, finding.message, finding.remedy);
        assert!(said.contains(words), "{words:?} in {texts}");
    }
}

#[test]
fn an_organisation_that_is_well_gives_nothing_to_say() {
    check(|_| (), &[]);
}
