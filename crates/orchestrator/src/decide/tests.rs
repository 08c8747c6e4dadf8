//! What a decision copies of a large release: the node and its neighbours, nothing else.

use super::{advance, builds, decide};
use crate::projection::Projection;
use crate::{
    BuildOutput, Event, Fact, Failure, FailureKind, NodeSpec, Policy, Recorded, ReleaseSpec, Stage, State,
    Timer, TimerKey,
};
use domain_types::{NodeId, ReleaseId, Sha256Digest, Timestamp};

const NODES: usize = 10_000;
const AT: Timestamp = Timestamp::EPOCH;

fn id(position: usize) -> NodeId {
    NodeId {
        repository: format!("r{position:05}").parse().unwrap(),
        platform: "linux-x86_64".parse().unwrap(),
    }
}

fn node(position: usize) -> NodeSpec {
    NodeSpec {
        id: id(position),
        version: "0.1.0".to_owned(),
        commit: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
        optional: false,
        needs: if position == 0 {
            Vec::new()
        } else {
            vec![id((position - 1) / 3)]
        },
        remaining_path: 1,
        queued_seconds_max: 60,
        running_seconds_max: 60,
        alone: None,
    }
}

/// A tree: each node has three dependents.
fn spec() -> ReleaseSpec {
    let (name, version) = ("commons".parse().unwrap(), "0.1.0".parse().unwrap());
    let plan_digest = Sha256Digest::of(b"plan");
    ReleaseSpec {
        id: ReleaseId::new(&name, &version, &plan_digest),
        name,
        version,
        plan_digest,
        nodes: (0..NODES).map(node).collect(),
        policy: Policy::default(),
        follow_ups: Vec::new(),
        former_way: Vec::new(),
        asked_by: None,
        frozen: None,
    }
}

fn building() -> State {
    let mut state = State::unplanned();
    for event in [
        Event::Start {
            spec: Box::new(spec()),
        },
        Event::StageDone {
            stage: Stage::Sources,
            manifest: None,
        },
    ] {
        let decision = decide(&state, &Recorded { event, at: AT }).unwrap();
        state.advance(&decision.facts).unwrap();
    }
    state
}

#[test]
fn a_decision_copies_the_node_and_its_dependents_only() {
    let state = building();
    let root = id(0);
    let output = BuildOutput {
        reuse_key: Sha256Digest::of(b""),
        artifacts: Vec::new(),
        lock: None,
    };

    let mut next = Projection::of(&state);
    builds::succeeded(&mut next, (&root, 1), &output, AT).unwrap();
    advance::advance(&mut next, AT).unwrap();
    assert_eq!(next.changed.len(), 4);

    let mut next = Projection::of(&state);
    builds::failed(
        &mut next,
        (&root, 1),
        &Failure::new(FailureKind::Network, "down"),
        AT,
    )
    .unwrap();
    advance::advance(&mut next, AT).unwrap();
    assert_eq!(next.changed.len(), 1);
}

/// A clock that was ahead had set the timer far into the future, and somebody else says that the retry is due.
#[test]
fn a_retry_forgets_its_timer_whoever_says_that_it_is_due() {
    let mut state = building();
    let failed = Event::BuildFailed {
        node: id(0),
        attempt: 1,
        failure: Failure::new(FailureKind::Network, "down"),
    };
    let decision = decide(
        &state,
        &Recorded {
            event: failed,
            at: AT,
        },
    )
    .unwrap();
    state.advance(&decision.facts).unwrap();
    let timer = &decision.timers_set[0];
    let due = Recorded {
        event: timer.event.clone(),
        at: AT,
    };
    assert!(decide(&state, &due).unwrap().timers_cleared.contains(&timer.key));
}

#[test]
fn a_decision_sees_the_nodes_of_a_release_that_it_has_just_begun() {
    let unplanned = State::unplanned();
    let mut next = Projection::of(&unplanned);
    let planned = Fact::Planned {
        spec: Box::new(spec()),
        at: AT,
    };
    next.note(planned).unwrap();
    let waiting = [0, NODES - 1].map(|position| next.node(position).waiting_for());
    assert_eq!(waiting, [0, 1]);
}

#[test]
fn of_timers_that_are_set_and_cleared_in_one_decision_only_the_cleared_ones_go() {
    let state = building();
    let mut next = Projection::of(&state);
    let timer = |attempt: u32| {
        let node = id(0);
        Timer {
            key: TimerKey(format!("retry {attempt}")),
            due: AT,
            event: Event::RetryDue { node, attempt },
        }
    };
    next.set_timer(timer(1));
    next.set_timer(timer(2));
    next.clear_timer(timer(1).key);
    assert_eq!(next.decision.timers_set, [timer(2)]);
    assert_eq!(next.decision.timers_cleared, [timer(1).key]);
}
