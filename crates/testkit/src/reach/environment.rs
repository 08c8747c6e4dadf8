//! A release with what may happen to it: reports of what is in flight, timers, and people, who do anything at any time.

use super::plans::other_release;
use domain_types::{NodeId, Sha256Digest, Timestamp};
use orchestrator::{
    BuildOutput, Decision, Event, Failure, FailureKind, Recorded, ReleaseSpec, Stage, State, decide,
};
use std::collections::BTreeMap;

/// Failures of a build, one per class: again, not again, once more.
const BUILD_FAILURES: [FailureKind; 3] = [
    FailureKind::Network,
    FailureKind::TestFailure,
    FailureKind::Unknown,
];

/// Failures of a stage: what failed verification is collected anew, everything else goes on where it stood.
const STAGE_FAILURES: [FailureKind; 2] = [FailureKind::Verification, FailureKind::DiskFull];

/// A state, and the timers that the decisions up to it have set and not cleared.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    state: State,
    timers: BTreeMap<String, Event>,
    /// What is asked for, until it is.
    asked: Option<Box<ReleaseSpec>>,
}

impl Situation {
    /// Before the first event.
    pub(super) fn before(spec: ReleaseSpec) -> Self {
        Self {
            state: State::unplanned(),
            timers: BTreeMap::new(),
            asked: Some(Box::new(spec)),
        }
    }

    pub(super) fn state(&self) -> &State {
        &self.state
    }

    pub(super) fn timers(&self) -> impl Iterator<Item = &Event> {
        self.timers.values()
    }

    /// Everything that may happen next.
    pub(super) fn offers(&self) -> Vec<Event> {
        if let Some(spec) = &self.asked {
            return vec![Event::Start { spec: spec.clone() }];
        }
        let mut offers: Vec<Event> = self.timers.values().cloned().collect();
        for (spec, node) in self.state.nodes() {
            if node.state.is_in_flight() {
                offers.extend(reports(&spec.id, node.attempt_number()));
            }
        }
        if let Some((stage, _)) = self.state.header().awaited {
            offers.extend(self.stage_reports(stage));
        }
        offers.extend(self.wishes());
        offers
    }

    fn stage_reports(&self, stage: Stage) -> impl Iterator<Item = Event> {
        let manifest = match stage {
            Stage::Sources => None,
            Stage::Collect => Some(manifest()),
            Stage::Verify | Stage::Draft | Stage::Publish => self.state.header().manifest,
        };
        let failed = STAGE_FAILURES.map(|kind| Event::StageFailed {
            stage,
            failure: failure(kind),
        });
        failed.into_iter().chain([Event::StageDone { stage, manifest }])
    }

    fn wishes(&self) -> impl Iterator<Item = Event> {
        let actor = || "operator".to_owned();
        let approve = self.state.spec().map(|spec| Event::Approve {
            actor: actor(),
            plan_digest: spec.plan_digest,
        });
        let wishes = [
            Event::Sign {
                actor: actor(),
                manifest: manifest(),
            },
            Event::Pause { actor: actor() },
            Event::Resume { actor: actor() },
            Event::Retry { actor: actor() },
            Event::Cancel { actor: actor() },
            Event::Supersede { by: other_release() },
            Event::Withdraw { actor: actor() },
            Event::FallBack {
                actor: actor(),
                at_revision: None,
            },
        ];
        approve.into_iter().chain(wishes)
    }

    /// What follows from an event; nothing if it is refused.
    pub(super) fn take(&self, event: &Event) -> Option<Self> {
        let recorded = Recorded {
            event: event.clone(),
            at: Timestamp::EPOCH,
        };
        let decision = decide(&self.state, &recorded).ok()?;
        let mut state = self.state.clone();
        state
            .advance(&decision.facts)
            .unwrap_or_else(|corrupt| panic!("{corrupt}"));
        Some(Self {
            state,
            timers: self.timers_after(event, &decision),
            asked: None,
        })
    }

    /// A timer that rang is gone; the others are as the decision leaves them.
    fn timers_after(&self, event: &Event, decision: &Decision) -> BTreeMap<String, Event> {
        let mut timers = self.timers.clone();
        timers.retain(|_, rings| rings != event);
        for key in &decision.timers_cleared {
            timers.remove(&key.to_string());
        }
        for timer in &decision.timers_set {
            timers.insert(timer.key.to_string(), timer.event.clone());
        }
        timers
    }
}

/// What can be reported of an attempt that is in flight.
fn reports(node: &NodeId, attempt: u32) -> impl Iterator<Item = Event> {
    let (node, from) = (|| node.clone(), other_release());
    let failed = BUILD_FAILURES.map(|kind| Event::BuildFailed {
        node: node(),
        attempt,
        failure: failure(kind),
    });
    let others = [
        Event::BuildQueued {
            node: node(),
            attempt,
            run: None,
        },
        Event::BuildStarted {
            node: node(),
            attempt,
        },
        Event::BuildSucceeded {
            node: node(),
            attempt,
            output: output(),
        },
        Event::BuildReused {
            node: node(),
            attempt,
            output: output(),
            from,
        },
        Event::BuildInterrupted {
            node: node(),
            attempt,
        },
    ];
    others.into_iter().chain(failed)
}

fn failure(kind: FailureKind) -> Failure {
    Failure::new(kind, kind.to_string())
}

fn output() -> BuildOutput {
    BuildOutput {
        reuse_key: Sha256Digest::from_bytes([1; 32]),
        artifacts: Vec::new(),
        lock: None,
    }
}

fn manifest() -> Sha256Digest {
    Sha256Digest::from_bytes([2; 32])
}
