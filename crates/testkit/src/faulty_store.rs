//! The store as one process of the world sees it: any call may be its last, or end in an error that says nothing, or take its
//! time. What the store really did is told to the oracle.

mod occasion;

use crate::marks::Mark;
use crate::oracle::decoded;
use crate::process::Process;
use crate::reach::{Pair, pair_of};
use crate::script::{Hosting, StoreFault};
use crate::world::{CrashPoint, Inner, World};
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

/// The pair that a step makes, if nobody was faster.
fn pair_before(inner: &Inner, step: &Step) -> Option<Pair> {
    let event = decoded::<Event>(&step.event).ok()?;
    let unplanned = State::unplanned();
    let state = inner.oracle.state(&step.release).unwrap_or(&unplanned);
    (state.revision() + 1 == step.revision).then(|| pair_of(state, &event))
}

impl FaultyStore {
    /// Rows that came into the inbox.
    fn heard(&self, rows: &[NewInboxRow], answer: &Result<Vec<Appended>, StoreError>) {
        let Ok(appended) = answer else { return };
        self.world.with(|inner| {
            let checked = inner.oracle.rights.appends(&self.process.owner(), rows);
            inner.check(checked);
            for (row, appended) in rows.iter().zip(appended) {
                inner.tell("appended", &[&row.key]);
                inner.oracle.stored.insert(row.key.clone(), appended.id());
            }
        });
        self.stir();
    }

    /// The process was told what became of its rows.
    fn told_rows(
        &self,
        rows: &[NewInboxRow],
        answer: Result<Vec<Appended>, StoreError>,
    ) -> Result<Vec<Appended>, StoreError> {
        if let Ok(appended) = &answer {
            self.world
                .with(|inner| inner.oracle.waiting.appended(rows, appended));
        }
        answer
    }

    /// Everything is on the disk, if the call did what it promises.
    fn written<T>(&self, answer: &Result<T, StoreError>) {
        if answer.is_ok() {
            self.world.with(|inner| inner.oracle.rights.written());
        }
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
            Some(StoreFault::Slow(_) | StoreFault::Stuck(_)) | None => return,
        };
        self.world.with(|inner| {
            if let Some(pair) = pair_before(inner, step) {
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
        self.heard(rows, &answer);
        self.written(&answer);
        self.told_rows(rows, self.after(fault, answer).await)
    }

    async fn note_inbox(&self, rows: &[NewInboxRow], now: Timestamp) -> Result<Vec<Appended>, StoreError> {
        let (fault, answer) = call!(self, note_inbox(rows, now));
        self.heard(rows, &answer);
        self.told_rows(rows, self.after(fault, answer).await)
    }

    async fn settle(&self) -> Result<(), StoreError> {
        let (fault, answer) = call!(self, settle());
        self.written(&answer);
        self.after(fault, answer).await
    }

    async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        let (fault, answer) = call!(self, claim_inbox(claim));
        self.world.with(|inner| match &answer {
            Ok(Some(claimed)) => inner.oracle.waiting.claimed(claimed),
            Ok(None) => inner.oracle.waiting.found_nothing(&self.process.owner()),
            Err(_) => {}
        });
        self.after(fault, answer).await
    }

    async fn refuse_inbox(&self, lease: &InboxLease, reason: &str, now: Timestamp) -> Result<(), StoreError> {
        let (fault, answer) = call!(self, refuse_inbox(lease, reason, now));
        self.world.with(|inner| match &answer {
            Ok(()) => {
                inner.tell("refused", &[reason]);
                let checked = inner.oracle.rights.decided(lease.id);
                inner.check(checked);
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

    async fn answer_inbox(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        let (fault, answer) = call!(self, answer_inbox(lease, follows, now));
        self.heard(follows, &answer);
        self.world.with(|inner| match &answer {
            Ok(_) => {
                inner.tell("answered", &[&lease.id.to_string()]);
                let checked = inner.oracle.rights.decided(lease.id);
                inner.check(checked);
            }
            Err(StoreError::LeaseLost { .. }) => inner.mark(Mark::LeaseLost),
            Err(_) => {}
        });
        self.told_rows(follows, self.after(fault, answer).await)
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
        let fault = self.enter_commit(step).await;
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
                inner.committed_at = inner.now;
                inner.oracle.waiting.stepped(self.process.owner());
                let checked = crate::heard::check(&self.world, inner, step);
                inner.check(checked);
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
            self.world.with(|inner| {
                inner.tell("claimed", &words);
                let checked = inner.oracle.rights.claimed(claim, claimed);
                inner.check(checked);
            });
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
                inner.oracle.rights.marked(&lease.id);
                if fault == Some(StoreFault::DieAfter) {
                    inner.mark(Mark::DiedBeforeEffect);
                }
            }
            Ok(MarkedSending::Held) => {
                inner.mark(Mark::HeldBeforeSend);
                inner.oracle.rights.given_back(lease);
            }
            Err(StoreError::LeaseLost { .. }) => inner.mark(Mark::AbandonedBeforeSend),
            Err(_) => {}
        });
        self.after(fault, answer).await
    }

    async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        let fault = self.enter_leased("record_handle", lease).await;
        self.before(fault).await?;
        let answer = self.store.record_handle(lease, handle).await;
        self.written(&answer);
        if let Err(StoreError::LeaseLost { .. }) = &answer {
            self.world.with(|inner| inner.mark(Mark::LeaseLostBeforeEffect));
        }
        self.after(fault, answer).await
    }

    async fn finish_intent(
        &self,
        lease: &IntentLease,
        outcome: IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let kept = !matches!(outcome, IntentOutcome::Unknown { .. });
        let fault = self.enter_leased("finish_intent", lease).await;
        self.before(fault).await?;
        let answer = self
            .store
            .finish_intent(lease, outcome.clone(), replies, now)
            .await;
        self.world.with(|inner| match &answer {
            Ok(()) => {
                inner.tell("finished", &[lease.id.as_str(), &format!("{outcome:?}")]);
                let rights = &mut inner.oracle.rights;
                let checked = rights.finished(lease);
                let told = rights.appends(&self.process.owner(), replies);
                inner.check(checked.and(told));
                if kept {
                    inner.oracle.settled(&lease.id);
                }
            }
            Err(StoreError::LeaseLost { .. }) => inner.mark(Mark::LeaseLost),
            Err(_) => {}
        });
        self.stir();
        let answer = self.after(fault, answer).await;
        if answer.is_ok() {
            self.world.with(|inner| inner.oracle.waiting.replied(replies));
        }
        answer
    }

    async fn renew_intent(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        let held = (self.process.owner(), lease.id.clone());
        if self.world.with(|inner| inner.stuck.contains(&held)) {
            std::future::pending::<()>().await;
        }
        let (fault, answer) = call!(self, renew_intent(lease, until));
        if answer.is_ok() {
            self.world.with(|inner| inner.oracle.rights.renewed(lease, until));
        }
        self.after(fault, answer).await
    }

    async fn intents(&self, release: &ReleaseId) -> Result<Vec<IntentRow>, StoreError> {
        plain!(self, intents(release))
    }

    async fn take_over(&self, owner: &str, now: Timestamp) -> Result<TakenOver, StoreError> {
        let (fault, answer) = call!(self, take_over(owner, now));
        if answer.is_ok() {
            self.world.with(|inner| inner.oracle.rights.taken_over(owner));
        }
        self.after(fault, answer).await
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
