//! What can happen to a release. Everything comes in by the inbox.

use crate::{BuildOutput, Failure, ReleaseSpec, SeenRun};
use domain_types::{NodeId, ReleaseId, Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A step of the release as a whole that a performer carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Sources are laid out from the frozen commits.
    Sources,
    /// Artifacts are put together.
    Collect,
    /// They are verified.
    Verify,
    /// The draft is made.
    Draft,
    /// The draft becomes visible: the only irreversible step.
    Publish,
}

impl fmt::Display for Stage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Sources => "laying out the sources",
            Self::Collect => "collecting the artifacts",
            Self::Verify => "verifying the artifacts",
            Self::Draft => "drafting the release",
            Self::Publish => "publishing the release",
        })
    }
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Somebody asked for this release. Always the first.
    Start {
        /// What it shall be.
        spec: Box<ReleaseSpec>,
    },
    /// A backend took the build and has not begun. Said again, it tells of its run.
    BuildQueued {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
        /// What was seen of its run; none if nothing was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<SeenRun>,
    },
    /// The build began.
    BuildStarted {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
    },
    /// The build gave what it should.
    BuildSucceeded {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
        /// What it gave.
        output: BuildOutput,
    },
    /// An earlier release had built exactly this.
    BuildReused {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
        /// What was taken.
        output: BuildOutput,
        /// The earlier release.
        from: ReleaseId,
    },
    /// The build failed.
    BuildFailed {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
        /// How.
        failure: Failure,
    },
    /// Our own process ended while the build ran, and nothing of it is left.
    BuildInterrupted {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
    },
    /// The timer of a queued build ran out.
    QueueTimeout {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
    },
    /// The timer of a running build ran out.
    RunTimeout {
        /// Which node.
        node: NodeId,
        /// Which attempt.
        attempt: u32,
    },
    /// The delay before a retry is over.
    RetryDue {
        /// Which node.
        node: NodeId,
        /// The attempt that failed.
        attempt: u32,
    },
    /// A stage was carried out.
    StageDone {
        /// Which.
        stage: Stage,
        /// The digest of the manifest; none for [`Stage::Sources`].
        manifest: Option<Sha256Digest>,
    },
    /// A stage failed.
    StageFailed {
        /// Which.
        stage: Stage,
        /// How.
        failure: Failure,
    },
    /// Somebody approved the plan.
    Approve {
        /// Who.
        actor: String,
        /// The plan that was approved.
        plan_digest: Sha256Digest,
    },
    /// Somebody signed the manifest.
    Sign {
        /// Who.
        actor: String,
        /// The manifest that was signed.
        manifest: Sha256Digest,
    },
    /// Begin nothing new.
    Pause {
        /// Who asked.
        actor: String,
    },
    /// Go on.
    Resume {
        /// Who asked.
        actor: String,
    },
    /// Try again what failed, with a fresh budget.
    Retry {
        /// Who asked.
        actor: String,
    },
    /// End it; nothing is published.
    Cancel {
        /// Who asked.
        actor: String,
    },
    /// End it in favour of another release.
    Supersede {
        /// The other release.
        by: ReleaseId,
    },
    /// Take a published release back.
    Withdraw {
        /// Who asked.
        actor: String,
    },
    /// End it in favour of the former way of releasing.
    FallBack {
        /// Who asked.
        actor: String,
        /// Where nobody did: the revision at which the release was seen to be stalled. One that moved since goes its own way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_revision: Option<u64>,
    },
    /// A step of the former way has ended.
    FormerStepEnded {
        /// Which, counted from 0.
        step: u32,
        /// Whether it went well, as it says itself: nothing of it was verified here.
        succeeded: bool,
        /// What there is to know of it, such as where it ran.
        detail: String,
    },
}

impl Event {
    /// The word for the journal's column and for logs.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::BuildQueued { .. } => "build_queued",
            Self::BuildStarted { .. } => "build_started",
            Self::BuildSucceeded { .. } => "build_succeeded",
            Self::BuildReused { .. } => "build_reused",
            Self::BuildFailed { .. } => "build_failed",
            Self::BuildInterrupted { .. } => "build_interrupted",
            Self::QueueTimeout { .. } => "queue_timeout",
            Self::RunTimeout { .. } => "run_timeout",
            Self::RetryDue { .. } => "retry_due",
            Self::StageDone { .. } => "stage_done",
            Self::StageFailed { .. } => "stage_failed",
            Self::Approve { .. } => "approve",
            Self::Sign { .. } => "sign",
            Self::Pause { .. } => "pause",
            Self::Resume { .. } => "resume",
            Self::Retry { .. } => "retry",
            Self::Cancel { .. } => "cancel",
            Self::Supersede { .. } => "supersede",
            Self::Withdraw { .. } => "withdraw",
            Self::FallBack { .. } => "fall_back",
            Self::FormerStepEnded { .. } => "former_step_ended",
        }
    }
}

/// An event and when it was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// What happened.
    pub event: Event,
    /// When, by the clock of whoever took it in.
    pub at: Timestamp,
}
