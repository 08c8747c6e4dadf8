//! The words of a pair. They are the labels of the state machine; only a pause or stall needs two of them.

use super::Pair;
use domain_types::NodeId;
use orchestrator::{Event, Phase, State};

/// The pair that a release in this state makes with this event. Derived before the event is applied.
pub fn pair_of(state: &State, event: &Event) -> Pair {
    let node = node_of(event).and_then(|node| state.node(node));
    Pair {
        phase: phase_label(state.phase()),
        node: node.map(|node| node.state.label()),
        event: event.label(),
    }
}

/// The label of a phase, with words around it.
macro_rules! enclosed {
    ($phase:expr, $before:literal, $behind:literal) => {
        match $phase {
            Phase::Unplanned => concat!($before, "unplanned", $behind),
            Phase::Planned => concat!($before, "planned", $behind),
            Phase::AwaitingApproval => concat!($before, "awaiting_approval", $behind),
            Phase::Building => concat!($before, "building", $behind),
            Phase::Collecting => concat!($before, "collecting", $behind),
            Phase::Verifying => concat!($before, "verifying", $behind),
            Phase::AwaitingSignatures => concat!($before, "awaiting_signatures", $behind),
            Phase::Drafted => concat!($before, "drafted", $behind),
            Phase::Published => concat!($before, "published", $behind),
            Phase::Withdrawn => concat!($before, "withdrawn", $behind),
            Phase::Paused { .. } => concat!($before, "paused", $behind),
            Phase::Stalled { .. } => concat!($before, "stalled", $behind),
            Phase::Rehearsed => concat!($before, "rehearsed", $behind),
            Phase::Cancelled => concat!($before, "cancelled", $behind),
            Phase::Superseded { .. } => concat!($before, "superseded", $behind),
            Phase::FellBack => concat!($before, "fell_back", $behind),
        }
    };
}

/// A stall that came while the release was paused is another state than either: it is named `paused(stalled(...))`.
pub(crate) fn phase_label(phase: &Phase) -> &'static str {
    match phase {
        Phase::Paused { from } => match &**from {
            Phase::Stalled { .. } => enclosed!(from.behind(), "paused(stalled(", "))"),
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
            | Phase::Paused { .. }
            | Phase::Rehearsed
            | Phase::Cancelled
            | Phase::Superseded { .. }
            | Phase::FellBack => enclosed!(from.behind(), "paused(", ")"),
        },
        Phase::Stalled { from, .. } => enclosed!(from.behind(), "stalled(", ")"),
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
        | Phase::FellBack => phase.label(),
    }
}

/// The node that an event is about.
pub(super) fn node_of(event: &Event) -> Option<&NodeId> {
    match event {
        Event::BuildQueued { node, .. }
        | Event::BuildStarted { node, .. }
        | Event::BuildSucceeded { node, .. }
        | Event::BuildReused { node, .. }
        | Event::BuildFailed { node, .. }
        | Event::BuildInterrupted { node, .. }
        | Event::QueueTimeout { node, .. }
        | Event::RunTimeout { node, .. }
        | Event::RetryDue { node, .. } => Some(node),
        Event::Start { .. }
        | Event::StageDone { .. }
        | Event::StageFailed { .. }
        | Event::Approve { .. }
        | Event::Sign { .. }
        | Event::Pause { .. }
        | Event::Resume { .. }
        | Event::Retry { .. }
        | Event::Cancel { .. }
        | Event::Supersede { .. }
        | Event::Withdraw { .. }
        | Event::FallBack { .. }
        | Event::FormerStepEnded { .. } => None,
    }
}
