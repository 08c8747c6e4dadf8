//! The store as one process of the world sees it: any call may be its last, or end in an error that says nothing, or take its
//! time. What the store really did is told to the oracle.

use crate::marks::Mark;
use crate::oracle::decoded;
use crate::process::Process;
use crate::reach::pair_of;
use crate::script::{Hosting, StoreFault};
use crate::world::{CrashPoint, World};
use async_trait::async_trait;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use orchestrator::{Event, State};
use std::sync::Arc;
use storage::{
    Appended, Claim, ClaimedInbox, ClaimedIntent, FoundBuild, InboxId, InboxLease, InboxRow, IntentLease,
    IntentOutcome, IntentRow, JournalEntry, MarkedSending, NewInboxRow, PoolCapacity, ReleaseSummary, Step,
    Store, StoreError, StoredRelease, TakenOver,
};

/// A store behind a process that may die at any call.
pub(crate) struct FaultyStore {
    pub(crate) world: Arc<World>,
    pub(crate) process: Arc<Process>,
    pub(crate) store: Arc<dyn Store>,
}

fn told(done: &str) -> StoreError {
    StoreError::Database {
        source: format!("the connection is lost, and the call was {done}").into(),
    }
}

impl FaultyStore {
    /// What goes wrong with a call, if it is not the end of the process.
    async fn enter(&self, call: &'static str) -> Option<StoreFault> {
        self.process.survives().await;
        let fault = self.world.with(|inner| {
            inner.tell(call, &[&self.process.owner()]);
            inner.store_fault()
        });
        if let Some(StoreFault::Slow(milliseconds)) = fault {
            self.world.sleep(milliseconds.into()).await;
            self.process.survives().await;
        }
        fault
    }

    /// The process is dead from here on.
    async fn die(&self) {
        self.process.kill();
        self.process.survives().await;
    }

    /// Whether the call is told to have failed although nothing, or everything, was done.
    async fn before(&self, fault: Option<StoreFault>) -> Result<(), StoreError> {
        match fault {
            Some(StoreFault::DieBefore) => self.die().await,
            Some(StoreFault::FailBefore) => {
                self.world.with(|inner| inner.mark(Mark::StoreFailed));
                return Err(told("not done"));
            }
            Some(StoreFault::DieAfter | StoreFault::FailAfter | StoreFault::Slow(_)) | None => {}
        }
        Ok(())
    }

    async fn after<T>(
        &self,
        fault: Option<StoreFault>,
        answer: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match fault {
            Some(StoreFault::DieAfter) => self.die().await,
            Some(StoreFault::FailAfter) => return Err(told("done")),
            Some(StoreFault::DieBefore | StoreFault::FailBefore | StoreFault::Slow(_)) | None => {}
        }
        answer
    }

    /// Rows that came into the inbox.
    fn heard(&self, rows: &[NewInboxRow], appended: &[Appended]) {
        if appended.is_empty() {
            return;
        }
        self.world.with(|inner| {
            for (row, appended) in rows.iter().zip(appended) {
                inner.tell("appended", &[&row.key]);
                inner.oracle.stored.insert(row.key.clone(), appended.id());
            }
        });
        self.stir();
    }

    /// Others may see something new.
    fn stir(&self) {
        if self.world.script.hosting == Hosting::Elsewhere {
            self.world.with(|inner| inner.stir());
        }
    }

    fn record_crash_point(&self, step: &Step, fault: Option<StoreFault>) {
        let point = match fault {
            Some(StoreFault::DieBefore) => CrashPoint::Before,
            Some(StoreFault::DieAfter) => CrashPoint::After,
            Some(StoreFault::FailBefore) => CrashPoint::UnknownNotDone,
            Some(StoreFault::FailAfter) => CrashPoint::UnknownDone,
            Some(StoreFault::Slow(_)) | None => return,
        };
        let Ok(event) = decoded::<Event>(&step.event) else {
            return;
        };
        self.world.with(|inner| {
            let unplanned = State::unplanned();
            let state = inner.oracle.state(&step.release).unwrap_or(&unplanned);
            if state.revision() + 1 == step.revision {
                let pair = pair_of(state, &event);
                inner.reached.insert((pair, point));
            }
            if point == CrashPoint::UnknownDone {
                inner.mark(Mark::UnknownCommit);
            }
        });
    }
}

macro_rules! call {
    ($self:ident, $name:ident ( $($argument:expr),* )) => {{
        let fault = $self.enter(stringify!($name)).await;
        $self.before(fault).await?;
        let answer = $self.store.$name($($argument),*).await;
        (fault, answer)
    }};
}

macro_rules! plain {
    ($self:ident, $name:ident ( $($argument:expr),* )) => {{
        let (fault, answer) = call!($self, $name($($argument),*));
        $self.after(fault, answer).await
    }};
}

#[async_trait]
impl Store for FaultyStore {
    async fn append_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        let (fault, answer) = call!(self, append_inbox(rows, now));
        self.heard(rows, answer.as_deref().unwrap_or_default());
        self.after(fault, answer).await
    }

    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        let (fault, answer) = call!(self, note_inbox(rows, now));
        self.heard(rows, answer.as_deref().unwrap_or_default());
        self.after(fault, answer).await
    }

    async fn settle(&self) -> Result<(), StoreError> {
        plain!(self, settle())
    }

    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        plain!(self, claim_inbox(claim))
    }

    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        let (fault, answer) = call!(self, refuse_inbox(lease, reason, now));
        self.world.with(|inner| match &answer {
            Ok(()) => {
                inner.tell("refused", &[reason]);
                if reason.contains("is not the current one") || reason.contains("is not possible while") {
                    inner.mark(Mark::ReportTooLate);
                }
                if reason.contains("being published") {
                    inner.mark(Mark::CancelTooLate);
                }
            }
            Err(StoreError::LeaseLost { .. }) => inner.mark(Mark::LeaseLost),
            Err(_) => {}
        });
        self.after(fault, answer).await
    }

    async fn inbox_row(&self, id: InboxId) -> Result<Option<InboxRow>, StoreError> {
        plain!(self, inbox_row(id))
    }

    async fn load_release(&self, id: &ReleaseId) -> Result<Option<StoredRelease>, StoreError> {
        plain!(self, load_release(id))
    }

    async fn list_releases(&self) -> Result<Vec<ReleaseSummary>, StoreError> {
        plain!(self, list_releases())
    }

    async fn commit_step(&self, step: &Step) -> Result<(), StoreError> {
        let fault = self.enter("commit_step").await;
        self.record_crash_point(step, fault);
        self.before(fault).await?;
        let answer = self.store.commit_step(step).await;
        self.world.with(|inner| match &answer {
            Ok(()) => {
                inner.tell(
                    "committed",
                    &[step.release.as_str(), &step.event_kind, &step.row.phase],
                );
                inner.hash.add(&step.facts);
                let checked = inner.oracle.committed(step);
                inner.check(checked);
                crate::notice::of_step(inner, step);
            }
            Err(StoreError::RevisionConflict { .. }) => inner.mark(Mark::RevisionConflict),
            Err(StoreError::LeaseLost { .. }) => inner.mark(Mark::LeaseLost),
            Err(_) => {}
        });
        self.stir();
        self.after(fault, answer).await
    }

    async fn journal(&self, id: &ReleaseId, after: u64, limit: u32) -> Result<Vec<JournalEntry>, StoreError> {
        plain!(self, journal(id, after, limit))
    }

    async fn newest_snapshot(&self, id: &ReleaseId) -> Result<Option<JournalEntry>, StoreError> {
        plain!(self, newest_snapshot(id))
    }

    async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        let (fault, answer) = call!(self, claim_intent(claim, pools));
        if let Ok(Some(claimed)) = &answer {
            let words = [claimed.intent.id.as_str(), &format!("{:?}", claimed.claimed_as)];
            self.world.with(|inner| inner.tell("claimed", &words));
        }
        self.after(fault, answer).await
    }

    async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<MarkedSending, StoreError> {
        let (fault, answer) = call!(self, mark_sending(lease, now));
        self.world.with(|inner| match &answer {
            Ok(MarkedSending::Sending(_)) => {
                inner.tell("sending", &[lease.id.as_str()]);
                let checked = inner.oracle.sent(&lease.id);
                inner.check(checked);
                if fault == Some(StoreFault::DieAfter) {
                    inner.mark(Mark::DiedBeforeEffect);
                }
            }
            Ok(MarkedSending::Held) => inner.mark(Mark::HeldBeforeSend),
            Err(StoreError::LeaseLost { .. }) => inner.mark(Mark::AbandonedBeforeSend),
            Err(_) => {}
        });
        self.after(fault, answer).await
    }

    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        plain!(self, record_handle(lease, handle))
    }

    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let kept = !matches!(outcome, IntentOutcome::Unknown { .. });
        let (fault, answer) = call!(self, finish_intent(lease, outcome.clone(), replies, now));
        self.world.with(|inner| match &answer {
            Ok(()) => {
                inner.tell("finished", &[lease.id.as_str(), &format!("{outcome:?}")]);
                if kept {
                    inner.oracle.settled(&lease.id);
                }
            }
            Err(StoreError::LeaseLost { .. }) => inner.mark(Mark::LeaseLost),
            Err(_) => {}
        });
        self.stir();
        self.after(fault, answer).await
    }

    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        plain!(self, renew_intent(lease, until))
    }

    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        plain!(self, intents(release))
    }

    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        plain!(self, take_over(owner, now))
    }

    async fn fire_timers(&self, now: Timestamp, limit: u32) -> Result<u32, StoreError> {
        plain!(self, fire_timers(now, limit))
    }

    async fn next_timer(&self) -> Result<Option<Timestamp>, StoreError> {
        plain!(self, next_timer())
    }

    async fn next_intent(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        plain!(self, next_intent(now))
    }

    async fn find_build(&self, reuse_key: &Sha256Digest) -> Result<Option<FoundBuild>, StoreError> {
        plain!(self, find_build(reuse_key))
    }
}
