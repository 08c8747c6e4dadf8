//! The boundary: what every store promises. Checked by the contract suite, whichever database is behind it.
//!
//! Every write is one transaction. "Die before" means: at any instant before the call returned `Ok`, the process or
//! the machine ends; "die after": at any instant after it.
//!
//! What the end of a process must not take, the end of the machine may: writes last over the loss of power from the next
//! call on that says "on the disk" ([`Store::append_inbox`], [`Store::record_handle`], [`Store::settle`]); each takes everything with it that was written before it. So what is lost is a tail of the writes, and
//! nothing that anybody outside was told or has seen: no effect begins, and nothing is acknowledged, but behind such a call. Whoever gets an error whose outcome is unknown (the
//! connection was lost at the commit) reads again by key: inbox rows by their idempotency key, steps by the
//! release's revision, intents by their id.

use crate::{
    Appended, Backlog, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow,
    IntentLease, IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, PoolCapacity,
    ReleaseSummary, Step, StoreError, StoredRelease, TakenOver,
};
use async_trait::async_trait;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};

/// Inbox, journal, state, outbox and timers, so that a crash loses nothing.
///
/// Bodies are opaque text. Times and owners are arguments; no method reads a clock.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Stores rows in one commit, in their order, on the disk; answers in the same order. A known key changes nothing.
    ///
    /// Die before: all rows are there or none; append again with the same keys. Die after: they are there for ever.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for more than [`crate::ROWS_MAX`] rows or a body above [`crate::BODY_BYTES_MAX`] (of a row that names no
    /// release: [`crate::DELIVERY_BYTES_MAX`]); what the database says.
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError>;

    /// As [`Store::append_inbox`], but not on the disk at once: for reports that can be found out again.
    ///
    /// Die before or after: as there; the loss of power may take the rows with it until something else is on the disk.
    ///
    /// # Errors
    /// As [`Store::append_inbox`].
    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError>;

    /// Returns when everything that was written before is on the disk, whoever wrote it. To be called before anybody outside
    /// is told what was written.
    ///
    /// # Errors
    /// [`StoreError::Io`]: then the store has stopped, and nobody knows how much is there; what the database says.
    async fn settle(&self) -> Result<(), StoreError>;

    /// Leases the oldest pending row that nobody holds, or whose lease expired.
    ///
    /// Die before or after: the row is pending still and is claimed again when the lease expired, or after
    /// [`Store::take_over`].
    ///
    /// # Errors
    /// What the database says.
    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError>;

    /// Refuses a row for ever, with the reason; no revision follows.
    ///
    /// Die before: the row is pending (decided again) or refused. Die after: refused for ever.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if another owner claimed it or it is decided; what the database says.
    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError>;

    /// Ends a row that moves no release by itself, and stores what follows from it as rows in the same commit, in their order; answers
    /// in the same order. A known key changes nothing. Not on the disk at once: the row was there before, and is answered again.
    ///
    /// Die before: the row is pending (answered again) and nothing of what follows is there, or both are as after. Die after: the row is
    /// done, what follows is there, for ever.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if another owner claimed it or it is decided: then nothing that follows is stored either; as
    /// [`Store::append_inbox`].
    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError>;

    /// One row, so that whoever appended it learns its fate.
    ///
    /// # Errors
    /// What the database says.
    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError>;

    /// The newest rows that were refused, the newest first, at most `limit` (never more than [`crate::JOURNAL_PAGE_MAX`]), those aside whose
    /// body is above [`crate::REFUSED_BODY_CHARS_MAX`]: so that whoever asked learns later why nothing came of it. None where nobody keeps them in order.
    ///
    /// # Errors
    /// What the database says.
    async fn refused_inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        let _ = limit;
        Ok(Vec::new())
    }

    /// How much waits; none where nobody counts it.
    ///
    /// # Errors
    /// What the database says.
    async fn backlog(&self) -> Result<Option<Backlog>, StoreError> {
        Ok(None)
    }

    /// A release with all its builds, as of one revision.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if a stored word is none of ours; what the database says.
    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError>;

    /// The newest [`crate::RELEASES_LISTED_MAX`] releases, newest first.
    ///
    /// # Errors
    /// As [`Store::load_release`].
    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError>;

    /// Writes everything that follows from one event: journal, release, builds, outbox, timers, inbox row done.
    ///
    /// Die before: all of it is stored or nothing; the inbox row tells which. Die after: all of it, for ever.
    ///
    /// # Errors
    /// [`StoreError::RevisionConflict`] unless the stored revision is one less; [`StoreError::LeaseLost`] if the
    /// inbox row is not ours any more; [`StoreError::VersionOccupied`]; [`StoreError::Constraint`] for words that
    /// the schema does not know; [`StoreError::TooLarge`]; what the database says.
    async fn commit_step(&self, step: &Step) -> Result<(), StoreError>;

    /// The journal behind a revision, ascending, at most `limit` entries (never more than
    /// [`crate::JOURNAL_PAGE_MAX`]). The last entry's revision is the next page's `after_revision`.
    ///
    /// # Errors
    /// As [`Store::load_release`].
    async fn journal(
        &self,
        id: &ReleaseId,
        after_revision: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError>;

    /// The newest snapshot of a release: the entry that carries it.
    ///
    /// # Errors
    /// As [`Store::load_release`].
    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError>;

    /// Leases the next intent. First those that may have an effect already (their lease expired, their time came;
    /// also of held releases), then fresh ones of releases that are not held and whose pool has a free slot; within
    /// each by priority, then by age. A fresh one takes its slot in the same commit and keeps it until a step frees it, or
    /// until its lease ends before it is sent. What passes a hold, because it ends or tidies up, waits until nothing else of
    /// its release is being sent: what takes effect after it was tidied up would stay. Those of one pull request and kind are carried out
    /// in their order: one is fresh only once all before it are settled.
    ///
    /// Die before or after: it is claimed again when the lease expired, or after [`Store::take_over`]. Until then it keeps
    /// its slot; if it was sent, also afterwards.
    ///
    /// # Errors
    /// [`StoreError::TooLarge`] for more than [`crate::POOLS_MAX`] pools; what the database says.
    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError>;

    /// Commits that the call is about to begin. Only once that is on the disk, by [`Store::record_handle`] or
    /// [`Store::settle`], may it begin.
    ///
    /// Die before: the intent is as it was, or being sent though nothing was: a probe finds out. Die after: whoever
    /// finds it must probe.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`] if the lease has expired, another owner claimed it, or it is settled or abandoned; what
    /// the database says.
    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError>;

    /// Notes, on the disk, what the performer is about to begin (process group and start time, a marker, ...).
    ///
    /// Die before: noted or not, and nothing was begun yet. Die after: the successor reads it in the intent.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; what the database says. Whoever gets an error must not begin.
    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError>;

    /// Settles an intent, or puts it back, and stores what came of it as inbox rows in the same commit. Ends the lease. What
    /// would go back although its release has come to its end meanwhile is abandoned, unless it passes a hold; and so is what would go
    /// back although a newer command of its pull request and kind stands for it.
    ///
    /// Die before: both or nothing; if nothing, the intent is probed. Die after: both, for ever.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]: then no reply is stored either; [`StoreError::TooLarge`]; what the database says.
    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Lets a lease last until `until`.
    ///
    /// Die before: old end or new. Die after: new end.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]; what the database says. Whoever gets an error must expect a successor.
    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError>;

    /// All intents of a release, oldest first.
    ///
    /// # Errors
    /// As [`Store::load_release`].
    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError>;

    /// Ends the leases of all owners but `owner`. The caller proves, by a lock that dies with its holder, that all the
    /// others are dead. What they might still write is refused (epoch).
    ///
    /// Die before: all leases are ended or none. Die after: ended; the next one does the same.
    ///
    /// # Errors
    /// What the database says.
    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError>;

    /// Turns due timers, earliest first and at most `limit`, into inbox rows with the key
    /// `timer/<release>/<timer key>/<revision that set it>`; answers how many.
    ///
    /// Die before: each timer is a timer or an inbox row, never both, never neither. Die after: inbox rows.
    ///
    /// # Errors
    /// What the database says.
    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError>;

    /// When the earliest timer is due.
    ///
    /// # Errors
    /// What the database says.
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError>;

    /// When, after `now`, an intent may become claimable because its time comes or its lease ends.
    ///
    /// # Errors
    /// What the database says.
    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// The newest succeeded build with this reuse key, of whichever release.
    ///
    /// # Errors
    /// As [`Store::load_release`].
    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError>;
}
