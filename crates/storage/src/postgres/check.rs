//! What `check_postgres` looks at: the server, the migrations, and what the tables say of each other. Pages and references are the server's.

use super::connection::Address;
use super::failure::Failure;
use super::migration::newest;
use super::open::read_schema;
use crate::statements::{CONTRADICTIONS, FINDINGS_MAX};
use crate::{CheckReport, StoreError};
use sqlx::{Connection as _, PgConnection};

/// Checks a database: server, migrations, contradictions. Nothing is changed.
///
/// # Errors
/// What [`crate::open_postgres`] says of a database that cannot be opened, is foreign, newer, or was made by other migrations. What is wrong
/// inside it is in the report.
pub async fn check_postgres(url: &str) -> Result<CheckReport, StoreError> {
    let address = Address::read(url)?;
    let mut connection = address.connect().await?;
    let mut report = CheckReport {
        schema: read_schema(&mut connection, &address.place).await?.number(),
        newest: newest(),
        checks: Vec::new(),
        problems: Vec::new(),
    };
    if report.schema == report.newest {
        check_contradictions(&mut connection, &mut report).await?;
    }
    connection.close().await.ok();
    Ok(report)
}

async fn check_contradictions(
    connection: &mut PgConnection,
    report: &mut CheckReport,
) -> Result<(), Failure> {
    for (check, statement) in CONTRADICTIONS {
        let found = sqlx::query_scalar(statement).bind(FINDINGS_MAX);
        report.add(check, found.fetch_all(&mut *connection).await?);
    }
    Ok(())
}
