//! Opening a database: only our own, only at a server and with a schema that we trust.

use super::PostgresStore;
use super::connection::Address;
use super::failure::Failure;
use super::migration::{MARK, MIGRATIONS, migrate, newest};
use crate::schema::{self, Schema};
use crate::{OpenMode, StoreError};
use domain_types::Timestamp;
use sqlx::{Connection as _, PgConnection};
use std::path::Path;

/// The lowest PostgreSQL that is accepted, as `server_version_num` has it: what the contract is checked against.
pub const POSTGRES_VERSION_MIN: u32 = 150_000;

/// Opens a store in a PostgreSQL database, in the first schema of the search path. `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; the
/// password is in no error.
///
/// # Errors
/// [`StoreError::CannotOpen`], [`StoreError::ForgetfulServer`], [`StoreError::ServerTooOld`], [`StoreError::ForeignFile`],
/// [`StoreError::NewerSchema`], [`StoreError::OlderSchema`] (only with [`OpenMode::Existing`]), [`StoreError::ChangedMigration`], or what the
/// database says.
pub async fn open_postgres(url: &str, mode: OpenMode, now: Timestamp) -> Result<PostgresStore, StoreError> {
    let address = Address::read(url)?;
    let mut connection = address.connect().await?;
    match mode {
        OpenMode::CreateOrMigrate => {
            migrate(&mut connection, &address.place, now).await?;
        }
        OpenMode::Existing => {
            let found = read_schema(&mut connection, &address.place).await?;
            schema::require_newest(&address.place, found, newest())?;
        }
    }
    // It served; whether it is closed in order changes nothing.
    connection.close().await.ok();
    Ok(PostgresStore { pool: address.pool() })
}

/// Looks at a database without changing it.
pub(super) async fn read_schema(connection: &mut PgConnection, place: &Path) -> Result<Schema, Failure> {
    require_server(connection, place).await?;
    let name: Option<String> = sqlx::query_scalar("SELECT current_schema()::text")
        .fetch_one(&mut *connection)
        .await?;
    if name.is_none() {
        return Err(Failure::Refused(StoreError::CannotOpen {
            path: place.to_owned(),
            source: "no schema of the search path exists".into(),
        }));
    }
    let (tables, mark): (i64, Option<String>) = sqlx::query_as(LOOK).fetch_one(&mut *connection).await?;
    match (tables, mark.as_deref()) {
        (0, _) => Ok(Schema::Empty),
        (_, Some(MARK)) => {
            let applied: Vec<(i64, String)> = sqlx::query_as(schema::APPLIED).fetch_all(connection).await?;
            Ok(Schema::Version(schema::version(place, &MIGRATIONS, &applied)?))
        }
        (_, _) => Err(Failure::Refused(StoreError::ForeignFile {
            path: place.to_owned(),
            found: format!("a schema of another program ({tables} tables)"),
        })),
    }
}

/// How many tables the schema has, extensions aside, and what is written on the one that says whose they are.
const LOOK: &str = "\
SELECT COUNT(*), MAX(CASE WHEN c.relname = 'schema_migration' THEN obj_description(c.oid, 'pg_class') END)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')";

async fn require_server(connection: &mut PgConnection, place: &Path) -> Result<(), Failure> {
    let number: String = sqlx::query_scalar("SELECT current_setting('server_version_num')")
        .fetch_one(connection)
        .await?;
    let found = number.parse().unwrap_or(0);
    if found >= POSTGRES_VERSION_MIN {
        return Ok(());
    }
    Err(Failure::Refused(StoreError::ServerTooOld {
        path: place.to_owned(),
        found,
        needed: POSTGRES_VERSION_MIN,
    }))
}
