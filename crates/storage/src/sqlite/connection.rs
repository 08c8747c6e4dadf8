//! The one connection that writes, and those that read.
//!
//! A connection goes back to be used again only after a commit or rollback that succeeded. Anything else (an error in
//! the commit, a caller that was cancelled in the middle) drops it, and SQLite undoes what was not committed.

use crate::{BUSY_SECONDS_MAX, READERS_MAX, StoreError};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection, Transaction};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// What every connection has in common: full durability, foreign keys, a bounded wait for other processes.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(BUSY_SECONDS_MAX))
        .disable_statement_logging()
}

/// The one writer of this process.
#[derive(Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    idle: Mutex<Option<SqliteConnection>>,
    /// Set by the first disk failure: after a failed fsync the kernel may report later ones as fine.
    stopped: AtomicBool,
}

impl Writer {
    pub(super) async fn open(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let mut connection = options.connect().await?;
        require_pragmas(&mut connection).await?;
        Ok(Self {
            options,
            idle: Mutex::new(Some(connection)),
            stopped: AtomicBool::new(false),
        })
    }

    /// Waits for its turn and begins a transaction that may write at once.
    pub(super) async fn begin(&self) -> Result<Writing<'_>, StoreError> {
        let mut idle = self.idle.lock().await;
        if self.stopped.load(Ordering::Acquire) {
            return Err(StoreError::Stopped);
        }
        let mut connection = match idle.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        sqlx::query("BEGIN IMMEDIATE").execute(&mut connection).await?;
        Ok(Writing {
            idle,
            connection,
            stopped: &self.stopped,
        })
    }

    pub(super) async fn close(self) {
        if let Some(connection) = self.idle.into_inner() {
            // A failed close loses nothing: the log is read by whoever opens the file next.
            connection.close().await.ok();
        }
    }
}

/// WAL, full synchronisation and foreign keys are what the promises of the store rest upon.
async fn require_pragmas(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut *connection)
        .await?;
    let foreign_keys: i64 = sqlx::query_scalar("PRAGMA foreign_keys")
        .fetch_one(&mut *connection)
        .await?;
    if (mode.as_str(), synchronous, foreign_keys) == ("wal", 2, 1) {
        return Ok(());
    }
    let found = format!("journal_mode {mode}, synchronous {synchronous}, foreign_keys {foreign_keys}");
    Err(StoreError::Database {
        source: format!("needed wal, 2, 1; the file system allows {found}").into(),
    })
}

/// A transaction of the writer. Dropped without [`Writing::end`], nothing of it lasts.
pub(super) struct Writing<'a> {
    idle: MutexGuard<'a, Option<SqliteConnection>>,
    connection: SqliteConnection,
    stopped: &'a AtomicBool,
}

impl Writing<'_> {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Commits if the work succeeded, undoes it otherwise.
    pub(super) async fn end<T>(self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        let stopped = self.stopped;
        let outcome = match outcome {
            Ok(value) => self.commit().await.map(|()| value),
            Err(error) => {
                self.roll_back().await;
                Err(error)
            }
        };
        if matches!(outcome, Err(StoreError::Io { .. })) {
            stopped.store(true, Ordering::Release);
        }
        outcome
    }

    async fn commit(mut self) -> Result<(), StoreError> {
        sqlx::query("COMMIT").execute(&mut self.connection).await?;
        *self.idle = Some(self.connection);
        Ok(())
    }

    async fn roll_back(mut self) {
        // SQLite has rolled back by itself after some errors; then this fails, and the connection is dropped.
        if sqlx::query("ROLLBACK")
            .execute(&mut self.connection)
            .await
            .is_ok()
        {
            *self.idle = Some(self.connection);
        }
    }
}

/// Connections that only read; each reading sees one commit.
#[derive(Debug)]
pub(super) struct Readers(SqlitePool);

impl Readers {
    pub(super) fn open(path: &Path) -> Self {
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(options(path).pragma("query_only", "ON"));
        Self(pool)
    }

    /// A reading: all statements within it see the same commit.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.0.begin().await?)
    }

    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}
