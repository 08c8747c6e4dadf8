//! Rulesets in PostgreSQL.

use super::failure::Failure;
use crate::RulesetRow;
use crate::pull_request_check::{check_ruleset, ruleset_conflict};
use crate::row;
use crate::statements::{ACCEPT_RULESET, NEWEST_RULESET, NEWEST_VERSION, RULESET};
use domain_types::Sha256Digest;
use sqlx::PgPool;

pub(super) async fn accept(pool: &PgPool, ruleset: &RulesetRow) -> Result<(), Failure> {
    check_ruleset(ruleset)?;
    let accepted = sqlx::query(ACCEPT_RULESET)
        .bind(row::integer(ruleset.version))
        .bind(ruleset.digest.to_string())
        .bind(ruleset.commit.as_str())
        .bind(&ruleset.body)
        .bind(&ruleset.because)
        .bind(ruleset.accepted_at.milliseconds())
        .execute(pool)
        .await
        .map_err(Failure::from);
    match accepted {
        Ok(accepted) if accepted.rows_affected() == 1 => return Ok(()),
        Ok(_) => {}
        // Another one is accepted at the same time, and was faster.
        Err(failure) if failure.constraint() == Some("ruleset_pkey") => {}
        Err(failure) => return Err(failure),
    }
    let newest = sqlx::query(NEWEST_VERSION).fetch_one(pool).await?;
    let newest = row::count(&newest, "version")?;
    Err(Failure::Refused(ruleset_conflict(ruleset, newest)))
}

pub(super) async fn newest(pool: &PgPool) -> Result<Option<RulesetRow>, Failure> {
    let found = sqlx::query(NEWEST_RULESET).fetch_optional(pool).await?;
    Ok(found.as_ref().map(row::pull_request::ruleset).transpose()?)
}

pub(super) async fn find(pool: &PgPool, digest: &Sha256Digest) -> Result<Option<RulesetRow>, Failure> {
    let found = sqlx::query(RULESET)
        .bind(digest.to_string())
        .fetch_optional(pool)
        .await?;
    Ok(found.as_ref().map(row::pull_request::ruleset).transpose()?)
}
