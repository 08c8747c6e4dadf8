//! `governance-app doctor` on an organisation that is well, and on ones that are not: one ailment each.

use crate::house::{Apps, HOME, House, MAINTAINER, OWNER, Plan, TAG, within};
use crate::served::program;
use github_sim::{Happened, WORKER_WORKFLOW};
use serde_json::Value;
use std::process::Output;

/// Where webhooks lead in plays without a server: nobody listens there.
const DOOR: &str = "https://127.0.0.1:9/webhooks/github";
const SECRET: &str = "k7!vQ2#pLz9@rT4$";
const WORKFLOW: &str = ".github/workflows/build.yml";

/// An organisation of one App, which may do everything.
fn with_one_app() -> Plan {
    Plan {
        apps: Apps::One,
        ..Plan::default()
    }
}

fn examine(house: &House, arguments: &[&str]) -> Output {
    program(&house.path(""))
        .arg("doctor")
        .args(arguments)
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

/// What this program needs of an App at least.
const PERMISSIONS: &[(&str, &str)] = &[
    ("actions", "write"),
    ("contents", "write"),
    ("metadata", "read"),
    ("statuses", "write"),
];
const EVENTS: &[&str] = &["push", "workflow_run", "workflow_job"];

/// Another App does the work.
fn employ(house: &House, permissions: &[(&str, &str)], events: &[&str]) {
    let app = house
        .github
        .create_app("other", permissions, events, Some((DOOR, SECRET)))
        .unwrap();
    house.github.install(app.app_id, OWNER).unwrap();
    std::fs::write(house.path("app.pem"), &app.private_key_pem).unwrap();
    let known = format!("app_id = {}", house.app_id());
    reconfigure(house, &known, &format!("app_id = {}", app.app_id));
}

/// Another App that may also look at settings.
fn employ_one_that_looks(house: &House) {
    let look = [("administration", "read")];
    employ(house, &[PERMISSIONS, &look].concat(), EVENTS);
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
        |house| {
            employ(
                house,
                &[&PERMISSIONS[..1], &[("contents", "read")], &PERMISSIONS[2..]].concat(),
                EVENTS,
            )
        },
        "error",
        "permission-missing",
    ),
    (
        |house| employ(house, &[PERMISSIONS, &[("packages", "write")]].concat(), EVENTS),
        "warning",
        "permission-beyond",
    ),
    (
        |house| employ(house, PERMISSIONS, &EVENTS[1..]),
        "error",
        "event-missing",
    ),
    (
        |house| employ(house, PERMISSIONS, &EVENTS[..2]),
        "warning",
        "event-missing",
    ),
    (
        |house| {
            employ_one_that_looks(house);
            house.github.set_actions_enabled(OWNER, "node", false).unwrap();
        },
        "error",
        "actions-off",
    ),
    (
        |house| {
            employ_one_that_looks(house);
            let own = "runs-on: [self-hosted, gpu]";
            push_workflow(house, &WORKER_WORKFLOW.replace("runs-on: ubuntu-latest", own));
            let node = (OWNER, "node");
            house
                .github
                .add_runner(node, "r1", &["self-hosted", "gpu"], false)
                .unwrap();
            house
                .github
                .add_runner(node, "r2", &["self-hosted"], true)
                .unwrap();
        },
        "warning",
        "no-runner",
    ),
    (
        |house| {
            employ_one_that_looks(house);
            house
                .github
                .add_runner((OWNER, "node"), "r1", &["self-hosted"], true)
                .unwrap();
        },
        "warning",
        "runner-in-public",
    ),
    (employ_one_that_looks, "warning", "releases-mutable"),
    (
        |house| house.github.set_suspended(house.app_id(), OWNER, true).unwrap(),
        "error",
        "suspended",
    ),
    (
        |house| {
            let address = "http://127.0.0.1:9/elsewhere";
            house.github.set_webhook(house.app_id(), address, SECRET).unwrap();
        },
        "error",
        "webhook-address",
    ),
    (
        |house| {
            let address = "http://127.0.0.1:9/webhooks/github";
            house.github.set_webhook(house.app_id(), address, SECRET).unwrap();
        },
        "warning",
        "webhook-open",
    ),
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

/// Waits until so many webhooks were answered with a status.
async fn until_delivered(house: &House, expected: u16, times: usize) {
    let is_so = |truth: &[github_sim::Truth]| {
        let sent = truth
            .iter()
            .filter(|line| matches!(line.what, Happened::WebhookSent { status, .. } if status == expected));
        sent.count() >= times
    };
    within("webhooks are delivered", house.github.until(is_so)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_that_is_well_has_no_error() {
    let house = House::make(with_one_app()).await;
    let _served = house.serve();
    // Not named, so that no release begins; told of by `push` and `create`.
    house.push_tag_as("stranger");
    until_delivered(&house, 202, 2).await;
    for arguments in [&[][..], &["--tag", TAG]] {
        let (code, found) = findings(&house, arguments);
        assert_eq!((code, codes(&found, "error")), (0, vec![]), "{}", lines(&found));
        // What a release can do without, and what this App may not see.
        let mild = ["permissions-wide", "tags-unprotected", "webhook-open"];
        assert_eq!(codes(&found, "warning"), mild, "{}", lines(&found));
        let seen = codes(&found, "note");
        assert_eq!(seen, ["denied"], "{}", lines(&found));
    }
    let (code, found) = findings(&house, &["--tag", "v9.9.9"]);
    assert_eq!(
        (code, codes(&found, "error")),
        (1, vec!["no-plan"]),
        "{}",
        lines(&found)
    );
    let is_change = |what: &Happened| matches!(what, Happened::Request { method, path, .. } if method != "GET" && !path.ends_with("/access_tokens"));
    assert_eq!(house.count(is_change), 0, "a doctor changes nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn webhooks_that_do_not_arrive_are_found_with_the_reason() {
    let house = House::make(with_one_app()).await;
    let served = house.serve();
    let door = house.webhook_address(&served);
    house
        .github
        .set_webhook(house.app_id(), &door, "another secret, as long")
        .unwrap();
    house.push_tag_as("stranger");
    until_delivered(&house, 401, 2).await;
    let (code, found) = findings(&house, &[]);
    assert_eq!(
        (code, codes(&found, "error")),
        (1, vec!["secret-differs"]),
        "{}",
        lines(&found)
    );
    served.kill();
    push_workflow(&house, WORKER_WORKFLOW);
    until_delivered(&house, 0, 1).await;
    let (code, found) = findings(&house, &[]);
    assert_eq!(
        (code, codes(&found, "error")),
        (1, vec!["delivery-failed"]),
        "{}",
        lines(&found)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_ailment_is_found_and_nothing_else() {
    for (make_ill, severity, code) in AILMENTS {
        let house = House::make(with_one_app()).await;
        house.github.set_webhook(house.app_id(), DOOR, SECRET).unwrap();
        make_ill(&house);
        let (exit, found) = findings(&house, &[]);
        assert!(
            codes(&found, severity).contains(code),
            "{code}: {}",
            lines(&found)
        );
        let mut errors = codes(&found, "error");
        // Nobody listens, and what is pushed is told of, sooner or later.
        errors.retain(|found| found == code || *found != "delivery-failed");
        let expected: &[&str] = if *severity == "error" { &[code] } else { &[] };
        assert_eq!(errors, expected, "{code}: {}", lines(&found));
        assert!(exit == 1 || expected.is_empty(), "{code}: {exit}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_is_no_finding() {
    let house = House::make(with_one_app()).await;
    let examine_with = |from: &str, to: &str| {
        reconfigure(&house, from, to);
        let said = examine(&house, &[]);
        reconfigure(&house, to, from);
        let words = String::from_utf8_lossy(&said.stderr).into_owned();
        (said.status.code().unwrap(), words)
    };
    let (code, words) = examine_with(house.github.url(), "http://127.0.0.1:9");
    assert_eq!(code, 3, "{words}");
    assert!(words.contains("GitHub cannot be asked"), "{words}");
    let app = format!("app_id = {}", house.app_id());
    let (code, words) = examine_with(&app, "# no App");
    assert_eq!(code, 2, "{words}");
    let (code, words) = examine_with(&format!("repository = '{OWNER}/{HOME}'"), "# no home");
    assert_eq!(code, 2, "{words}");
    // An App that GitHub does not know is an error that is found, and all that is.
    reconfigure(&house, &app, "app_id = 9");
    let (code, found) = findings(&house, &[]);
    assert_eq!(code, 1);
    assert_eq!(codes(&found, "error"), ["app-refused"], "{}", lines(&found));
    assert_eq!(found.len(), 1, "{}", lines(&found));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_reads_the_setting_and_what_to_do() {
    let house = House::make(with_one_app()).await;
    configure(&house, "[repositories.node]\nworkflow = 'other.yml'\n");
    let said = examine(&house, &[]);
    let text = String::from_utf8_lossy(&said.stdout);
    let url = house.github.url();
    let expected = format!(
        "{url}/example/node/blob/main/.github/workflows/other.yml: error: .github/workflows/other.yml of example/node at main is not there\n  \
         help: write it with `governance workflow init`, or name the file that builds as `workflow` in [repositories.NAME]\n"
    );
    assert!(text.contains(&expected), "{text}");
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("6 repositories looked at: "), "{last}");
}

/// A component that needs nobody.
const ALONE: &[crate::house::Component] = &[("sdk", &[], &["sign"])];

/// What the second of two Apps lacks.
type Lack = (Plan, fn(&House), &'static [&'static str]);

fn lacks() -> Vec<Lack> {
    let told = "[release.follow_up.website]\nrepository = 'website'\nevent_type = 'released'\n";
    let event_only = WORKER_WORKFLOW.replace("  workflow_dispatch:", "  workflow_call:");
    assert_ne!(event_only, WORKER_WORKFLOW);
    let by_event = || {
        let mut plan = Plan::default();
        plan.workflows.insert("node", event_only.clone());
        plan
    };
    let follow_up = Plan {
        release: told,
        ..Plan::default()
    };
    let untagged = Plan {
        tagged: false,
        ..Plan::of(ALONE)
    };
    let former_way = Plan {
        release: "[release.former_way]\nrepository = 'old'\nbranch = 'main'\norchestrator = 'all.yml'\n",
        ..Plan::default()
    };
    vec![
        (
            untagged,
            |_| (),
            &["warning: the App of [github.release] is not installed on example/sdk"],
        ),
        (
            former_way,
            |_| (),
            &["warning: the gate's App is not installed on example/old"],
        ),
        (Plan::default(), |_| (), &[]),
        (
            Plan::default(),
            |house| {
                let release = house.release_app.as_ref().unwrap().app_id;
                house.github.set_selected(release, OWNER, &["node"]).unwrap();
            },
            &["error: the App of [github.release] is not installed on example/commons"],
        ),
        (
            by_event(),
            |_| (),
            &["error: the App of [github.release] is not installed on example/node"],
        ),
        (
            Plan {
                apps: Apps::TwoEverywhere,
                ..by_event()
            },
            |_| (),
            &[],
        ),
        (
            follow_up,
            |house| {
                let files = [(WORKFLOW, WORKER_WORKFLOW)];
                house.github.create_repository(OWNER, "website", &files).unwrap();
            },
            &["warning: the App of [github.release] is not installed on example/website"],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_apps_each_is_where_it_has_to_be() {
    for (plan, change, expected) in lacks() {
        let house = House::make(plan).await;
        house.github.set_webhook(house.app_id(), DOOR, SECRET).unwrap();
        change(&house);
        let (_, found) = findings(&house, &[]);
        let is_of_apps = |finding: &&Value| {
            let code = finding["code"].as_str().unwrap();
            code.starts_with("app-") || code.starts_with("permission-") || code == "not-installed"
        };
        let said = found.iter().filter(is_of_apps).map(|finding| {
            let word = |name: &str| finding[name].as_str().unwrap().to_owned();
            format!("{}: {}", word("severity"), word("message"))
        });
        let said: Vec<String> = said.collect();
        assert_eq!(said.len(), expected.len(), "{said:?}");
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.starts_with(expected), "{said}");
        }
    }
}
