//! Nobody can tell: waiting, looking again, giving up.

use super::world::{Script, reply};
use super::{at, carry, replies, states, store_with};
use crate::patience::next_look;
use crate::{Carried, DELAY_SECONDS_MAX, EffectError, Performed, Probed, Reply, SENDS_MAX, UNKNOWNS_MAX};
use storage::contract::Sample;
use storage::{Cause, Intent, IntentOutcome, IntentState, Store, StoreError};

fn performed_unknown() -> Performed {
    Performed::Unknown {
        reason: "timeout".to_owned(),
    }
}

fn probed_unknown() -> Probed {
    Probed::Unknown {
        reason: "still out of reach".to_owned(),
    }
}

fn applied() -> Probed {
    Probed::Applied(Reply {
        result: "{\"found\":true}".to_owned(),
        events: Vec::new(),
    })
}

/// What is told, and what is asked because of it; every look comes at the time that the one before it named.
async fn check(performed: Vec<Performed>, probed: Vec<Probed>, asked: &[&str], waits: &[i64]) {
    let (_folder, store) = store_with(1).await;
    let script = Script::default();
    script.performed.lock().unwrap().extend(performed);
    script.probed.lock().unwrap().extend(probed);
    let (mut now, mut waited) = (1, Vec::new());
    while let Some(carried) = carry(&store, &script, "one", now).await {
        if let Carried::InDoubt(until) = carried.unwrap() {
            let wait = until.seconds() - at(now).seconds();
            waited.push(wait);
            assert!(
                carry(&store, &script, "one", now + wait - 1).await.is_none(),
                "not before its time"
            );
            now += wait;
        }
    }
    let id = Sample::commons().command(1, 0).to_string();
    let told: Vec<_> = script
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|line| line.replace(&id, "it"))
        .collect();
    assert_eq!(
        (
            told.iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
            waited.as_slice()
        ),
        (asked, waits)
    );
    assert_eq!(states(&store).await, [IntentState::Done]);
}

#[tokio::test]
async fn an_unknown_outcome_is_probed_before_it_is_repeated() {
    check(vec![], vec![], &["perform it send 1"], &[]).await;
    check(
        vec![performed_unknown()],
        vec![applied()],
        &["perform it send 1", "probe it unknown 1"],
        &[1],
    )
    .await;
    check(
        vec![performed_unknown()],
        vec![Probed::NotApplied],
        &["perform it send 1", "probe it unknown 1", "perform it send 2"],
        &[1],
    )
    .await;
    check(
        vec![performed_unknown(), performed_unknown()],
        vec![probed_unknown(), probed_unknown(), Probed::NotApplied, applied()],
        &[
            "perform it send 1",
            "probe it unknown 1",
            "probe it unknown 2",
            "probe it unknown 3",
            "perform it send 2",
            "probe it unknown 1",
        ],
        &[1, 2, 4, 2],
    )
    .await;
}

#[tokio::test]
async fn doubt_without_end_is_given_up_with_a_reason_and_an_event() {
    let (_folder, store) = store_with(1).await;
    let script = Script::default();
    script.performed.lock().unwrap().push_back(performed_unknown());
    script
        .probed
        .lock()
        .unwrap()
        .extend((0..UNKNOWNS_MAX).map(|_| probed_unknown()));
    let (mut now, mut looks) = (1, 0);
    let told = loop {
        match carry(&store, &script, "one", now).await.unwrap().unwrap() {
            Carried::InDoubt(until) => {
                let wait = until.milliseconds_since(at(now)) / 1000;
                assert!(wait <= DELAY_SECONDS_MAX);
                now += i64::try_from(wait).unwrap();
                looks += 1;
            }
            Carried::Rejected(replies) => break replies,
            other @ (Carried::Done(_) | Carried::PutBack | Carried::Held | Carried::LeaseLost) => {
                panic!("{other:?}")
            }
        }
    };
    assert_eq!(looks, UNKNOWNS_MAX - 1);
    let row = store.intents(&Sample::commons().release).await.unwrap().remove(0);
    assert_eq!(row.state, IntentState::Rejected);
    let reason = row.intent.reason.unwrap();
    assert!(
        reason.contains("still out of reach") && reason.contains("then retry"),
        "{reason}"
    );
    assert_eq!(replies(&store).await, [format!("given up/{}", row.intent.id)]);
    assert_eq!(told, [format!("given up/{}", row.intent.id)]);
}

#[tokio::test]
async fn an_intent_that_is_undone_without_end_is_given_up() {
    let (_folder, store) = store_with(1).await;
    let script = Script::default();
    for _ in 0..SENDS_MAX {
        let claimed = super::claim(&store, "one", 1).await.unwrap();
        let _sent = store.mark_sending(&claimed.lease, at(1)).await.unwrap();
        let undone = IntentOutcome::NotApplied { run_after: at(1) };
        store
            .finish_intent(&claimed.lease, undone, &[], at(1))
            .await
            .unwrap();
    }
    let carried = carry(&store, &script, "one", 1).await.unwrap().unwrap();
    assert_eq!(states(&store).await, [IntentState::Rejected]);
    assert_eq!(script.asked.lock().unwrap().len(), 0);
    let told = replies(&store).await;
    assert_eq!(told.len(), 1);
    assert_eq!(carried, Carried::Rejected(told));
    let row = store.intents(&Sample::commons().release).await.unwrap().remove(0);
    let reason = row.intent.reason.unwrap();
    assert!(
        reason.contains(&format!("was sent {SENDS_MAX} times")) && reason.contains("then retry"),
        "{reason}"
    );
}

#[tokio::test]
async fn however_often_it_was_sent_or_doubted_the_wait_is_at_most_the_longest() {
    let (_folder, store) = store_with(1).await;
    let intent = super::claim(&store, "one", 1).await.unwrap().intent;
    for (sends, unknowns, seconds) in [
        (1, 0, 1),
        (1, 5, 32),
        (6, 0, 32),
        (1, 6, DELAY_SECONDS_MAX),
        (SENDS_MAX, 0, DELAY_SECONDS_MAX),
        (SENDS_MAX, UNKNOWNS_MAX, DELAY_SECONDS_MAX),
        (u32::MAX, u32::MAX, DELAY_SECONDS_MAX),
    ] {
        let intent = Intent {
            sends,
            unknowns,
            ..intent.clone()
        };
        assert_eq!(
            next_look(&intent, at(1)),
            at(1).plus_seconds(seconds),
            "{sends} sends, {unknowns} looks"
        );
    }
}

#[test]
fn a_failure_may_pass_by_itself_exactly_if_the_stores_own_one_may() {
    let (full, stopped) = (
        StoreError::Full {
            source: Cause::from("no space"),
        },
        StoreError::Stopped,
    );
    assert!(EffectError::from(full).is_retryable());
    assert!(!EffectError::from(stopped).is_retryable());
}

#[tokio::test]
async fn a_refusal_is_final_and_says_so_to_the_inbox() {
    let (_folder, store) = store_with(1).await;
    let script = Script::default();
    let claimed = super::claim(&store, "peek", 1).await.unwrap();
    store.take_over("one", at(1)).await.unwrap();
    script
        .performed
        .lock()
        .unwrap()
        .push_back(Performed::Rejected(reply(&claimed.intent)));
    let carried = carry(&store, &script, "one", 1).await.unwrap().unwrap();
    assert!(carry(&store, &script, "one", 9999).await.is_none());
    let told = replies(&store).await;
    assert_eq!(told, [format!("done/{}", claimed.intent.id)]);
    assert_eq!(carried, Carried::Rejected(told));
}
