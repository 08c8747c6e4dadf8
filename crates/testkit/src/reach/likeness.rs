//! When two states count as one: when no event could ever tell them apart. Times, identities and the history of attempts
//! do not matter to a decision, and neither do counts of what is settled.

use super::environment::Situation;
use super::label;
use orchestrator::{BuildState, Event, Node, Phase, StallReason};

/// What decisions depend on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Likeness {
    phase: &'static str,
    /// The collection does not count: an operator's retry begins it anew.
    is_collected_anew: bool,
    awaited: Option<orchestrator::Stage>,
    collected: Collected,
    budget_left: u32,
    approvals: usize,
    signatures: usize,
    nodes: Vec<NodeLikeness>,
    timers: Vec<(&'static str, Option<usize>)>,
}

/// How far the release as a whole has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Collected {
    sources: bool,
    manifest: bool,
    verified: bool,
    drafted: bool,
    may_be_public: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct NodeLikeness {
    state: BuildState,
    retry: bool,
    failures: u32,
    unknown_failures: u32,
}

impl Likeness {
    pub(super) fn of(situation: &Situation) -> Self {
        let state = situation.state();
        let header = state.header();
        if header.phase.is_ended() {
            // Whatever it was before, it takes the same now.
            return Self {
                phase: label::phase_label(&header.phase),
                ..Self::default()
            };
        }
        let position = |event: &Event| label::node_of(event).and_then(|node| state.graph().position(node));
        Self {
            phase: label::phase_label(&header.phase),
            is_collected_anew: is_collected_anew(&header.phase),
            awaited: header.awaited.as_ref().map(|(stage, _)| *stage),
            collected: Collected {
                sources: header.sources_ready,
                manifest: header.manifest.is_some(),
                verified: header.verified,
                drafted: header.drafted,
                may_be_public: header.may_be_public,
            },
            budget_left: header.budget_left,
            approvals: header.approvals.len(),
            signatures: header.signatures.len(),
            nodes: state.nodes().map(|(_, node)| NodeLikeness::of(node)).collect(),
            timers: situation
                .timers()
                .map(|event| (event.label(), position(event)))
                .collect(),
        }
    }
}

impl NodeLikeness {
    /// A settled node begins again from nothing, or never.
    fn of(node: &Node) -> Self {
        let settled = node.state.is_settled();
        Self {
            state: node.state,
            retry: node.retry.is_some(),
            failures: if settled { 0 } else { node.failures },
            unknown_failures: if settled { 0 } else { node.unknown_failures },
        }
    }
}

fn is_collected_anew(phase: &Phase) -> bool {
    match phase {
        Phase::Paused { from } => is_collected_anew(from),
        Phase::Stalled { reason, .. } => match reason {
            StallReason::Stage { failure } => failure.kind.is_refusal(),
            StallReason::Builds { .. } => false,
        },
        Phase::Unplanned
        | Phase::Planned
        | Phase::AwaitingApproval
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted
        | Phase::Published
        | Phase::Withdrawn
        | Phase::Rehearsed
        | Phase::Cancelled
        | Phase::Superseded { .. }
        | Phase::FellBack => false,
    }
}
