//! The schema moves forward only, one migration per transaction, each with its checksum.

use super::connection::options;
use super::doorway::Doorway;
use super::open::{Schema, cannot_open, read_schema, require_local_disk};
use crate::StoreError;
use domain_types::{Sha256Digest, Timestamp};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::Path;

/// "GOVA" in ASCII, in the header of every database of this program: <https://sqlite.org/pragma.html#pragma_application_id>.
pub(super) const APPLICATION_ID: i64 = 0x474F_5641;

/// A step of the schema. Once released it is never changed; a correction is a new migration.
pub(super) struct Migration {
    pub(super) version: u32,
    pub(super) name: &'static str,
    pub(super) sql: &'static str,
}

impl Migration {
    /// SHA-256 of the text.
    pub(super) fn checksum(&self) -> String {
        Sha256Digest::of(self.sql.as_bytes()).to_string()
    }
}

/// All migrations, ascending from 1 without a gap.
pub(super) const MIGRATIONS: [Migration; 4] = [
    Migration {
        version: 1,
        name: "first_house",
        sql: include_str!("../../migrations/0001_first_house.sql"),
    },
    Migration {
        version: 2,
        name: "passes_hold",
        sql: include_str!("../../migrations/0002_passes_hold.sql"),
    },
    Migration {
        version: 3,
        name: "next_intent",
        sql: include_str!("../../migrations/0003_next_intent.sql"),
    },
    Migration {
        version: 4,
        name: "answered_rows",
        sql: include_str!("../../migrations/0004_answered_rows.sql"),
    },
];

/// The schema that this program writes.
pub(super) fn newest() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.version)
}

/// From where to where the schema was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The schema before; 0 for a file that was made now.
    pub from: u32,
    /// The schema now.
    pub to: u32,
}

/// Creates the file if it is absent, and moves its schema forward to the newest.
///
/// Die before: the schema is at one of the versions between; run it again. Die after: it is at the newest.
///
/// # Errors
/// [`StoreError::ForeignFile`], [`StoreError::NewerSchema`], [`StoreError::ChangedMigration`],
/// [`StoreError::NetworkFileSystem`], [`StoreError::CannotOpen`], or what the database says.
pub async fn migrate_sqlite(path: &Path, now: Timestamp) -> Result<Migrated, StoreError> {
    require_local_disk(path)?;
    migrate(&Doorway::enter(path).await?, path, now).await
}

/// Migrates with the door held.
pub(super) async fn migrate(doorway: &Doorway, path: &Path, now: Timestamp) -> Result<Migrated, StoreError> {
    let connected = options(path).create_if_missing(true).connect().await;
    let mut connection = connected.map_err(|error| cannot_open(path, error))?;
    let from = match read_schema(&mut connection, path).await? {
        Schema::Empty => 0,
        Schema::Version(version) => version,
    };
    for migration in &MIGRATIONS {
        apply(&mut connection, path, migration, now).await?;
    }
    sqlx::query("PRAGMA journal_mode = WAL")
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    doorway.sync()?;
    Ok(Migrated { from, to: newest() })
}

/// Applies one migration unless it is there.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    path: &Path,
    migration: &Migration,
    now: Timestamp,
) -> Result<(), StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    // Looked at again within the transaction: a program that does not mind the door may have moved the file.
    let found = match read_schema(&mut transaction, path).await? {
        Schema::Empty => {
            sqlx::raw_sql(FIRST_WORDS).execute(&mut *transaction).await?;
            0
        }
        Schema::Version(version) => version,
    };
    if found < migration.version {
        sqlx::raw_sql(migration.sql).execute(&mut *transaction).await?;
        record(&mut transaction, migration, now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// What makes a file ours; 1196381761 is [`APPLICATION_ID`].
const FIRST_WORDS: &str = "PRAGMA application_id = 1196381761;
    CREATE TABLE schema_migration (
        version    INTEGER PRIMARY KEY NOT NULL,
        name       TEXT    NOT NULL,
        checksum   TEXT    NOT NULL,
        applied_at INTEGER NOT NULL
    ) STRICT;";

async fn record(
    connection: &mut SqliteConnection,
    migration: &Migration,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)")
        .bind(i64::from(migration.version))
        .bind(migration.name)
        .bind(migration.checksum())
        .bind(now.milliseconds())
        .execute(connection)
        .await?;
    Ok(())
}
