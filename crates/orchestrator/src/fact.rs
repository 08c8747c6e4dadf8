//! What an event changed. Facts are what is stored and folded; [`crate::apply()`] is the only reader.

use crate::{AttemptOutcome, BuildOutput, Phase, ReleaseSpec, SeenRun, Stage};
use domain_types::{CommandId, NodeId, ReleaseId, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

/// One change of one release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The release exists.
    Planned {
        /// What it shall be.
        spec: Box<ReleaseSpec>,
        /// Since when.
        at: Timestamp,
    },
    /// The release stands elsewhere.
    PhaseChanged {
        /// Where.
        to: Phase,
        /// Since when.
        at: Timestamp,
    },
    /// A command for a stage is out.
    StageRequested {
        /// Which stage.
        stage: Stage,
        /// The command.
        command: CommandId,
    },
    /// A stage is done.
    StageDone {
        /// Which stage.
        stage: Stage,
        /// The digest of the manifest; none for [`Stage::Sources`].
        manifest: Option<Sha256Digest>,
    },
    /// A stage failed and its command is no longer out.
    StageFailed {
        /// Which stage.
        stage: Stage,
    },
    /// The command for an attempt is out.
    AttemptRequested {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
        /// The command.
        command: CommandId,
        /// When.
        at: Timestamp,
    },
    /// A backend took it, or tells of its run.
    AttemptQueued {
        /// Which node.
        node: NodeId,
        /// What was seen of its run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<SeenRun>,
    },
    /// It runs.
    AttemptStarted {
        /// Which node.
        node: NodeId,
        /// Since when.
        at: Timestamp,
    },
    /// It ended well.
    Built {
        /// Which node.
        node: NodeId,
        /// What it gave.
        output: BuildOutput,
        /// When.
        at: Timestamp,
    },
    /// An earlier release's output was taken.
    Reused {
        /// Which node.
        node: NodeId,
        /// What was taken.
        output: BuildOutput,
        /// The earlier release.
        from: ReleaseId,
        /// When.
        at: Timestamp,
    },
    /// It ended otherwise; the node waits.
    AttemptEnded {
        /// Which node.
        node: NodeId,
        /// How: failed, interrupted or cancelled.
        outcome: AttemptOutcome,
        /// When.
        at: Timestamp,
    },
    /// The node will be tried again after a delay; one of the budget is spent.
    RetryScheduled {
        /// Which node.
        node: NodeId,
        /// Not before.
        due: Timestamp,
    },
    /// The delay is over.
    RetryReleased {
        /// Which node.
        node: NodeId,
    },
    /// The node is given up.
    NodeFailed {
        /// Which node.
        node: NodeId,
    },
    /// The node will not be begun.
    NodeSkipped {
        /// Which node.
        node: NodeId,
        /// The failed node above it.
        because: NodeId,
    },
    /// A failed or skipped node waits again, as if new.
    NodeReset {
        /// Which node.
        node: NodeId,
    },
    /// The retry budget is what the policy says again.
    BudgetRenewed,
    /// What was collected does not count any more; it is collected, verified and signed anew.
    CollectionDiscarded,
    /// An approval was counted.
    Approved {
        /// Whose.
        actor: String,
    },
    /// A signature was counted.
    Signed {
        /// Whose.
        actor: String,
    },
    /// A step of the former way has ended.
    FormerStepEnded {
        /// Which, counted from 0.
        step: u32,
        /// Whether it went well.
        succeeded: bool,
        /// What there is to know of it.
        detail: String,
    },
}

impl Fact {
    /// The node whose row this fact changes.
    pub fn node(&self) -> Option<&NodeId> {
        match self {
            Self::AttemptRequested { node, .. }
            | Self::AttemptQueued { node, .. }
            | Self::AttemptStarted { node, .. }
            | Self::Built { node, .. }
            | Self::Reused { node, .. }
            | Self::AttemptEnded { node, .. }
            | Self::RetryScheduled { node, .. }
            | Self::RetryReleased { node }
            | Self::NodeFailed { node }
            | Self::NodeSkipped { node, .. }
            | Self::NodeReset { node } => Some(node),
            Self::Planned { .. }
            | Self::PhaseChanged { .. }
            | Self::StageRequested { .. }
            | Self::StageDone { .. }
            | Self::StageFailed { .. }
            | Self::BudgetRenewed
            | Self::CollectionDiscarded
            | Self::Approved { .. }
            | Self::Signed { .. }
            | Self::FormerStepEnded { .. } => None,
        }
    }

    /// The word for messages, logs and JSON.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Planned { .. } => "planned",
            Self::PhaseChanged { .. } => "phase_changed",
            Self::StageRequested { .. } => "stage_requested",
            Self::StageDone { .. } => "stage_done",
            Self::StageFailed { .. } => "stage_failed",
            Self::AttemptRequested { .. } => "attempt_requested",
            Self::AttemptQueued { .. } => "attempt_queued",
            Self::AttemptStarted { .. } => "attempt_started",
            Self::Built { .. } => "built",
            Self::Reused { .. } => "reused",
            Self::AttemptEnded { .. } => "attempt_ended",
            Self::RetryScheduled { .. } => "retry_scheduled",
            Self::RetryReleased { .. } => "retry_released",
            Self::NodeFailed { .. } => "node_failed",
            Self::NodeSkipped { .. } => "node_skipped",
            Self::NodeReset { .. } => "node_reset",
            Self::BudgetRenewed => "budget_renewed",
            Self::CollectionDiscarded => "collection_discarded",
            Self::Approved { .. } => "approved",
            Self::Signed { .. } => "signed",
            Self::FormerStepEnded { .. } => "former_step_ended",
        }
    }
}
