//! Orders from another terminal, while a release runs and when none does: list, show, pause, resume, retry, cancel.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

use house_tests::{
    Component, Gate, Governance, Organisation, ReleaseFolder, Running, Stop, processes_below, until,
};
use serde_json::{Value, json};
use std::fs;

/// Three in a row, each waiting at the gate of its name.
fn row() -> Organisation {
    let waits = |name: &str| format!("echo {name} >> ../../../../begun\n{}", Gate::line(name));
    Organisation::of(&[
        Component::new("first").building(&waits("first")),
        Component::new("second")
            .needing("first")
            .building(&waits("second")),
        Component::new("third")
            .needing("second")
            .building(&format!("{}echo third > third", waits("third")))
            .with_binary("third"),
    ])
}

fn begun(organisation: &Organisation) -> String {
    fs::read_to_string(organisation.folder().join("begun")).unwrap_or_default()
}

fn started(organisation: &Organisation) -> Running {
    let running = organisation.release("0.1.0").start();
    organisation.gate("first").is_reached();
    running
}

fn states(release: &Value) -> Vec<&str> {
    let builds = release["builds"].as_array().unwrap();
    builds
        .iter()
        .map(|build| build["state"].as_str().unwrap())
        .collect()
}

fn listed(organisation: &Organisation) -> Value {
    Governance::new()
        .args(["release", "list"])
        .option("--state", &organisation.state())
        .json()
}

/// Gives an order that is taken; the release is then in this state.
#[track_caller]
fn ordered(organisation: &Organisation, order: &str, state: &str) -> Value {
    let answer = organisation.order(order, "0.1.0").json();
    assert_eq!(
        (
            &answer["schema"],
            &answer["order"],
            &answer["outcome"],
            &answer["state"]
        ),
        (
            &json!("governance/release-order/v1"),
            &json!(order),
            &json!("done"),
            &json!(state)
        ),
        "{answer}"
    );
    answer
}

#[test]
fn a_running_release_is_listed_and_shown() {
    let organisation = row();
    let running = started(&organisation);
    let release = organisation.order("show", "0.1.0").json();
    let platform = release["builds"][0]["platform"].as_str().unwrap();
    assert_eq!(platform, format!("linux-{}", std::env::consts::ARCH));
    let begun = release["builds"][0]["attempts"][0]["started"].as_str().unwrap();
    let waiting =
        |name: &str| json!({"repository": name, "platform": platform, "state": "waiting", "attempts": []});
    assert_eq!(
        release,
        json!({
            "schema": "governance/release/v1",
            "release": "play",
            "version": "0.1.0",
            "state": "building",
            "builds": [
                {
                    "repository": "first", "platform": platform, "state": "running",
                    "attempts": [{"number": 1, "started": begun, "ended": null, "outcome": null}],
                },
                waiting("second"),
                waiting("third"),
            ],
        })
    );
    let list = listed(&organisation);
    assert_eq!(list["schema"], "governance/release-list/v1");
    assert_eq!(
        (
            &list["releases"][0]["release"],
            &list["releases"][0]["version"],
            &list["releases"][0]["state"]
        ),
        (&json!("play"), &json!("0.1.0"), &json!("building"))
    );
    let text = organisation.order("show", "0.1.0").run().ends_with(0).output;
    for part in [
        "Release play 0.1.0: building\n",
        "waits for first",
        "waits for second",
        "What ran when\n",
        "> running",
        "Next: a process works on it; look again with:\n  governance release show 0.1.0 --state ",
    ] {
        assert!(text.contains(part), "expected {part:?}\n{text}");
    }
    let table = Governance::new()
        .args(["release", "list"])
        .option("--state", &organisation.state())
        .run()
        .ends_with(0)
        .output;
    assert!(
        table
            .lines()
            .nth(1)
            .unwrap()
            .starts_with("play     0.1.0    building"),
        "{table}"
    );

    for name in ["first", "second", "third"] {
        organisation.gate(name).open();
    }
    running.ends().ends_with(0);
    assert_eq!(listed(&organisation)["releases"][0]["state"], "published");
}

#[test]
fn a_paused_release_begins_nothing_new_until_it_is_resumed() {
    let organisation = row();
    let mut running = started(&organisation);
    ordered(&organisation, "pause", "paused");
    organisation.gate("first").open();
    assert!(
        running
            .hears("first:")
            .is_some_and(|line| line.contains("running"))
    );
    assert!(
        running
            .hears("first:")
            .is_some_and(|line| line.contains("succeeded"))
    );
    // It is recorded that the first succeeded, and its follower could begin; a later order is taken, and it has not.
    let again = organisation.order("pause", "0.1.0").run().ends_with(1);
    assert!(again.error.contains("help: "), "{again}");
    let release = organisation.order("show", "0.1.0").json();
    assert_eq!(
        (&release["state"], states(&release)),
        (&json!("paused"), vec!["succeeded", "waiting", "waiting"])
    );
    let text = organisation.order("show", "0.1.0").run().ends_with(0).output;
    for part in [
        "an operator paused it while it was building",
        "the release is paused",
        "governance release resume 0.1.0 --state ",
    ] {
        assert!(text.contains(part), "expected {part:?}\n{text}");
    }
    assert_eq!(begun(&organisation), "first\n");

    ordered(&organisation, "resume", "building");
    organisation.gate("second").is_reached();
    for name in ["second", "third"] {
        organisation.gate(name).open();
    }
    running.ends().ends_with(0);
    assert_eq!(begun(&organisation), "first\nsecond\nthird\n");
}

#[test]
fn a_release_is_paused_and_resumed_while_no_process_runs() {
    let organisation = row();
    let mut running = started(&organisation);
    running.stop(Stop::Kill);
    running.ends();
    ordered(&organisation, "pause", "paused");
    // A process that is started on a paused release waits, and says how it goes on.
    let mut running = organisation.release("0.1.0").start();
    assert!(running.hears("paused").is_some());
    let advice = running.hears("governance release resume 0.1.0 --state ");
    assert!(advice.is_some());
    running.stop(Stop::Interrupt);
    running.ends().ends_with(130);
    assert_eq!(processes_below(&organisation.sources()), []);

    let told = organisation.order("resume", "0.1.0").run().ends_with(0).output;
    assert!(
        told.contains("the same `governance release local` command"),
        "{told}"
    );
    for name in ["first", "second", "third"] {
        organisation.gate(name).open();
    }
    organisation.release("0.1.0").run().ends_with(0);
    ReleaseFolder::at(&organisation.out()).agrees_with_sha256sum();
}

#[test]
fn a_stalled_release_is_retried() {
    let organisation = Organisation::of(&[Component::new("base")
        .building("[ -e ../../../../mended ] || { echo 'error[E0425]: broken'; exit 1; }")]);
    organisation.release("0.1.0").run().ends_with(1);
    // Nothing to retry twice, nothing to resume, nothing to pause.
    for order in ["pause", "resume"] {
        organisation
            .order(order, "0.1.0")
            .run()
            .ends_with(1)
            .says(&["stalled", "help: "]);
    }
    ordered(&organisation, "retry", "building");
    organisation.order("retry", "0.1.0").run().ends_with(1);
    fs::write(organisation.folder().join("mended"), "").unwrap();
    organisation.release("0.1.0").run().ends_with(0);
    let release = organisation.order("show", "0.1.0").json();
    assert_eq!(release["builds"][0]["attempts"].as_array().unwrap().len(), 2);
    for order in ["pause", "resume", "retry", "cancel"] {
        organisation
            .order(order, "0.1.0")
            .run()
            .ends_with(1)
            .says(&["published"]);
    }
    ReleaseFolder::at(&organisation.out()).agrees_with_sha256sum();
}

#[track_caller]
fn cannot_be_restarted(organisation: &Organisation) {
    organisation.release("0.1.0").run().ends_with(1).says(&[
        "0.1.0 was cancelled",
        "help: ",
        "another version",
    ]);
    for order in ["pause", "resume", "retry", "cancel"] {
        organisation
            .order(order, "0.1.0")
            .run()
            .ends_with(1)
            .says(&["cancelled"]);
    }
    assert_eq!(processes_below(&organisation.sources()), []);
    assert!(!organisation.out().exists());
    let drafts = fs::read_dir(organisation.folder()).unwrap().filter(|entry| {
        entry
            .as_ref()
            .unwrap()
            .file_name()
            .to_string_lossy()
            .contains("draft")
    });
    assert_eq!(drafts.count(), 0);
}

#[test]
fn a_cancelled_release_ends_its_builds_and_stays_cancelled() {
    let organisation = row();
    let running = started(&organisation);
    ordered(&organisation, "cancel", "cancelled");
    let answer = running.ends().ends_with(1);
    assert!(
        answer.output.contains("Release play 0.1.0: cancelled"),
        "{answer}"
    );
    assert_eq!(processes_below(&organisation.sources()), []);
    let release = organisation.order("show", "0.1.0").json();
    assert_eq!(release["builds"][0]["attempts"][0]["outcome"], "cancelled");
    cannot_be_restarted(&organisation);
    // Another version is free, and so is this one from another plan.
    for name in ["first", "second", "third"] {
        organisation.gate(name).open();
    }
    let other = organisation.folder().join("other");
    organisation.release_into("0.1.1", &other).run().ends_with(0);
    organisation
        .repository("first")
        .write("more", "")
        .commit("More")
        .git(&["tag", "--force", "v0.1.0"]);
    organisation.release("0.1.0").run().ends_with(0);
}

#[test]
fn a_release_is_cancelled_while_no_process_runs() {
    let organisation = row();
    let mut running = started(&organisation);
    running.stop(Stop::Kill);
    running.ends();
    ordered(&organisation, "cancel", "cancelled");
    // The orphan of the killed process is ended by whoever comes next, at the latest.
    cannot_be_restarted(&organisation);
    until("the orphan is gone", || {
        processes_below(&organisation.workspace()).is_empty()
    });
}

#[test]
fn a_release_that_could_be_published_is_cancelled_with_its_draft() {
    // The release directory's place is taken while it is built: it stalls with a draft beside it.
    let script = format!("{}echo tool > tool", Gate::line("build"));
    let organisation = Organisation::of(&[Component::new("tool").building(&script).with_binary("tool")]);
    let running = organisation.release("0.1.0").start();
    organisation.gate("build").is_reached();
    fs::create_dir(organisation.out()).unwrap();
    fs::write(organisation.out().join("mine"), "").unwrap();
    organisation.gate("build").open();
    running.ends().ends_with(3);
    assert_eq!(fs::read_dir(organisation.out()).unwrap().count(), 1);
    ordered(&organisation, "cancel", "cancelled");
    fs::remove_dir_all(organisation.out()).unwrap();
    cannot_be_restarted(&organisation);
}

#[test]
fn an_order_to_what_is_not_there_says_what_is() {
    let organisation = row();
    let absent = organisation.order("show", "0.1.0").run();
    absent.ends_with(2).says(&["state.db"]);
    let running = started(&organisation);
    organisation
        .order("pause", "0.2.0")
        .run()
        .ends_with(2)
        .says(&["no release 0.2.0", "it holds 0.1.0"]);
    ordered(&organisation, "cancel", "cancelled");
    running.ends().ends_with(1);
}
