//! Reading releases, builds and the journal in PostgreSQL.

use super::failure::Failure;
use super::transaction::Transaction;
use crate::row;
use crate::statements::{BUILDS, FIND_BUILD, JOURNAL, NEWEST_SNAPSHOT, RELEASE, RELEASES};
use crate::{FoundBuild, JOURNAL_PAGE_MAX, JournalEntry, RELEASES_LISTED_MAX, ReleaseSummary, StoredRelease};
use domain_types::{ReleaseId, Sha256Digest};
use sqlx::{PgConnection, PgPool};

/// A transaction whose statements see the same commit.
const ONE_COMMIT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

pub(super) async fn load(pool: &PgPool, id: &ReleaseId) -> Result<Option<StoredRelease>, Failure> {
    let mut transaction = Transaction::begin(pool, ONE_COMMIT).await?;
    let found = read(transaction.connection(), id).await;
    transaction.end(found).await
}

async fn read(connection: &mut PgConnection, id: &ReleaseId) -> Result<Option<StoredRelease>, Failure> {
    let release = sqlx::query(RELEASE)
        .bind(id.as_str())
        .fetch_optional(&mut *connection)
        .await?;
    let Some(release) = release else {
        return Ok(None);
    };
    let builds = sqlx::query(BUILDS)
        .bind(id.as_str())
        .fetch_all(connection)
        .await?;
    Ok(Some(row::stored_release(&release, &builds)?))
}

pub(super) async fn list(pool: &PgPool) -> Result<Vec<ReleaseSummary>, Failure> {
    let rows = sqlx::query(RELEASES)
        .bind(i64::from(RELEASES_LISTED_MAX))
        .fetch_all(pool)
        .await?;
    Ok(rows.iter().map(row::release).collect::<Result<_, _>>()?)
}

pub(super) async fn journal(
    pool: &PgPool,
    id: &ReleaseId,
    after_revision: u64,
    limit: u32,
) -> Result<Vec<JournalEntry>, Failure> {
    let rows = sqlx::query(JOURNAL)
        .bind(id.as_str())
        .bind(row::integer(after_revision))
        .bind(i64::from(limit.min(JOURNAL_PAGE_MAX)))
        .fetch_all(pool)
        .await?;
    Ok(rows.iter().map(row::entry).collect::<Result<_, _>>()?)
}

pub(super) async fn newest_snapshot(pool: &PgPool, id: &ReleaseId) -> Result<Option<JournalEntry>, Failure> {
    let found = sqlx::query(NEWEST_SNAPSHOT)
        .bind(id.as_str())
        .fetch_optional(pool)
        .await?;
    Ok(found.as_ref().map(row::entry).transpose()?)
}

pub(super) async fn find_build(
    pool: &PgPool,
    reuse_key: &Sha256Digest,
) -> Result<Option<FoundBuild>, Failure> {
    let found = sqlx::query(FIND_BUILD)
        .bind(reuse_key.to_string())
        .fetch_optional(pool)
        .await?;
    Ok(found.as_ref().map(row::found_build).transpose()?)
}
