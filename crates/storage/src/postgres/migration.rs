//! The migrations of a PostgreSQL database. One at a time changes a schema: whoever comes meanwhile waits for an advisory lock, and looks
//! again.

use super::connection::Address;
use super::failure::Failure;
use super::open::read_schema;
use crate::schema::{self, Migration, Schema};
use crate::{Migrated, StoreError};
use domain_types::Timestamp;
use sqlx::{Connection as _, PgConnection};
use std::path::Path;

/// What is written on the table of migrations, so that the schema is known as ours.
pub(super) const MARK: &str = "governance-app";

/// All migrations, ascending from 1 without a gap.
pub(super) const MIGRATIONS: [Migration; 4] = [
    Migration {
        version: 1,
        name: "first_house",
        sql: include_str!("../../migrations/postgres/0001_first_house.sql"),
    },
    Migration {
        version: 2,
        name: "rehearsed",
        sql: include_str!("../../migrations/postgres/0002_rehearsed.sql"),
    },
    Migration {
        version: 3,
        name: "pull_requests",
        sql: include_str!("../../migrations/postgres/0003_pull_requests.sql"),
    },
    Migration {
        version: 4,
        name: "subjects",
        sql: include_str!("../../migrations/postgres/0004_subjects.sql"),
    },
];

/// The schema that this program writes.
pub(super) fn newest() -> u32 {
    schema::newest(&MIGRATIONS)
}

/// Makes the tables if the schema is empty, and moves it forward to the newest.
///
/// Die before: the schema is at one of the versions between; run it again. Die after: it is at the newest.
///
/// # Errors
/// As [`crate::open_postgres`].
pub async fn migrate_postgres(url: &str, now: Timestamp) -> Result<Migrated, StoreError> {
    let address = Address::read(url)?;
    let mut connection = address.connect().await?;
    let migrated = migrate(&mut connection, &address.place, now).await?;
    connection.close().await.ok();
    Ok(migrated)
}

/// Migrates over a connection.
pub(super) async fn migrate(
    connection: &mut PgConnection,
    place: &Path,
    now: Timestamp,
) -> Result<Migrated, Failure> {
    let from = read_schema(connection, place).await?.number();
    for migration in &MIGRATIONS {
        apply(connection, place, migration, now).await?;
    }
    Ok(Migrated { from, to: newest() })
}

/// Held until the end of the transaction by whoever changes this schema. 1196381761 is "GOVA" in ASCII; locks of this kind are the whole
/// database's.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1196381761, hashtext('migrate ' || current_schema()))";

/// What makes a schema ours.
const FIRST_WORDS: &str = "\
CREATE TABLE schema_migration (
    version    BIGINT PRIMARY KEY,
    name       TEXT   NOT NULL,
    checksum   TEXT   NOT NULL,
    applied_at BIGINT NOT NULL
);
COMMENT ON TABLE schema_migration IS 'governance-app';";

/// Applies one migration unless it is there.
async fn apply(
    connection: &mut PgConnection,
    place: &Path,
    migration: &Migration,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut transaction = connection.begin().await?;
    sqlx::query(LOCK).execute(&mut *transaction).await?;
    let found = read_schema(&mut transaction, place).await?;
    if found == Schema::Empty {
        sqlx::raw_sql(FIRST_WORDS).execute(&mut *transaction).await?;
    }
    if found.number() < migration.version {
        sqlx::raw_sql(migration.sql).execute(&mut *transaction).await?;
        sqlx::query(schema::RECORD)
            .bind(i64::from(migration.version))
            .bind(migration.name)
            .bind(migration.checksum())
            .bind(now.milliseconds())
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
