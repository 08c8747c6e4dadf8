//! What is found in an organisation that is well but for one thing: a table.

use super::fact::Fact;
use super::facts::{AppFacts, Facts, PlanFacts, Reach, RepositoryFacts, WorkerFacts};
use super::pages::Pages;
use super::role::Role;
use super::{Code, Finding, Severity, examine};
use crate::configuration::WorkerKind;
use crate::github::FullName;
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

use Severity::{Error, Note, Warning};

/// The same with two Apps, of which one may write contents, in the home alone.
fn of_two(facts: &mut Facts) {
    facts.apps = vec![app(Role::Gate, APP, "gate"), app(Role::Release, 13, "release")];
    for repository in &mut facts.repositories {
        repository.reached = vec![reach(7, Role::Gate)];
    }
    facts.repositories[0].reached.push(reach(8, Role::Release));
}

#[test]
fn of_two_apps_each_may_do_its_part_and_no_more() {
    check(of_two, &[]);
    check(
        |facts| {
            of_two(facts);
            known(&mut facts.apps[1].app).id = 14;
        },
        &[(Error, Code::AppForeign, "[github.release]")],
    );
    check(
        |facts| {
            of_two(facts);
            let permissions = &mut known(&mut facts.apps[1].app).permissions;
            permissions.insert("actions".to_owned(), "write".to_owned());
            permissions.insert("contents".to_owned(), "read".to_owned());
            let accepted = permissions.clone();
            known(&mut facts.repositories[0].reached[1].installation).permissions = accepted;
        },
        &[
            (
                Error,
                Code::PermissionMissing,
                "the App of [github.release] asks for `contents: read`",
            ),
            (Warning, Code::PermissionBeyond, "apps/release/permissions"),
        ],
    );
    // The gate does not have to write, and should not.
    check(
        |facts| {
            of_two(facts);
            let permissions = &mut known(&mut facts.apps[0].app).permissions;
            permissions.insert("contents".to_owned(), "write".to_owned());
            let accepted = permissions.clone();
            known(&mut facts.repositories[0].reached[0].installation).permissions = accepted;
        },
        &[(
            Warning,
            Code::PermissionBeyond,
            "the gate's App asks for `contents: write`",
        )],
    );
    check(
        |facts| {
            of_two(facts);
            facts.repositories[0].reached[1].installation = Fact::Absent;
        },
        &[(
            Error,
            Code::NotInstalled,
            "the App of [github.release] is not installed on acme/home",
        )],
    );
}

#[test]
fn who_is_told_of_a_release_is_reached_and_keeps_nobody_from_it() {
    fn told(facts: &mut Facts) -> &mut RepositoryFacts {
        facts.repositories.push(RepositoryFacts {
            is_told: true,
            tag_rulesets: Fact::Known(Vec::new()),
            ..repository("website")
        });
        facts.repositories.last_mut().unwrap()
    }
    check(|facts| _ = told(facts), &[]);
    check(
        |facts| {
            let reach = &mut told(facts).reached[0];
            reach.severity = Warning;
            reach.installation = Fact::Absent;
        },
        &[(
            Warning,
            Code::NotInstalled,
            "the App is not installed on acme/website",
        )],
    );
}

#[test]
fn what_only_an_event_starts_is_known_by_its_file() {
    let mut worker = worker();
    assert!(!worker.is_told_by_event());
    let only = WORKFLOW.replace("workflow_dispatch", "workflow_call");
    worker.file_at_tag = Fact::Known(file(&only));
    assert!(worker.is_told_by_event());
    worker.file_at_tag = Fact::Absent;
    assert!(!worker.is_told_by_event(), "the default branch's can be started");
    worker.kind = WorkerKind::Legacy;
    assert!(worker.is_told_by_event());
}

#[test]
fn a_legacy_worker_is_warned_of_and_keeps_nobody_from_a_prerelease() {
    fn nameless(facts: &mut Facts) {
        let text = WORKFLOW.replace("run-name: build", "# run-name: build");
        facts.workers[0].file_on_default = Fact::Known(file(&text));
        facts.workers[0].file_at_tag = Fact::Known(file(&text));
    }
    let code = Code::Workflow(workflow_model::Code::NoDispatchId);
    check(nameless, &[(Error, code, "run-name")]);
    check(
        |facts| {
            nameless(facts);
            facts.workers[0].kind = WorkerKind::Legacy;
        },
        &[(Warning, code, "only prereleases are made")],
    );
}

#[test]
fn an_organisation_that_is_well_gives_nothing_to_say() {
    check(|_| (), &[]);
}

#[test]
fn the_app_is_ours_and_may_do_what_it_must() {
    check(
        |facts| known(&mut facts.apps[0].app).id = 13,
        &[(
            Error,
            Code::AppForeign,
            "the key is of App 13 (gate), and App 12 is configured",
        )],
    );
    check(
        |facts| facts.apps[0].app = Fact::Denied("Bad credentials".to_owned()),
        &[(Error, Code::AppRefused, "Bad credentials")],
    );
    // A clock that is off is a reason to be refused.
    check(
        |facts| {
            facts.apps[0].app = denied();
            facts.clock_ahead_seconds = Some(90);
        },
        &[
            (Error, Code::AppRefused, "accept us"),
            (Error, Code::ClockOff, "90 s ahead of"),
        ],
    );
    check(
        |facts| facts.apps[0].app = Fact::Unread("no answer".to_owned()),
        &[(Error, Code::Unread, "no answer")],
    );
    check(
        |facts| {
            let permissions = &mut known(&mut facts.apps[0].app).permissions;
            permissions.insert("contents".to_owned(), "read".to_owned());
            permissions.remove("statuses");
        },
        &[
            (
                Error,
                Code::PermissionMissing,
                "`contents: read`, and `write` is needed",
            ),
            (Warning, Code::PermissionMissing, "`statuses: none`"),
        ],
    );
    check(
        |facts| {
            let permissions = &mut known(&mut facts.apps[0].app).permissions;
            permissions.insert("administration".to_owned(), "write".to_owned());
            permissions.remove("checks");
            let accepted = permissions.clone();
            known(&mut facts.repositories[0].reached[0].installation).permissions = accepted;
        },
        &[
            (Warning, Code::PermissionBeyond, "`administration: write`"),
            (Note, Code::PermissionMissing, "checks: write"),
        ],
    );
    check(
        |facts| known(&mut facts.apps[0].app).events.clear(),
        &[
            (Error, Code::EventMissing, "a pushed tag would start no release"),
            (Warning, Code::EventMissing, "`workflow_run`"),
            (Warning, Code::EventMissing, "`workflow_job`"),
            (Note, Code::PermissionMissing, "event pull_request"),
        ],
    );
}

#[test]
fn the_app_is_where_the_plan_is() {
    check(
        |facts| facts.repositories[1].reached[0].installation = Fact::Absent,
        &[(Error, Code::NotInstalled, "not installed on acme/node")],
    );
    check(
        |facts| facts.repositories[1].reached[0].installation = Fact::Unread("no answer".to_owned()),
        &[(Error, Code::Unread, "acme/node is not known: no answer")],
    );
    // One installation, however many repositories it reaches.
    check(
        |facts| {
            for repository in &mut facts.repositories {
                known(&mut repository.reached[0].installation).suspended_at =
                    Some(domain_types::Timestamp::from_seconds(1));
                repository.info = denied();
            }
            facts.plan = denied();
            facts.budget = denied();
            facts.has_immutable_releases = denied();
            facts.workers.clear();
        },
        &[(Error, Code::Suspended, "acme/settings/installations")],
    );
    check(
        |facts| {
            let accepted = &mut known(&mut facts.repositories[0].reached[0].installation).permissions;
            accepted.insert("contents".to_owned(), "read".to_owned());
            accepted.remove("checks");
        },
        &[
            (Warning, Code::PermissionNotAccepted, "`checks: write`"),
            (Error, Code::PermissionNotAccepted, "`contents: write`"),
        ],
    );
}

#[test]
fn webhooks_lead_to_the_door() {
    fn url(facts: &mut Facts, url: &str) {
        known(&mut facts.hook).url = Some(url.to_owned());
    }
    check(
        |facts| url(facts, ""),
        &[(Error, Code::WebhookAddress, "has no address")],
    );
    check(
        |facts| url(facts, "https://other.example.org/hooks"),
        &[(
            Error,
            Code::WebhookAddress,
            "leads to https://other.example.org/hooks",
        )],
    );
    check(
        |facts| url(facts, "http://governance.example.org/webhooks/github"),
        &[(Warning, Code::WebhookOpen, "unencrypted")],
    );
    check(
        |facts| known(&mut facts.hook).takes_any_certificate = true,
        &[(Warning, Code::WebhookOpen, "SSL verification")],
    );
    check(
        |facts| known(&mut facts.hook).content_type = Some("form".to_owned()),
        &[(Error, Code::WebhookForm, "sends `form`")],
    );
    check(
        |facts| facts.hook = Fact::Absent,
        &[(Error, Code::Absent, "the App's webhook is not there")],
    );
}

#[test]
fn webhooks_arrive() {
    check(
        |facts| known(&mut facts.deliveries).clear(),
        &[(Warning, Code::NoDelivery, "apps/gate/advanced")],
    );
    check(
        |facts| known(&mut facts.deliveries).insert(0, delivery(401, "Invalid HTTP Response: 401")),
        &[(Error, Code::SecretDiffers, "webhook_secret")],
    );
    check(
        |facts| {
            let failed = [
                delivery(502, "Bad Gateway"),
                delivery(0, "timed out"),
                delivery(502, "Bad Gateway"),
            ];
            known(&mut facts.deliveries).extend(failed);
        },
        &[(
            Warning,
            Code::DeliveryFailed,
            "of the last 4 deliveries have failed: 1 with 0 (timed out), 2 with 502 (Bad Gateway)",
        )],
    );
    check(
        |facts| known(&mut facts.deliveries).insert(0, delivery(0, "timed out")),
        &[(Error, Code::DeliveryFailed, "1 with 0 (timed out)")],
    );
    check(
        |facts| facts.deliveries = Fact::Unread("no answer".to_owned()),
        &[(Warning, Code::Unread, "deliveries could not be read")],
    );
}

#[test]
fn there_is_a_plan_and_its_tags_are_there() {
    check(
        |facts| facts.plan = Fact::Known(Err("acme/home has no versions.toml".to_owned())),
        &[(Error, Code::NoPlan, "acme/home has no versions.toml")],
    );
    check(
        |facts| facts.plan = denied(),
        &[(Error, Code::Denied, "the manifest of acme/home")],
    );
    check(
        |facts| {
            facts.workers[0].commit = Fact::Absent;
            facts.workers[0].file_at_tag = Fact::Absent;
        },
        &[(Error, Code::NoTag, "tag v1.0.0 of acme/node is not there")],
    );
}

#[test]
fn workflow_files_listen_on_the_branch_and_at_the_tag() {
    check(
        |facts| facts.workers[0].file_on_default = Fact::Absent,
        &[(
            Error,
            Code::NoWorkflow,
            "https://github.com/acme/node/blob/main/.github/workflows/build.yml",
        )],
    );
    check(
        |facts| facts.workers[0].file_at_tag = Fact::Absent,
        &[(Error, Code::NoWorkflow, "of acme/node at v1.0.0 is not there")],
    );
    // The same file is judged once.
    let pushed = "on: push\npermissions: {}\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n";
    assert_eq!(
        parsed(pushed),
        [workflow_model::Code::NoListener],
        "the table below counts on it"
    );
    check(
        |facts| {
            let pushed = "on: push\npermissions: {}\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - run: make\n";
            facts.workers[0].file_on_default = Fact::Known(file(pushed));
            facts.workers[0].file_at_tag = Fact::Known(file(pushed));
        },
        &[(
            Error,
            Code::Workflow(workflow_model::Code::NoListener),
            "acme/node/.github/workflows/build.yml@main",
        )],
    );
    check(
        |facts| facts.workers[0].file_at_tag = Fact::Known(file("on: [push\n")),
        &[(Error, Code::WorkflowUnreadable, "build.yml@v1.0.0: ")],
    );
    check(
        |facts| known(&mut facts.workers[0].file_at_tag).bytes = vec![0xff],
        &[],
    );
    check(
        |facts| {
            let file = known(&mut facts.workers[0].file_at_tag);
            file.bytes = vec![0xff];
            file.blob_sha = "other".to_owned();
        },
        &[(Error, Code::WorkflowUnreadable, "not UTF-8")],
    );
}

fn parsed(text: &str) -> Vec<workflow_model::Code> {
    let workflow = workflow_model::parse_workflow("build.yml", text).unwrap();
    let found = workflow_model::check(&workflow, &workflow_model::Expectations::default());
    found.iter().map(|finding| finding.code).collect()
}

#[test]
fn workflows_can_be_started() {
    check(
        |facts| known(&mut facts.workers[0].registered).state = WorkflowState::DisabledInactivity,
        &[(Error, Code::WorkflowOff, "sixty days")],
    );
    check(
        |facts| known(&mut facts.workers[0].registered).state = WorkflowState::Other("asleep".to_owned()),
        &[(Error, Code::WorkflowOff, "asleep")],
    );
    check(
        |facts| facts.workers[0].registered = denied(),
        &[(Error, Code::Denied, "`actions: read`")],
    );
    check(
        |facts| known(&mut facts.workers[0].actions).enabled = false,
        &[(Error, Code::ActionsOff, "acme/node runs no workflows at all")],
    );
    check(
        |facts| known(&mut facts.workers[0].actions).allowed_actions = Some("selected".to_owned()),
        &[(Warning, Code::ActionsLimited, "`selected`")],
    );
    check(
        |facts| {
            facts.workers[0].actions = denied();
            facts.workers.push(WorkerFacts {
                source: name("wallet"),
                ..facts.workers[0].clone()
            });
        },
        &[(Note, Code::Denied, "workflows may run in acme/node, acme/wallet")],
    );
}

#[test]
fn runners_are_there_and_not_for_everybody() {
    fn own(facts: &mut Facts) {
        let text = WORKFLOW.replace("runs-on: ubuntu-latest", "runs-on: [self-hosted, gpu]");
        facts.workers[0].file_on_default = Fact::Known(file(&text));
        facts.workers[0].file_at_tag = Fact::Known(file(&text));
        facts.workers[0].is_private = true;
    }
    fn runner(status: &str, labels: &[&str]) -> Runner {
        let label = |name: &&str| RunnerLabel {
            name: (*name).to_owned(),
        };
        Runner {
            id: 1,
            name: "r1".to_owned(),
            status: status.to_owned(),
            labels: labels.iter().map(label).collect(),
        }
    }
    check(
        |facts| {
            own(facts);
            facts.workers[0].runners = Fact::Known(vec![runner("online", &["Self-Hosted", "GPU", "x64"])]);
        },
        &[],
    );
    check(
        |facts| {
            own(facts);
            let runners = vec![
                runner("offline", &["self-hosted", "gpu"]),
                runner("online", &["self-hosted"]),
            ];
            facts.workers[0].runners = Fact::Known(runners);
        },
        &[(Warning, Code::NoRunner, "all of: self-hosted, gpu")],
    );
    check(
        |facts| {
            own(facts);
            facts.workers[0].runners = denied();
        },
        &[(Warning, Code::Denied, "the runners of acme/node")],
    );
    check(
        |facts| {
            own(facts);
            facts.workers[0].is_private = false;
            facts.workers[0].runners = Fact::Known(vec![runner("online", &["self-hosted", "gpu"])]);
        },
        &[(Warning, Code::RunnerInPublic, "acme/node is public")],
    );
    // Who asks for none of them need not see them.
    check(|facts| facts.workers[0].runners = denied(), &[]);
}

#[test]
fn tags_of_versions_are_kept() {
    fn ruleset(facts: &mut Facts) -> &mut Ruleset {
        &mut known(&mut facts.repositories[0].tag_rulesets)[0]
    }
    check(
        |facts| {
            ruleset(facts).rules.pop();
        },
        &[(
            Warning,
            Code::TagsUnprotected,
            "acme/home forbids the deletion of",
        )],
    );
    check(
        |facts| known(&mut facts.repositories[0].tag_rulesets).clear(),
        &[(Warning, Code::TagsUnprotected, "the update and deletion of")],
    );
    check(
        |facts| {
            let patterns = RefPatterns {
                include: vec!["refs/tags/nightly-*".to_owned()],
                exclude: Vec::new(),
            };
            ruleset(facts).conditions = Some(RulesetConditions {
                ref_name: Some(patterns),
            });
        },
        &[(Warning, Code::TagsUnprotected, "settings/rules")],
    );
    check(|facts| ruleset(facts).conditions = None, &[]);
    check(
        |facts| facts.repositories[0].tag_rulesets = denied(),
        &[(Warning, Code::Denied, "the rulesets of acme/home")],
    );
}

#[test]
fn what_is_published_stays() {
    check(
        |facts| facts.has_immutable_releases = Fact::Known(false),
        &[(Warning, Code::ReleasesMutable, "Enable release immutability")],
    );
    check(
        |facts| facts.has_immutable_releases = denied(),
        &[(Note, Code::Denied, "administration: read")],
    );
}

#[test]
fn clocks_agree() {
    check(
        |facts| facts.clock_ahead_seconds = Some(-31),
        &[(Error, Code::ClockOff, "31 s behind GitHub's")],
    );
    check(|facts| facts.clock_ahead_seconds = Some(30), &[]);
    check(
        |facts| facts.clock_ahead_seconds = None,
        &[(Note, Code::Unread, "has not told its time")],
    );
}

#[test]
fn the_hour_has_enough_requests() {
    check(
        |facts| known(&mut facts.budget).remaining = Some(74),
        &[(
            Warning,
            Code::BudgetShort,
            "up to 75 requests, and 74 of 5000 are left",
        )],
    );
    check(
        |facts| {
            let budget = known(&mut facts.budget);
            (budget.limit, budget.remaining) = (Some(60), Some(60));
        },
        &[(Error, Code::BudgetShort, "no hour has enough")],
    );
    check(
        |facts| facts.budget = Fact::Unread("no answer".to_owned()),
        &[(Warning, Code::Unread, "the hourly number of requests")],
    );
}
