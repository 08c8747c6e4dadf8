//! Rulesets in SQLite.

use super::connection::Writer;
use crate::pull_request_check::{check_ruleset, ruleset_conflict};
use crate::row;
use crate::statements::{ACCEPT_RULESET, NEWEST_RULESET, NEWEST_VERSION, RULESET};
use crate::{RulesetRow, StoreError};
use domain_types::Sha256Digest;
use sqlx::SqliteConnection;

pub(super) async fn accept(writer: &Writer, ruleset: &RulesetRow) -> Result<(), StoreError> {
    check_ruleset(ruleset)?;
    let statement = sqlx::query(ACCEPT_RULESET)
        .bind(row::integer(ruleset.version))
        .bind(ruleset.digest.to_string())
        .bind(ruleset.commit.as_str())
        .bind(&ruleset.body)
        .bind(&ruleset.because)
        .bind(ruleset.accepted_at.milliseconds());
    if writer.change(statement).await? == 1 {
        return Ok(());
    }
    let newest = writer.write(sqlx::query(NEWEST_VERSION)).await?;
    let newest = newest.first().map(|row| row::count(row, "version"));
    Err(ruleset_conflict(ruleset, newest.transpose()?.unwrap_or(0)))
}

pub(super) async fn newest(connection: &mut SqliteConnection) -> Result<Option<RulesetRow>, StoreError> {
    let found = sqlx::query(NEWEST_RULESET).fetch_optional(connection).await?;
    found.as_ref().map(row::pull_request::ruleset).transpose()
}

pub(super) async fn find(
    connection: &mut SqliteConnection,
    digest: &Sha256Digest,
) -> Result<Option<RulesetRow>, StoreError> {
    let found = sqlx::query(RULESET)
        .bind(digest.to_string())
        .fetch_optional(connection)
        .await?;
    found.as_ref().map(row::pull_request::ruleset).transpose()
}
