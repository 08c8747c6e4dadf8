//! The boundary for pull requests: a queue of those to be looked at, and the book of each. What [`Store`] says of dying, of the disk and of
//! outcomes that are unknown holds here too; a decision whose commit is unknown is found by the pull request's revision.

use crate::{
    Claim, ClaimedPullRequest, Decision, DecisionRow, InboxLease, IntentRow, Listed, Look, PullRequestLease,
    RulesetRow, SignatureRow, Store, StoreError, StoredPullRequest,
};
use async_trait::async_trait;
use domain_types::{PullRequestId, Sha256Digest, Timestamp};

/// Which pull requests are to be looked at, what was decided about them, who signed, and by which rules.
#[async_trait]
pub trait PullRequestStore: Store {
    /// Ends an inbox row, and wants the pull requests that it tells of, in one commit. Pull requests that were never heard of are known from
    /// then on. One that is named twice is wanted once, by the earlier time and under the later name.
    ///
    /// Not on the disk at once: the row was there before, and is answered again. Die before: the row is pending (answered again) and nobody is
    /// wanted, or both are as after. Die after: the row is done, and each of them will be looked at.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if another owner claimed the row or it is decided: then nobody is wanted either;
    /// [`StoreError::TooLarge`] for more than [`crate::LOOKS_MAX`] looks; [`StoreError::Constraint`] for a repository without a name; what the
    /// database says.
    async fn hear_of_pull_requests(
        &self,
        lease: &InboxLease,
        looks: &[Look],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Wants pull requests that nobody told of: as [`PullRequestStore::hear_of_pull_requests`], without a row.
    ///
    /// Die before: all of them are wanted or none; want them again. Die after: each of them will be looked at.
    ///
    /// # Errors
    /// As there, but for the lease.
    async fn want_pull_requests(&self, looks: &[Look], now: Timestamp) -> Result<(), StoreError>;

    /// Leases the pull request that is due longest: its time came and nobody looks at it, or the lease of whoever did expired. What is wanted
    /// from now on is wanted of the look after this one. A claim for a release gets none.
    ///
    /// Die before or after: it is due still, and is claimed again when the lease expired, or after [`Store::take_over`].
    ///
    /// # Errors
    /// [`StoreError::Constraint`] or [`StoreError::TooLarge`] for the owner; [`StoreError::Corrupt`] if a stored word is none of ours; what the
    /// database says.
    async fn claim_pull_request(&self, claim: &Claim) -> Result<Option<ClaimedPullRequest>, StoreError>;

    /// Writes everything that a look came to: the book, signatures, commands, when to look again. Ends the lease. What was wanted since the claim makes
    /// the next look due when it was wanted for, if that is before [`Decision::due`].
    ///
    /// Not on the disk at once: what it rests upon is looked at again. Die before: all of it is stored or nothing, which the revision tells; if
    /// nothing, it is looked at again. Die after: all of it, for ever.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if another owner claimed it or it was decided; [`StoreError::RevisionConflict`] unless the stored revision is
    /// one less; [`StoreError::Constraint`] for words that the schema does not know, for a command that is known or not of this pull request, and
    /// for the withdrawal of a signature that was never received; [`StoreError::TooLarge`]; what the database says. None of it is stored then,
    /// and the lease is as it was.
    async fn commit_decision(&self, decision: &Decision) -> Result<(), StoreError>;

    /// Ends a look that came to nothing, with the reason, and counts it. The next one is due at `until`, whatever was wanted meanwhile; who wants
    /// it after this may have it sooner.
    ///
    /// Die before: as after, or the lease lasts and the pull request is claimed again when it expired. Die after: it is due at `until`.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; [`StoreError::TooLarge`]; what the database says.
    async fn put_off_pull_request(
        &self,
        lease: &PullRequestLease,
        until: Timestamp,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// One pull request.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a stored word is none of ours; what the database says.
    async fn pull_request(&self, id: PullRequestId) -> Result<Option<StoredPullRequest>, StoreError>;

    /// Pull requests in the order of their ids, of one repository or of all, behind `after`, at most `limit` (never more than
    /// [`crate::PULL_REQUESTS_PAGE_MAX`]). The last one's id is the next page's `after`.
    ///
    /// # Errors
    /// As [`PullRequestStore::pull_request`].
    async fn pull_requests(
        &self,
        repository: Option<&str>,
        listed: Listed,
        after: Option<PullRequestId>,
        limit: u32,
    ) -> Result<Vec<StoredPullRequest>, StoreError>;

    /// The decisions about a pull request before a revision, or all, newest first, at most `limit` (never more than
    /// [`crate::JOURNAL_PAGE_MAX`]). The last one's revision is the next page's `before_revision`.
    ///
    /// # Errors
    /// As [`PullRequestStore::pull_request`].
    async fn decisions(
        &self,
        id: PullRequestId,
        before_revision: Option<u64>,
        limit: u32,
    ) -> Result<Vec<DecisionRow>, StoreError>;

    /// All signatures of a pull request, the withdrawn ones too, by the time of their reception, then by statement and key.
    ///
    /// # Errors
    /// As [`PullRequestStore::pull_request`].
    async fn signatures(&self, id: PullRequestId) -> Result<Vec<SignatureRow>, StoreError>;

    /// The commands of a pull request, newest first, at most `limit` (never more than [`crate::JOURNAL_PAGE_MAX`]).
    ///
    /// # Errors
    /// As [`PullRequestStore::pull_request`].
    async fn pull_request_intents(&self, id: PullRequestId, limit: u32)
    -> Result<Vec<IntentRow>, StoreError>;

    /// When the next pull request can be claimed: its time comes, or the lease on it ends. Past if one can be claimed already.
    ///
    /// # Errors
    /// What the database says.
    async fn next_look(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The ruleset with the highest version.
    ///
    /// # Errors
    /// As [`PullRequestStore::pull_request`].
    async fn newest_ruleset(&self) -> Result<Option<RulesetRow>, StoreError>;

    /// The newest ruleset with this digest: what a decision that names it rests upon.
    ///
    /// # Errors
    /// As [`PullRequestStore::pull_request`].
    async fn ruleset(&self, digest: &Sha256Digest) -> Result<Option<RulesetRow>, StoreError>;

    /// Writes a ruleset in the book.
    ///
    /// Die before: it is there or not; [`PullRequestStore::newest_ruleset`] tells. Die after: it is there for ever.
    ///
    /// # Errors
    /// [`StoreError::RulesetConflict`] unless its version is one more than the newest; [`StoreError::Constraint`] if its commit was accepted
    /// before; [`StoreError::TooLarge`]; what the database says.
    async fn accept_ruleset(&self, ruleset: &RulesetRow) -> Result<(), StoreError>;
}
