//! What leaves by the back door: intents, their leases and their fate.

use domain_types::{CommandId, Subject, Timestamp};

/// The life of an intent: `intent → sending → done | rejected | unknown → …`, or `intent → abandoned`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IntentState {
    /// It is certain that it has no effect yet.
    Intent,
    /// It may have an effect: the call was about to begin, and nothing is known of it since.
    Sending,
    /// It may have an effect: the performer could not tell.
    Unknown,
    /// It has its effect, once.
    Done,
    /// It has no effect and never will, or it was given up and a person must look; the reason says which.
    Rejected,
    /// It was withdrawn before it was sent, or it has no effect and need not have one any more.
    Abandoned,
}

/// A command as its performer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its identity, the same however often it is sent.
    pub id: CommandId,
    /// The release or the pull request that it belongs to.
    pub subject: Subject,
    /// Which performer.
    pub kind: String,
    /// Versioned JSON.
    pub body: String,
    /// Higher goes first.
    pub priority: i64,
    /// The pool of which it takes a slot.
    pub pool: Option<String>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// How often it was about to be sent.
    pub sends: u32,
    /// How often in a row nobody could tell whether it was applied, since it was last sent.
    pub unknowns: u32,
    /// What the performer noted before it began, so that a successor can find what it began.
    pub handle: Option<String>,
    /// Why nobody could tell, or why it was rejected.
    pub reason: Option<String>,
}

/// The right to carry out one intent. Void as soon as a higher epoch was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentLease {
    /// The intent.
    pub id: CommandId,
    /// Who holds it.
    pub owner: String,
    /// The fencing number: grows with every claim of that intent.
    pub epoch: u64,
}

/// What must be done first with a claimed intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum ClaimedAs {
    /// It has no effect: mark it as being sent, then perform it.
    Fresh,
    /// It may have an effect: look before doing anything.
    MustProbe,
}

/// An intent and the right to carry it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedIntent {
    /// The right.
    pub lease: IntentLease,
    /// The command.
    pub intent: Intent,
    /// What must be done first.
    pub claimed_as: ClaimedAs,
}

/// How many intents of a pool may hold a slot at a time, over all releases. A pool that is not named is not served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolCapacity {
    /// The pool.
    pub pool: String,
    /// Its slots.
    pub slots: u32,
}

/// The answer to the wish to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum MarkedSending {
    /// Go ahead; this is the n-th time, counted from 1.
    Sending(u32),
    /// The release was held meanwhile: nothing may begin. Lease and slot are given back.
    Held,
}

/// How the carrying out of an intent ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IntentOutcome {
    /// It has its effect.
    Done {
        /// What the performer learnt, JSON.
        result: String,
    },
    /// It has no effect and never will, or it is given up and a person must look.
    Rejected {
        /// Why, JSON.
        reason: String,
    },
    /// Nobody can tell; to be probed again.
    Unknown {
        /// Why not.
        reason: String,
        /// Not before.
        run_after: Timestamp,
    },
    /// It has no effect: it goes back among the intents, its slot is given back, its id stays. One that a newer one of its pull request and
    /// kind stands for is abandoned.
    NotApplied {
        /// Not before.
        run_after: Timestamp,
    },
}

/// An intent and its fate so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentRow {
    /// The command.
    pub intent: Intent,
    /// Its state.
    pub state: IntentState,
    /// What the performer learnt, once done.
    pub result: Option<String>,
    /// Not claimed before.
    pub run_after: Timestamp,
    /// Whether it holds a slot of its pool.
    pub slot_held: bool,
    /// Who holds its lease, and until when.
    pub leased: Option<(String, Timestamp)>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
}

/// How many leases of dead owners were ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TakenOver {
    /// Inbox rows.
    pub inbox: u64,
    /// Intents; those being sent are probed next.
    pub intents: u64,
    /// Pull requests; they are looked at next.
    pub pull_requests: u64,
}
