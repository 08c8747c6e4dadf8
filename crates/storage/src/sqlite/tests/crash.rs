//! Dying in the middle: killed processes, dropped transactions, full disks. Old or new, never between.

use super::super::log::Log;
use super::{TestFile, assert_sound, at};
use crate::contract::Sample;
use crate::crash_play::{
    acknowledge, advance, drop_everywhere, judge, kill_after, whole_decision, whole_revision,
};
use crate::{OpenMode, Store, StoreError, open_sqlite};
use std::path::Path;

#[tokio::test]
async fn a_step_dropped_between_any_two_statements_leaves_old_or_new() {
    let file = TestFile::new();
    let store = file.open().await;
    let sample = Sample::commons();
    let dropped = drop_everywhere(
        async |revision| advance(&store, &sample, revision, "{}").await,
        async || whole_revision(&store, &sample).await,
    )
    .await;
    // How often it waits depends on how busy the machine is; it waits at least for the first statement.
    assert!(dropped > 0, "no place to die was seen");
    store.close().await;
    assert_sound(&file.path()).await;
}

#[tokio::test]
async fn a_decision_dropped_between_any_two_statements_leaves_old_or_new() {
    let file = TestFile::new();
    let store = file.open().await;
    let dropped = drop_everywhere(
        async |revision| judge(&store, revision, "{}").await,
        async || whole_decision(&store).await,
    )
    .await;
    assert!(dropped > 0, "no place to die was seen");
    store.close().await;
    assert_sound(&file.path()).await;
}

#[tokio::test]
async fn a_full_disk_loses_no_decision_and_keeps_no_half_of_one() {
    let file = TestFile::new();
    let store = file.open().await;
    judge(&store, 1, "{}").await.unwrap();
    store.close().await;
    let pages = u32::try_from(std::fs::metadata(file.path()).unwrap().len() / 4096).unwrap();
    let large = "x".repeat(40_000);
    let mut full = 0;
    for limit in pages.. {
        let store = file.open_limited(limit).await;
        let revision = whole_decision(&store).await;
        let ended = judge(&store, revision + 1, &large).await;
        let found = whole_decision(&store).await;
        store.close().await;
        assert_sound(&file.path()).await;
        if ended.is_ok() {
            assert_eq!(found, revision + 1);
            break;
        }
        assert!(matches!(ended, Err(StoreError::Full { .. })), "{ended:?}");
        assert_eq!(found, revision);
        full += 1;
    }
    assert!(full > 5, "the disk was full only {full} times");
}

#[tokio::test]
async fn a_full_disk_is_a_clean_error_and_the_store_goes_on_when_there_is_space() {
    let file = TestFile::new();
    let sample = Sample::commons();
    let store = file.open().await;
    advance(&store, &sample, 1, "{}").await.unwrap();
    store.close().await;
    let pages = u32::try_from(std::fs::metadata(file.path()).unwrap().len() / 4096).unwrap();
    let large = "x".repeat(40_000);
    let mut full = 0;
    for limit in pages.. {
        let store = file.open_limited(limit).await;
        let revision = whole_revision(&store, &sample).await;
        let ended = advance(&store, &sample, revision + 1, &large).await;
        let found = whole_revision(&store, &sample).await;
        match ended {
            Ok(()) => {
                assert_eq!(found, revision + 1);
                break;
            }
            Err(error) => {
                assert!(
                    matches!(error, StoreError::Full { .. }) && error.is_retryable(),
                    "{error}"
                );
                assert_eq!(found, revision);
                full += 1;
            }
        }
        store.close().await;
        assert_sound(&file.path()).await;
    }
    assert!(full > 5, "the disk was full only {full} times");
    // The same handle goes on once there is space.
    let store = file.open_limited(pages + 100).await;
    let mut revision = whole_revision(&store, &sample).await;
    while advance(&store, &sample, revision + 1, &large).await.is_ok() {
        revision += 1;
    }
    let unlimited = sqlx::query("PRAGMA max_page_count = 1000000");
    store.writer.write(unlimited).await.unwrap();
    assert_eq!(whole_revision(&store, &sample).await, revision);
    advance(&store, &sample, revision + 1, &large).await.unwrap();
    assert_eq!(whole_revision(&store, &sample).await, revision + 1);
    store.close().await;
    assert_sound(&file.path()).await;
}

const CHILD: &str = "sqlite::tests::crash::child_that_writes_until_it_is_killed";
/// The file in the child's working directory that tells it that it is one.
const MARK: &str = "write-until-killed";

/// Runs only as the child of the test below; alone it has no file to write to.
#[tokio::test]
async fn child_that_writes_until_it_is_killed() {
    if !Path::new(MARK).exists() {
        return;
    }
    let store = open_sqlite(Path::new("state.db"), OpenMode::CreateOrMigrate, at(0))
        .await
        .unwrap();
    let sample = Sample::commons();
    let first = whole_revision(&store, &sample).await + 1;
    for revision in first.. {
        advance(&store, &sample, revision, "{}").await.unwrap();
        acknowledge(revision);
    }
}

const JUDGE: &str = "sqlite::tests::crash::child_that_judges_until_it_is_killed";
/// The file in the child's working directory that tells it that it is one, and judges.
const JUDGE_MARK: &str = "judge-until-killed";

/// Runs only as the child of the test below; alone it has no file to write to.
#[tokio::test]
async fn child_that_judges_until_it_is_killed() {
    if !Path::new(JUDGE_MARK).exists() {
        return;
    }
    let store = open_sqlite(Path::new("state.db"), OpenMode::CreateOrMigrate, at(0))
        .await
        .unwrap();
    let first = whole_decision(&store).await + 1;
    for revision in first.. {
        judge(&store, revision, "{}").await.unwrap();
        acknowledge(revision);
    }
}

#[tokio::test]
async fn a_decision_that_was_acknowledged_outlives_a_kill() {
    let file = TestFile::new();
    std::fs::write(file.folder.path().join(JUDGE_MARK), "").unwrap();
    for acknowledged in [1, 2, 3, 5, 8, 13] {
        let last = kill_after(JUDGE, file.folder.path(), acknowledged);
        let store = file.open().await;
        let found = whole_decision(&store).await;
        assert!(
            found == last || found == last + 1,
            "{last} acknowledged, {found} stored"
        );
        store.close().await;
        assert_sound(&file.path()).await;
    }
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill() {
    let file = TestFile::new();
    let sample = Sample::commons();
    std::fs::write(file.folder.path().join(MARK), "").unwrap();
    for acknowledged in [1, 2, 3, 5, 8, 13] {
        let last = kill_after(CHILD, file.folder.path(), acknowledged);
        let store = file.open().await;
        let found = whole_revision(&store, &sample).await;
        assert!(
            found == last || found == last + 1,
            "{last} acknowledged, {found} stored"
        );
        store.close().await;
        assert_sound(&file.path()).await;
    }
}

#[tokio::test]
async fn after_a_disk_failure_the_store_writes_nothing_until_it_is_opened_again() {
    let file = TestFile::new();
    let sample = Sample::commons();
    let store = file.open().await;
    advance(&store, &sample, 1, "{}").await.unwrap();
    let source = "fsync".into();
    let failed = store.writer.noted::<()>(Err(StoreError::Io { source }));
    assert!(matches!(failed, Err(StoreError::Io { .. })), "{failed:?}");
    for _ in 0..2 {
        let stopped = advance(&store, &sample, 2, "{}").await;
        assert!(matches!(stopped, Err(StoreError::Stopped)), "{stopped:?}");
        let unsettled = store.settle().await;
        assert!(matches!(unsettled, Err(StoreError::Stopped)), "{unsettled:?}");
    }
    let store = file.open().await;
    assert_eq!(whole_revision(&store, &sample).await, 1);
    advance(&store, &sample, 2, "{}").await.unwrap();
}

#[tokio::test]
async fn a_log_that_cannot_be_synchronised_stops_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let no_folder = folder.path().join("a-file");
    std::fs::write(&no_folder, "").unwrap();
    let log = Log::beside(&no_folder.join("state.db"));
    assert!(log.sync().await.is_ok(), "nothing was written yet");
    log.written();
    for _ in 0..2 {
        let failed = log.sync().await;
        assert!(matches!(failed, Err(StoreError::Io { .. })), "{failed:?}");
    }
}

/// The files of a database as the disk may have them after the power was lost: the log up to a length, and behind it nothing,
/// or blocks that never came.
fn cut(from: &Path, to: &Path, log: &[u8], garbage: usize) {
    std::fs::create_dir(to).unwrap();
    std::fs::copy(from, to.join("state.db")).unwrap();
    let mut log = log.to_vec();
    log.extend(std::iter::repeat_n(0, garbage));
    std::fs::write(to.join("state.db-wal"), log).unwrap();
}

#[tokio::test]
async fn a_lost_tail_of_the_log_loses_a_tail_of_the_writes_and_nothing_that_was_settled() {
    let file = TestFile::new();
    let sample = Sample::commons();
    let store = file.open().await;
    let log = || std::fs::read(file.path().with_extension("db-wal")).unwrap();
    for revision in 1..3 {
        store.commit_step(&sample.step(revision)).await.unwrap();
    }
    store.settle().await.unwrap();
    let settled = log().len();
    for revision in 3..8 {
        store.commit_step(&sample.step(revision)).await.unwrap();
    }
    let log = log();
    let mut seen = std::collections::BTreeSet::new();
    for (position, length) in (settled..=log.len()).step_by(1_111).enumerate() {
        let lost = file.folder.path().join(format!("lost-{position}"));
        cut(&file.path(), &lost, &log[..length], position % 3 * 5_000);
        let found = open_sqlite(&lost.join("state.db"), OpenMode::Existing, at(0))
            .await
            .unwrap();
        let release = found.load_release(&sample.release).await.unwrap();
        let revision = release.map_or(0, |release| release.revision);
        assert!((2..8).contains(&revision), "{revision} of 7 with 2 settled");
        seen.insert(revision);
        found.close().await;
        assert_sound(&lost.join("state.db")).await;
    }
    assert_eq!(seen, (2..7).collect(), "each length was cut");
}
