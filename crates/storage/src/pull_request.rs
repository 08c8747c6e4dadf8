//! Pull requests: which are to be looked at, and the book of what was decided about each. Bodies are opaque JSON text here.
//!
//! The queue is level-triggered: hearing of a pull request again while nobody looks at it changes nothing but the count, and what is heard
//! while somebody looks makes one more look. There is one row per pull request, so that no two ever look at the same.

use crate::NewIntent;
use domain_types::{CommitSha, PullRequestId, Sha256Digest, Timestamp};

/// The words that [`NewDecision::outcome`] may be: the schema checks them.
pub const DECISION_OUTCOMES: [&str; 5] = ["success", "pending", "failure", "error", "neutral"];

/// A wish that somebody looks at a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Which.
    pub pull_request: PullRequestId,
    /// The name of its repository as it was just heard: `owner/name`.
    pub repository: String,
    /// Not before this time; the earliest of all wishes counts.
    pub not_before: Timestamp,
}

/// The right to look at one pull request and decide about it. Void as soon as a higher epoch was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequestLease {
    /// Which.
    pub id: PullRequestId,
    /// Who holds it.
    pub owner: String,
    /// The fencing number: grows with every claim of that pull request.
    pub epoch: u64,
    /// How often it had been wanted when it was claimed: wishes beyond that came too late for this look.
    pub wanted: u64,
}

/// A pull request, and the right to look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedPullRequest {
    /// The right.
    pub lease: PullRequestLease,
    /// What is stored of it.
    pub stored: StoredPullRequest,
}

/// A pull request as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPullRequest {
    /// Its identity.
    pub id: PullRequestId,
    /// The name of its repository as last heard: `owner/name`.
    pub repository: String,
    /// Whether it was open when it was looked at last; one that was never looked at counts as open.
    pub open: bool,
    /// How many decisions there are, which is the revision of the newest; 0: none yet.
    pub revision: u64,
    /// Versioned JSON, as the last look left it; none before the first.
    pub body: Option<String>,
    /// How often it was wanted.
    pub wanted: u64,
    /// How often it had been wanted when the last look that ended with a commit began.
    pub seen: u64,
    /// When it is to be looked at next. While it is being looked at: when it is wanted again after that.
    pub due: Option<Timestamp>,
    /// How often in a row a look was put off.
    pub failures: u32,
    /// Why the last look was put off; none if it was not.
    pub reason: Option<String>,
    /// When it was first heard of.
    pub first_seen_at: Timestamp,
    /// When the last look at it ended; before the first, when it was first heard of.
    pub updated_at: Timestamp,
    /// Who looks at it, and until when.
    pub leased: Option<(String, Timestamp)>,
}

/// What a look at a pull request came to, committed as one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The right to decide; it ends.
    pub lease: PullRequestLease,
    /// When it was decided.
    pub at: Timestamp,
    /// Whether the pull request is open.
    pub open: bool,
    /// What is to be kept for the next look, versioned JSON.
    pub body: String,
    /// When to look again although nothing is heard: when a clock rule turns. None: only when it is wanted.
    pub due: Option<Timestamp>,
    /// The verdict, if it is to be written in the book: because it changed, or because commands follow from it.
    pub decided: Option<NewDecision>,
    /// Signatures that were received. One whose statement and key are known changes nothing, whatever else it says.
    pub signatures: Vec<NewSignature>,
    /// Signatures that were withdrawn, known ones or from the list above. One that was withdrawn before stays as it is.
    pub withdrawn: Vec<SignatureName>,
    /// The commands to perform, whose ids are of this pull request. A commit without a verdict counts on behind those of the newest revision.
    pub intents: Vec<NewIntent>,
    /// Kinds of which only the newest command counts: older ones of this pull request are abandoned, or, if they are being sent or nobody knows
    /// whether they have their effect, are not sent again should it turn out that they have none.
    pub supersedes: Vec<String>,
}

/// A verdict, as it is written in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDecision {
    /// One more than the stored one.
    pub revision: u64,
    /// The rules that were applied.
    pub ruleset_digest: Sha256Digest,
    /// The facts that they were applied to.
    pub facts_digest: Sha256Digest,
    /// One of [`DECISION_OUTCOMES`].
    pub outcome: String,
    /// Versioned JSON.
    pub body: String,
}

/// A decision as stored, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecisionRow {
    /// When it was decided.
    pub at: Timestamp,
    /// The decision.
    pub decision: NewDecision,
}

/// What tells one signature of a pull request from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignatureName {
    /// The digest of the statement that was signed.
    pub statement_digest: Sha256Digest,
    /// The key, by whatever names it under its scheme.
    pub key_identity: String,
}

/// A signature that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignature {
    /// The statement's digest and the key.
    pub name: SignatureName,
    /// The signature scheme.
    pub scheme: String,
    /// The statement.
    pub statement: String,
    /// The signature, as text.
    pub signature: String,
    /// Where it came from: a comment, a request.
    pub source: String,
    /// When it came, which may be long before anybody decided upon it.
    pub received_at: Timestamp,
}

/// A signature as stored: for ever as it was received, and at most withdrawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureRow {
    /// What was received.
    pub signature: NewSignature,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
}

/// Which pull requests a list has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// Those that were open when they were looked at last, or were never looked at.
    Open,
    /// All that were ever heard of.
    All,
}

/// A ruleset that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesetRow {
    /// Its version: 1, and then one more each time.
    pub version: u64,
    /// What it says, as a digest. An older ruleset that comes back has its digest again, under a new version.
    pub digest: Sha256Digest,
    /// The commit that it was read from. No commit is accepted twice: a branch that is forced back brings no old rules back.
    pub commit: CommitSha,
    /// Versioned JSON.
    pub body: String,
    /// Why it was accepted, JSON.
    pub because: String,
    /// When.
    pub accepted_at: Timestamp,
}
