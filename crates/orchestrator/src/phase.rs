//! The phases of a release and why one stands still.

use domain_types::{NodeId, ReleaseId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a release stands.
///
/// `Unplanned → Planned → AwaitingApproval → Building → Collecting → Verifying → AwaitingSignatures → Drafted →
/// Published (→ Withdrawn)`; aside `Paused` and `Stalled`; the ends `Rehearsed`, `Cancelled`, `Superseded`, `FellBack`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum Phase {
    /// Before the first event.
    Unplanned,
    /// The plan is recorded; sources are being laid out.
    Planned,
    /// The plan waits for approvals.
    AwaitingApproval,
    /// Builds run.
    Building,
    /// Artifacts are put together.
    Collecting,
    /// The collected artifacts are verified.
    Verifying,
    /// The manifest waits for signatures; then the draft is made.
    AwaitingSignatures,
    /// The draft stands; publishing is on its way.
    Drafted,
    /// Visible to everyone. Only [`Phase::Withdrawn`] can follow.
    Published,
    /// Published once, taken back.
    Withdrawn,
    /// Nothing new begins; what runs is settled and recorded.
    Paused {
        /// The phase that a resume returns to.
        from: Box<Phase>,
    },
    /// Something failed for good; an operator's retry goes on from here.
    Stalled {
        /// The phase that a retry returns to.
        from: Box<Phase>,
        /// What failed.
        reason: StallReason,
    },
    /// A rehearsal that came as far as its draft: nothing was published, and the draft is removed.
    Rehearsed,
    /// Ended by an operator.
    Cancelled,
    /// Ended in favour of another release.
    Superseded {
        /// The other release.
        by: ReleaseId,
    },
    /// Ended in favour of the former way of releasing.
    FellBack,
}

/// Why a release is stalled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stall", rename_all = "snake_case")]
pub enum StallReason {
    /// Required builds failed or could not begin.
    Builds {
        /// How many required nodes are failed or skipped.
        blocking: usize,
        /// The first failed node in name order.
        first: NodeId,
    },
    /// A stage of the release failed.
    Stage {
        /// What it was doing, and how it failed.
        failure: crate::Failure,
    },
}

impl Phase {
    /// The phase itself, or the one behind a pause or stall.
    pub fn behind(&self) -> &Phase {
        match self {
            Phase::Paused { from } | Phase::Stalled { from, .. } => from.behind(),
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
            | Phase::FellBack => self,
        }
    }

    /// No event but [`crate::Event::Withdraw`] on a published release can change it any more.
    pub fn is_ended(&self) -> bool {
        matches!(self, Phase::Published | Phase::Withdrawn) || self.is_given_up()
    }

    /// Ended without a release: the version may be released again under another plan.
    pub fn is_given_up(&self) -> bool {
        matches!(
            self,
            Phase::Rehearsed | Phase::Cancelled | Phase::Superseded { .. } | Phase::FellBack
        )
    }

    /// An operator's pause is in force.
    pub fn is_paused(&self) -> bool {
        matches!(self, Phase::Paused { .. })
    }

    /// The word for tables, columns and JSON.
    pub fn label(&self) -> &'static str {
        match self {
            Phase::Unplanned => "unplanned",
            Phase::Planned => "planned",
            Phase::AwaitingApproval => "awaiting_approval",
            Phase::Building => "building",
            Phase::Collecting => "collecting",
            Phase::Verifying => "verifying",
            Phase::AwaitingSignatures => "awaiting_signatures",
            Phase::Drafted => "drafted",
            Phase::Published => "published",
            Phase::Withdrawn => "withdrawn",
            Phase::Paused { .. } => "paused",
            Phase::Stalled { .. } => "stalled",
            Phase::Rehearsed => "rehearsed",
            Phase::Cancelled => "cancelled",
            Phase::Superseded { .. } => "superseded",
            Phase::FellBack => "fell_back",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.label())
    }
}
