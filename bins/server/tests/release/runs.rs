//! Runs that do not come and runs that do not begin: each is told as what it is, with what to do about it.

use crate::house::{Apps, Component, HOME, House, MAINTAINER, OWNER, Plan, TAG};
use crate::wound::{Database, Instance, Wound};
use domain_types::NodeId;
use github_sim::{Clock, Happened, Outcome, WORKER_WORKFLOW};
use orchestrator::{BuildState, Event, Failure, FailureKind, Node, Phase};
use runtime::inbox_row;

const ONE: &[Component] = &[("node", &[], &["node"])];

fn plan(workflow: &str, release: &'static str) -> Plan {
    let mut plan = Plan {
        // What cannot be started itself is told by an event.
        apps: Apps::TwoEverywhere,
        clock: Clock::Hand,
        release,
        ..Plan::of(ONE)
    };
    plan.workflows.insert("node", workflow.to_owned());
    plan
}

/// The only build, once its release stands still.
async fn stalled(house: &House) -> (Node, FailureKind, Failure) {
    let clock = Wound::of(&house.github);
    let server = Instance::start(house, &clock, &Database::Sqlite, ("server", 0)).await;
    house
        .github
        .push_tag(OWNER, HOME, TAG, &house.home.head, MAINTAINER)
        .unwrap();
    loop {
        clock.idle().await;
        let listed = server.store.list_releases().await.unwrap();
        let state = match listed.first() {
            Some(release) => runtime::load(&*server.store, &release.id).await.unwrap(),
            None => None,
        };
        if let Some(state) = state.filter(|state| matches!(state.phase(), Phase::Stalled { .. })) {
            let id = NodeId {
                repository: "node".parse().unwrap(),
                platform: "linux-x86_64".parse().unwrap(),
            };
            let node = state.node(&id).unwrap().clone();
            let failure = node.failure().unwrap().clone();
            return (node, failure.kind, failure);
        }
        clock.wind();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_no_runner_takes_is_told_with_the_labels_that_it_waits_for() {
    let workflow = WORKER_WORKFLOW.replace("ubuntu-latest", "[self-hosted, gpu]");
    let mut plan = plan(&workflow, "");
    plan.workers = plan
        .workers
        .ends(&format!("{OWNER}/node"), &[Outcome::NeverStarts]);
    let house = House::make(plan).await;
    let (node, kind, failure) = stalled(&house).await;
    assert_eq!(kind, FailureKind::QueueTimeout);
    let said = "no runner took it within 3600 s: its jobs wait for runners with the labels `self-hosted, gpu`; start a runner that has \
                them, or change `runs-on` in the workflow; see ";
    assert!(failure.reason.starts_with(said), "{}", failure.reason);
    assert!(failure.reason.contains("/actions/runs/"), "{}", failure.reason);
    assert_eq!((node.state, node.attempts.len()), (BuildState::Failed, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_never_comes_is_told_as_such_and_not_asked_for_again() {
    let deaf = WORKER_WORKFLOW
        .replace("  workflow_dispatch:", "  workflow_call:")
        .replace("build-request", "something-else");
    let house = House::make(plan(&deaf, "queued_seconds_max = 120\n")).await;
    let (node, kind, failure) = stalled(&house).await;
    assert_eq!(kind, FailureKind::NoRun, "{}", failure.reason);
    assert!(failure.reason.contains("look whether"), "{}", failure.reason);
    let said = "(it could not be started itself: ";
    assert!(
        failure.reason.contains(said),
        "GitHub's words: {}",
        failure.reason
    );
    assert_eq!((node.state, node.attempts.len()), (BuildState::Failed, 1));
    let dispatches = house.count(|what| matches!(what, Happened::Dispatched { .. }));
    assert_eq!(dispatches, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_neither_can_be_started_nor_may_be_told_is_told_as_such() {
    let by_event = WORKER_WORKFLOW.replace("  workflow_dispatch:", "  workflow_call:");
    let plan = Plan {
        apps: Apps::Two,
        ..plan(&by_event, "")
    };
    let house = House::make(plan).await;
    let (_, kind, failure) = stalled(&house).await;
    assert_eq!(kind, FailureKind::Source, "{}", failure.reason);
    for said in ["not installed on example/node", "could not be started itself"] {
        assert!(failure.reason.contains(said), "{}", failure.reason);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_not_listed_yet_is_stopped_all_the_same() {
    let by_event = WORKER_WORKFLOW.replace("  workflow_dispatch:", "  workflow_call:");
    let mut plan = plan(&by_event, "");
    plan.workers.running_seconds = 7_200;
    let house = House::make(plan).await;
    let clock = Wound::of(&house.github);
    let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 0)).await;
    house.github.once(
        |what| matches!(what, Happened::RunCreated { .. }),
        |github| {
            github.set_faults(github_sim::Faults {
                stale_read: 1.0,
                webhook_unrecorded: 1.0,
                ..github_sim::Faults::default()
            });
        },
    );
    house.push_tag_as(MAINTAINER);
    clock
        .wind_until(&house, |what| matches!(what, Happened::RunCreated { .. }))
        .await;
    let release = server.store.list_releases().await.unwrap().remove(0).id;
    let cancel = Event::Cancel {
        actor: "github:maintainer".to_owned(),
    };
    let row = inbox_row(&release, "cancel".to_owned(), &cancel, "github:maintainer").unwrap();
    let _ = server
        .store
        .append_inbox(&[row], house.github.now())
        .await
        .unwrap();
    server.bell.notify_one();
    let is_cancelled = |what: &Happened| matches!(what, Happened::RunCompleted { conclusion, .. } if conclusion == "cancelled");
    clock.wind_until(&house, is_cancelled).await;
}
