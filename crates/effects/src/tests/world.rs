//! A world that counts every effect, and processes that die in it.

use crate::{HandleWriter, Performed, Performer, Probed, Reply};
use async_trait::async_trait;
use domain_types::{CommandId, ReleaseId, Sha256Digest, Timestamp};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use storage::{
    Appended, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow, Intent,
    IntentLease, IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, PoolCapacity,
    ReleaseSummary, SqliteStore, Step, Store, StoreError, StoredRelease, TakenOver,
};

/// The truth: every effect that ever showed, in order. It never deduplicates.
#[derive(Default)]
pub(super) struct World {
    pub(super) effects: Mutex<Vec<CommandId>>,
}

impl World {
    pub(super) fn count(&self, id: &CommandId) -> usize {
        self.effects
            .lock()
            .unwrap()
            .iter()
            .filter(|effect| *effect == id)
            .count()
    }
}

/// One process: it lives for so many steps. A step is a moment at which it may be killed: before and after every store
/// call, before and after the effect.
pub(super) struct Process {
    steps_left: AtomicI64,
    dead: AtomicBool,
    /// How often it asked the store to be on the disk.
    pub(super) settled: AtomicI64,
}

impl Process {
    pub(super) fn living(steps: i64) -> Arc<Self> {
        Arc::new(Self {
            steps_left: AtomicI64::new(steps),
            dead: AtomicBool::new(false),
            settled: AtomicI64::new(0),
        })
    }

    pub(super) fn immortal() -> Arc<Self> {
        Self::living(i64::MAX)
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Whether it survives this moment.
    fn survives(&self) -> bool {
        if self.steps_left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.dead.store(true, Ordering::SeqCst);
        }
        !self.is_dead()
    }
}

pub(super) fn reply(intent: &Intent) -> Reply {
    let event = NewInboxRow {
        key: format!("done/{}", intent.id),
        release: intent.subject.release().cloned(),
        kind: "done".to_owned(),
        body: "{}".to_owned(),
        actor: "performer".to_owned(),
    };
    Reply {
        result: "{\"done\":true}".to_owned(),
        events: vec![event],
    }
}

/// Acts in the world, and looks into it.
pub(super) struct Hand {
    pub(super) world: Arc<World>,
    pub(super) process: Arc<Process>,
}

#[async_trait]
impl Performer for Hand {
    async fn perform(&self, intent: &Intent, handle: &HandleWriter<'_>) -> Performed {
        if handle.record("about to act").await.is_err() || !self.process.survives() {
            return Performed::Unknown {
                reason: "dead".to_owned(),
            };
        }
        self.world.effects.lock().unwrap().push(intent.id.clone());
        if !self.process.survives() {
            return Performed::Unknown {
                reason: "dead".to_owned(),
            };
        }
        Performed::Done(reply(intent))
    }

    async fn probe(&self, intent: &Intent) -> Probed {
        if self.world.count(&intent.id) > 0 {
            Probed::Applied(reply(intent))
        } else {
            Probed::NotApplied
        }
    }

    fn given_up(&self, intent: &Intent, reason: &str) -> Vec<NewInboxRow> {
        vec![NewInboxRow {
            key: format!("given up/{}", intent.id),
            body: reason.to_owned(),
            ..reply(intent).events.remove(0)
        }]
    }
}

/// Says what it is told to say, in order; counts what it was asked.
#[derive(Default)]
pub(super) struct Script {
    pub(super) performed: Mutex<VecDeque<Performed>>,
    pub(super) probed: Mutex<VecDeque<Probed>>,
    pub(super) asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Performer for Script {
    async fn perform(&self, intent: &Intent, _handle: &HandleWriter<'_>) -> Performed {
        self.asked
            .lock()
            .unwrap()
            .push(format!("perform {} send {}", intent.id, intent.sends));
        let told = self.performed.lock().unwrap().pop_front();
        told.unwrap_or_else(|| Performed::Done(reply(intent)))
    }

    async fn probe(&self, intent: &Intent) -> Probed {
        self.asked
            .lock()
            .unwrap()
            .push(format!("probe {} unknown {}", intent.id, intent.unknowns));
        self.probed
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Probed::NotApplied)
    }

    fn given_up(&self, intent: &Intent, reason: &str) -> Vec<NewInboxRow> {
        vec![NewInboxRow {
            key: format!("given up/{}", intent.id),
            body: reason.to_owned(),
            ..reply(intent).events.remove(0)
        }]
    }
}

/// A store as seen by a process that may be killed before and after each call.
pub(super) struct MortalStore {
    pub(super) store: Arc<SqliteStore>,
    pub(super) process: Arc<Process>,
}

macro_rules! mortal {
    ($self:ident.$call:ident($($argument:expr),*)) => {{
        if !$self.process.survives() {
            return Err(StoreError::Stopped);
        }
        let answer = $self.store.$call($($argument),*).await;
        if $self.process.survives() { answer } else { Err(StoreError::Stopped) }
    }};
}

#[async_trait]
impl Store for MortalStore {
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        mortal!(self.append_inbox(rows, now))
    }
    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        mortal!(self.note_inbox(rows, now))
    }
    async fn settle(&self) -> Result<(), StoreError> {
        self.process.settled.fetch_add(1, Ordering::SeqCst);
        mortal!(self.settle())
    }
    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        mortal!(self.claim_inbox(claim))
    }
    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        mortal!(self.refuse_inbox(lease, reason, now))
    }
    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        mortal!(self.answer_inbox(lease, follows, now))
    }
    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
        mortal!(self.inbox_row(id))
    }
    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
        mortal!(self.load_release(id))
    }
    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError> {
        mortal!(self.list_releases())
    }
    async fn commit_step(&self, step: &Step) -> Result<(), StoreError> {
        mortal!(self.commit_step(step))
    }
    async fn journal(&self, id: &ReleaseId, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        mortal!(self.journal(id, after, limit))
    }
    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError> {
        mortal!(self.newest_snapshot(id))
    }
    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        mortal!(self.claim_intent(claim, pools))
    }
    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError> {
        mortal!(self.mark_sending(lease, now))
    }
    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        mortal!(self.record_handle(lease, handle))
    }
    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        mortal!(self.finish_intent(lease, outcome, replies, now))
    }
    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        mortal!(self.renew_intent(lease, until))
    }
    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        mortal!(self.intents(release))
    }
    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        mortal!(self.take_over(owner, now))
    }
    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        mortal!(self.fire_timers(now, limit))
    }
    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        mortal!(self.next_timer())
    }
    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        mortal!(self.next_intent(now))
    }
    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError> {
        mortal!(self.find_build(reuse_key))
    }
}
