//! A store that fails when it is told to, and lets commits begin only when it may.

use domain_types::Timestamp;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use storage::contract::{Call, Watch, Watched};
use storage::{OpenMode, SqliteStore, StoreError, open_sqlite};
use tokio::sync::Semaphore;

/// A body that this store does not take.
pub(super) const POISON: &str = "poison";

pub(super) type MoodyStore = Watched<SqliteStore, Mood>;

/// What it is in the mood for.
pub(super) struct Mood {
    pub(super) fails: AtomicBool,
    /// Commits begin while it has a permit.
    pub(super) gate: Semaphore,
    /// The rows of each commit that was tried.
    pub(super) commits: Mutex<Vec<usize>>,
    _folder: tempfile::TempDir,
}

pub(super) async fn moody() -> Arc<MoodyStore> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let store = open_sqlite(&path, OpenMode::CreateOrMigrate, Timestamp::EPOCH).await;
    Arc::new(Watched {
        store: Arc::new(store.unwrap()),
        watch: Mood {
            fails: AtomicBool::new(false),
            gate: Semaphore::new(1),
            commits: Mutex::new(Vec::new()),
            _folder: folder,
        },
    })
}

impl Watch for Mood {
    async fn around<'c, T: Send + 'c>(
        &'c self,
        call: Call<'c>,
        answer: impl Future<Output = Result<T, StoreError>> + Send + 'c,
    ) -> Result<T, StoreError> {
        let turn = match call {
            Call::AppendInbox(rows) => {
                let turn = self.gate.acquire().await;
                self.commits.lock().unwrap().push(rows.len());
                if rows.iter().any(|row| row.body == POISON) {
                    return Err(StoreError::Constraint {
                        rule: "no poison".to_owned(),
                    });
                }
                Some(turn)
            }
            Call::Settle | Call::Other => None,
        };
        if self.fails.load(Ordering::SeqCst) {
            return Err(StoreError::Stopped);
        }
        let answer = answer.await;
        drop(turn);
        answer
    }
}
