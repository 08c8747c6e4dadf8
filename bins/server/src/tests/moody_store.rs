//! A store that fails when it is told to, and lets commits begin only when it may.

use async_trait::async_trait;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use storage::{
    Appended, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow, IntentLease,
    IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, OpenMode, PoolCapacity,
    ReleaseSummary, SqliteStore, Step, Store, StoreError, StoredRelease, TakenOver, open_sqlite,
};
use tokio::sync::Semaphore;

/// A body that this store does not take.
pub(super) const POISON: &str = "poison";

pub(super) struct MoodyStore {
    store: SqliteStore,
    pub(super) fails: AtomicBool,
    /// Commits begin while it has a permit.
    pub(super) gate: Semaphore,
    /// The rows of each commit that was tried.
    pub(super) commits: Mutex<Vec<usize>>,
    _folder: tempfile::TempDir,
}

impl MoodyStore {
    pub(super) async fn open() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let store = open_sqlite(&path, OpenMode::CreateOrMigrate, Timestamp::EPOCH).await;
        Arc::new(Self {
            store: store.unwrap(),
            fails: AtomicBool::new(false),
            gate: Semaphore::new(1),
            commits: Mutex::new(Vec::new()),
            _folder: folder,
        })
    }
}

macro_rules! moody {
    ($self:ident.$call:ident($($argument:expr),*)) => {{
        if $self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::Stopped);
        }
        $self.store.$call($($argument),*).await
    }};
}

#[async_trait]
impl Store for MoodyStore {
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        let _turn = self.gate.acquire().await;
        self.commits.lock().unwrap().push(rows.len());
        if rows.iter().any(|row| row.body == POISON) {
            return Err(StoreError::Constraint {
                rule: "no poison".to_owned(),
            });
        }
        moody!(self.append_inbox(rows, now))
    }
    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        moody!(self.note_inbox(rows, now))
    }
    async fn settle(&self) -> Result<(), StoreError> {
        moody!(self.settle())
    }
    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        moody!(self.claim_inbox(claim))
    }
    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        moody!(self.refuse_inbox(lease, reason, now))
    }
    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        moody!(self.answer_inbox(lease, follows, now))
    }
    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
        moody!(self.inbox_row(id))
    }
    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
        moody!(self.load_release(id))
    }
    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError> {
        moody!(self.list_releases())
    }
    async fn commit_step(&self, step: &Step) -> Result<(), StoreError> {
        moody!(self.commit_step(step))
    }
    async fn journal(&self, id: &ReleaseId, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        moody!(self.journal(id, after, limit))
    }
    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError> {
        moody!(self.newest_snapshot(id))
    }
    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        moody!(self.claim_intent(claim, pools))
    }
    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError> {
        moody!(self.mark_sending(lease, now))
    }
    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        moody!(self.record_handle(lease, handle))
    }
    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        moody!(self.finish_intent(lease, outcome, replies, now))
    }
    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        moody!(self.renew_intent(lease, until))
    }
    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        moody!(self.intents(release))
    }
    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        moody!(self.take_over(owner, now))
    }
    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        moody!(self.fire_timers(now, limit))
    }
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        moody!(self.next_timer())
    }
    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        moody!(self.next_intent(now))
    }
    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError> {
        moody!(self.find_build(reuse_key))
    }
}
