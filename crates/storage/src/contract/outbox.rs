//! Promises about the back door: leases, doubt, outcomes.

use super::sample::{Sample, at, claim, claimed_id, inbox_row, send};
use crate::{ClaimedAs, IntentOutcome, IntentState, MarkedSending, Step, Store, StoreError, TakenOver};

pub(super) async fn higher_priority_goes_first_then_the_older(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let intents = (0..12)
        .map(|index| commons.intent(1, index, if index == 5 { 1 } else { 0 }))
        .collect();
    commons.start(store, intents).await?;
    let mut order = Vec::new();
    // Also when the clock was set back meanwhile: a fresh intent waits for nothing.
    while let Some(id) = claimed_id(store, "one", -1000, &[]).await? {
        order.push(id);
    }
    let expected: Vec<_> = [5, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11]
        .map(|index| commons.command(1, index))
        .into();
    assert_eq!(order, expected);
    Ok(())
}

pub(super) async fn a_sent_intent_is_probed_by_its_successor_who_sees_the_handle(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons.start(store, vec![commons.intent(1, 0, 0)]).await?;
    let fresh = store
        .claim_intent(&claim("one", 1), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(
        (fresh.claimed_as, fresh.intent.sends, fresh.intent.handle),
        (ClaimedAs::Fresh, 0, None)
    );
    // A claim alone leaves no doubt.
    let again = store
        .claim_intent(&claim("two", 11), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(again.claimed_as, ClaimedAs::Fresh);
    assert_eq!(
        store.mark_sending(&again.lease, at(11)).await?,
        MarkedSending::Sending(1)
    );
    store.record_handle(&again.lease, "group 42").await?;
    assert_eq!(claimed_id(store, "three", 20, &[]).await?, None);
    let doubt = store
        .claim_intent(&claim("three", 21), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!((doubt.claimed_as, doubt.intent.sends), (ClaimedAs::MustProbe, 1));
    assert_eq!(doubt.intent.handle.as_deref(), Some("group 42"));
    Ok(())
}

pub(super) async fn an_owner_without_its_lease_writes_nothing(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons.start(store, vec![commons.intent(1, 0, 0)]).await?;
    let old = send(store, "one", 1).await?;
    let new = store
        .claim_intent(&claim("two", 11), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let before = format!("{:?}", store.intents(&commons.release).await?);
    let done = IntentOutcome::Done {
        result: "{}".to_owned(),
    };
    let refused = [
        store.mark_sending(&old, at(12)).await.map(drop),
        store.record_handle(&old, "late").await,
        store.renew_intent(&old, at(99)).await,
        store
            .finish_intent(&old, done.clone(), &[inbox_row("late")], at(12))
            .await,
    ];
    for refused in refused {
        assert!(
            matches!(refused, Err(StoreError::LeaseLost { .. })),
            "{refused:?}"
        );
    }
    assert_eq!(format!("{:?}", store.intents(&commons.release).await?), before);
    assert_eq!(store.claim_inbox(&claim("one", 12)).await?, None);
    store.finish_intent(&new.lease, done.clone(), &[], at(12)).await?;
    let settled = store.finish_intent(&new.lease, done, &[], at(13)).await;
    assert!(
        matches!(settled, Err(StoreError::LeaseLost { .. })),
        "{settled:?}"
    );
    Ok(())
}

/// The owner is the same program; it is the epoch that tells its two claims apart.
pub(super) async fn a_lease_that_expired_writes_nothing_for_its_own_owner_either(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons.start(store, vec![commons.intent(1, 0, 0)]).await?;
    let mut leases = Vec::new();
    for seconds in [1, 11, 21] {
        let claimed = store.claim_intent(&claim("one", seconds), &[]).await?;
        leases.push(claimed.unwrap_or_else(|| panic!("nothing to claim")).lease);
    }
    let late = store.mark_sending(&leases[0], at(22)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    assert_eq!(
        store.mark_sending(&leases[2], at(22)).await?,
        MarkedSending::Sending(1)
    );
    let done = IntentOutcome::Done {
        result: "{}".to_owned(),
    };
    let refused = [
        store.record_handle(&leases[1], "late").await,
        store.renew_intent(&leases[1], at(99)).await,
        store.finish_intent(&leases[1], done, &[], at(22)).await,
    ];
    for refused in refused {
        assert!(
            matches!(refused, Err(StoreError::LeaseLost { .. })),
            "{refused:?}"
        );
    }
    store.record_handle(&leases[2], "group 42").await
}

pub(super) async fn what_is_in_doubt_goes_before_whatever_has_priority(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons.start(store, vec![commons.intent(1, 0, 0)]).await?;
    let _dead = send(store, "dead", 1).await?;
    let urgent = vec![commons.intent(2, 0, 9)];
    store
        .commit_step(&Step {
            intents: urgent,
            ..commons.step(2)
        })
        .await?;
    let expected = [commons.command(1, 0), commons.command(2, 0)];
    for id in expected {
        assert_eq!(claimed_id(store, "one", 11, &[]).await?, Some(id));
    }
    Ok(())
}

pub(super) async fn an_unknown_intent_waits_for_its_time(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons.start(store, vec![commons.intent(1, 0, 0)]).await?;
    assert_eq!(store.next_intent(at(1)).await?, None);
    let lease = send(store, "one", 1).await?;
    assert_eq!(store.next_intent(at(1)).await?, Some(at(11)));
    let unknown = |seconds| IntentOutcome::Unknown {
        reason: "timeout".to_owned(),
        run_after: at(seconds),
    };
    store.finish_intent(&lease, unknown(30), &[], at(2)).await?;
    assert_eq!(claimed_id(store, "one", 29, &[]).await?, None);
    assert_eq!(store.next_intent(at(2)).await?, Some(at(30)));
    let doubt = store
        .claim_intent(&claim("one", 30), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(
        (doubt.claimed_as, doubt.intent.unknowns),
        (ClaimedAs::MustProbe, 1)
    );
    assert_eq!(doubt.intent.reason.as_deref(), Some("timeout"));
    store
        .finish_intent(&doubt.lease, unknown(60), &[], at(31))
        .await?;
    let unknowns: Vec<_> = store
        .intents(&commons.release)
        .await?
        .iter()
        .map(|row| row.intent.unknowns)
        .collect();
    assert_eq!(unknowns, [2]);
    Ok(())
}

pub(super) async fn an_intent_that_was_not_applied_is_fresh_again_under_its_id(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons.start(store, vec![commons.intent(1, 0, 0)]).await?;
    let lease = send(store, "one", 1).await?;
    store
        .finish_intent(&lease, IntentOutcome::NotApplied { run_after: at(5) }, &[], at(2))
        .await?;
    assert_eq!(claimed_id(store, "one", 4, &[]).await?, None);
    let fresh = store
        .claim_intent(&claim("one", 5), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(
        (fresh.claimed_as, &fresh.intent.id),
        (ClaimedAs::Fresh, &commons.command(1, 0))
    );
    assert_eq!(
        store.mark_sending(&fresh.lease, at(5)).await?,
        MarkedSending::Sending(2)
    );
    Ok(())
}

/// Doubts are counted in a row: what is sent anew is not given up because of those before.
pub(super) async fn a_send_forgets_the_doubts_before_it(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons.start(store, vec![commons.intent(1, 0, 0)]).await?;
    let lease = send(store, "one", 1).await?;
    let unknown = IntentOutcome::Unknown {
        reason: "timeout".to_owned(),
        run_after: at(2),
    };
    store.finish_intent(&lease, unknown, &[], at(2)).await?;
    let doubt = store
        .claim_intent(&claim("one", 2), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let not_applied = IntentOutcome::NotApplied { run_after: at(2) };
    store.finish_intent(&doubt.lease, not_applied, &[], at(2)).await?;
    let _again = send(store, "one", 3).await?;
    let rows = store.intents(&commons.release).await?;
    let counted: Vec<_> = rows
        .iter()
        .map(|row| (row.intent.sends, row.intent.unknowns, row.intent.reason.clone()))
        .collect();
    assert_eq!(counted, [(2, 0, None)]);
    Ok(())
}

pub(super) async fn replies_come_with_the_outcome(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons
        .start(store, vec![commons.intent(1, 0, 1), commons.intent(1, 1, 0)])
        .await?;
    let first = send(store, "one", 1).await?;
    let done = IntentOutcome::Done {
        result: "{\"run\":7}".to_owned(),
    };
    store
        .finish_intent(&first, done, &[inbox_row("began"), inbox_row("ended")], at(2))
        .await?;
    let second = send(store, "one", 3).await?;
    let rejected = IntentOutcome::Rejected {
        reason: "no such tag".to_owned(),
    };
    store
        .finish_intent(&second, rejected, &[inbox_row("failed")], at(4))
        .await?;
    let rows = store.intents(&commons.release).await?;
    let fates: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.state,
                row.result.as_deref(),
                row.intent.reason.as_deref(),
                row.settled_at,
            )
        })
        .collect();
    let expected = [
        (IntentState::Done, Some("{\"run\":7}"), None, Some(at(2))),
        (IntentState::Rejected, None, Some("no such tag"), Some(at(4))),
    ];
    assert_eq!(fates, expected);
    let mut keys = Vec::new();
    while let Some(claimed) = store.claim_inbox(&claim("one", 5)).await? {
        keys.push(claimed.row.row.key);
    }
    assert_eq!(keys, ["began", "ended", "failed"]);
    Ok(())
}

pub(super) async fn a_renewed_lease_lasts_longer(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons.start(store, vec![commons.intent(1, 0, 0)]).await?;
    let lease = send(store, "one", 1).await?;
    store.renew_intent(&lease, at(60)).await?;
    assert_eq!(claimed_id(store, "two", 59, &[]).await?, None);
    assert_eq!(
        claimed_id(store, "two", 60, &[]).await?,
        Some(commons.command(1, 0))
    );
    Ok(())
}

pub(super) async fn taking_over_ends_the_leases_of_all_others(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let intents = (0..3).map(|index| commons.intent(1, index, 0)).collect();
    commons.start(store, intents).await?;
    store
        .append_inbox(&[inbox_row("a"), inbox_row("b")], at(0))
        .await?;
    let dead = send(store, "dead", 1).await?;
    let unknown = IntentOutcome::Unknown {
        reason: "timeout".to_owned(),
        run_after: at(500),
    };
    store
        .finish_intent(&send(store, "dead", 1).await?, unknown, &[], at(1))
        .await?;
    let mine = store
        .claim_intent(&claim("living", 1), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let row = store
        .claim_inbox(&claim("dead", 1))
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(
        store.take_over("living", at(2)).await?,
        TakenOver {
            inbox: 1,
            intents: 1,
            pull_requests: 0
        }
    );
    assert_eq!(
        claimed_id(store, "living", 2, &[]).await?,
        Some(commons.command(1, 0))
    );
    assert_eq!(
        claimed_id(store, "living", 2, &[]).await?,
        Some(commons.command(1, 1)),
        "unknown, probed at once"
    );
    assert_eq!(
        claimed_id(store, "living", 2, &[]).await?,
        None,
        "its own lease stays"
    );
    assert_eq!(
        store.mark_sending(&mine.lease, at(3)).await?,
        MarkedSending::Sending(1)
    );
    let late = store.renew_intent(&dead, at(9)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    let late = store.refuse_inbox(&row.lease, "late", at(9)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    Ok(())
}

pub(super) async fn an_abandoned_intent_is_never_sent(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let intents = vec![
        commons.intent(1, 0, 3),
        commons.intent(1, 1, 2),
        commons.intent(1, 2, 1),
    ];
    commons.start(store, intents).await?;
    let sent = send(store, "one", 1).await?;
    let claimed = store
        .claim_intent(&claim("one", 1), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let abandoned = (0..3).map(|index| commons.command(1, index)).collect();
    store
        .commit_step(&Step {
            abandoned,
            ..commons.step(2)
        })
        .await?;
    assert_eq!(claimed_id(store, "two", 2, &[]).await?, None);
    let late = store.mark_sending(&claimed.lease, at(2)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    let states: Vec<_> = store
        .intents(&commons.release)
        .await?
        .iter()
        .map(|row| row.state)
        .collect();
    assert_eq!(
        states,
        [
            IntentState::Sending,
            IntentState::Abandoned,
            IntentState::Abandoned
        ]
    );
    store
        .finish_intent(
            &sent,
            IntentOutcome::Done {
                result: "{}".to_owned(),
            },
            &[],
            at(3),
        )
        .await
}
