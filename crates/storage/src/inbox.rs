//! What comes in by the front door: rows that wait to be decided. Bodies are opaque JSON text here.

use domain_types::{ReleaseId, Timestamp};
use std::fmt;

/// The number of an inbox row, ascending in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InboxId(pub i64);

impl fmt::Display for InboxId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "inbox/{}", self.0)
    }
}

/// Something that happened, not yet stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInboxRow {
    /// The idempotency key: a second row with the same key is a [`Appended::Duplicate`].
    pub key: String,
    /// The release that it concerns, if it concerns one. The release need not exist yet.
    pub release: Option<ReleaseId>,
    /// What kind of event it is.
    pub kind: String,
    /// Versioned JSON.
    pub body: String,
    /// Who says so: a person, a performer, a timer.
    pub actor: String,
}

/// What became of an appended row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Appended {
    /// It is stored now.
    New(InboxId),
    /// A row with that key was there already, and stays as it is.
    Duplicate(InboxId),
}

impl Appended {
    /// The row that bears the key, whoever stored it.
    pub fn id(self) -> InboxId {
        match self {
            Self::New(id) | Self::Duplicate(id) => id,
        }
    }
}

/// The life of an inbox row: pending, then done or refused for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InboxState {
    /// It waits to be decided.
    Pending,
    /// A revision followed from it, or, if it has none, other rows or nothing at all.
    Done,
    /// It was refused, with a reason, and changed nothing.
    Refused,
}

/// A stored inbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxRow {
    /// Its number.
    pub id: InboxId,
    /// What was appended.
    pub row: NewInboxRow,
    /// When it was appended.
    pub received_at: Timestamp,
    /// Its state.
    pub state: InboxState,
    /// Why it was refused.
    pub reason: Option<String>,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// The revision of its release that followed from it; none if it moved none.
    pub revision: Option<u64>,
}

/// The right to decide one inbox row. Void as soon as a higher epoch was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxLease {
    /// The row.
    pub id: InboxId,
    /// Who holds it.
    pub owner: String,
    /// The fencing number: grows with every claim of that row.
    pub epoch: u64,
}

/// An inbox row and the right to decide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedInbox {
    /// The right.
    pub lease: InboxLease,
    /// The row.
    pub row: InboxRow,
}

/// Who claims, when, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The claimer: unique per start of a process, for instance host, process id and start time.
    pub owner: String,
    /// The time of the claim.
    pub now: Timestamp,
    /// How long the lease lasts unless it is renewed, in seconds.
    pub lease_seconds: u32,
    /// Claims rows of this release only; none: of any release, and those that name none.
    pub release: Option<ReleaseId>,
}
