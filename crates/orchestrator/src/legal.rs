//! Which fact may follow on which state: one table for live and replay, so that a journal with a fact lost, repeated or
//! moved stops its release instead of leading somewhere. It does not say what should follow; that is `decide`.

use crate::node::Node;
use crate::state::former_step;
use crate::{AttemptOutcome, BuildState, Fact, Header, Phase};

/// Whether a fact about a node can follow on this row.
pub(crate) fn follows_on_node(node: &Node, fact: &Fact) -> bool {
    let waiting = node.state == BuildState::Waiting;
    match fact {
        Fact::AttemptRequested { attempt, .. } => node.is_ready() && *attempt == node.attempt_number() + 1,
        Fact::Reused { .. } => node.state == BuildState::Requested,
        Fact::AttemptQueued { run, .. } => {
            node.state == BuildState::Requested
                || (node.state == BuildState::Queued && node.is_news(run.as_ref()))
        }
        Fact::AttemptStarted { .. } => matches!(node.state, BuildState::Requested | BuildState::Queued),
        Fact::Built { .. } => node.state.is_in_flight(),
        Fact::AttemptEnded { outcome, .. } => node.state.is_in_flight() && !gives_output(outcome),
        Fact::RetryScheduled { .. } | Fact::NodeFailed { .. } => {
            waiting && node.retry.is_none() && node.failures > 0
        }
        Fact::RetryReleased { .. } => waiting && node.retry.is_some(),
        Fact::NodeSkipped { .. } => waiting && node.retry.is_none() && node.waiting_for > 0,
        Fact::NodeReset { .. } => matches!(node.state, BuildState::Failed | BuildState::Skipped),
        Fact::Planned { .. }
        | Fact::PhaseChanged { .. }
        | Fact::StageRequested { .. }
        | Fact::StageDone { .. }
        | Fact::StageFailed { .. }
        | Fact::BudgetRenewed
        | Fact::CollectionDiscarded
        | Fact::Approved { .. }
        | Fact::Signed { .. }
        | Fact::FormerStepEnded { .. } => false,
    }
}

/// Whether a fact about the release as a whole can follow on this header.
pub(crate) fn follows_on_header(header: &Header, fact: &Fact, former_steps: usize) -> bool {
    let is_open = !header.phase.is_ended();
    let awaits = |expected| matches!(&header.awaited, Some((stage, _)) if *stage == expected);
    match fact {
        Fact::PhaseChanged { to, .. } => {
            is_open || (header.phase == Phase::Published && *to == Phase::Withdrawn)
        }
        Fact::StageRequested { .. } => is_open && header.awaited.is_none(),
        Fact::StageDone { stage, .. } | Fact::StageFailed { stage } => awaits(*stage),
        Fact::BudgetRenewed | Fact::CollectionDiscarded => matches!(header.phase, Phase::Stalled { .. }),
        Fact::Approved { actor } => is_open && !header.approvals.contains(actor),
        Fact::Signed { actor } => is_open && header.manifest.is_some() && !header.signatures.contains(actor),
        Fact::FormerStepEnded { step, .. } => former_step(header, former_steps) == Some(*step),
        Fact::Planned { .. }
        | Fact::AttemptRequested { .. }
        | Fact::AttemptQueued { .. }
        | Fact::AttemptStarted { .. }
        | Fact::Built { .. }
        | Fact::Reused { .. }
        | Fact::AttemptEnded { .. }
        | Fact::RetryScheduled { .. }
        | Fact::RetryReleased { .. }
        | Fact::NodeFailed { .. }
        | Fact::NodeSkipped { .. }
        | Fact::NodeReset { .. } => false,
    }
}

fn gives_output(outcome: &AttemptOutcome) -> bool {
    match outcome {
        AttemptOutcome::Succeeded | AttemptOutcome::Reused { .. } => true,
        AttemptOutcome::Failed { .. } | AttemptOutcome::Interrupted | AttemptOutcome::Cancelled => false,
    }
}
