//! Reading releases, builds and the journal in SQLite.

use super::row;
use crate::{
    BuildRow, FoundBuild, InboxId, JOURNAL_PAGE_MAX, JournalEntry, RELEASES_LISTED_MAX, ReleaseRow,
    ReleaseSummary, StoreError, StoredRelease,
};
use domain_types::{ReleaseId, Sha256Digest};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, SqliteConnection};

pub(super) async fn load(
    connection: &mut SqliteConnection,
    id: &ReleaseId,
) -> Result<Option<StoredRelease>, StoreError> {
    // The builds as of the same commit as the release.
    let mut transaction = connection.begin().await?;
    let release = sqlx::query("SELECT * FROM release WHERE id = $1")
        .bind(id.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(release) = release else {
        transaction.commit().await?;
        return Ok(None);
    };
    let builds = sqlx::query("SELECT * FROM build WHERE release = $1 ORDER BY repository, platform")
        .bind(id.as_str())
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    let ReleaseSummary {
        id,
        revision,
        created_at,
        updated_at,
        row,
    } = read_release(&release)?;
    let builds = builds.iter().map(read_build).collect::<Result<_, _>>()?;
    Ok(Some(StoredRelease {
        id,
        revision,
        created_at,
        updated_at,
        row,
        builds,
    }))
}

pub(super) async fn list(connection: &mut SqliteConnection) -> Result<Vec<ReleaseSummary>, StoreError> {
    let rows = sqlx::query("SELECT * FROM release ORDER BY created_at DESC, id DESC LIMIT $1")
        .bind(i64::from(RELEASES_LISTED_MAX))
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_release).collect()
}

fn read_release(row: &SqliteRow) -> Result<ReleaseSummary, StoreError> {
    Ok(ReleaseSummary {
        id: row::word(row, "id")?,
        revision: row::count(row, "revision")?,
        created_at: row::time(row, "created_at")?,
        updated_at: row::time(row, "updated_at")?,
        row: ReleaseRow {
            name: row::word(row, "name")?,
            version: row::word(row, "version")?,
            plan_digest: row::word(row, "plan_digest")?,
            phase: row::column(row, "phase")?,
            held: row::truth(row, "held")?,
            ended: row::truth(row, "ended")?,
            occupies: row::truth(row, "occupies")?,
            body: row::column(row, "body")?,
        },
    })
}

fn read_build(row: &SqliteRow) -> Result<BuildRow, StoreError> {
    Ok(BuildRow {
        repository: row::word(row, "repository")?,
        platform: row::word(row, "platform")?,
        attempt: row::count(row, "attempt")?,
        state: row::column(row, "state")?,
        reuse_key: row::optional_word(row, "reuse_key")?,
        body: row::column(row, "body")?,
    })
}

pub(super) async fn journal(
    connection: &mut SqliteConnection,
    id: &ReleaseId,
    after_revision: u64,
    limit: u32,
) -> Result<Vec<JournalEntry>, StoreError> {
    let rows = sqlx::query(
        "SELECT * FROM release_event WHERE release = $1 AND revision > $2 ORDER BY revision LIMIT $3",
    )
    .bind(id.as_str())
    .bind(row::integer(after_revision))
    .bind(i64::from(limit.min(JOURNAL_PAGE_MAX)))
    .fetch_all(connection)
    .await?;
    rows.iter().map(read_entry).collect()
}

pub(super) async fn newest_snapshot(
    connection: &mut SqliteConnection,
    id: &ReleaseId,
) -> Result<Option<JournalEntry>, StoreError> {
    let row = sqlx::query(
        "SELECT * FROM release_event WHERE release = $1 AND snapshot IS NOT NULL ORDER BY revision DESC LIMIT 1",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await?;
    row.as_ref().map(read_entry).transpose()
}

fn read_entry(row: &SqliteRow) -> Result<JournalEntry, StoreError> {
    Ok(JournalEntry {
        revision: row::count(row, "revision")?,
        at: row::time(row, "at")?,
        event_kind: row::column(row, "event_kind")?,
        event: row::column(row, "event")?,
        facts: row::column(row, "facts")?,
        inbox: row::column::<Option<i64>>(row, "inbox")?.map(InboxId),
        snapshot: row::column(row, "snapshot")?,
    })
}

pub(super) async fn find_build(
    connection: &mut SqliteConnection,
    reuse_key: &Sha256Digest,
) -> Result<Option<FoundBuild>, StoreError> {
    let found = sqlx::query(
        "SELECT * FROM build WHERE reuse_key = $1 AND state = 'succeeded'
         ORDER BY updated_at DESC, release DESC, repository, platform LIMIT 1",
    )
    .bind(reuse_key.to_string())
    .fetch_optional(connection)
    .await?;
    found
        .map(|found| {
            Ok(FoundBuild {
                release: row::word(&found, "release")?,
                build: read_build(&found)?,
            })
        })
        .transpose()
}
