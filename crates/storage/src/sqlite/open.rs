//! Opening a file: only our own, only on a local disk, only with a library and a schema that we trust.

use super::SqliteStore;
use super::connection::{Readers, Writer, options};
use super::database_error::sqlite_code;
use super::doorway::Doorway;
use super::migration::{APPLICATION_ID, MIGRATIONS, migrate, newest};
use crate::schema::{self, Schema};
use crate::{OpenMode, StoreError};
use domain_types::Timestamp;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::Path;

/// The lowest SQLite that is accepted: up to 3.51.2 a race in the write-ahead log corrupts databases
/// (<https://sqlite.org/wal.html>, "the WAL-reset bug").
pub const SQLITE_VERSION_MIN: &str = "3.51.3";

/// Opens a store in one SQLite file.
///
/// # Errors
/// [`StoreError::CannotOpen`], [`StoreError::ForeignFile`], [`StoreError::NewerSchema`],
/// [`StoreError::OlderSchema`] (only with [`OpenMode::Existing`]), [`StoreError::ChangedMigration`],
/// [`StoreError::SqliteTooOld`], [`StoreError::NetworkFileSystem`], or what the database says.
pub async fn open_sqlite(path: &Path, mode: OpenMode, now: Timestamp) -> Result<SqliteStore, StoreError> {
    require_local_disk(path)?;
    require_file(path, mode)?;
    let doorway = Doorway::enter(path).await?;
    match mode {
        OpenMode::CreateOrMigrate => {
            migrate(&doorway, path, now).await?;
        }
        OpenMode::Existing => require_newest(path).await?,
    }
    Ok(SqliteStore {
        writer: Writer::open(path, options(path)).await?,
        readers: Readers::new(path),
    })
}

fn require_file(path: &Path, mode: OpenMode) -> Result<(), StoreError> {
    match mode {
        OpenMode::CreateOrMigrate => Ok(()),
        OpenMode::Existing => {
            let found = std::fs::metadata(path);
            found.map(drop).map_err(|error| StoreError::CannotOpen {
                path: path.to_owned(),
                source: error.into(),
            })
        }
    }
}

async fn require_newest(path: &Path) -> Result<(), StoreError> {
    let mut connection = connect_existing(path).await?;
    let found = read_schema(&mut connection, path).await?;
    connection.close().await?;
    schema::require_newest(path, found, newest())
}

/// A connection to a file that must exist.
pub(super) async fn connect_existing(path: &Path) -> Result<SqliteConnection, StoreError> {
    require_file(path, OpenMode::Existing)?;
    options(path)
        .connect()
        .await
        .map_err(|error| cannot_open(path, error))
}

/// Why a connection could not be made.
pub(super) fn cannot_open(path: &Path, error: sqlx::Error) -> StoreError {
    const SQLITE_NOTADB: i32 = 26;
    if sqlite_code(&error) == Some(SQLITE_NOTADB) {
        return StoreError::ForeignFile {
            path: path.to_owned(),
            found: "not a database".to_owned(),
        };
    }
    StoreError::CannotOpen {
        path: path.to_owned(),
        source: error.into(),
    }
}

/// Looks at a file without changing it.
pub(super) async fn read_schema(
    connection: &mut SqliteConnection,
    path: &Path,
) -> Result<Schema, StoreError> {
    require_library(connection).await?;
    let application: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await?;
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema")
        .fetch_one(&mut *connection)
        .await?;
    match (application, tables) {
        (APPLICATION_ID, 1..) => read_version(connection, path).await,
        (0 | APPLICATION_ID, 0) => Ok(Schema::Empty),
        (_, _) => Err(StoreError::ForeignFile {
            path: path.to_owned(),
            found: format!(
                "a database of another program (application id {application}, {tables} schema entries)"
            ),
        }),
    }
}

async fn read_version(connection: &mut SqliteConnection, path: &Path) -> Result<Schema, StoreError> {
    let applied: Vec<(i64, String)> = sqlx::query_as(schema::APPLIED).fetch_all(connection).await?;
    Ok(Schema::Version(schema::version(path, &MIGRATIONS, &applied)?))
}

async fn require_library(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await?;
    if is_at_least(&found, SQLITE_VERSION_MIN) {
        return Ok(());
    }
    Err(StoreError::SqliteTooOld {
        found,
        needed: SQLITE_VERSION_MIN,
    })
}

fn is_at_least(found: &str, needed: &str) -> bool {
    let numbers = |text: &str| {
        text.split('.')
            .map(|part| part.parse::<u32>().unwrap_or(0))
            .collect::<Vec<_>>()
    };
    numbers(found) >= numbers(needed)
}

/// Refuses the file systems over which SQLite's locks and shared memory are known not to hold.
#[cfg(target_os = "linux")]
pub(super) fn require_local_disk(path: &Path) -> Result<(), StoreError> {
    /// Magic numbers of statfs(2).
    const NETWORK: [(u64, &str); 6] = [
        (0x6969, "NFS"),
        (0xFF53_4D42, "CIFS"),
        (0xFE53_4D42, "SMB2"),
        (0x517B, "SMB"),
        (0x5346_414F, "AFS"),
        (0x00C3_6400, "Ceph"),
    ];
    let Ok(found) = rustix::fs::statfs(super::doorway::folder_of(path)) else {
        return Ok(());
    };
    let magic = u64::try_from(found.f_type).unwrap_or(0) & 0xFFFF_FFFF;
    match NETWORK.into_iter().find(|(network, _)| *network == magic) {
        Some((_, kind)) => Err(StoreError::NetworkFileSystem {
            path: path.to_owned(),
            kind,
        }),
        None => Ok(()),
    }
}

/// Elsewhere nothing tells the kinds of file systems apart; the pragmas are checked all the same.
#[cfg(not(target_os = "linux"))]
pub(super) fn require_local_disk(_path: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number() {
        for (found, accepted) in [
            ("3.51.3", true),
            ("3.52.0", true),
            ("3.51.2", false),
            ("3.9.9", false),
            ("4.0", true),
        ] {
            assert_eq!(is_at_least(found, SQLITE_VERSION_MIN), accepted, "{found}");
        }
    }
}
