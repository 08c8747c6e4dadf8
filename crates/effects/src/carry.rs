//! One intent, from its claim to its end or to the next look. Called by whoever claims intents; knows no kind of effect.
//!
//! `intent → sending` is on the disk before the performer acts, its outcome and its replies are committed together after. So a
//! process that dies leaves either an intent that certainly has no effect, or one that is probed before anything else.

use crate::patience::{next_look, too_many_doubts, too_many_sends};
use crate::{EffectError, HandleWriter, Performed, Performer, Probed, Reply};
use domain_types::{Timestamp, seeded_bug};
use storage::{
    ClaimedAs, ClaimedIntent, Intent, IntentLease, IntentOutcome, MarkedSending, NewInboxRow, Store,
    StoreError,
};

/// Where an intent stands after it was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Carried {
    /// It took effect, once; the replies are in the inbox, under these keys.
    Done(Vec<String>),
    /// It did not take effect, or was given up; the replies are in the inbox, under these keys.
    Rejected(Vec<String>),
    /// Nobody can tell; it is claimed again for the next look at this time.
    InDoubt(Timestamp),
    /// It had not taken effect; it can be claimed and sent again at once, unless its release is held or over, or a newer one stands for it.
    PutBack,
    /// Its release was held before it was sent; it waits among the intents.
    Held,
    /// It was abandoned, or belongs to another owner now; nothing of ours was recorded.
    LeaseLost,
}

/// The present, told by the caller.
pub type Now<'a> = &'a (dyn Fn() -> Timestamp + Send + Sync);

/// Carries out a claimed intent: a fresh one is marked as being sent and performed, a doubtful one is probed.
///
/// Die at any instant before it is marked: it is claimed again as fresh. Die between mark and outcome, or drop the
/// future there: it is claimed again as doubtful. Die after the outcome: it is settled, and its replies are in the inbox.
///
/// The lease has to outlast the performer: nothing renews it in between. A successor that claims it earlier would probe
/// while the first still acts, and no target of ours knows our epochs; what the first then tells is not recorded.
///
/// # Errors
/// [`EffectError::Store`]; the intent is then probed by whoever claims it next, unless it was never marked.
pub async fn carry_out(
    store: &dyn Store,
    performer: &dyn Performer,
    claimed: ClaimedIntent,
    now: Now<'_>,
) -> Result<Carried, EffectError> {
    let ClaimedIntent {
        lease,
        intent,
        claimed_as,
    } = claimed;
    let carrying = Carrying {
        store,
        performer,
        lease: &lease,
        now,
    };
    let carried = match claimed_as {
        ClaimedAs::Fresh => carrying.send(intent).await,
        ClaimedAs::MustProbe if seeded_bug("probe-skipped") => carrying.perform(&intent).await,
        ClaimedAs::MustProbe => carrying.look(&intent).await,
    };
    match carried {
        Err(StoreError::LeaseLost { .. }) => Ok(Carried::LeaseLost),
        carried => Ok(carried?),
    }
}

/// What the steps of one carrying have in common.
struct Carrying<'a> {
    store: &'a dyn Store,
    performer: &'a dyn Performer,
    lease: &'a IntentLease,
    now: Now<'a>,
}

impl Carrying<'_> {
    async fn send(&self, intent: Intent) -> Result<Carried, StoreError> {
        if let Some(reason) = too_many_sends(&intent) {
            return self.give_up(&intent, &reason).await;
        }
        if bug_skips_the_mark(&intent) {
            return self.perform(&intent).await;
        }
        match self.store.mark_sending(self.lease, (self.now)()).await? {
            MarkedSending::Held => Ok(Carried::Held),
            MarkedSending::Sending(sends) => {
                if !self.performer.notes_first(&intent) && !seeded_bug("acts-before-the-disk") {
                    self.store.settle().await?;
                }
                self.perform(&Intent {
                    sends,
                    unknowns: 0,
                    ..intent
                })
                .await
            }
        }
    }

    async fn perform(&self, intent: &Intent) -> Result<Carried, StoreError> {
        let handle = HandleWriter::new(self.store, self.lease);
        let performed = self.performer.perform(intent, &handle).await;
        if let Some(failure) = handle.into_failure() {
            return Err(failure);
        }
        match performed {
            Performed::Done(reply) => self.done(reply).await,
            Performed::Rejected(reply) => self.reject(reply).await,
            Performed::Unknown { reason } => self.doubt(intent, reason).await,
        }
    }

    async fn look(&self, intent: &Intent) -> Result<Carried, StoreError> {
        match self.performer.probe(intent).await {
            Probed::Applied(reply) => self.done(reply).await,
            Probed::NotApplied => self.put_back().await,
            Probed::Unknown { .. } if seeded_bug("unknown-taken-for-not-applied") => self.put_back().await,
            Probed::Unknown { reason } => self.doubt(intent, reason).await,
        }
    }

    async fn done(&self, reply: Reply) -> Result<Carried, StoreError> {
        if seeded_bug("replies-after-the-outcome") {
            self.finish(IntentOutcome::Done { result: reply.result }, &[])
                .await?;
            let _appended = self.store.append_inbox(&reply.events, (self.now)()).await?;
            return Ok(Carried::Done(keys(reply.events)));
        }
        self.finish(IntentOutcome::Done { result: reply.result }, &reply.events)
            .await?;
        Ok(Carried::Done(keys(reply.events)))
    }

    async fn reject(&self, mut reply: Reply) -> Result<Carried, StoreError> {
        if seeded_bug("rejection-tells-nobody") {
            reply.events.clear();
        }
        self.finish(IntentOutcome::Rejected { reason: reply.result }, &reply.events)
            .await?;
        Ok(Carried::Rejected(keys(reply.events)))
    }

    /// It goes back among the intents rather than being sent from here, so that a release that was held meanwhile
    /// begins nothing, and the slot of its pool goes to whoever is first in line.
    async fn put_back(&self) -> Result<Carried, StoreError> {
        self.finish(
            IntentOutcome::NotApplied {
                run_after: (self.now)(),
            },
            &[],
        )
        .await?;
        Ok(Carried::PutBack)
    }

    async fn doubt(&self, intent: &Intent, reason: String) -> Result<Carried, StoreError> {
        if let Some(reason) = too_many_doubts(intent, &reason) {
            return self.give_up(intent, &reason).await;
        }
        let run_after = next_look(intent, (self.now)());
        self.finish(IntentOutcome::Unknown { reason, run_after }, &[])
            .await?;
        Ok(Carried::InDoubt(run_after))
    }

    async fn give_up(&self, intent: &Intent, reason: &str) -> Result<Carried, StoreError> {
        let events = self.performer.given_up(intent, reason);
        self.reject(Reply {
            result: serde_json::json!({ "given_up": reason }).to_string(),
            events,
        })
        .await
    }

    async fn finish(&self, outcome: IntentOutcome, replies: &[NewInboxRow]) -> Result<(), StoreError> {
        self.store
            .finish_intent(self.lease, outcome, replies, (self.now)())
            .await
    }
}

/// Seeded bugs alone: without them, never.
fn bug_skips_the_mark(intent: &Intent) -> bool {
    seeded_bug("sent-unmarked") || (seeded_bug("sent-again-unmarked") && intent.sends > 0)
}

fn keys(replies: Vec<NewInboxRow>) -> Vec<String> {
    replies.into_iter().map(|row| row.key).collect()
}
