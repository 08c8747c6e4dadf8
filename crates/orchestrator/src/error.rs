//! Refusals, which are answers, and corruption, which is not.

use domain_types::{NodeId, ReleaseId, Sha256Digest};

/// An event that changes nothing, and why. It marks the inbox row and makes no revision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The release does not exist yet.
    #[error("the release has not been started")]
    NotStarted,
    /// The release exists already.
    #[error("the release has been started already")]
    AlreadyStarted,
    /// The release has ended.
    #[error("the release has ended ({phase})")]
    Ended {
        /// The end.
        phase: &'static str,
    },
    /// This phase does not take such an event.
    #[error("{event} is not possible while the release is {phase}")]
    NotNow {
        /// The event.
        event: &'static str,
        /// The phase.
        phase: &'static str,
    },
    /// The plan of a start event contradicts itself.
    #[error("the plan is not usable: {because}")]
    BadPlan {
        /// Why.
        because: String,
    },
    /// No such node in this release.
    #[error("{node} is not part of the release")]
    UnknownNode {
        /// The name.
        node: NodeId,
    },
    /// A report of an attempt that is not the current one.
    #[error("attempt {attempt} of {node} is not the current one ({current})")]
    StaleAttempt {
        /// Which node.
        node: NodeId,
        /// The attempt reported.
        attempt: u32,
        /// The current one.
        current: u32,
    },
    /// The node's state does not take such an event: a repeated or late report.
    #[error("{event} is not possible while {node} is {state}")]
    IllegalBuildEvent {
        /// Which node.
        node: NodeId,
        /// The event.
        event: &'static str,
        /// The state.
        state: &'static str,
    },
    /// A report of a stage that is not the one awaited.
    #[error("the release is not {stage}")]
    StageNotAwaited {
        /// The stage.
        stage: crate::Stage,
    },
    /// An approval or signature for something else.
    #[error("it is for {given}, the release has {expected}")]
    WrongDigest {
        /// What was approved or signed.
        given: Sha256Digest,
        /// What the release has.
        expected: Sha256Digest,
    },
    /// A decision led to a fact that cannot follow: a bug of this program.
    #[error("the decision contradicts itself: {because}")]
    Impossible {
        /// How.
        because: String,
    },
    /// The same person twice.
    #[error("{actor} has been counted already")]
    AlreadyCounted {
        /// Who.
        actor: String,
    },
    /// Whoever asked for the release approves it.
    #[error(
        "{actor} asked for this release, and whoever asks does not approve; let another person approve it"
    )]
    OwnApproval {
        /// Who.
        actor: String,
    },
    /// Publishing may be under way; a cancel could not undo it.
    #[error("the release is being published and can no longer be cancelled")]
    Publishing,
    /// Two ways would publish the same release.
    #[error(
        "the release may be public already, so it has no other way: look at its page; where it is stalled, `retry` goes on, and `withdraw` ends it and marks what is public"
    )]
    MayBePublic,
    /// The release has gone on since somebody last looked.
    #[error("the release has gone on since it was seen to be stalled, or is not to fall back by itself")]
    MovedOn,
    /// Whoever has to agree to the release has to agree to the former way of it, too.
    #[error("{given} of {required} approvals are there; the former way needs as many")]
    NotApproved {
        /// How many there are.
        given: usize,
        /// How many are needed.
        required: u32,
    },
    /// A release cannot give way to itself.
    #[error("{by} cannot supersede itself")]
    SupersededByItself {
        /// The release.
        by: ReleaseId,
    },
}

/// The journal or a row says something that cannot be. That release stops; the server does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored state of the release is corrupt: {what}")]
pub struct Corrupt {
    /// What cannot be.
    pub what: String,
}

impl Corrupt {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}
