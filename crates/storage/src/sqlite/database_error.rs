//! What SQLite's result codes mean to a caller.

use crate::StoreError;

/// Primary result codes (the low byte of the extended code), <https://sqlite.org/rescode.html>.
const SQLITE_BUSY: i32 = 5;
const SQLITE_LOCKED: i32 = 6;
const SQLITE_IOERR: i32 = 10;
const SQLITE_CORRUPT: i32 = 11;
const SQLITE_FULL: i32 = 13;
const SQLITE_CONSTRAINT: i32 = 19;
const SQLITE_NOTADB: i32 = 26;
/// Growing the shared-memory file failed, which is how a full disk shows when the first page of it is needed.
const SQLITE_IOERR_SHMSIZE: i32 = SQLITE_IOERR | (19 << 8);

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        if let Some(code) = sqlite_code(&error) {
            return from_code(code, error);
        }
        if let sqlx::Error::ColumnDecode { index, source } = &error {
            return Self::Corrupt {
                reason: format!("column {index}: {source}"),
            };
        }
        if matches!(error, sqlx::Error::PoolTimedOut) {
            return Self::Busy {
                source: Box::new(error),
            };
        }
        if matches!(error, sqlx::Error::Io(_)) {
            return Self::Io {
                source: Box::new(error),
            };
        }
        Self::Database {
            source: Box::new(error),
        }
    }
}

/// The extended result code, if SQLite itself refused.
pub(super) fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    let refused = error.as_database_error()?;
    refused.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    refused.code()?.parse().ok()
}

fn from_code(code: i32, error: sqlx::Error) -> StoreError {
    let rule = || {
        error
            .as_database_error()
            .map_or_else(String::new, |error| error.message().to_owned())
    };
    match code & 0xff {
        SQLITE_BUSY | SQLITE_LOCKED => StoreError::Busy {
            source: Box::new(error),
        },
        SQLITE_FULL => StoreError::Full {
            source: Box::new(error),
        },
        SQLITE_IOERR if code == SQLITE_IOERR_SHMSIZE => StoreError::Full {
            source: Box::new(error),
        },
        SQLITE_IOERR => StoreError::Io {
            source: Box::new(error),
        },
        SQLITE_CORRUPT | SQLITE_NOTADB => StoreError::Corrupt { reason: rule() },
        SQLITE_CONSTRAINT => StoreError::Constraint { rule: rule() },
        _ => StoreError::Database {
            source: Box::new(error),
        },
    }
}
