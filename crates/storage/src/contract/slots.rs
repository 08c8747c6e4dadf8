//! Promises about who may begin: pools over all releases, and releases that are held.

use super::sample::{Sample, at, claim, claimed_id, pool};
use crate::{
    Claim, ClaimedAs, Hold, IntentOutcome, IntentState, MarkedSending, NewIntent, Step, Store, StoreError,
};

pub(super) async fn a_pool_gives_no_more_slots_than_it_has_over_all_releases(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let (first, second) = (Sample::commons(), Sample::new("other", "0.1.0", "plan"));
    for sample in [&first, &second] {
        sample
            .start(
                store,
                (0..2).map(|index| sample.pooled(1, index, "runner")).collect(),
            )
            .await?;
    }
    let pools = [pool("runner", 2)];
    assert_eq!(
        claimed_id(store, "one", 1, &pools).await?,
        Some(first.command(1, 0))
    );
    assert_eq!(
        claimed_id(store, "one", 1, &pools).await?,
        Some(first.command(1, 1))
    );
    assert_eq!(claimed_id(store, "one", 1, &pools).await?, None);
    // One that was claimed keeps its slot when its owner dies, and is claimed with it again.
    let again = store
        .claim_intent(&claim("two", 11), &pools)
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(
        (again.claimed_as, &again.intent.id),
        (ClaimedAs::Fresh, &first.command(1, 0))
    );
    // Done frees no slot: what was begun may still run. A step frees it.
    let sent = store.mark_sending(&again.lease, at(11)).await?;
    assert_eq!(sent, MarkedSending::Sending(1));
    store
        .finish_intent(
            &again.lease,
            IntentOutcome::Done {
                result: "{}".to_owned(),
            },
            &[],
            at(12),
        )
        .await?;
    assert_eq!(
        claimed_id(store, "three", 12, &pools).await?,
        Some(first.command(1, 1)),
        "its lease expired"
    );
    assert_eq!(claimed_id(store, "three", 12, &pools).await?, None);
    store
        .commit_step(&Step {
            slots_freed: vec![first.command(1, 0)],
            ..first.step(2)
        })
        .await?;
    assert_eq!(
        claimed_id(store, "three", 12, &pools).await?,
        Some(second.command(1, 0))
    );
    assert_eq!(claimed_id(store, "three", 12, &pools).await?, None);
    Ok(())
}

/// Else a release that is held, or given up, would keep a runner from all others for ever.
pub(super) async fn what_was_not_applied_or_is_abandoned_holds_no_slot(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let (commons, other) = (Sample::commons(), Sample::new("other", "0.1.0", "plan"));
    let pools = [pool("runner", 1)];
    commons.start(store, vec![commons.pooled(1, 0, "runner")]).await?;
    let claimed = store
        .claim_intent(&claim("one", 1), &pools)
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(
        store.mark_sending(&claimed.lease, at(1)).await?,
        MarkedSending::Sending(1)
    );
    let not_applied = IntentOutcome::NotApplied { run_after: at(1) };
    store
        .finish_intent(&claimed.lease, not_applied, &[], at(1))
        .await?;
    let held_slots = |rows: Vec<crate::IntentRow>| rows.iter().filter(|row| row.slot_held).count();
    assert_eq!(held_slots(store.intents(&commons.release).await?), 0);
    assert_eq!(
        claimed_id(store, "one", 2, &pools).await?,
        Some(commons.command(1, 0))
    );
    store
        .commit_step(&Step {
            abandoned: vec![commons.command(1, 0)],
            ..commons.step(2)
        })
        .await?;
    assert_eq!(held_slots(store.intents(&commons.release).await?), 0);
    other.start(store, vec![other.pooled(1, 0, "runner")]).await?;
    assert_eq!(
        claimed_id(store, "one", 3, &pools).await?,
        Some(other.command(1, 0))
    );
    Ok(())
}

/// Else the dead would keep runners from other releases until somebody comes back to theirs.
pub(super) async fn what_was_claimed_and_not_sent_lets_its_slot_go_with_its_lease(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let (commons, other) = (Sample::commons(), Sample::new("other", "0.1.0", "plan"));
    let pools = [pool("runner", 1)];
    commons.start(store, vec![commons.pooled(1, 0, "runner")]).await?;
    other.start(store, vec![other.pooled(1, 0, "runner")]).await?;
    let dead = store.claim_intent(&claim("dead", 1), &pools).await?;
    let dead = dead.unwrap_or_else(|| panic!("nothing to claim"));
    let elsewhere = |seconds| Claim {
        release: Some(other.release.clone()),
        ..claim("two", seconds)
    };
    assert!(store.claim_intent(&elsewhere(10), &pools).await?.is_none());
    let claimed = store.claim_intent(&elsewhere(11), &pools).await?;
    assert_eq!(
        claimed.map(|claimed| claimed.intent.id),
        Some(other.command(1, 0))
    );
    // Its owner was only slow: it must not send any more, for its slot is gone.
    let sent = store.mark_sending(&dead.lease, at(11)).await;
    assert!(matches!(sent, Err(StoreError::LeaseLost { .. })), "{sent:?}");
    assert_eq!(claimed_id(store, "three", 12, &pools).await?, None);
    Ok(())
}

/// Else a stop could come before the build that it shall stop, and a removal before the draft.
pub(super) async fn what_tidies_up_waits_until_nothing_else_is_being_sent(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let (commons, other) = (Sample::commons(), Sample::new("other", "0.1.0", "plan"));
    let tidies = |sample: &Sample| NewIntent {
        hold: Hold::Passes,
        ..sample.intent(1, 1, 0)
    };
    commons
        .start(store, vec![commons.intent(1, 0, 9), tidies(&commons)])
        .await?;
    other.start(store, vec![tidies(&other)]).await?;
    let claimed = store.claim_intent(&claim("one", 1), &[]).await?;
    let claimed = claimed.unwrap_or_else(|| panic!("nothing to claim"));
    let _sent = store.mark_sending(&claimed.lease, at(1)).await?;
    assert_eq!(claimed_id(store, "one", 1, &[]).await?, Some(other.command(1, 1)));
    assert_eq!(claimed_id(store, "one", 1, &[]).await?, None);
    let done = IntentOutcome::Done {
        result: "{}".to_owned(),
    };
    store.finish_intent(&claimed.lease, done, &[], at(1)).await?;
    assert_eq!(
        claimed_id(store, "one", 1, &[]).await?,
        Some(commons.command(1, 1))
    );
    Ok(())
}

/// The step that ends a release can abandon only what is not being sent.
pub(super) async fn what_was_not_applied_after_its_release_ended_is_abandoned(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    // Claimed first: once another command is being sent, what tidies up waits for it.
    let tidies = NewIntent {
        hold: Hold::Passes,
        ..commons.intent(1, 1, 9)
    };
    commons
        .start(store, vec![commons.intent(1, 0, 0), tidies])
        .await?;
    let mut leases = Vec::new();
    for _ in 0..2 {
        let claimed = store.claim_intent(&claim("one", 1), &[]).await?;
        let claimed = claimed.unwrap_or_else(|| panic!("nothing to claim"));
        let _sent = store.mark_sending(&claimed.lease, at(1)).await?;
        leases.push(claimed.lease);
    }
    let mut ended = commons.step(2);
    (ended.row.phase, ended.row.ended, ended.row.occupies) = ("cancelled".to_owned(), true, false);
    ended.abandoned = vec![commons.command(1, 0)];
    store.commit_step(&ended).await?;
    for lease in &leases {
        let outcome = IntentOutcome::NotApplied { run_after: at(2) };
        store.finish_intent(lease, outcome, &[], at(2)).await?;
    }
    let states: Vec<_> = store.intents(&commons.release).await?;
    let states: Vec<_> = states.iter().map(|row| row.state).collect();
    assert_eq!(states, [IntentState::Abandoned, IntentState::Intent]);
    assert_eq!(
        claimed_id(store, "two", 3, &[]).await?,
        Some(commons.command(1, 1))
    );
    Ok(())
}

pub(super) async fn a_pool_that_is_not_named_is_not_served(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    commons
        .start(
            store,
            vec![commons.pooled(1, 0, "runner"), commons.intent(1, 1, 0)],
        )
        .await?;
    assert_eq!(
        claimed_id(store, "one", 1, &[pool("uploader", 1)]).await?,
        Some(commons.command(1, 1))
    );
    assert_eq!(claimed_id(store, "one", 1, &[pool("uploader", 1)]).await?, None);
    assert_eq!(claimed_id(store, "one", 1, &[pool("runner", 0)]).await?, None);
    assert_eq!(
        claimed_id(store, "one", 1, &[pool("runner", 1)]).await?,
        Some(commons.command(1, 0))
    );
    Ok(())
}

pub(super) async fn a_claim_for_a_release_gets_its_intents_only_and_minds_the_slots_of_all(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let (commons, other) = (Sample::commons(), Sample::new("other", "0.1.0", "plan"));
    let pools = [pool("runner", 2)];
    commons.start(store, vec![commons.pooled(1, 0, "runner")]).await?;
    other
        .start(
            store,
            (0..2).map(|index| other.pooled(1, index, "runner")).collect(),
        )
        .await?;
    let narrow = Claim {
        release: Some(other.release.clone()),
        ..claim("one", 1)
    };
    let mut claimed = Vec::new();
    assert_eq!(
        claimed_id(store, "one", 1, &pools).await?,
        Some(commons.command(1, 0))
    );
    while let Some(intent) = store.claim_intent(&narrow, &pools).await? {
        claimed.push(intent.intent.id);
    }
    assert_eq!(claimed, [other.command(1, 0)]);
    Ok(())
}

fn held(sample: &Sample, revision: u64) -> Step {
    let mut step = sample.step(revision);
    step.row.held = true;
    "paused".clone_into(&mut step.row.phase);
    step
}

pub(super) async fn a_held_release_begins_nothing_and_is_still_probed(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let (commons, other) = (Sample::commons(), Sample::new("other", "0.1.0", "plan"));
    commons
        .start(store, vec![commons.intent(1, 0, 9), commons.intent(1, 1, 8)])
        .await?;
    other.start(store, vec![other.intent(1, 0, 0)]).await?;
    let claimed = store
        .claim_intent(&claim("dead", 1), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(
        store.mark_sending(&claimed.lease, at(1)).await?,
        MarkedSending::Sending(1)
    );
    store.commit_step(&held(&commons, 2)).await?;
    assert_eq!(claimed_id(store, "one", 2, &[]).await?, Some(other.command(1, 0)));
    assert_eq!(claimed_id(store, "one", 2, &[]).await?, None);
    let doubt = store
        .claim_intent(&claim("one", 11), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to probe"));
    assert_eq!(
        (doubt.claimed_as, &doubt.intent.id),
        (ClaimedAs::MustProbe, &commons.command(1, 0))
    );
    // Even one that turns out not to have happened does not begin while the release is held.
    store
        .finish_intent(
            &doubt.lease,
            IntentOutcome::NotApplied { run_after: at(11) },
            &[],
            at(11),
        )
        .await?;
    assert_eq!(claimed_id(store, "two", 11, &[]).await?, None);
    store.commit_step(&commons.step(3)).await?;
    assert_eq!(
        claimed_id(store, "two", 11, &[]).await?,
        Some(commons.command(1, 0))
    );
    Ok(())
}

pub(super) async fn a_release_held_between_claim_and_send_begins_nothing(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let (commons, other) = (Sample::commons(), Sample::new("other", "0.1.0", "plan"));
    let pools = [pool("runner", 1)];
    commons.start(store, vec![commons.pooled(1, 0, "runner")]).await?;
    other.start(store, vec![other.pooled(1, 0, "runner")]).await?;
    let claimed = store
        .claim_intent(&claim("one", 1), &pools)
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    store.commit_step(&held(&commons, 2)).await?;
    assert_eq!(
        store.mark_sending(&claimed.lease, at(2)).await?,
        MarkedSending::Held
    );
    assert_eq!(
        claimed_id(store, "one", 2, &pools).await?,
        Some(other.command(1, 0)),
        "the slot was given back"
    );
    let late = store.mark_sending(&claimed.lease, at(2)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    Ok(())
}

pub(super) async fn what_ends_a_build_passes_a_hold(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let stop = NewIntent {
        hold: Hold::Passes,
        ..commons.intent(1, 1, 0)
    };
    commons.start(store, vec![commons.intent(1, 0, 9), stop]).await?;
    store.commit_step(&held(&commons, 2)).await?;
    let claimed = store
        .claim_intent(&claim("one", 2), &[])
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(claimed.intent.id, commons.command(1, 1));
    assert_eq!(
        store.mark_sending(&claimed.lease, at(2)).await?,
        MarkedSending::Sending(1)
    );
    assert_eq!(claimed_id(store, "one", 2, &[]).await?, None);
    Ok(())
}
