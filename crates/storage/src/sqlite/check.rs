//! What `governance db check` looks at: the file, the migrations, and what the tables say of each other.

use super::doorway::Doorway;
use super::migration::newest;
use super::open::{connect_existing, read_schema, require_local_disk};
use crate::statements::{CONTRADICTIONS, FINDINGS_MAX};
use crate::{CheckReport, StoreError};
use sqlx::{Connection as _, SqliteConnection};
use std::path::Path;

/// Checks a database file: library, header, migrations, pages, references, contradictions.
///
/// # Errors
/// What [`crate::open_sqlite`] says of a file that cannot be opened, is foreign, newer, or was made by other
/// migrations. What is wrong inside a file that can be read is in the report.
pub async fn check_sqlite(path: &Path) -> Result<CheckReport, StoreError> {
    require_local_disk(path)?;
    let doorway = Doorway::enter(path).await?;
    let mut connection = connect_existing(path).await?;
    let schema = read_schema(&mut connection, path).await?.number();
    drop(doorway);
    let mut report = CheckReport {
        schema,
        newest: newest(),
        checks: Vec::new(),
        problems: Vec::new(),
    };
    check_pages(&mut connection, &mut report).await?;
    check_references(&mut connection, &mut report).await?;
    if schema == newest() {
        check_contradictions(&mut connection, &mut report).await?;
    }
    connection.close().await?;
    Ok(report)
}

async fn check_pages(connection: &mut SqliteConnection, report: &mut CheckReport) -> Result<(), StoreError> {
    let lines: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(20)")
        .fetch_all(connection)
        .await?;
    let wrong = lines.into_iter().filter(|line| line != "ok").collect();
    report.add("every page and index is sound", wrong);
    Ok(())
}

async fn check_references(
    connection: &mut SqliteConnection,
    report: &mut CheckReport,
) -> Result<(), StoreError> {
    let orphans: Vec<(String, Option<i64>, String)> =
        sqlx::query_as("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT $1")
            .bind(FINDINGS_MAX)
            .fetch_all(connection)
            .await?;
    let found = |(table, rowid, parent): (String, Option<i64>, String)| {
        let row = rowid.map_or("?".to_owned(), |rowid| rowid.to_string());
        format!("{table} row {row} has no {parent}")
    };
    report.add("no row is an orphan", orphans.into_iter().map(found).collect());
    Ok(())
}

async fn check_contradictions(
    connection: &mut SqliteConnection,
    report: &mut CheckReport,
) -> Result<(), StoreError> {
    for (check, statement) in CONTRADICTIONS {
        let found = sqlx::query_scalar(statement).bind(FINDINGS_MAX);
        report.add(check, found.fetch_all(&mut *connection).await?);
    }
    Ok(())
}
