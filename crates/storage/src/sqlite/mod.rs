//! The store in one SQLite file: who calls what. The work is in the files beside this one.
//!
//! One connection writes, others read; other processes may have the same file open. Statements use `$n`
//! placeholders and integers for truth values, so that a PostgreSQL store can take them over.

mod backlog;
mod backup;
mod check;
mod claim;
mod connection;
mod database_error;
mod decision;
mod doorway;
mod inbox;
mod log;
mod migration;
mod open;
mod outbox;
mod pull_request;
mod pull_request_store;
mod release;
mod ruleset;
mod step;
#[cfg(test)]
mod tests;
mod timer;

pub use backup::{back_up_sqlite, restore_sqlite};
pub use check::check_sqlite;
pub use migration::migrate_sqlite;
pub use open::{SQLITE_VERSION_MIN, open_sqlite};

use crate::{
    Appended, Backlog, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow,
    IntentLease, IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, PoolCapacity,
    ReleaseSummary, Step, Store, StoreError, StoredRelease, TakenOver,
};
use async_trait::async_trait;
use connection::{Readers, Writer};
use domain_types::{ReleaseId, Sha256Digest, Timestamp};

/// A [`Store`] in one SQLite file; made by [`open_sqlite`].
#[derive(Debug)]
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
}

impl SqliteStore {
    /// Closes the file in order, which folds the write-ahead log into it. Not closing loses nothing.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        let appended = inbox::append(&self.writer, rows, now).await?;
        self.writer.settle().await?;
        Ok(appended)
    }

    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        inbox::append(&self.writer, rows, now).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        self.writer.settle_all().await
    }

    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        inbox::claim(&self.writer, claim).await
    }

    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        inbox::refuse(&self.writer, lease, reason, now).await
    }

    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        let mut writing = self.writer.turn().await?;
        let answered = inbox::answer(&mut writing.connection, lease, follows, now).await;
        writing.end(answered)
    }

    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = inbox::row(&mut reading.connection, id).await;
        reading.end(found)
    }

    async fn refused_inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = inbox::refused(&mut reading.connection, limit).await;
        reading.end(found)
    }

    async fn backlog(&self) -> Result<Option<Backlog>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = backlog::count(&mut reading.connection).await;
        reading.end(found).map(Some)
    }

    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = release::load(&mut reading.connection, id).await;
        reading.end(found)
    }

    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = release::list(&mut reading.connection).await;
        reading.end(found)
    }

    async fn commit_step(&self, step: &Step) -> Result<(), StoreError> {
        step::commit(&self.writer, step).await
    }

    async fn journal(
        &self,
        id: &ReleaseId,
        after_revision: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = release::journal(&mut reading.connection, id, after_revision, limit).await;
        reading.end(found)
    }

    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = release::newest_snapshot(&mut reading.connection, id).await;
        reading.end(found)
    }

    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        claim::claim(&self.writer, claim, pools).await
    }

    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError> {
        outbox::mark_sending(&self.writer, lease, now).await
    }

    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        outbox::record_handle(&self.writer, lease, handle).await?;
        self.writer.settle().await
    }

    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        outbox::finish(&self.writer, lease, outcome, replies, now).await
    }

    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        outbox::renew(&self.writer, lease, until).await
    }

    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = outbox::list(&mut reading.connection, release).await;
        reading.end(found)
    }

    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        let mut writing = self.writer.turn().await?;
        let taken = outbox::take_over(&mut writing.connection, owner, now).await;
        writing.end(taken)
    }

    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        // Mostly none is due, and that takes one statement to find out.
        if self.next_timer().await?.is_none_or(|due| due > now) {
            return Ok(0);
        }
        let mut writing = self.writer.turn().await?;
        let fired = timer::fire(&mut writing.connection, now, limit).await;
        writing.end(fired)
    }

    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = timer::next(&mut reading.connection).await;
        reading.end(found)
    }

    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = outbox::next(&mut reading.connection, now).await;
        reading.end(found)
    }

    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = release::find_build(&mut reading.connection, reuse_key).await;
        reading.end(found)
    }
}
