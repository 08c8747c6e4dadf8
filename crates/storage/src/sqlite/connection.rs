//! The one connection that writes, and those that read.
//!
//! A connection goes back to be used again only after a commit or rollback that succeeded. Anything else (an error in
//! the commit, a caller that was cancelled in the middle) drops it, and SQLite undoes what was not committed.
//!
//! Every call of the database is a way to its own thread and back, which costs more than most statements. So a write is one
//! statement that commits by itself, or a script of several that are sent together.

use super::log::Log;
use crate::{BUSY_SECONDS_MAX, READERS_MAX, StoreError};
use futures::TryStreamExt as _;
use sqlx::pool::PoolConnection;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{
    ConnectOptions as _, Connection as _, Either, Executor as _, Sqlite, SqliteConnection, Transaction,
};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};

/// What every connection has in common: foreign keys, a bounded wait for other processes, and a log that is made durable when
/// [`Log`] says so (and by SQLite itself before pages go from it into the database).
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(BUSY_SECONDS_MAX))
        .disable_statement_logging()
}

/// A statement, or several, with its arguments.
pub(super) type Words<'q> = Query<'q, Sqlite, SqliteArguments>;

/// What one statement gave.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The rows that it returned.
    pub(super) rows: Vec<SqliteRow>,
    /// The rows that it changed.
    pub(super) changed: u64,
}

/// Why a script failed.
#[derive(Debug)]
pub(super) struct Failed {
    /// What the statements before the failed one gave.
    pub(super) given: Vec<Given>,
    pub(super) error: StoreError,
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self {
            given: Vec::new(),
            error,
        }
    }
}

impl From<Failed> for StoreError {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

/// The one writer of this process.
#[derive(Debug)]
pub(super) struct Writer {
    options: SqliteConnectOptions,
    idle: Mutex<Option<SqliteConnection>>,
    log: Log,
    /// Set by the first disk failure: after a failed fsync the kernel may report later ones as fine.
    stopped: AtomicBool,
}

impl Writer {
    pub(super) async fn open(path: &Path, options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let mut connection = options.connect().await?;
        require_pragmas(&mut connection).await?;
        Ok(Self {
            options,
            idle: Mutex::new(Some(connection)),
            log: Log::beside(path),
            stopped: AtomicBool::new(false),
        })
    }

    /// Waits for its turn.
    async fn turn(&self) -> Result<Writing<'_>, StoreError> {
        let mut idle = self.idle.lock().await;
        if self.stopped.load(Ordering::Acquire) {
            return Err(StoreError::Stopped);
        }
        let connection = match idle.take() {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Writing {
            idle,
            connection,
            writer: self,
        })
    }

    /// One statement, which commits by itself. The rows that it returned.
    pub(super) async fn write(&self, statement: Words<'_>) -> Result<Vec<SqliteRow>, StoreError> {
        let given = self.script(statement).await?;
        Ok(given.into_iter().flat_map(|given| given.rows).collect())
    }

    /// Statements that each commit by themselves, or a transaction from [`BEGIN`] to [`COMMIT`]: what they gave. If one fails,
    /// nothing of the transaction lasts.
    pub(super) async fn script(&self, script: Words<'_>) -> Result<Vec<Given>, Failed> {
        let mut writing = self.turn().await.map_err(Failed::from)?;
        let (given, failed) = all(script, &mut writing.connection).await;
        let Some(error) = failed else {
            writing.committed();
            return Ok(given);
        };
        writing.roll_back().await;
        self.noted(Err(error)).map_err(|error| Failed { given, error })
    }

    /// Returns when everything that was written until now is on the disk, together with whoever else waits for that.
    pub(super) async fn settle(&self) -> Result<(), StoreError> {
        if self.stopped.load(Ordering::Acquire) {
            return Err(StoreError::Stopped);
        }
        self.noted(self.log.sync().await)
    }

    /// As [`Writer::settle`], also for what others wrote.
    pub(super) async fn settle_all(&self) -> Result<(), StoreError> {
        self.log.written();
        self.settle().await
    }

    /// The first failure of the disk ends all writing.
    pub(super) fn noted<T>(&self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(outcome, Err(StoreError::Io { .. })) {
            self.stopped.store(true, Ordering::Release);
        }
        outcome
    }

    pub(super) async fn close(self) {
        if let Some(connection) = self.idle.into_inner() {
            // A failed close loses nothing: the log is read by whoever opens the file next.
            connection.close().await.ok();
        }
    }
}

/// WAL, checkpoints that are synchronised and foreign keys are what the promises of the store rest upon.
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
    if (mode.as_str(), synchronous, foreign_keys) == ("wal", 1, 1) {
        return Ok(());
    }
    let found = format!("journal_mode {mode}, synchronous {synchronous}, foreign_keys {foreign_keys}");
    Err(StoreError::Database {
        source: format!("needed wal, 1, 1; the file system allows {found}").into(),
    })
}

/// How a transaction begins: it may write at once, or waits until it may.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE;\n";

/// How it ends.
pub(super) const COMMIT: &str = "COMMIT;";

/// Runs statements to their end or to the one that fails.
async fn all(script: Words<'_>, connection: &mut SqliteConnection) -> (Vec<Given>, Option<StoreError>) {
    let mut given = Vec::new();
    let mut current = Given::default();
    let mut stream = connection.fetch_many(script);
    loop {
        match stream.try_next().await {
            Ok(Some(Either::Right(row))) => current.rows.push(row),
            Ok(Some(Either::Left(done))) => {
                current.changed = done.rows_affected();
                given.push(std::mem::take(&mut current));
            }
            Ok(None) => return (given, None),
            Err(error) => return (given, Some(error.into())),
        }
    }
}

/// The turn of one write. Dropped before its end, nothing of a transaction lasts.
struct Writing<'a> {
    idle: MutexGuard<'a, Option<SqliteConnection>>,
    connection: SqliteConnection,
    writer: &'a Writer,
}

impl Writing<'_> {
    fn committed(mut self) {
        self.writer.log.written();
        *self.idle = Some(self.connection);
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

    /// For one statement, which sees one commit.
    pub(super) async fn one(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.0.acquire().await?)
    }

    /// A reading: all statements within it see the same commit.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.0.begin().await?)
    }

    pub(super) async fn close(&self) {
        self.0.close().await;
    }
}
