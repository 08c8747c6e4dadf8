//! The store in a PostgreSQL database, which several servers may share: who calls what. The work is in the files beside this one.
//!
//! Every commit is on the disk when it returns, so that there is nothing to settle. Rows that several claim at once are told apart by
//! `FOR UPDATE SKIP LOCKED`; a release is moved by whoever holds its row.

mod backlog;
mod check;
mod claim;
mod connection;
mod decision;
mod failure;
mod inbox;
mod migration;
mod open;
mod outbox;
mod place;
mod pull_request;
mod pull_request_store;
mod release;
mod ruleset;
mod step;
#[cfg(test)]
mod tests;
mod timer;
mod transaction;

pub use check::check_postgres;
pub use migration::migrate_postgres;
pub use open::{POSTGRES_VERSION_MIN, open_postgres};
pub use place::{PostgresPlace, Presence, enter_postgres};

use crate::{
    Appended, Backlog, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow,
    IntentLease, IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, PoolCapacity,
    ReleaseSummary, Step, Store, StoreError, StoredRelease, TakenOver,
};
use async_trait::async_trait;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use failure::repeated;
use sqlx::PgPool;

/// A [`Store`] in a PostgreSQL database; made by [`open_postgres`].
#[derive(Debug)]
pub struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    /// Closes the connections in order. Not closing loses nothing.
    pub async fn close(self) {
        self.pool.close().await;
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        repeated(|| inbox::append(&self.pool, rows, now)).await
    }

    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        self.append_inbox(rows, now).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        repeated(|| inbox::claim(&self.pool, claim)).await
    }

    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        repeated(|| inbox::refuse(&self.pool, lease, reason, now)).await
    }

    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        repeated(|| inbox::answer(&self.pool, lease, follows, now)).await
    }

    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
        repeated(|| inbox::row(&self.pool, id)).await
    }

    async fn refused_inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        repeated(|| inbox::refused(&self.pool, limit)).await
    }

    async fn backlog(&self) -> Result<Option<Backlog>, StoreError> {
        repeated(|| backlog::count(&self.pool)).await.map(Some)
    }

    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
        repeated(|| release::load(&self.pool, id)).await
    }

    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError> {
        repeated(|| release::list(&self.pool)).await
    }

    async fn commit_step(&self, step: &Step) -> Result<(), StoreError> {
        repeated(|| step::commit(&self.pool, step)).await
    }

    async fn journal(
        &self,
        id: &ReleaseId,
        after_revision: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        repeated(|| release::journal(&self.pool, id, after_revision, limit)).await
    }

    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError> {
        repeated(|| release::newest_snapshot(&self.pool, id)).await
    }

    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        repeated(|| claim::claim(&self.pool, claim, pools)).await
    }

    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError> {
        repeated(|| outbox::mark_sending(&self.pool, lease, now)).await
    }

    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        repeated(|| outbox::record_handle(&self.pool, lease, handle)).await
    }

    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        repeated(|| outbox::finish(&self.pool, lease, &outcome, replies, now)).await
    }

    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        repeated(|| outbox::renew(&self.pool, lease, until)).await
    }

    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        repeated(|| outbox::list(&self.pool, release)).await
    }

    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        repeated(|| outbox::take_over(&self.pool, owner, now)).await
    }

    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        repeated(|| timer::fire(&self.pool, now, limit)).await
    }

    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        repeated(|| timer::next(&self.pool)).await
    }

    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        repeated(|| outbox::next(&self.pool, now)).await
    }

    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError> {
        repeated(|| release::find_build(&self.pool, reuse_key)).await
    }
}
