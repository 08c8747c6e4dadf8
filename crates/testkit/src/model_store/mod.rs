//! The store of the simulation: everything in memory, the same answers as SQLite, a thousand times as fast.
//!
//! It promises what [`storage::Store`] promises, the crash included: a simulated process dies, its store lives on. Every
//! call asks first whether anything forbids it and changes afterwards, so that one that fails changed nothing. No call
//! ever waits. The work is in the files beside this one, one per table, as in the SQLite store.

mod decision;
mod inbox;
mod limits;
mod outbox;
mod pull_request;
mod pull_request_store;
mod release;
mod ruleset;
mod step;
#[cfg(test)]
mod tests;
mod timer;
mod view;

pub use view::{BuildView, IntentView, ReleaseView, Rows, TimerView};

use async_trait::async_trait;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};
use storage::{
    Appended, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow, IntentLease,
    IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, PoolCapacity, ReleaseSummary, Step,
    Store, StoreError, StoredRelease, TakenOver,
};

/// A [`Store`] in memory. It lasts as long as this value; share it behind an `Arc`.
#[derive(Debug, Default)]
pub struct ModelStore(Mutex<Tables>);

/// Who holds a row, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Lease {
    owner: String,
    until: Timestamp,
}

impl Lease {
    fn of(claim: &Claim) -> Self {
        Self {
            owner: claim.owner.clone(),
            until: claim.now.plus_seconds(u64::from(claim.lease_seconds)),
        }
    }
}

#[derive(Debug, Default)]
struct Tables {
    inbox: inbox::Inbox,
    outbox: outbox::Outbox,
    pull_requests: pull_request::PullRequests,
    releases: release::Releases,
    rulesets: ruleset::Rulesets,
    timers: timer::Timers,
}

impl ModelStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Looks at all rows as of one commit. Meant for oracles: nothing is copied, and nobody writes meanwhile.
    pub fn with_rows<T>(&self, look: impl FnOnce(&Rows<'_>) -> T) -> T {
        look(&Rows::of(&self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// After a panic in the middle of a change nothing may be assumed, as after a failed fsync.
    fn tables(&self) -> Result<MutexGuard<'_, Tables>, StoreError> {
        self.0.lock().map_err(|_| StoreError::Stopped)
    }
}

#[async_trait]
impl Store for ModelStore {
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        inbox::check(rows)?;
        Ok(self.tables()?.inbox.append(rows, now))
    }

    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        self.append_inbox(rows, now).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        limits::require_word("the owner", &claim.owner)?;
        Ok(self.tables()?.inbox.claim(claim))
    }

    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        limits::require_body("the reason", reason)?;
        self.tables()?.inbox.refuse(lease, reason, now)
    }

    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        inbox::check(follows)?;
        self.tables()?.inbox.answer(lease, follows, now)
    }

    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
        Ok(self.tables()?.inbox.row(id).cloned())
    }

    async fn refused_inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        Ok(self.tables()?.inbox.refused(limit))
    }

    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
        Ok(self.tables()?.releases.load(id))
    }

    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError> {
        Ok(self.tables()?.releases.list())
    }

    async fn commit_step(&self, step: &Step) -> Result<(), StoreError> {
        step::commit(&mut *self.tables()?, step)
    }

    async fn journal(
        &self,
        id: &ReleaseId,
        after_revision: u64,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        Ok(self.tables()?.releases.journal(id, after_revision, limit))
    }

    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError> {
        Ok(self.tables()?.releases.newest_snapshot(id))
    }

    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        limits::require_word("the owner", &claim.owner)?;
        limits::require_pools(pools)?;
        let Tables { outbox, releases, .. } = &mut *self.tables()?;
        Ok(outbox.claim(releases, claim, pools))
    }

    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError> {
        let Tables { outbox, releases, .. } = &mut *self.tables()?;
        outbox.mark_sending(releases, lease, now)
    }

    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        limits::require_body("the handle", handle)?;
        self.tables()?.outbox.record_handle(lease, handle)
    }

    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        outbox::check_outcome(&outcome)?;
        inbox::check(replies)?;
        let Tables {
            inbox,
            outbox,
            releases,
            ..
        } = &mut *self.tables()?;
        let seq = outbox.require_finishable(lease, &outcome)?;
        outbox.finish(releases, seq, (outcome, now));
        inbox.append(replies, now);
        Ok(())
    }

    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        self.tables()?.outbox.renew(lease, until)
    }

    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        let Tables { outbox, releases, .. } = &*self.tables()?;
        Ok(releases
            .number(release)
            .map_or_else(Vec::new, |number| outbox.list(outbox::Owner::Release(number))))
    }

    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        let Tables {
            inbox,
            outbox,
            pull_requests,
            ..
        } = &mut *self.tables()?;
        Ok(TakenOver {
            inbox: inbox.take_over(owner),
            intents: outbox.take_over(owner, now),
            pull_requests: pull_requests.take_over(owner, now),
        })
    }

    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        let Tables { inbox, timers, .. } = &mut *self.tables()?;
        Ok(timers.fire(inbox, now, limit))
    }

    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables()?.timers.next())
    }

    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables()?.outbox.next(now))
    }

    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError> {
        Ok(self.tables()?.releases.find_build(reuse_key))
    }
}
