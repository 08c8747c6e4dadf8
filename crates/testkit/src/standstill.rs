//! A store whose calls are done by other threads, made to answer at once: the world stands still meanwhile, or two runs of one
//! seed would not be the same.

use async_trait::async_trait;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use futures::executor::block_on;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use storage::{
    Appended, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow, IntentLease,
    IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, PoolCapacity, ReleaseSummary,
    SqliteStore, Step, Store, StoreError, StoredRelease, TakenOver,
};
use tokio::runtime::Handle;

/// The real store, waited for.
pub(crate) struct Standstill {
    pub(crate) store: SqliteStore,
    /// Where the store's own tasks run on while this thread waits.
    pub(crate) beside: Handle,
}

macro_rules! wait {
    ($self:ident.$name:ident($($argument:expr),*)) => {{
        let _beside = $self.beside.enter();
        // This thread's task cannot be asked to let others go on: they wait as well.
        block_on(tokio::task::unconstrained($self.store.$name($($argument),*)))
    }};
}

#[async_trait]
impl Store for Standstill {
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        wait!(self.append_inbox(rows, now))
    }
    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        wait!(self.note_inbox(rows, now))
    }
    async fn settle(&self) -> Result<(), StoreError> {
        wait!(self.settle())
    }
    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        wait!(self.claim_inbox(claim))
    }
    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        wait!(self.refuse_inbox(lease, reason, now))
    }
    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        wait!(self.answer_inbox(lease, follows, now))
    }
    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
        wait!(self.inbox_row(id))
    }
    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
        wait!(self.load_release(id))
    }
    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError> {
        wait!(self.list_releases())
    }
    async fn commit_step(&self, step: &Step) -> Result<(), StoreError> {
        wait!(self.commit_step(step))
    }
    async fn journal(&self, id: &ReleaseId, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        wait!(self.journal(id, after, limit))
    }
    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError> {
        wait!(self.newest_snapshot(id))
    }
    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        wait!(self.claim_intent(claim, pools))
    }
    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError> {
        wait!(self.mark_sending(lease, now))
    }
    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        wait!(self.record_handle(lease, handle))
    }
    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        wait!(self.finish_intent(lease, outcome, replies, now))
    }
    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        wait!(self.renew_intent(lease, until))
    }
    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        wait!(self.intents(release))
    }
    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        wait!(self.take_over(owner, now))
    }
    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        wait!(self.fire_timers(now, limit))
    }
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        wait!(self.next_timer())
    }
    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        wait!(self.next_intent(now))
    }
    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError> {
        wait!(self.find_build(reuse_key))
    }
}

/// The answer of a call that does not wait: every store of the simulation answers at once.
///
/// # Panics
/// If it waits all the same.
pub(crate) fn at_once<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a store of the simulation waits"),
    }
}
