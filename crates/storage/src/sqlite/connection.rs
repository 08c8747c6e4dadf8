//! The one connection that writes, and those that read.
//!
//! A connection goes back to be used again only after a commit that succeeded. Anything else (an error, a caller that was
//! cancelled in the middle) drops it, and SQLite undoes what was not committed.
//!
//! Every statement is a way to the database's own thread and back, which costs more than most of them do. So a write is one
//! statement, which commits by itself; what is more than that and comes often is a row into a view of `session.sql`.

use super::log::Log;
use crate::{BUSY_SECONDS_MAX, READERS_MAX, StoreError};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqliteConnection};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex as StdMutex, MutexGuard as MutexGuardStd, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, Semaphore, SemaphorePermit};

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

/// Views that take a piece of work as one row.
const SESSION: &str = include_str!("session.sql");

/// A statement with its arguments.
pub(super) type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

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
        let connection = connect(&options).await?;
        Ok(Self {
            options,
            idle: Mutex::new(Some(connection)),
            log: Log::beside(path),
            stopped: AtomicBool::new(false),
        })
    }

    /// Waits for its turn.
    pub(super) async fn turn(&self) -> Result<Writing<'_>, StoreError> {
        let mut idle = self.idle.lock().await;
        if self.stopped.load(Ordering::Acquire) {
            return Err(StoreError::Stopped);
        }
        let connection = match idle.take() {
            Some(connection) => connection,
            None => connect(&self.options).await?,
        };
        Ok(Writing {
            idle,
            connection,
            writer: self,
        })
    }

    /// One statement, which commits by itself. The rows that it returned.
    pub(super) async fn write(&self, statement: Statement<'_>) -> Result<Vec<SqliteRow>, StoreError> {
        let mut writing = self.turn().await?;
        let rows = statement.fetch_all(&mut writing.connection).await;
        writing.end(rows.map_err(StoreError::from))
    }

    /// One statement that returns no rows, which commits by itself. How many rows it changed; of a view that is none, whatever its
    /// trigger did.
    pub(super) async fn change(&self, statement: Statement<'_>) -> Result<u64, StoreError> {
        let mut writing = self.turn().await?;
        let done = statement.execute(&mut writing.connection).await;
        writing.end(done.map(|done| done.rows_affected()).map_err(StoreError::from))
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

/// KiB of pages that the writer keeps: what a large release touches by turns. SQLite's own measure of 2,000 holds a small one only.
const CACHE_KIB: u32 = 8_192;

/// A connection that writes.
async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    let options = options.clone().pragma("cache_size", format!("-{CACHE_KIB}"));
    let mut connection = options.connect().await?;
    require_pragmas(&mut connection).await?;
    sqlx::raw_sql(SESSION).execute(&mut connection).await?;
    Ok(connection)
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

/// The turn of one write.
pub(super) struct Writing<'a> {
    idle: MutexGuard<'a, Option<SqliteConnection>>,
    pub(super) connection: SqliteConnection,
    writer: &'a Writer,
}

impl Writing<'_> {
    /// Gives the connection back if the write was committed. A statement that breaks a rule is undone by itself; after any other
    /// error, or if this is never called, the connection goes with the turn.
    pub(super) fn end<T>(mut self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(outcome, Ok(_) | Err(StoreError::Constraint { .. })) {
            self.writer.log.written();
            *self.idle = Some(self.connection);
        }
        self.writer.noted(outcome)
    }
}

/// Connections that only read. Made when they are needed, kept when they were used well.
#[derive(Debug)]
pub(super) struct Readers {
    options: SqliteConnectOptions,
    idle: StdMutex<Vec<SqliteConnection>>,
    seats: Semaphore,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            options: options(path).pragma("query_only", "ON"),
            idle: StdMutex::default(),
            seats: Semaphore::new(READERS_MAX as usize),
        }
    }

    /// Waits for a seat. A statement sees one commit; several see the same only within a transaction.
    pub(super) async fn one(&self) -> Result<Reading<'_>, StoreError> {
        let seat = self.seats.acquire().await.map_err(|_| StoreError::Stopped)?;
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.options.connect().await?,
        };
        Ok(Reading {
            readers: self,
            connection,
            _seat: seat,
        })
    }

    fn idle(&self) -> MutexGuardStd<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn close(&self) {
        self.seats.close();
        let idle = std::mem::take(&mut *self.idle());
        for connection in idle {
            // It only read.
            connection.close().await.ok();
        }
    }
}

/// One connection that reads, as long as somebody does.
pub(super) struct Reading<'a> {
    readers: &'a Readers,
    pub(super) connection: SqliteConnection,
    _seat: SemaphorePermit<'a>,
}

impl Reading<'_> {
    /// Gives the connection back if all went well.
    pub(super) fn end<T>(self, outcome: Result<T, StoreError>) -> Result<T, StoreError> {
        if outcome.is_ok() {
            self.readers.idle().push(self.connection);
        }
        outcome
    }
}
