//! What is not seen, not whole or not answered for a while: it is waited for, and not for ever, and nothing of it is taken for a verdict.

mod files;
mod taken_back;
mod workers;

use crate::house::{Apps, Component, HOME, House, MAINTAINER, OWNER, Plan, TAG};
use crate::wound::{Database, Instance, Wound};
use domain_types::ReleaseId;
use github_sim::{Clock, Faults, Happened, Running, WORKER_WORKFLOW};
use orchestrator::{Event, Phase, StallReason};
use runtime::inbox_row;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Hours on the simulator's clock within which a release of these plays is public, or stands still for a reason.
const HOURS_MAX: u64 = 1;

/// A component that needs nobody.
const ALONE: &[Component] = &[("sdk", &[], &["sign"])];

/// It is told by an event, which only who may write can send.
fn told_by_event() -> Plan {
    Plan {
        apps: Apps::TwoEverywhere,
        ..Plan::of(ALONE)
    }
}

/// An organisation whose time is wound, and its server.
struct Play {
    house: House,
    clock: Arc<Wound>,
    server: Instance,
}

impl Play {
    async fn begin(plan: Plan) -> Self {
        let plan = Plan {
            clock: Clock::Hand,
            ..plan
        };
        let house = House::make(plan).await;
        let clock = Wound::of(&house.github);
        let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 0)).await;
        Self { house, clock, server }
    }

    async fn release(&self) -> Option<ReleaseId> {
        let releases = self.server.store.list_releases().await.unwrap();
        releases.first().map(|release| release.id.clone())
    }

    /// Where the release is.
    async fn phase(&self) -> Phase {
        let Some(release) = self.release().await else {
            return Phase::Unplanned;
        };
        let state = runtime::load(&*self.server.store, &release).await.unwrap();
        state.unwrap().phase().clone()
    }

    /// How much has happened to the release.
    async fn revision(&self) -> u64 {
        let release = self.release().await.unwrap();
        let state = runtime::load(&*self.server.store, &release).await.unwrap();
        state.unwrap().revision()
    }

    /// Lets the time pass until the page of the release says that it was withdrawn; answers the page.
    async fn is_marked(&self) -> serde_json::Value {
        let marking = async {
            loop {
                self.clock.idle().await;
                let view = self.house.github.releases(OWNER, HOME).unwrap().remove(0);
                if view["name"].as_str().unwrap().starts_with("[withdrawn] ") {
                    return view;
                }
                self.clock.wind();
            }
        };
        crate::house::within("the page is marked", marking).await
    }

    /// Lets the time pass until the release is public or stands still.
    async fn ends(&self) -> Phase {
        let began = self.house.github.now();
        loop {
            self.clock.idle().await;
            let phase = self.phase().await;
            let passed = self.house.github.now().milliseconds_since(began);
            assert!(
                passed < HOURS_MAX * 3_600_000,
                "after {HOURS_MAX} hours it is {phase:?}"
            );
            if matches!(phase, Phase::Published | Phase::Stalled { .. }) {
                return phase;
            }
            self.clock.wind();
        }
    }

    /// Why the release stands still.
    async fn stalls(&self) -> String {
        match self.ends().await {
            Phase::Stalled {
                reason: StallReason::Stage { failure },
                ..
            } => failure.reason,
            phase => panic!("{phase:?}"),
        }
    }

    /// Somebody orders something.
    async fn order(&self, event: Event) {
        let release = self.release().await.unwrap();
        let row = inbox_row(&release, event.label().to_owned(), &event, "github:maintainer").unwrap();
        let now = self.house.github.now();
        let _appended = self.server.store.append_inbox(&[row], now).await.unwrap();
        self.server.bell.notify_one();
    }
}

/// Our App asks for this path with this verb.
fn asks(what: &Happened, verb: &str, end: &str) -> bool {
    matches!(what, Happened::Request { method, path, .. } if method == verb && path.ends_with(end))
}
