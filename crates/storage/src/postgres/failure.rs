//! What PostgreSQL's errors mean to a caller, and which of them mean that the same may be tried again from the start.

use crate::{BUSY_SECONDS_MAX, StoreError};
use sqlx::postgres::PgDatabaseError;
use std::future::Future;
use std::time::Duration;

/// Times that a transaction is tried which the database undid because it stood in the way of another. Each time another one got on.
const ATTEMPTS_MAX: u32 = 10;

/// Seconds that a call may take with all its attempts: waiting for a connection, and for the locks of others, twice. Beyond it the server is
/// taken for lost.
const CALL_SECONDS_MAX: u64 = 3 * BUSY_SECONDS_MAX;

/// Why a piece of work was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// We refused it.
    Refused(StoreError),
    /// The database did, or cannot be reached.
    Database(sqlx::Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(error) => error,
            Failure::Database(error) => meaning(error),
        }
    }
}

impl Failure {
    /// Whether the database undid the whole transaction because of others, which it says of nothing that was committed.
    fn is_undone(&self) -> bool {
        /// Class 40, <https://www.postgresql.org/docs/15/errcodes-appendix.html>: could not be put in an order, deadlock.
        const UNDONE: [&str; 2] = ["40001", "40P01"];
        match self {
            Self::Refused(_) => false,
            Self::Database(error) => {
                database_error(error).is_some_and(|error| UNDONE.contains(&error.code()))
            }
        }
    }

    /// The name of the constraint that refused it.
    pub(super) fn constraint(&self) -> Option<&str> {
        match self {
            Self::Refused(_) => None,
            Self::Database(error) => database_error(error)?.constraint(),
        }
    }
}

/// Does a piece of work, from the start if the database undid it because of others.
pub(super) async fn repeated<T, F>(work: impl Fn() -> F) -> Result<T, StoreError>
where
    F: Future<Output = Result<T, Failure>>,
{
    let attempts = async {
        for _ in 1..ATTEMPTS_MAX {
            match work().await {
                Err(failure) if failure.is_undone() => {}
                ended => return ended,
            }
        }
        work().await
    };
    match tokio::time::timeout(Duration::from_secs(CALL_SECONDS_MAX), attempts).await {
        Ok(ended) => Ok(ended?),
        Err(late) => Err(StoreError::Disconnected { source: late.into() }),
    }
}

fn database_error(error: &sqlx::Error) -> Option<&PgDatabaseError> {
    error.as_database_error()?.try_downcast_ref()
}

fn meaning(error: sqlx::Error) -> StoreError {
    if let Some(refused) = database_error(&error) {
        let (code, message) = (refused.code().to_owned(), refused.message().to_owned());
        return from_code(&code, message, error);
    }
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => {
            StoreError::Disconnected { source: error.into() }
        }
        sqlx::Error::PoolTimedOut => StoreError::Busy { source: error.into() },
        sqlx::Error::PoolClosed => StoreError::Stopped,
        other => other.into(),
    }
}

/// By the class of the code, which are its first two letters, or by the whole code.
fn from_code(code: &str, message: String, error: sqlx::Error) -> StoreError {
    let source = error.into();
    match (code.get(..2).unwrap_or_default(), code) {
        // A rule of the schema, or a text that no column takes.
        ("22" | "23", _) => StoreError::Constraint { rule: message },
        // Undone because of others, no lock or no answer in time, too many who want something.
        ("40", _) | (_, "55P03" | "57014" | "53200" | "53300") => StoreError::Busy { source },
        (_, "53100") => StoreError::Full { source },
        // The connection is lost, or the server goes down, or comes up.
        ("08", _) | (_, "57P01" | "57P02" | "57P03" | "57P05" | "25P03") => {
            StoreError::Disconnected { source }
        }
        ("XX", "XX001" | "XX002") => StoreError::Corrupt { reason: message },
        (_, _) => StoreError::Database { source },
    }
}
