//! What a release looks like from outside while it runs.

use domain_types::{NodeId, ReleaseId, Timestamp};
use orchestrator::{AttemptOutcome, BuildState, FailureKind, Phase, State};
use std::collections::BTreeSet;

/// One view of a release, sent whenever it moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// The release.
    pub release: ReleaseId,
    /// Events taken so far.
    pub revision: u64,
    /// Where it stands.
    pub phase: Phase,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// Every node, in name order.
    pub nodes: Vec<NodeProgress>,
}

/// One node as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeProgress {
    /// Which.
    pub id: NodeId,
    /// Where it stands.
    pub state: BuildState,
    /// The newest attempt; 0 before the first.
    pub attempt: u32,
    /// When the newest attempt began to run.
    pub started: Option<Timestamp>,
    /// When the newest attempt ended.
    pub ended: Option<Timestamp>,
    /// How the newest attempt failed, if it did: kind and sentence.
    pub failure: Option<(FailureKind, String)>,
    /// A retry waits until then.
    pub retry_due: Option<Timestamp>,
}

impl Progress {
    /// The view of a state; none before the first event.
    pub fn of(state: &State) -> Option<Self> {
        let spec = state.spec()?;
        Some(Self {
            release: spec.id.clone(),
            revision: state.revision(),
            phase: state.phase().clone(),
            started: state.header().started,
            nodes: state
                .nodes()
                .map(|(spec, node)| node_progress(&spec.id, node))
                .collect(),
        })
    }

    /// Follows a newer state that differs from this view's in these nodes and in the release itself.
    pub(crate) fn renew(&mut self, state: &State, nodes: &BTreeSet<NodeId>) {
        self.revision = state.revision();
        self.phase = state.phase().clone();
        self.started = state.header().started;
        for id in nodes {
            let place = self.nodes.binary_search_by(|node| node.id.cmp(id));
            if let (Ok(place), Some(node)) = (place, state.node(id)) {
                self.nodes[place] = node_progress(id, node);
            }
        }
    }
}

fn node_progress(id: &NodeId, node: &orchestrator::Node) -> NodeProgress {
    let attempt = node.attempt();
    let failure = attempt.and_then(|attempt| match &attempt.outcome {
        Some(AttemptOutcome::Failed { failure }) => Some((failure.kind, failure.reason.clone())),
        Some(
            AttemptOutcome::Succeeded
            | AttemptOutcome::Reused { .. }
            | AttemptOutcome::Interrupted
            | AttemptOutcome::Cancelled,
        )
        | None => None,
    });
    NodeProgress {
        id: id.clone(),
        state: node.state,
        attempt: node.attempt_number(),
        started: attempt.and_then(|attempt| attempt.started),
        ended: attempt.and_then(|attempt| attempt.ended),
        failure,
        retry_due: node.retry.as_ref().map(|retry| retry.due),
    }
}
