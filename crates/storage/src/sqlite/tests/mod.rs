//! The contract against SQLite, and what only a file can suffer: crashes, full disks, other processes.

mod crash;
mod file;
mod share;

use super::connection::{Readers, Writer, options};
use crate::contract::{CASES, PULL_REQUEST_CASES, Sample};
use crate::crash_play::at;
use crate::queue_play::{check_queue, play};
use crate::{OpenMode, SqliteStore, StoreError, check_sqlite, open_sqlite};
use std::path::{Path, PathBuf};

/// A database file in a folder that vanishes with it.
struct TestFile {
    folder: tempfile::TempDir,
}

impl TestFile {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("state.db")
    }

    async fn open(&self) -> SqliteStore {
        open_sqlite(&self.path(), OpenMode::CreateOrMigrate, at(0))
            .await
            .unwrap()
    }

    /// A store whose file may not grow beyond so many pages: a full disk.
    async fn open_limited(&self, pages: u32) -> SqliteStore {
        let limited = options(&self.path()).pragma("max_page_count", pages.to_string());
        SqliteStore {
            writer: Writer::open(&self.path(), limited).await.unwrap(),
            readers: Readers::new(&self.path()),
        }
    }
}

async fn assert_sound(path: &Path) {
    let report = check_sqlite(path).await.unwrap();
    assert_eq!((report.problems, report.schema), (vec![], report.newest));
}

#[tokio::test]
async fn sqlite_keeps_the_contract() {
    for case in CASES {
        let file = TestFile::new();
        let store = file.open().await;
        if let Err(error) = (case.run)(&store).await {
            panic!("{}: {error}", case.name);
        }
        store.close().await;
        assert_sound(&file.path()).await;
    }
}

#[tokio::test]
async fn sqlite_keeps_the_contract_of_pull_requests() {
    for case in PULL_REQUEST_CASES {
        let file = TestFile::new();
        let store = file.open().await;
        if let Err(error) = (case.run)(&store).await {
            panic!("{}: {error}", case.name);
        }
        store.close().await;
        assert_sound(&file.path()).await;
    }
}

/// Plays of the queue, in plays: each makes a database.
const PLAYS: u32 = 32;

#[test]
fn the_queue_answers_as_a_naive_one_does() {
    check_queue(PLAYS, async |plays| {
        let file = TestFile::new();
        let store = file.open().await;
        play(&store, plays).await;
        store.close().await;
        assert_sound(&file.path()).await;
    });
}

#[tokio::test]
async fn the_words_of_the_schema_are_the_words_of_the_program() {
    let file = TestFile::new();
    let store = file.open().await;
    let sample = Sample::commons();
    let mut revision = 0;
    for phase in crate::RELEASE_PHASES {
        revision += 1;
        let mut step = sample.step(revision);
        phase.clone_into(&mut step.row.phase);
        crate::Store::commit_step(&store, &step).await.unwrap();
    }
    for state in crate::BUILD_STATES {
        revision += 1;
        let builds = vec![sample.build("a", state, None)];
        crate::Store::commit_step(
            &store,
            &crate::Step {
                builds,
                ..sample.step(revision)
            },
        )
        .await
        .unwrap();
    }
}

#[test]
fn what_may_succeed_later_is_retryable() {
    let cause = || "cause".into();
    assert!(StoreError::Busy { source: cause() }.is_retryable());
    assert!(StoreError::Full { source: cause() }.is_retryable());
    assert!(!StoreError::Io { source: cause() }.is_retryable());
    assert!(!StoreError::Stopped.is_retryable());
    assert!(
        StoreError::LeaseLost {
            row: "inbox/1".to_owned(),
            epoch: 1
        }
        .is_lost_race()
    );
}
