//! Promises about the one transaction of a step.

use super::sample::{Sample, at, claim, inbox_row};
use crate::{InboxState, JournalEntry, NewTimer, Step, Store, StoreError};

pub(super) async fn a_step_stores_everything_that_follows_from_an_event(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    store.append_inbox(&[inbox_row("start")], at(0)).await?;
    let claimed = store
        .claim_inbox(&claim("one", 0))
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let step = full_step(&commons, Some(claimed.lease.clone()));
    store.commit_step(&step).await?;

    let stored = store
        .load_release(&commons.release)
        .await?
        .unwrap_or_else(|| panic!("no release"));
    assert_eq!(
        (stored.revision, stored.created_at, stored.updated_at),
        (1, at(1), at(1))
    );
    assert_eq!(
        (stored.row, stored.builds),
        (step.row.clone(), step.builds.clone())
    );
    let entry = JournalEntry {
        revision: 1,
        at: at(1),
        event_kind: step.event_kind.clone(),
        event: step.event.clone(),
        facts: step.facts.clone(),
        inbox: Some(claimed.lease.id),
        snapshot: step.snapshot.clone(),
    };
    assert_eq!(
        store.journal(&commons.release, 0, 10).await?,
        std::slice::from_ref(&entry)
    );
    assert_eq!(store.newest_snapshot(&commons.release).await?, Some(entry));
    let intents = store.intents(&commons.release).await?;
    assert_eq!(
        intents.iter().map(|row| &row.intent.id).collect::<Vec<_>>(),
        [&step.intents[0].id, &step.intents[1].id]
    );
    assert_eq!(store.next_timer().await?, Some(at(60)));
    let row = store
        .inbox_row(claimed.lease.id)
        .await?
        .unwrap_or_else(|| panic!("the row is gone"));
    assert_eq!(
        (row.state, row.decided_at, row.revision),
        (InboxState::Done, Some(at(1)), Some(1))
    );
    Ok(())
}

fn full_step(sample: &Sample, inbox: Option<crate::InboxLease>) -> Step {
    Step {
        inbox,
        builds: vec![
            sample.build("a", "requested", Some("key")),
            sample.build("b", "waiting", None),
        ],
        intents: vec![sample.intent(1, 0, 3), sample.pooled(1, 1, "runner")],
        timers_set: vec![timer("deadline", 60)],
        snapshot: Some("{\"v\":1}".to_owned()),
        ..sample.step(1)
    }
}

fn timer(key: &str, seconds: i64) -> NewTimer {
    NewTimer {
        key: key.to_owned(),
        due: at(seconds),
        kind: "tick".to_owned(),
        body: "{}".to_owned(),
    }
}

/// What a release has stored, to be compared before and after.
async fn picture(store: &dyn Store, sample: &Sample) -> Result<String, StoreError> {
    let release = store.load_release(&sample.release).await?;
    let journal = store.journal(&sample.release, 0, 100).await?;
    let intents = store.intents(&sample.release).await?;
    Ok(format!(
        "{release:?} {journal:?} {intents:?} {:?}",
        store.next_timer().await?
    ))
}

pub(super) async fn a_step_upon_another_revision_changes_nothing(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let early = store.commit_step(&commons.step(2)).await;
    assert!(
        matches!(
            early,
            Err(StoreError::RevisionConflict {
                expected: 1,
                found: None,
                ..
            })
        ),
        "{early:?}"
    );
    store.commit_step(&full_step(&commons, None)).await?;
    let before = picture(store, &commons).await?;
    for (revision, upon) in [(1, 0), (3, 2), (9, 8)] {
        let intents = vec![commons.intent(revision, 7, 0)];
        let step = Step {
            intents,
            timers_cleared: vec!["deadline".to_owned()],
            ..commons.step(revision)
        };
        let refused = store.commit_step(&step).await;
        let conflict = matches!(&refused, Err(StoreError::RevisionConflict { expected, found: Some(1), .. }) if *expected == upon);
        assert!(conflict, "{refused:?}");
        assert_eq!(picture(store, &commons).await?, before);
    }
    Ok(())
}

pub(super) async fn a_step_with_a_lost_inbox_lease_changes_nothing(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    store.append_inbox(&[inbox_row("start")], at(0)).await?;
    let first = store
        .claim_inbox(&claim("one", 0))
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let second = store
        .claim_inbox(&claim("two", 10))
        .await?
        .unwrap_or_else(|| panic!("the lease did not expire"));
    let refused = store.commit_step(&full_step(&commons, Some(first.lease))).await;
    assert!(
        matches!(refused, Err(StoreError::LeaseLost { .. })),
        "{refused:?}"
    );
    assert_eq!(store.load_release(&commons.release).await?, None);
    store.commit_step(&full_step(&commons, Some(second.lease))).await
}

pub(super) async fn a_step_that_breaks_a_constraint_changes_nothing(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let (commons, other) = (Sample::commons(), Sample::new("other", "0.1.0", "plan"));
    store.commit_step(&full_step(&commons, None)).await?;
    let before = picture(store, &commons).await?;
    let mut unknown_phase = commons.step(2);
    "dreaming".clone_into(&mut unknown_phase.row.phase);
    let broken = [
        unknown_phase,
        Step {
            builds: vec![commons.build("a", "dreaming", None)],
            ..commons.step(2)
        },
        Step {
            builds: vec![
                commons.build("a", "dreaming", None),
                commons.build("a", "failed", None),
            ],
            ..commons.step(2)
        },
        Step {
            intents: vec![commons.intent(1, 0, 0)],
            ..commons.step(2)
        },
        Step {
            intents: vec![other.intent(2, 0, 0)],
            ..commons.step(2)
        },
        Step {
            slots_freed: vec![other.command(1, 0)],
            ..commons.step(2)
        },
        Step {
            abandoned: vec![other.command(1, 0)],
            ..commons.step(2)
        },
    ];
    for step in broken {
        let refused = store.commit_step(&step).await;
        assert!(
            matches!(refused, Err(StoreError::Constraint { .. })),
            "{refused:?}"
        );
        assert_eq!(picture(store, &commons).await?, before);
    }
    store.commit_step(&commons.step(2)).await
}

pub(super) async fn an_unknown_commit_is_read_again_by_key(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let rows = store.append_inbox(&[inbox_row("start")], at(0)).await?;
    let claimed = store
        .claim_inbox(&claim("one", 0))
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let step = full_step(&commons, Some(claimed.lease));
    store.commit_step(&step).await?;
    let before = picture(store, &commons).await?;
    // The caller never saw the answer: the same call says that the revision is there, the row that it is done.
    let again = store.commit_step(&step).await;
    assert!(
        matches!(again, Err(StoreError::RevisionConflict { found: Some(1), .. })),
        "{again:?}"
    );
    let known = store.append_inbox(&[inbox_row("start")], at(5)).await?[0].id();
    assert_eq!(known, rows[0].id());
    let revision = store.inbox_row(known).await?.and_then(|row| row.revision);
    assert_eq!((revision, picture(store, &commons).await?), (Some(1), before));
    Ok(())
}

pub(super) async fn an_inbox_row_makes_one_revision(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    store.append_inbox(&[inbox_row("start")], at(0)).await?;
    let claimed = store
        .claim_inbox(&claim("one", 0))
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    store
        .commit_step(&Step {
            inbox: Some(claimed.lease.clone()),
            ..commons.step(1)
        })
        .await?;
    let twice = store
        .commit_step(&Step {
            inbox: Some(claimed.lease),
            ..commons.step(2)
        })
        .await;
    assert!(matches!(twice, Err(StoreError::LeaseLost { .. })), "{twice:?}");
    assert_eq!(store.claim_inbox(&claim("one", 1000)).await?, None);
    Ok(())
}
