//! Runs that do not come and runs that do not begin: each is told as what it is, with what to do about it.

use crate::house::{Component, HOME, House, MAINTAINER, OWNER, Plan, TAG};
use crate::wound::{Database, Instance, Wound};
use domain_types::NodeId;
use github_sim::{Clock, Happened, Outcome, WORKER_WORKFLOW};
use orchestrator::{BuildState, Failure, FailureKind, Node, Phase};

const ONE: &[Component] = &[("node", &[], &["node"])];

fn plan(workflow: &str, release: &'static str) -> Plan {
    let mut plan = Plan {
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
    assert_eq!((node.state, node.attempts.len()), (BuildState::Failed, 1));
    let dispatches = house.count(|what| matches!(what, Happened::Dispatched { .. }));
    assert_eq!(dispatches, 1);
}
