//! What one decision changes, and what is stored of releases. Bodies are opaque JSON text here.

use crate::InboxLease;
use domain_types::{
    CommandId, Platform, ReleaseId, ReleaseName, ReleaseVersion, RepoName, Sha256Digest, Timestamp,
};

/// The words that [`ReleaseRow::phase`] may be: the schema checks them.
pub const RELEASE_PHASES: [&str; 15] = [
    "planned",
    "awaiting_approval",
    "building",
    "collecting",
    "verifying",
    "awaiting_signatures",
    "drafted",
    "published",
    "withdrawn",
    "rehearsed",
    "paused",
    "stalled",
    "cancelled",
    "superseded",
    "fell_back",
];

/// The words that [`BuildRow::state`] may be: the schema checks them.
pub const BUILD_STATES: [&str; 8] = [
    "waiting",
    "requested",
    "queued",
    "running",
    "succeeded",
    "failed",
    "skipped",
    "reused",
];

/// Everything that follows from one event, committed as one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The release that moves.
    pub release: ReleaseId,
    /// The new revision: 1 creates the release, otherwise one more than the stored one.
    pub revision: u64,
    /// When the event was recorded.
    pub at: Timestamp,
    /// The inbox row that the event came from; it becomes done.
    pub inbox: Option<InboxLease>,
    /// The kind of the event.
    pub event_kind: String,
    /// The event, versioned JSON.
    pub event: String,
    /// The facts that followed, versioned JSON.
    pub facts: String,
    /// The release as it is now.
    pub row: ReleaseRow,
    /// The builds that were touched, as they are now; the others stay.
    pub builds: Vec<BuildRow>,
    /// The commands to perform.
    pub intents: Vec<NewIntent>,
    /// Commands whose pool slot is free again.
    pub slots_freed: Vec<CommandId>,
    /// Commands that shall never be sent; those already sent stay as they are.
    pub abandoned: Vec<CommandId>,
    /// Timers to set; one with the same key is replaced.
    pub timers_set: Vec<NewTimer>,
    /// Keys of timers to clear.
    pub timers_cleared: Vec<String>,
    /// The whole state after this step, JSON, if it is time for a snapshot.
    pub snapshot: Option<String>,
}

/// The part of a release that the store needs to know, and the rest as a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRow {
    /// The name.
    pub name: ReleaseName,
    /// The version.
    pub version: ReleaseVersion,
    /// The digest of the plan.
    pub plan_digest: Sha256Digest,
    /// One of [`RELEASE_PHASES`].
    pub phase: String,
    /// Whether no new command may be begun (paused).
    pub held: bool,
    /// Whether it has come to an end.
    pub ended: bool,
    /// Whether it occupies its (name, version): active or published. At most one release does.
    pub occupies: bool,
    /// Versioned JSON.
    pub body: String,
}

/// One node of a release: a repository on a platform, at its newest attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildRow {
    /// The repository.
    pub repository: RepoName,
    /// The platform.
    pub platform: Platform,
    /// The number of the newest attempt, 0 before the first.
    pub attempt: u32,
    /// One of [`BUILD_STATES`].
    pub state: String,
    /// The digest over commit, recipe and dependencies: equal keys give equal bytes.
    pub reuse_key: Option<Sha256Digest>,
    /// Versioned JSON.
    pub body: String,
}

/// A command to perform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// Its derived identity.
    pub id: CommandId,
    /// Which performer. What stands before its first dot is its lane: commands of one pull request and lane are carried out one after the other.
    pub kind: String,
    /// Versioned JSON.
    pub body: String,
    /// Higher goes first.
    pub priority: i64,
    /// The pool of which it takes a slot until a step frees it.
    pub pool: Option<String>,
    /// Whether it waits while the release is held.
    pub hold: Hold,
}

/// Whether a command may be begun while its release is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hold {
    /// It begins something new: it waits until the hold is over.
    #[default]
    Obeys,
    /// It only ends or tidies up what was begun, or follows upon it: a pause must not keep a build alive, and the release's end withdraws
    /// nothing of it.
    Passes,
}

/// An event that shall come at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTimer {
    /// Its name within the release.
    pub key: String,
    /// When it is due.
    pub due: Timestamp,
    /// The kind of the inbox row that it becomes.
    pub kind: String,
    /// The body of the inbox row that it becomes.
    pub body: String,
}

/// A release as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRelease {
    /// Its identity.
    pub id: ReleaseId,
    /// Its revision.
    pub revision: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it moved last.
    pub updated_at: Timestamp,
    /// The release row.
    pub row: ReleaseRow,
    /// All its builds, by repository and platform.
    pub builds: Vec<BuildRow>,
}

/// A release in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSummary {
    /// Its identity.
    pub id: ReleaseId,
    /// Its revision.
    pub revision: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it moved last.
    pub updated_at: Timestamp,
    /// The release row.
    pub row: ReleaseRow,
}

/// One line of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The revision that it made.
    pub revision: u64,
    /// When the event was recorded.
    pub at: Timestamp,
    /// The kind of the event.
    pub event_kind: String,
    /// The event, versioned JSON.
    pub event: String,
    /// The facts that followed, versioned JSON.
    pub facts: String,
    /// The inbox row that it came from.
    pub inbox: Option<crate::InboxId>,
    /// The whole state after it, if a snapshot was taken.
    pub snapshot: Option<String>,
}

/// A build of some release that can be used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBuild {
    /// The release that built it.
    pub release: ReleaseId,
    /// The build.
    pub build: BuildRow,
}
