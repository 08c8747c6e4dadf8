//! The work of one event is proportional to the nodes that it touches, never to the size of the release. Counted, not
//! timed; what a decision copies is counted beside the code (`decide`'s own tests).

use crate::plans::{self, output_of};
use domain_types::{NodeId, Timestamp};
use orchestrator::{BuildState, Decision, Event, NodeSpec, Phase, Policy, Recorded, Stage, State, decide};
use std::collections::{BTreeSet, VecDeque};

const NODES: usize = 10_000;

fn large_plan() -> Vec<NodeSpec> {
    let name = |position: usize| format!("r{position:05}");
    let node = |position: usize| {
        let needs: Vec<String> = [position / 2, position / 3, position.saturating_sub(17)]
            .into_iter()
            .filter(|&need| need < position)
            .map(name)
            .collect();
        plans::node(
            &name(position),
            &needs.iter().map(String::as_str).collect::<Vec<_>>(),
        )
    };
    (0..NODES).map(node).collect()
}

fn step(state: &mut State, event: Event) -> Decision {
    let decision = decide(
        state,
        &Recorded {
            event,
            at: Timestamp::from_seconds(1_764_000_000),
        },
    )
    .unwrap();
    state.advance(&decision.facts).unwrap();
    decision
}

fn degree(state: &State, node: &NodeId) -> usize {
    let position = state.graph().position(node).unwrap();
    state.graph().needed_by(position).len()
}

fn check_bounded(state: &State, node: &NodeId, decision: &Decision) {
    let degree = degree(state, node);
    let touched: BTreeSet<&NodeId> = decision
        .facts
        .iter()
        .filter_map(orchestrator::Fact::node)
        .collect();
    assert!(
        touched.len() <= 1 + degree,
        "{node}: {} nodes touched",
        touched.len()
    );
    assert!(
        decision.facts.len() <= 2 + degree,
        "{node}: {} facts",
        decision.facts.len()
    );
    assert!(
        decision.commands.len() <= degree,
        "{node}: {} commands",
        decision.commands.len()
    );
    assert!(decision.timers_set.len() + decision.timers_cleared.len() <= 2);
}

/// Ten thousand builds, each with two events; only the first and the last event may see the whole release.
#[test]
fn an_event_of_a_large_release_touches_no_more_than_its_neighbours() {
    let mut state = State::unplanned();
    let spec = plans::plan(large_plan(), Policy::default());
    let planned = step(&mut state, Event::Start { spec: Box::new(spec) });
    assert_eq!(planned.facts.len(), 2);
    let mut ready: VecDeque<NodeId> = requested(&step(
        &mut state,
        Event::StageDone {
            stage: Stage::Sources,
            manifest: None,
        },
    ));
    let mut finished = 0;
    while let Some(node) = ready.pop_front() {
        let decision = step(
            &mut state,
            Event::BuildStarted {
                node: node.clone(),
                attempt: 1,
            },
        );
        check_bounded(&state, &node, &decision);
        let decision = step(
            &mut state,
            Event::BuildSucceeded {
                node: node.clone(),
                attempt: 1,
                output: output_of(&node),
            },
        );
        finished += 1;
        if finished < NODES {
            check_bounded(&state, &node, &decision);
        }
        ready.extend(requested(&decision));
    }
    assert_eq!((finished, state.phase()), (NODES, &Phase::Collecting));
    assert!(state.nodes().all(|(_, node)| node.state == BuildState::Succeeded));
}

fn requested(decision: &Decision) -> VecDeque<NodeId> {
    decision
        .facts
        .iter()
        .filter(|fact| fact.label() == "attempt_requested")
        .filter_map(|fact| fact.node().cloned())
        .collect()
}
