//! The migrations of a SQLite file.

use super::connection::options;
use super::doorway::Doorway;
use super::open::{cannot_open, read_schema, require_local_disk};
use crate::schema::{self, Migration, Schema};
use crate::{Migrated, StoreError};
use domain_types::Timestamp;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::Path;

/// "GOVA" in ASCII, in the header of every database of this program: <https://sqlite.org/pragma.html#pragma_application_id>.
pub(super) const APPLICATION_ID: i64 = 0x474F_5641;

/// All migrations, ascending from 1 without a gap.
pub(super) const MIGRATIONS: [Migration; 7] = [
    Migration {
        version: 1,
        name: "first_house",
        sql: include_str!("../../migrations/sqlite/0001_first_house.sql"),
    },
    Migration {
        version: 2,
        name: "passes_hold",
        sql: include_str!("../../migrations/sqlite/0002_passes_hold.sql"),
    },
    Migration {
        version: 3,
        name: "next_intent",
        sql: include_str!("../../migrations/sqlite/0003_next_intent.sql"),
    },
    Migration {
        version: 4,
        name: "answered_rows",
        sql: include_str!("../../migrations/sqlite/0004_answered_rows.sql"),
    },
    Migration {
        version: 5,
        name: "rehearsed",
        sql: include_str!("../../migrations/sqlite/0005_rehearsed.sql"),
    },
    Migration {
        version: 6,
        name: "pull_requests",
        sql: include_str!("../../migrations/sqlite/0006_pull_requests.sql"),
    },
    Migration {
        version: 7,
        name: "subjects",
        sql: include_str!("../../migrations/sqlite/0007_subjects.sql"),
    },
];

/// The schema that this program writes.
pub(super) fn newest() -> u32 {
    schema::newest(&MIGRATIONS)
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
    let from = read_schema(&mut connection, path).await?.number();
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
    sqlx::query(schema::RECORD)
        .bind(i64::from(migration.version))
        .bind(migration.name)
        .bind(migration.checksum())
        .bind(now.milliseconds())
        .execute(connection)
        .await?;
    Ok(())
}
