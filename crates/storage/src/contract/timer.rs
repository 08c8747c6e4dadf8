//! Promises about timers.

use super::sample::{Sample, at, claim};
use crate::{NewTimer, Step, Store, StoreError, TIMER_KEY_BYTES_MAX, WORD_BYTES_MAX};

fn timer(key: &str, seconds: i64, kind: &str) -> NewTimer {
    NewTimer {
        key: key.to_owned(),
        due: at(seconds),
        kind: kind.to_owned(),
        body: format!("{{\"key\":{key:?}}}"),
    }
}

pub(super) async fn a_due_timer_becomes_one_inbox_row(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    assert_eq!(store.next_timer().await?, None);
    let timers_set = vec![
        timer("late", 30, "a"),
        timer("early", 20, "b"),
        timer("never", 900, "c"),
    ];
    store
        .commit_step(&Step {
            timers_set,
            ..commons.step(1)
        })
        .await?;
    assert_eq!(
        (store.next_timer().await?, store.fire_timers(at(19), 10).await?),
        (Some(at(20)), 0)
    );
    assert_eq!(
        (store.fire_timers(at(30), 1).await?, store.next_timer().await?),
        (1, Some(at(30)))
    );
    assert_eq!(
        (
            store.fire_timers(at(30), 10).await?,
            store.fire_timers(at(30), 10).await?
        ),
        (1, 0)
    );
    assert_eq!(store.next_timer().await?, Some(at(900)));
    let mut fired = Vec::new();
    while let Some(claimed) = store.claim_inbox(&claim("one", 31)).await? {
        assert_eq!(claimed.row.row.release.as_ref(), Some(&commons.release));
        fired.push((claimed.row.row.key, claimed.row.row.kind));
    }
    let key = |key: &str| format!("timer/{}/{key}/1", commons.release);
    assert_eq!(
        fired,
        [(key("early"), "b".to_owned()), (key("late"), "a".to_owned())]
    );
    Ok(())
}

pub(super) async fn a_timer_set_again_is_replaced_and_a_cleared_one_never_fires(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let timers_set = vec![timer("retry", 10, "old"), timer("deadline", 15, "gone")];
    store
        .commit_step(&Step {
            timers_set,
            ..commons.step(1)
        })
        .await?;
    let step = Step {
        timers_set: vec![timer("retry", 40, "new")],
        timers_cleared: vec!["deadline".to_owned(), "retry".to_owned(), "unknown".to_owned()],
        ..commons.step(2)
    };
    store.commit_step(&step).await?;
    assert_eq!(
        (
            store.fire_timers(at(39), 10).await?,
            store.fire_timers(at(40), 10).await?
        ),
        (0, 1)
    );
    let fired = store
        .claim_inbox(&claim("one", 41))
        .await?
        .map(|claimed| (claimed.row.row.key, claimed.row.row.kind));
    assert_eq!(
        fired,
        Some((format!("timer/{}/retry/2", commons.release), "new".to_owned()))
    );
    // A timer of the same name, set by a later step, is another event.
    store
        .commit_step(&Step {
            timers_set: vec![timer("retry", 50, "new")],
            ..commons.step(3)
        })
        .await?;
    assert_eq!(store.fire_timers(at(50), 10).await?, 1);
    assert!(
        store
            .claim_inbox(&claim("one", 50))
            .await?
            .is_some_and(|claimed| claimed.row.row.key.ends_with("/3"))
    );
    Ok(())
}

/// Else it would be due for ever, and every timer behind it with it.
pub(super) async fn a_timer_that_could_not_become_an_inbox_row_is_refused(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let with = |timer| Step {
        timers_set: vec![timer],
        ..commons.step(1)
    };
    let unnamed = store.commit_step(&with(timer("retry", 10, ""))).await;
    assert!(
        matches!(unnamed, Err(StoreError::Constraint { .. })),
        "{unnamed:?}"
    );
    let beyond = [
        timer("retry", 10, &"x".repeat(WORD_BYTES_MAX + 1)),
        timer(&"x".repeat(TIMER_KEY_BYTES_MAX + 1), 10, "tick"),
    ];
    for timer in beyond {
        let refused = store.commit_step(&with(timer)).await;
        assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
    }
    assert_eq!(store.load_release(&commons.release).await?, None);
    let longest = timer(&"x".repeat(TIMER_KEY_BYTES_MAX), 10, &"x".repeat(WORD_BYTES_MAX));
    store.commit_step(&with(longest)).await?;
    assert_eq!(store.fire_timers(at(10), 10).await?, 1);
    assert!(store.claim_inbox(&claim("one", 10)).await?.is_some());
    Ok(())
}
