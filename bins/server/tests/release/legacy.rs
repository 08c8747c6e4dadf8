//! Workers of an older kind, whose runs bear no dispatch id: told by what else is known of them, one at a time, and for prereleases only.

use crate::house::{Apps, Component, HOME, House, MAINTAINER, OWNER, Plan};
use crate::wound::{Database, Instance, Wound};
use domain_types::NodeId;
use github_sim::{Clock, Happened, Outcome, Truth, WORKER_WORKFLOW};
use orchestrator::{Attempt, BuildState, Correlation, Event, FailureKind, State};
use runtime::inbox_row;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const ONE: &[Component] = &[("node", &[], &["node"])];

const CONFIGURED: &str = "[repositories.node]\nworker = 'legacy'\n";

const REQUEST: &str = "build-request";

/// A worker that hears the event and knows nothing of ids.
fn workflow() -> String {
    let (head, rest) = WORKER_WORKFLOW.split_once("run-name:").unwrap();
    let (_, jobs) = rest.split_once("permissions:").unwrap();
    format!("{head}on:\n  repository_dispatch:\n    types: [{REQUEST}]\npermissions:{jobs}")
}

fn plan(running_seconds: u64) -> Plan {
    let mut plan = Plan {
        // Its workers are told by events.
        apps: Apps::TwoEverywhere,
        clock: Clock::Hand,
        release: CONFIGURED,
        ..Plan::of(ONE)
    };
    plan.workers.running_seconds = running_seconds;
    plan.workflows.insert("node", workflow());
    plan
}

struct Play {
    house: House,
    clock: Arc<Wound>,
    server: Instance,
}

impl Play {
    async fn begin(plan: Plan) -> Self {
        let house = House::make(plan).await;
        let clock = Wound::of(&house.github);
        let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 0)).await;
        Self { house, clock, server }
    }

    fn push(&self, tag: &str) {
        let head = &self.house.home.head;
        self.house
            .github
            .push_tag(OWNER, HOME, tag, head, MAINTAINER)
            .unwrap();
    }

    /// Every release that there is, by its version.
    async fn releases(&self) -> BTreeMap<String, State> {
        let mut states = BTreeMap::new();
        for release in self.server.store.list_releases().await.unwrap() {
            let state = runtime::load(&*self.server.store, &release.id).await.unwrap();
            states.insert(release.row.version.to_string(), state.unwrap());
        }
        states
    }

    /// Lets time pass until it is so of the releases.
    async fn until(&self, is_so: impl Fn(&BTreeMap<String, State>) -> bool) -> BTreeMap<String, State> {
        loop {
            self.clock.idle().await;
            let releases = self.releases().await;
            if is_so(&releases) {
                return releases;
            }
            self.clock.wind();
        }
    }

    async fn orders(&self, event: &Event) {
        let release = self.server.store.list_releases().await.unwrap().remove(0).id;
        let row = inbox_row(&release, event.label().to_owned(), event, "github:maintainer").unwrap();
        let now = self.house.github.now();
        let _ = self.server.store.append_inbox(&[row], now).await.unwrap();
        self.server.bell.notify_one();
    }

    /// Looks of ours at this run.
    fn looks(&self, run: u64) -> usize {
        let end = format!("/actions/runs/{run}");
        self.house.count(
            |what| matches!(what, Happened::Request { method, path, .. } if method == "GET" && path.ends_with(&end)),
        )
    }
}

fn attempts(state: &State) -> Vec<Attempt> {
    let id = NodeId {
        repository: "node".parse().unwrap(),
        platform: "linux-x86_64".parse().unwrap(),
    };
    state.node(&id).unwrap().attempts.clone()
}

fn build_state(state: &State) -> BuildState {
    state.nodes().next().unwrap().1.state
}

fn run_of(state: &State) -> Option<u64> {
    attempts(state).last()?.run.as_ref().map(|run| run.id)
}

fn is_in(label: &'static str) -> impl Fn(&BTreeMap<String, State>) -> bool {
    move |releases| !releases.is_empty() && releases.values().all(|state| state.phase().label() == label)
}

/// Runs by the way in which they came to be, each with when it was made and when it ended.
fn runs(truth: &[Truth]) -> BTreeMap<u64, (bool, i64, i64)> {
    let mut runs = BTreeMap::new();
    for line in truth {
        let at = line.at.milliseconds();
        match &line.what {
            // What we send bears an id, even if the worker does not show it.
            Happened::RunCreated { run, dispatch_id, .. } => {
                _ = runs.insert(*run, (dispatch_id.is_some(), at, i64::MAX))
            }
            Happened::RunCompleted { run, .. } => runs.get_mut(run).unwrap().2 = at,
            _ => {}
        }
    }
    runs
}

/// Somebody else sends the same request.
fn request_as(github: &github_sim::Running, person: &str) {
    let payload = json!({"version": "0.1.0", "platform": "linux-x86_64"});
    github
        .dispatch_by((OWNER, "node"), (REQUEST, &payload), person)
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_releases_over_one_legacy_worker_build_one_after_the_other_and_take_no_run_of_others() {
    let play = Play::begin(plan(120)).await;
    request_as(&play.house.github, "stranger");
    // Between our request and our first look at the list.
    play.house.github.once(
        |what| matches!(what, Happened::Dispatched { repository, .. } if repository.ends_with("/node")),
        |github| request_as(github, "stranger"),
    );
    play.push("v0.2.0-rc.1");
    play.push("v0.2.0-rc.2");
    let releases = play
        .until(|releases| releases.len() == 2 && is_in("published")(releases))
        .await;
    let runs = runs(&play.house.github.truth());
    let ours: Vec<(u64, i64, i64)> = runs
        .iter()
        .filter(|(_, (is_ours, ..))| *is_ours)
        .map(|(run, (_, made, ended))| (*run, *made, *ended))
        .collect();
    assert_eq!((runs.len(), ours.len()), (4, 2), "{runs:?}");
    assert!(ours[0].2 <= ours[1].1, "one at a time: {ours:?}");
    let taken: BTreeSet<u64> = releases.values().filter_map(run_of).collect();
    assert_eq!(taken, ours.iter().map(|(run, ..)| *run).collect());
    for state in releases.values() {
        let [attempt] = &attempts(state)[..] else {
            panic!("one attempt: {:?}", attempts(state))
        };
        let seen = attempt.run.as_ref().unwrap();
        assert_eq!(seen.correlation, Correlation::Weak);
        assert!(seen.page.contains("/actions/runs/"), "{}", seen.page);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_of_the_production_channel_does_not_rest_on_a_legacy_worker() {
    let mut plan = plan(30);
    plan.clock = Plan::default().clock;
    let house = House::make(plan).await;
    let mut served = house.serve();
    house.push_tag_as(MAINTAINER);
    let line = served.hears("is of the production channel");
    assert!(
        line.contains("take that line out of [repositories.node]"),
        "{line}"
    );
    assert!(line.contains("no run of node can be told for certain"), "{line}");
    assert_eq!(house.count(|what| matches!(what, Happened::RunCreated { .. })), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_a_callback_says_is_believed_and_it_makes_us_look() {
    let mut plan = plan(3_000);
    plan.workers = plan.workers.ends(&format!("{OWNER}/node"), &[Outcome::Failure]);
    let play = Play::begin(plan).await;
    play.push("v0.2.0-rc.1");
    let releases = play
        .until(|releases| {
            releases
                .values()
                .any(|state| build_state(state) == BuildState::Running)
        })
        .await;
    let run = releases.values().find_map(run_of).unwrap();
    let (before, now) = (play.looks(run), play.house.github.now());
    for (kind, payload) in [
        (
            "build-complete",
            json!({"repo": "node", "status": "success", "artifacts": ["node"], "run_id": 1}),
        ),
        (
            "build-complete",
            json!({"repo": ["node"], "workflow_run_id": "x"}),
        ),
    ] {
        let looks = play.looks(run);
        play.house
            .github
            .dispatch_by((OWNER, HOME), (kind, &payload), "stranger")
            .unwrap();
        while play.looks(run) == looks {
            play.clock.idle().await;
            play.clock.wind();
        }
    }
    // Webhooks tell of this run: without being called, nobody would look for a quarter of an hour.
    assert!(play.house.github.now().milliseconds_since(now) < 120_000);
    assert!(play.looks(run) >= before + 2);
    let states = play.releases().await;
    assert!(
        states
            .values()
            .all(|state| build_state(state) == BuildState::Running)
    );
    // About another repository, or of another kind: nobody looks.
    let looks = play.looks(run);
    for (kind, payload) in [
        ("build-complete", json!({"repo": "wallet", "status": "success"})),
        ("build-done", json!({"repo": "node", "status": "success"})),
    ] {
        play.house
            .github
            .dispatch_by((OWNER, HOME), (kind, &payload), "stranger")
            .unwrap();
    }
    play.clock.idle().await;
    play.clock.wind();
    play.clock.idle().await;
    assert_eq!(play.looks(run), looks);
    // In the end it is as the run ends.
    let failed = |releases: &BTreeMap<String, State>| {
        releases
            .values()
            .all(|state| attempts(state)[0].outcome.is_some())
    };
    let releases = play.until(failed).await;
    let state = releases.values().next().unwrap();
    let failure = state.nodes().next().unwrap().1.failure().unwrap();
    assert_eq!(failure.kind, FailureKind::Unknown, "{}", failure.reason);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_server_finds_the_run_that_was_taken_and_a_cancel_ends_that_one() {
    let mut play = Play::begin(plan(3_000)).await;
    play.push("v0.2.0-rc.1");
    let running = |releases: &BTreeMap<String, State>| {
        releases
            .values()
            .any(|state| build_state(state) == BuildState::Running)
    };
    let run = play.until(running).await.values().find_map(run_of).unwrap();
    let Play { house, clock, server } = play;
    server.die().await;
    let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 1)).await;
    play = Play { house, clock, server };
    let looks = play.looks(run);
    while play.looks(run) == looks {
        play.clock.idle().await;
        play.clock.wind();
    }
    let actor = "github:maintainer".to_owned();
    play.orders(&Event::Cancel { actor }).await;
    let cancelled =
        move |what: &Happened| matches!(what, Happened::RunCancelled { run: ended, .. } if *ended == run);
    play.clock.wind_until(&play.house, cancelled).await;
    let runs = play
        .house
        .count(|what| matches!(what, Happened::RunCreated { .. }));
    assert_eq!(runs, 1);
}
