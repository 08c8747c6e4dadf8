//! Who may act when: leases, held releases, handles, and what comes before what.

use super::world::{Hand, MortalStore, Process, Script, World, reply};
use super::{at, carry, claim, replies, states, store_with};
use crate::{Carried, EffectError, HandleWriter, Performed, Performer, Probed, carry_out};
use async_trait::async_trait;
use mockall::mock;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use storage::contract::Sample;
use storage::{Intent, IntentState, NewInboxRow, SqliteStore, Step, Store, StoreError};

mock! {
    /// What is asked of a performer, without the handle, whose lifetime mockall cannot name.
    Performing {
        fn acts(&self, intent: &Intent) -> Performed;
        fn looks(&self, intent: &Intent) -> Probed;
    }
}

#[async_trait]
impl Performer for MockPerforming {
    async fn perform(&self, intent: &Intent, _handle: &HandleWriter<'_>) -> Performed {
        self.acts(intent)
    }
    async fn probe(&self, intent: &Intent) -> Probed {
        self.looks(intent)
    }
    fn given_up(&self, _intent: &Intent, _reason: &str) -> Vec<NewInboxRow> {
        Vec::new()
    }
}

#[tokio::test]
async fn a_fresh_intent_is_performed_and_never_probed() {
    let (_folder, store) = store_with(1).await;
    let mut performer = MockPerforming::new();
    performer
        .expect_acts()
        .times(1)
        .returning(|intent| Performed::Done(reply(intent)));
    performer.expect_looks().times(0);
    assert_eq!(
        carry(&store, &performer, "one", 1).await.unwrap().unwrap(),
        Carried::Done(replies(&store).await)
    );
}

#[tokio::test]
async fn a_doubtful_intent_is_probed_and_not_performed() {
    let (_folder, store) = store_with(1).await;
    let dead = claim(&store, "dead", 1).await.unwrap();
    let _sent = store.mark_sending(&dead.lease, at(1)).await.unwrap();
    store.take_over("one", at(2)).await.unwrap();
    let mut performer = MockPerforming::new();
    performer.expect_acts().times(0);
    performer
        .expect_looks()
        .times(1)
        .returning(|intent| Probed::Applied(reply(intent)));
    let carried = carry(&store, &performer, "one", 2).await.unwrap().unwrap();
    let told = replies(&store).await;
    assert_eq!(told.len(), 1);
    assert_eq!(carried, Carried::Done(told));
}

/// Loses its lease while it acts: a successor takes over, finds the effect, and settles the intent.
struct Overtaken {
    hand: Hand,
    store: Arc<SqliteStore>,
    successor_settles: bool,
}

#[async_trait]
impl Performer for Overtaken {
    async fn perform(&self, intent: &Intent, handle: &HandleWriter<'_>) -> Performed {
        let performed = self.hand.perform(intent, handle).await;
        self.store.take_over("successor", at(2)).await.unwrap();
        if self.successor_settles {
            let carried = carry(&*self.store, &self.hand, "successor", 2)
                .await
                .unwrap()
                .unwrap();
            assert!(matches!(carried, Carried::Done(_)), "{carried:?}");
        }
        performed
    }
    async fn probe(&self, intent: &Intent) -> Probed {
        self.hand.probe(intent).await
    }
    fn given_up(&self, intent: &Intent, reason: &str) -> Vec<NewInboxRow> {
        self.hand.given_up(intent, reason)
    }
}

#[tokio::test]
async fn who_lost_the_lease_records_nothing() {
    for successor_settles in [true, false] {
        let (_folder, store) = store_with(1).await;
        let store = Arc::new(store);
        let world = Arc::new(World::default());
        let hand = Hand {
            world: Arc::clone(&world),
            process: Process::immortal(),
        };
        let overtaken = Overtaken {
            hand,
            store: Arc::clone(&store),
            successor_settles,
        };
        let carried = carry(&*store, &overtaken, "one", 1).await.unwrap().unwrap();
        assert_eq!(carried, Carried::LeaseLost);
        let (state, stored) = if successor_settles {
            (IntentState::Done, 1)
        } else {
            (IntentState::Sending, 0)
        };
        assert_eq!(
            (states(&*store).await, replies(&*store).await.len()),
            (vec![state], stored)
        );
        assert_eq!(world.count(&Sample::commons().command(1, 0)), 1);
    }
}

#[tokio::test]
async fn an_intent_abandoned_after_its_claim_is_not_sent() {
    let (_folder, store) = store_with(1).await;
    let claimed = claim(&store, "one", 1).await.unwrap();
    let sample = Sample::commons();
    let abandoned = vec![sample.command(1, 0)];
    store
        .commit_step(&Step {
            abandoned,
            ..sample.step(2)
        })
        .await
        .unwrap();
    let script = Script::default();
    assert_eq!(
        carry_out(&store, &script, claimed, &|| at(2)).await.unwrap(),
        Carried::LeaseLost
    );
    assert_eq!(script.asked.lock().unwrap().len(), 0);
}

#[tokio::test]
async fn nothing_begins_in_a_release_that_was_held_after_the_claim_or_the_crash() {
    let (_folder, store) = store_with(2).await;
    let sample = Sample::commons();
    let dead = claim(&store, "dead", 1).await.unwrap();
    let _sent = store.mark_sending(&dead.lease, at(1)).await.unwrap();
    let claimed = claim(&store, "one", 1).await.unwrap();
    let mut held = sample.step(2);
    held.row.held = true;
    store.commit_step(&held).await.unwrap();
    let script = Script::default();
    assert_eq!(
        carry_out(&store, &script, claimed, &|| at(2)).await.unwrap(),
        Carried::Held
    );
    store.take_over("one", at(3)).await.unwrap();
    assert_eq!(
        carry(&store, &script, "one", 3).await.unwrap().unwrap(),
        Carried::PutBack
    );
    assert!(carry(&store, &script, "one", 3).await.is_none());
    assert_eq!(states(&store).await, [IntentState::Intent; 2]);
    store.commit_step(&sample.step(3)).await.unwrap();
    for _ in 0..2 {
        let carried = carry(&store, &script, "one", 4).await.unwrap().unwrap();
        assert!(matches!(carried, Carried::Done(_)), "{carried:?}");
    }
    let asked = script.asked.lock().unwrap().clone();
    let performed = asked.iter().filter(|line| line.starts_with("perform")).count();
    assert_eq!((performed, asked.len()), (2, 3), "{asked:?}");
}

#[tokio::test]
async fn what_could_not_be_noted_is_not_recorded_whatever_the_performer_says() {
    struct Heedless;
    #[async_trait]
    impl Performer for Heedless {
        async fn perform(&self, intent: &Intent, handle: &HandleWriter<'_>) -> Performed {
            let too_large = "x".repeat(storage::BODY_BYTES_MAX + 1);
            assert!(handle.record(&too_large).await.is_err());
            Performed::Rejected(reply(intent))
        }
        async fn probe(&self, _intent: &Intent) -> Probed {
            Probed::NotApplied
        }
        fn given_up(&self, _intent: &Intent, _reason: &str) -> Vec<NewInboxRow> {
            Vec::new()
        }
    }
    let (_folder, store) = store_with(1).await;
    let carried = carry(&store, &Heedless, "one", 1).await.unwrap();
    assert!(
        matches!(carried, Err(EffectError::Store(StoreError::TooLarge { .. }))),
        "{carried:?}"
    );
    assert_eq!(
        (states(&store).await, replies(&store).await.len()),
        (vec![IntentState::Sending], 0)
    );
}

/// Tells how often the store had been asked to be on the disk when it acted.
struct Watchful {
    process: Arc<Process>,
    notes_first: bool,
}

/// The same, but says nothing of its notes.
struct Unasked(Watchful);

#[async_trait]
impl Performer for Unasked {
    async fn perform(&self, intent: &Intent, handle: &HandleWriter<'_>) -> Performed {
        self.0.perform(intent, handle).await
    }
    async fn probe(&self, intent: &Intent) -> Probed {
        self.0.probe(intent).await
    }
    fn given_up(&self, intent: &Intent, reason: &str) -> Vec<NewInboxRow> {
        self.0.given_up(intent, reason)
    }
}

#[async_trait]
impl Performer for Watchful {
    fn notes_first(&self, _intent: &Intent) -> bool {
        self.notes_first
    }
    async fn perform(&self, intent: &Intent, _handle: &HandleWriter<'_>) -> Performed {
        let result = self.process.settled.load(Ordering::SeqCst).to_string();
        Performed::Done(crate::Reply {
            result,
            ..reply(intent)
        })
    }
    async fn probe(&self, _intent: &Intent) -> Probed {
        Probed::NotApplied
    }
    fn given_up(&self, _intent: &Intent, _reason: &str) -> Vec<NewInboxRow> {
        Vec::new()
    }
}

#[tokio::test]
async fn that_it_is_being_sent_is_on_the_disk_before_it_acts_unless_its_own_note_puts_it_there() {
    for (says, settled) in [(None, "1"), (Some(false), "1"), (Some(true), "0")] {
        let (_folder, store) = store_with(1).await;
        let process = Process::immortal();
        let mortal = MortalStore {
            store: Arc::new(store),
            watch: Arc::clone(&process),
        };
        let watchful = |notes_first| Watchful { process, notes_first };
        let carried = match says {
            None => carry(&mortal, &Unasked(watchful(true)), "one", 1).await,
            Some(notes_first) => carry(&mortal, &watchful(notes_first), "one", 1).await,
        };
        assert!(matches!(carried, Some(Ok(Carried::Done(_)))), "{carried:?}");
        let row = mortal
            .intents(&Sample::commons().release)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(row.result.as_deref(), Some(settled), "{says:?}");
    }
}
