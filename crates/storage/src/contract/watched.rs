//! A store that somebody stands before: every call passes by a watch, which may refuse it, hold it up, or count it. For tests of whoever
//! uses a store.

use crate::{
    Appended, Backlog, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow,
    IntentLease, IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, PoolCapacity,
    ReleaseSummary, Step, Store, StoreError, StoredRelease, TakenOver,
};
use async_trait::async_trait;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use std::future::Future;
use std::sync::Arc;

/// A call, as far as watches tell one from another.
#[derive(Debug, Clone, Copy)]
pub enum Call<'c> {
    /// These rows are appended.
    AppendInbox(&'c [NewInboxRow]),
    /// Everything is to be on the disk.
    Settle,
    /// Anything else.
    Other,
}

/// Who stands before a store.
pub trait Watch: Send + Sync + 'static {
    /// What a call comes to whose answer the store would give. What is not waited for was never asked of the store.
    fn around<'c, T: Send + 'c>(
        &'c self,
        call: Call<'c>,
        answer: impl Future<Output = Result<T, StoreError>> + Send + 'c,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'c;
}

impl<W: Watch> Watch for Arc<W> {
    fn around<'c, T: Send + 'c>(
        &'c self,
        call: Call<'c>,
        answer: impl Future<Output = Result<T, StoreError>> + Send + 'c,
    ) -> impl Future<Output = Result<T, StoreError>> + Send + 'c {
        (**self).around(call, answer)
    }
}

/// A store with somebody before it.
#[derive(Debug)]
pub struct Watched<S: ?Sized, W> {
    /// The store.
    pub store: Arc<S>,
    /// Who stands there.
    pub watch: W,
}

macro_rules! other {
    ($self:ident.$name:ident($($argument:expr),*)) => {
        $self.watch.around(Call::Other, $self.store.$name($($argument),*)).await
    };
}

#[async_trait]
impl<S: Store + ?Sized, W: Watch> Store for Watched<S, W> {
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        self.watch
            .around(Call::AppendInbox(rows), self.store.append_inbox(rows, now))
            .await
    }
    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        other!(self.note_inbox(rows, now))
    }
    async fn settle(&self) -> Result<(), StoreError> {
        self.watch.around(Call::Settle, self.store.settle()).await
    }
    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        other!(self.claim_inbox(claim))
    }
    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        other!(self.refuse_inbox(lease, reason, now))
    }
    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        other!(self.answer_inbox(lease, follows, now))
    }
    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
        other!(self.inbox_row(id))
    }
    async fn refused_inbox(&self, limit: u32) -> Result<Vec<InboxRow>, StoreError> {
        other!(self.refused_inbox(limit))
    }
    async fn backlog(&self) -> Result<Option<Backlog>, StoreError> {
        other!(self.backlog())
    }
    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
        other!(self.load_release(id))
    }
    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError> {
        other!(self.list_releases())
    }
    async fn commit_step(&self, step: &Step) -> Result<(), StoreError> {
        other!(self.commit_step(step))
    }
    async fn journal(&self, id: &ReleaseId, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        other!(self.journal(id, after, limit))
    }
    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError> {
        other!(self.newest_snapshot(id))
    }
    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        other!(self.claim_intent(claim, pools))
    }
    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError> {
        other!(self.mark_sending(lease, now))
    }
    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        other!(self.record_handle(lease, handle))
    }
    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        other!(self.finish_intent(lease, outcome, replies, now))
    }
    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        other!(self.renew_intent(lease, until))
    }
    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        other!(self.intents(release))
    }
    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        other!(self.take_over(owner, now))
    }
    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        other!(self.fire_timers(now, limit))
    }
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        other!(self.next_timer())
    }
    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        other!(self.next_intent(now))
    }
    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError> {
        other!(self.find_build(reuse_key))
    }
}
