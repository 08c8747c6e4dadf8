//! The queue of pull requests in SQLite: wanting, claiming, putting off, and what is stored of them.

use super::connection::Writer;
use super::inbox;
use crate::limits::{require_body, require_word};
use crate::pull_request_check::{lost_pull_request, merged};
use crate::row;
use crate::statements::{DECISIONS, NEXT_LOOK, PULL_REQUEST, PULL_REQUESTS, PUT_OFF, SIGNATURES};
use crate::{
    Claim, ClaimedPullRequest, DecisionRow, InboxLease, JOURNAL_PAGE_MAX, Listed, Look,
    PULL_REQUESTS_PAGE_MAX, PullRequestLease, SignatureRow, StoreError, StoredPullRequest,
};
use domain_types::{PullRequestId, Timestamp};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

/// Wants the pull requests of `$1`, a JSON list in which none is twice, as of `$2`.
const WANT: &str = "\
INSERT INTO pull_request (id, repository_id, number, repository, wanted, due_at, first_seen_at, updated_at)
    SELECT l.value ->> 'id', l.value ->> 'repository_id', l.value ->> 'number', l.value ->> 'repository', 1,
           l.value ->> 'not_before', $2, $2
    FROM json_each($1) l WHERE true ORDER BY l.key
    ON CONFLICT (id) DO UPDATE SET repository = excluded.repository, wanted = wanted + 1,
                                   due_at = MIN(COALESCE(due_at, excluded.due_at), excluded.due_at)";

pub(super) async fn want(writer: &Writer, looks: &[Look], now: Timestamp) -> Result<(), StoreError> {
    let looks = merged(looks)?;
    if looks.is_empty() {
        return Ok(());
    }
    let statement = sqlx::query(WANT).bind(list(&looks)).bind(now.milliseconds());
    writer.change(statement).await?;
    Ok(())
}

pub(super) async fn hear(
    connection: &mut SqliteConnection,
    lease: &InboxLease,
    looks: &[Look],
    now: Timestamp,
) -> Result<(), StoreError> {
    let looks = merged(looks)?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    inbox::end(&mut transaction, lease, now).await?;
    if !looks.is_empty() {
        sqlx::query(WANT)
            .bind(list(&looks))
            .bind(now.milliseconds())
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// The list that [`WANT`] reads.
fn list(looks: &[Look]) -> String {
    let value = |look: &Look| {
        json!({
            "id": look.pull_request.to_string(),
            "repository_id": look.pull_request.repository_id(),
            "number": look.pull_request.number(),
            "repository": look.repository,
            "not_before": look.not_before.milliseconds(),
        })
    };
    looks.iter().map(value).collect::<Value>().to_string()
}

/// Leases the pull request that is due longest for `$1` until `$2`; it is `$3`. What it was due for is looked at now.
///
/// The times are named twice, for the index to be seen to fit.
const CLAIM: &str = "\
UPDATE pull_request SET lease_owner = $1, lease_until = $2, epoch = epoch + 1, due_at = NULL
WHERE id = (SELECT id FROM pull_request
            WHERE COALESCE(lease_until, due_at) IS NOT NULL AND COALESCE(lease_until, due_at) <= $3
            ORDER BY COALESCE(lease_until, due_at), repository_id, number LIMIT 1)
RETURNING *";

pub(super) async fn claim(writer: &Writer, claim: &Claim) -> Result<Option<ClaimedPullRequest>, StoreError> {
    require_word("the owner", &claim.owner)?;
    if claim.release.is_some() {
        return Ok(None);
    }
    let statement = sqlx::query(CLAIM)
        .bind(&claim.owner)
        .bind(row::lease_end(claim))
        .bind(claim.now.milliseconds());
    let claimed = writer.write(statement).await?;
    claimed
        .first()
        .map(|row| row::pull_request::claimed(row, claim))
        .transpose()
}

pub(super) async fn put_off(
    writer: &Writer,
    lease: &PullRequestLease,
    (until, reason): (Timestamp, &str),
    now: Timestamp,
) -> Result<(), StoreError> {
    require_body("the reason", reason)?;
    let statement = sqlx::query(PUT_OFF)
        .bind(until.milliseconds())
        .bind(reason)
        .bind(now.milliseconds())
        .bind(lease.id.to_string())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch));
    match writer.change(statement).await? {
        0 => Err(lost_pull_request(lease)),
        _ => Ok(()),
    }
}

pub(super) async fn load(
    connection: &mut SqliteConnection,
    id: PullRequestId,
) -> Result<Option<StoredPullRequest>, StoreError> {
    let found = sqlx::query(PULL_REQUEST)
        .bind(id.to_string())
        .fetch_optional(connection)
        .await?;
    found.as_ref().map(row::pull_request::stored).transpose()
}

pub(super) async fn list_all(
    connection: &mut SqliteConnection,
    (repository, listed): (Option<&str>, Listed),
    after: Option<PullRequestId>,
    limit: u32,
) -> Result<Vec<StoredPullRequest>, StoreError> {
    let rows = sqlx::query(PULL_REQUESTS)
        .bind(repository)
        .bind(i64::from(listed == Listed::Open))
        .bind(after.map_or(0, |id| row::integer(id.repository_id())))
        .bind(after.map_or(0, |id| row::integer(id.number())))
        .bind(i64::from(limit.min(PULL_REQUESTS_PAGE_MAX)))
        .fetch_all(connection)
        .await?;
    rows.iter().map(row::pull_request::stored).collect()
}

pub(super) async fn decisions(
    connection: &mut SqliteConnection,
    id: PullRequestId,
    before_revision: Option<u64>,
    limit: u32,
) -> Result<Vec<DecisionRow>, StoreError> {
    let rows = sqlx::query(DECISIONS)
        .bind(id.to_string())
        .bind(row::integer(before_revision.unwrap_or(u64::MAX)))
        .bind(i64::from(limit.min(JOURNAL_PAGE_MAX)))
        .fetch_all(connection)
        .await?;
    rows.iter().map(row::pull_request::decision).collect()
}

pub(super) async fn signatures(
    connection: &mut SqliteConnection,
    id: PullRequestId,
) -> Result<Vec<SignatureRow>, StoreError> {
    let rows = sqlx::query(SIGNATURES)
        .bind(id.to_string())
        .fetch_all(connection)
        .await?;
    rows.iter().map(row::pull_request::signature).collect()
}

pub(super) async fn next(connection: &mut SqliteConnection) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = sqlx::query_scalar(NEXT_LOOK).fetch_one(connection).await?;
    Ok(next.map(Timestamp::from_milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenMode, open_sqlite};
    use sqlx::Row as _;

    /// Or each claim would cost as much as there are pull requests.
    #[tokio::test]
    async fn a_claim_looks_at_no_other_pull_request() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let store = open_sqlite(&path, OpenMode::CreateOrMigrate, Timestamp::EPOCH)
            .await
            .unwrap();
        for statement in [CLAIM, NEXT_LOOK] {
            let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")));
            let plan = store.writer.write(plan).await.unwrap();
            let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
            let of = |word: &str| plan.iter().any(|line| line.contains(word));
            assert!(of("pull_request_next") && !of("TEMP B-TREE"), "{plan:#?}");
        }
    }
}
