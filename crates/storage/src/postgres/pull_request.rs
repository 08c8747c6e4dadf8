//! The queue of pull requests in PostgreSQL: wanting, claiming, putting off, and what is stored of them.

use super::failure::Failure;
use super::inbox;
use super::transaction::Transaction;
use crate::acceptance::check_claim;
use crate::limits::require_body;
use crate::pull_request_check::{lost_pull_request, merged};
use crate::row;
use crate::statements::{DECISIONS, NEXT_LOOK, PULL_REQUEST, PULL_REQUESTS, PUT_OFF, SIGNATURES};
use crate::{
    Claim, ClaimedPullRequest, DecisionRow, InboxLease, JOURNAL_PAGE_MAX, Listed, Look,
    PULL_REQUESTS_PAGE_MAX, PullRequestLease, SignatureRow, StoredPullRequest,
};
use domain_types::{PullRequestId, Timestamp};
use sqlx::{PgConnection, PgPool};

/// Wants the pull requests whose columns are `$1` to `$5`, in which none is twice, as of `$6`.
const WANT: &str = "\
INSERT INTO pull_request (id, repository_id, number, repository, wanted, due_at, first_seen_at, updated_at)
    SELECT l.id, l.repository_id, l.number, l.repository, 1, l.not_before, $6, $6
    FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
        WITH ORDINALITY l (id, repository_id, number, repository, not_before, position)
    ORDER BY l.position
    ON CONFLICT (id) DO UPDATE SET repository = excluded.repository, wanted = pull_request.wanted + 1,
                                   due_at = LEAST(COALESCE(pull_request.due_at, excluded.due_at), excluded.due_at)";

pub(super) async fn want(pool: &PgPool, looks: &[Look], now: Timestamp) -> Result<(), Failure> {
    let looks = merged(looks)?;
    let mut connection = pool.acquire().await?;
    write_looks(&mut connection, &looks, now).await
}

pub(super) async fn hear(
    pool: &PgPool,
    lease: &InboxLease,
    looks: &[Look],
    now: Timestamp,
) -> Result<(), Failure> {
    let looks = merged(looks)?;
    let mut transaction = Transaction::begin(pool, "BEGIN").await?;
    let heard = end_and_want(transaction.connection(), lease, &looks, now).await;
    transaction.end(heard).await
}

async fn end_and_want(
    connection: &mut PgConnection,
    lease: &InboxLease,
    looks: &[Look],
    now: Timestamp,
) -> Result<(), Failure> {
    inbox::end(connection, lease, now).await?;
    write_looks(connection, looks, now).await
}

/// Writes looks that were checked and merged.
async fn write_looks(connection: &mut PgConnection, looks: &[Look], now: Timestamp) -> Result<(), Failure> {
    if looks.is_empty() {
        return Ok(());
    }
    let ids = || looks.iter().map(|look| look.pull_request);
    sqlx::query(WANT)
        .bind(ids().map(|id| id.to_string()).collect::<Vec<_>>())
        .bind(
            ids()
                .map(|id| row::integer(id.repository_id()))
                .collect::<Vec<_>>(),
        )
        .bind(ids().map(|id| row::integer(id.number())).collect::<Vec<_>>())
        .bind(
            looks
                .iter()
                .map(|look| look.repository.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(
            looks
                .iter()
                .map(|look| look.not_before.milliseconds())
                .collect::<Vec<_>>(),
        )
        .bind(now.milliseconds())
        .execute(connection)
        .await?;
    Ok(())
}

/// Leases the pull request that is due longest for `$1` until `$2`; it is `$3`. What it was due for is looked at now. What another one is just
/// claiming, or wanting, is passed over.
const CLAIM: &str = "\
UPDATE pull_request SET lease_owner = $1, lease_until = $2, epoch = epoch + 1, due_at = NULL
WHERE id = (SELECT id FROM pull_request WHERE COALESCE(lease_until, due_at) <= $3
            ORDER BY COALESCE(lease_until, due_at), repository_id, number LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *";

pub(super) async fn claim(pool: &PgPool, claim: &Claim) -> Result<Option<ClaimedPullRequest>, Failure> {
    check_claim(claim, &[])?;
    if claim.release.is_some() {
        return Ok(None);
    }
    let claimed = sqlx::query(CLAIM)
        .bind(&claim.owner)
        .bind(row::lease_end(claim))
        .bind(claim.now.milliseconds())
        .fetch_optional(pool)
        .await?;
    Ok(claimed
        .map(|claimed| row::pull_request::claimed(&claimed, claim))
        .transpose()?)
}

pub(super) async fn put_off(
    pool: &PgPool,
    lease: &PullRequestLease,
    (until, reason): (Timestamp, &str),
    now: Timestamp,
) -> Result<(), Failure> {
    require_body("the reason", reason)?;
    let put_off = sqlx::query(PUT_OFF)
        .bind(until.milliseconds())
        .bind(reason)
        .bind(now.milliseconds())
        .bind(lease.id.to_string())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .execute(pool)
        .await?;
    match put_off.rows_affected() {
        0 => Err(Failure::Refused(lost_pull_request(lease))),
        _ => Ok(()),
    }
}

pub(super) async fn load(pool: &PgPool, id: PullRequestId) -> Result<Option<StoredPullRequest>, Failure> {
    let found = sqlx::query(PULL_REQUEST)
        .bind(id.to_string())
        .fetch_optional(pool)
        .await?;
    Ok(found.as_ref().map(row::pull_request::stored).transpose()?)
}

pub(super) async fn list(
    pool: &PgPool,
    (repository, listed): (Option<&str>, Listed),
    after: Option<PullRequestId>,
    limit: u32,
) -> Result<Vec<StoredPullRequest>, Failure> {
    let rows = sqlx::query(PULL_REQUESTS)
        .bind(repository)
        .bind(i64::from(listed == Listed::Open))
        .bind(after.map_or(0, |id| row::integer(id.repository_id())))
        .bind(after.map_or(0, |id| row::integer(id.number())))
        .bind(i64::from(limit.min(PULL_REQUESTS_PAGE_MAX)))
        .fetch_all(pool)
        .await?;
    Ok(rows
        .iter()
        .map(row::pull_request::stored)
        .collect::<Result<_, _>>()?)
}

pub(super) async fn decisions(
    pool: &PgPool,
    id: PullRequestId,
    before_revision: Option<u64>,
    limit: u32,
) -> Result<Vec<DecisionRow>, Failure> {
    let rows = sqlx::query(DECISIONS)
        .bind(id.to_string())
        .bind(row::integer(before_revision.unwrap_or(u64::MAX)))
        .bind(i64::from(limit.min(JOURNAL_PAGE_MAX)))
        .fetch_all(pool)
        .await?;
    Ok(rows
        .iter()
        .map(row::pull_request::decision)
        .collect::<Result<_, _>>()?)
}

pub(super) async fn signatures(pool: &PgPool, id: PullRequestId) -> Result<Vec<SignatureRow>, Failure> {
    let rows = sqlx::query(SIGNATURES)
        .bind(id.to_string())
        .fetch_all(pool)
        .await?;
    Ok(rows
        .iter()
        .map(row::pull_request::signature)
        .collect::<Result<_, _>>()?)
}

pub(super) async fn next(pool: &PgPool) -> Result<Option<Timestamp>, Failure> {
    let next: Option<i64> = sqlx::query_scalar(NEXT_LOOK).fetch_one(pool).await?;
    Ok(next.map(Timestamp::from_milliseconds))
}
