//! What `governance db check` looks at: the file, the migrations, and what the tables say of each other.

use super::doorway::Doorway;
use super::migration::newest;
use super::open::{Schema, connect_existing, read_schema, require_local_disk};
use crate::StoreError;
use sqlx::{Connection as _, SqliteConnection};
use std::path::Path;

/// What a check found. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// The schema of the file.
    pub schema: u32,
    /// The schema of this program.
    pub newest: u32,
    /// The names of the checks that ran, in their order.
    pub checks: Vec<&'static str>,
    /// What is wrong; empty for a sound database.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The check that found it.
    pub check: &'static str,
    /// What it found.
    pub found: String,
}

/// Most findings reported per check, in rows: enough to see what happened.
const FINDINGS_MAX: i64 = 20;

/// Rows that contradict each other: a name, and a statement that gives one text per contradiction.
const CONTRADICTIONS: [(&str, &str); 7] = [
    (
        "the journal of a release has no gap and ends at its revision",
        "SELECT r.id || ' at revision ' || r.revision FROM release r WHERE r.revision <>
             (SELECT COUNT(*) FROM release_event e WHERE e.release = r.id AND e.revision BETWEEN 1 AND r.revision)
             OR EXISTS (SELECT 1 FROM release_event e WHERE e.release = r.id AND e.revision > r.revision) LIMIT $1",
    ),
    (
        "every inbox row that made a revision has it in the journal",
        "SELECT 'inbox/' || i.id FROM inbox i WHERE i.revision IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM release_event e WHERE e.inbox = i.id AND e.revision = i.revision) LIMIT $1",
    ),
    (
        "every revision that came from an inbox row is on that row",
        "SELECT e.release || ' revision ' || e.revision FROM release_event e JOIN inbox i ON i.id = e.inbox
             WHERE i.state <> 'done' OR i.revision <> e.revision LIMIT $1",
    ),
    (
        "no build is newer than its release",
        "SELECT b.release || ' ' || b.repository || ':' || b.platform FROM build b JOIN release r ON r.id = b.release
             WHERE b.revision > r.revision LIMIT $1",
    ),
    (
        "no timer is newer than its release",
        "SELECT t.release || ' ' || t.key FROM timer t JOIN release r ON r.id = t.release
             WHERE t.revision > r.revision LIMIT $1",
    ),
    (
        "every intent belongs to the release in its id",
        "SELECT o.id FROM outbox o WHERE substr(o.id, 1, length(o.release) + 1) <> o.release || '/' LIMIT $1",
    ),
    (
        "a release that ended holds no pool slot with an unsent intent",
        "SELECT o.id FROM outbox o JOIN release r ON r.id = o.release
             WHERE r.ended = 1 AND o.state = 'intent' AND o.slot_held = 1 LIMIT $1",
    ),
];

/// Checks a database file: library, header, migrations, pages, references, contradictions.
///
/// # Errors
/// What [`crate::open_sqlite`] says of a file that cannot be opened, is foreign, newer, or was made by other
/// migrations. What is wrong inside a file that can be read is in the report.
pub async fn check_sqlite(path: &Path) -> Result<CheckReport, StoreError> {
    require_local_disk(path)?;
    let doorway = Doorway::enter(path).await?;
    let mut connection = connect_existing(path).await?;
    let schema = match read_schema(&mut connection, path).await? {
        Schema::Empty => 0,
        Schema::Version(version) => version,
    };
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
    const CHECK: &str = "every page and index is sound";
    report.checks.push(CHECK);
    let lines: Vec<String> = sqlx::query_scalar("PRAGMA quick_check(20)")
        .fetch_all(connection)
        .await?;
    let wrong = lines.into_iter().filter(|line| line != "ok");
    report
        .problems
        .extend(wrong.map(|found| Problem { check: CHECK, found }));
    Ok(())
}

async fn check_references(
    connection: &mut SqliteConnection,
    report: &mut CheckReport,
) -> Result<(), StoreError> {
    const CHECK: &str = "no row is an orphan";
    report.checks.push(CHECK);
    let orphans: Vec<(String, Option<i64>, String)> =
        sqlx::query_as("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT $1")
            .bind(FINDINGS_MAX)
            .fetch_all(connection)
            .await?;
    report
        .problems
        .extend(orphans.into_iter().map(|(table, rowid, parent)| Problem {
            check: CHECK,
            found: format!(
                "{table} row {} has no {parent}",
                rowid.map_or("?".to_owned(), |rowid| rowid.to_string())
            ),
        }));
    Ok(())
}

async fn check_contradictions(
    connection: &mut SqliteConnection,
    report: &mut CheckReport,
) -> Result<(), StoreError> {
    for (check, statement) in CONTRADICTIONS {
        report.checks.push(check);
        let found: Vec<String> = sqlx::query_scalar(statement)
            .bind(FINDINGS_MAX)
            .fetch_all(&mut *connection)
            .await?;
        report
            .problems
            .extend(found.into_iter().map(|found| Problem { check, found }));
    }
    Ok(())
}
