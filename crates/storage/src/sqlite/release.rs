//! Reading releases, builds and the journal in SQLite.

use crate::row;
use crate::statements::{BUILDS, FIND_BUILD, JOURNAL, NEWEST_SNAPSHOT, RELEASE, RELEASES};
use crate::{
    FoundBuild, JOURNAL_PAGE_MAX, JournalEntry, RELEASES_LISTED_MAX, ReleaseSummary, StoreError,
    StoredRelease,
};
use domain_types::{ReleaseId, Sha256Digest};
use sqlx::{Connection as _, SqliteConnection};

pub(super) async fn load(
    connection: &mut SqliteConnection,
    id: &ReleaseId,
) -> Result<Option<StoredRelease>, StoreError> {
    // The builds as of the same commit as the release.
    let mut transaction = connection.begin().await?;
    let release = sqlx::query(RELEASE)
        .bind(id.as_str())
        .fetch_optional(&mut *transaction)
        .await?;
    let Some(release) = release else {
        transaction.commit().await?;
        return Ok(None);
    };
    let builds = sqlx::query(BUILDS)
        .bind(id.as_str())
        .fetch_all(&mut *transaction)
        .await?;
    transaction.commit().await?;
    row::stored_release(&release, &builds).map(Some)
}

pub(super) async fn list(connection: &mut SqliteConnection) -> Result<Vec<ReleaseSummary>, StoreError> {
    let rows = sqlx::query(RELEASES)
        .bind(i64::from(RELEASES_LISTED_MAX))
        .fetch_all(connection)
        .await?;
    rows.iter().map(row::release).collect()
}

pub(super) async fn journal(
    connection: &mut SqliteConnection,
    id: &ReleaseId,
    after_revision: u64,
    limit: u32,
) -> Result<Vec<JournalEntry>, StoreError> {
    let rows = sqlx::query(JOURNAL)
        .bind(id.as_str())
        .bind(row::integer(after_revision))
        .bind(i64::from(limit.min(JOURNAL_PAGE_MAX)))
        .fetch_all(connection)
        .await?;
    rows.iter().map(row::entry).collect()
}

pub(super) async fn newest_snapshot(
    connection: &mut SqliteConnection,
    id: &ReleaseId,
) -> Result<Option<JournalEntry>, StoreError> {
    let row = sqlx::query(NEWEST_SNAPSHOT)
        .bind(id.as_str())
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(row::entry).transpose()
}

pub(super) async fn find_build(
    connection: &mut SqliteConnection,
    reuse_key: &Sha256Digest,
) -> Result<Option<FoundBuild>, StoreError> {
    let found = sqlx::query(FIND_BUILD)
        .bind(reuse_key.to_string())
        .fetch_optional(connection)
        .await?;
    found.as_ref().map(row::found_build).transpose()
}
