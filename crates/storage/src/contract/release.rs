//! Promises about what is stored of releases.

use super::sample::{Sample, at};
use crate::{BuildRow, Step, Store, StoreError};
use domain_types::Sha256Digest;

pub(super) async fn what_a_step_does_not_touch_stays(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let builds = vec![
        commons.build("b", "waiting", None),
        commons.build("a", "running", None),
    ];
    store
        .commit_step(&Step {
            builds: builds.clone(),
            ..commons.step(1)
        })
        .await?;
    let done = BuildRow {
        attempt: 2,
        ..commons.build("a", "succeeded", Some("key"))
    };
    store
        .commit_step(&Step {
            builds: vec![done.clone()],
            ..commons.step(2)
        })
        .await?;
    let stored = store
        .load_release(&commons.release)
        .await?
        .unwrap_or_else(|| panic!("no release"));
    assert_eq!(stored.builds, [done, builds[0].clone()]);
    assert_eq!(
        (stored.revision, stored.created_at, stored.updated_at),
        (2, at(1), at(2))
    );
    Ok(())
}

pub(super) async fn one_release_of_a_name_and_version_is_active(store: &dyn Store) -> Result<(), StoreError> {
    let (first, second) = (Sample::commons(), Sample::new("commons", "0.1.0", "another plan"));
    store.commit_step(&first.step(1)).await?;
    let refused = store.commit_step(&second.step(1)).await;
    assert!(
        matches!(refused, Err(StoreError::VersionOccupied { .. })),
        "{refused:?}"
    );
    assert_eq!(store.load_release(&second.release).await?, None);
    for other in [
        Sample::new("commons", "0.2.0", "plan"),
        Sample::new("other", "0.1.0", "plan"),
    ] {
        store.commit_step(&other.step(1)).await?;
    }
    let mut cancelled = first.step(2);
    "cancelled".clone_into(&mut cancelled.row.phase);
    (cancelled.row.ended, cancelled.row.occupies) = (true, false);
    store.commit_step(&cancelled).await?;
    store.commit_step(&second.step(1)).await?;
    let back = store.commit_step(&first.step(3)).await;
    assert!(
        matches!(back, Err(StoreError::VersionOccupied { .. })),
        "{back:?}"
    );
    Ok(())
}

pub(super) async fn the_journal_is_read_in_pages(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    for revision in 1..=5 {
        let snapshot = (revision % 2 == 0).then(|| format!("{revision}"));
        store
            .commit_step(&Step {
                snapshot,
                ..commons.step(revision)
            })
            .await?;
    }
    let mut read = Vec::new();
    while let page = store
        .journal(&commons.release, read.last().copied().unwrap_or(0), 2)
        .await?
        && !page.is_empty()
    {
        assert!(page.len() <= 2);
        read.extend(page.iter().map(|entry| entry.revision));
    }
    assert_eq!(read, [1, 2, 3, 4, 5]);
    let snapshot = store
        .newest_snapshot(&commons.release)
        .await?
        .map(|entry| (entry.revision, entry.snapshot));
    assert_eq!(snapshot, Some((4, Some("4".to_owned()))));
    let other = Sample::new("other", "0.1.0", "plan");
    assert_eq!(store.journal(&other.release, 0, 10).await?, []);
    assert_eq!(store.newest_snapshot(&other.release).await?, None);
    Ok(())
}

pub(super) async fn releases_are_listed_newest_first(store: &dyn Store) -> Result<(), StoreError> {
    let versions = ["0.1.0", "0.3.0", "0.2.0"];
    for (version, seconds) in versions.into_iter().zip([1, 2, 3]) {
        store
            .commit_step(&Step {
                at: at(seconds),
                ..Sample::new("commons", version, "plan").step(1)
            })
            .await?;
    }
    let listed = store.list_releases().await?;
    let listed: Vec<_> = listed
        .iter()
        .map(|release| release.row.version.to_string())
        .collect();
    assert_eq!(listed, ["0.2.0", "0.3.0", "0.1.0"]);
    Ok(())
}

pub(super) async fn the_newest_succeeded_build_of_a_reuse_key_is_found(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let key = Sha256Digest::of(b"key");
    assert_eq!(store.find_build(&key).await?, None);
    let rows = [
        ("0.1.0", "succeeded", 1),
        ("0.2.0", "succeeded", 2),
        ("0.3.0", "failed", 3),
        ("0.4.0", "reused", 4),
    ];
    for (version, state, seconds) in rows {
        let sample = Sample::new("commons", version, "plan");
        let builds = vec![
            sample.build("a", state, Some("key")),
            sample.build("b", "succeeded", Some("other")),
        ];
        store
            .commit_step(&Step {
                builds,
                at: at(seconds),
                ..sample.step(1)
            })
            .await?;
    }
    let found = store
        .find_build(&key)
        .await?
        .unwrap_or_else(|| panic!("not found"));
    let newest = Sample::new("commons", "0.2.0", "plan");
    assert_eq!(
        (found.release, found.build),
        (
            newest.release.clone(),
            newest.build("a", "succeeded", Some("key"))
        )
    );
    Ok(())
}
