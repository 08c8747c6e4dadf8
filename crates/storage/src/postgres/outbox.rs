//! Intents in PostgreSQL: sending and settling.

use super::failure::Failure;
use super::inbox;
use super::transaction::Transaction;
use crate::acceptance::{Settled, lost, require_held};
use crate::limits::{require_body, require_inbox_rows};
use crate::row;
use crate::statements::{
    END_WAITS, INTENTS, NEXT_INTENT, PULL_REQUEST_INTENTS, RECORD_HANDLE, RENEW_INTENT, TAKE_OVER_INBOX,
    TAKE_OVER_INTENTS, TAKE_OVER_PULL_REQUESTS,
};
use crate::{
    IntentLease, IntentOutcome, IntentRow, IntentState, JOURNAL_PAGE_MAX, MarkedSending, NewInboxRow,
    TakenOver,
};
use domain_types::{PullRequestId, ReleaseId, Timestamp};
use sqlx::{PgConnection, PgPool};

/// Marks command `$1`, whose lease is `$2`, `$3`, at `$4` as being sent, or puts it back among the others if its release is held. The release
/// does not move meanwhile; a pull request is never held.
const MARK_SENDING: &str = "\
WITH held AS (
    SELECT r.held FROM release r WHERE r.id = (SELECT release FROM outbox WHERE id = $1) FOR SHARE)
UPDATE outbox SET
    state = CASE WHEN h.held = 1 THEN 'intent' ELSE 'sending' END,
    sends = sends + (1 - h.held),
    unknowns = CASE WHEN h.held = 1 THEN unknowns ELSE 0 END,
    sent_at = CASE WHEN h.held = 1 THEN sent_at ELSE $4 END,
    reason = CASE WHEN h.held = 1 THEN reason END,
    lease_owner = CASE WHEN h.held = 1 THEN NULL ELSE lease_owner END,
    lease_until = CASE WHEN h.held = 1 THEN NULL ELSE lease_until END,
    slot_held = CASE WHEN h.held = 1 THEN 0 ELSE slot_held END
FROM (SELECT o.seq, COALESCE((SELECT held FROM held), 0) * (1 - o.passes_hold) AS held
      FROM outbox o WHERE o.id = $1) h
WHERE outbox.seq = h.seq AND lease_owner = $2 AND epoch = $3 AND state = 'intent' AND lease_until > $4
RETURNING state, sends";

pub(super) async fn mark_sending(
    pool: &PgPool,
    lease: &IntentLease,
    now: Timestamp,
) -> Result<MarkedSending, Failure> {
    let marked = sqlx::query(MARK_SENDING)
        .bind(lease.id.as_str())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .bind(now.milliseconds())
        .fetch_optional(pool)
        .await?;
    let marked = marked.ok_or_else(|| Failure::Refused(lost(lease)))?;
    match row::intent_state(&marked)? {
        IntentState::Sending => Ok(MarkedSending::Sending(row::count(&marked, "sends")?)),
        IntentState::Intent
        | IntentState::Unknown
        | IntentState::Done
        | IntentState::Rejected
        | IntentState::Abandoned => Ok(MarkedSending::Held),
    }
}

pub(super) async fn record_handle(pool: &PgPool, lease: &IntentLease, handle: &str) -> Result<(), Failure> {
    require_body("the handle", handle)?;
    let recorded = sqlx::query(RECORD_HANDLE)
        .bind(lease.id.as_str())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .bind(handle)
        .execute(pool)
        .await?;
    Ok(require_held(lease, recorded.rows_affected())?)
}

pub(super) async fn renew(pool: &PgPool, lease: &IntentLease, until: Timestamp) -> Result<(), Failure> {
    let renewed = sqlx::query(RENEW_INTENT)
        .bind(lease.id.as_str())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .bind(until.milliseconds())
        .execute(pool)
        .await?;
    Ok(require_held(lease, renewed.rows_affected())?)
}

/// Stores the outcome of command `$6`, whose lease is `$7`, `$8`: at `$9`, as state `$10`, with result `$11`, reason `$12`, settled at `$13`, not
/// before `$14`; and the replies, whose columns are `$1` to `$5`, if the lease is good. What goes back among the others although its release
/// is over, or a newer one stands for it, is abandoned; the release does not move meanwhile, and whether a newer one stands for it is seen in the
/// row as it is when it is written.
const FINISH: &str = "\
WITH ending AS (
    SELECT r.ended FROM release r WHERE r.id = (SELECT release FROM outbox WHERE id = $6) FOR SHARE),
finished AS (
    UPDATE outbox SET
        (state, settled_at, unknowns, slot_held, epoch) = (
            SELECT f.state,
                   CASE WHEN f.state = 'abandoned' THEN $9 ELSE $13::bigint END,
                   outbox.unknowns + CASE WHEN f.state = 'unknown' THEN 1 ELSE 0 END,
                   CASE WHEN f.state IN ('intent', 'abandoned') THEN 0 ELSE outbox.slot_held END,
                   outbox.epoch + CASE WHEN f.state = 'abandoned' THEN 1 ELSE 0 END
            FROM (SELECT CASE WHEN $10::text = 'intent' AND (outbox.superseded = 1 OR
                                  outbox.passes_hold = 0 AND COALESCE((SELECT ended FROM ending), 0) = 1)
                              THEN 'abandoned' ELSE $10 END AS state) f),
        result = $11, reason = $12, run_after = COALESCE($14, run_after), lease_owner = NULL, lease_until = NULL
    WHERE id = $6 AND lease_owner = $7 AND epoch = $8 AND state IN ('intent', 'sending', 'unknown')
    RETURNING seq),
replied AS (
    INSERT INTO inbox (key, release, kind, body, actor, received_at)
    SELECT r.key, r.release, r.kind, r.body, r.actor, $9
    FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        WITH ORDINALITY r (key, release, kind, body, actor, position)
    WHERE EXISTS (SELECT 1 FROM finished)
    ORDER BY r.position
    ON CONFLICT (key) DO NOTHING)
SELECT COUNT(*) FROM finished";

pub(super) async fn finish(
    pool: &PgPool,
    lease: &IntentLease,
    outcome: &IntentOutcome,
    replies: &[NewInboxRow],
    now: Timestamp,
) -> Result<(), Failure> {
    let columns = Settled::from(outcome.clone(), now)?;
    require_inbox_rows(replies)?;
    let finished = inbox::with_rows(FINISH, replies)
        .bind(lease.id.as_str())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .bind(now.milliseconds())
        .bind(columns.state)
        .bind(columns.result)
        .bind(columns.reason)
        .bind(columns.settled_at)
        .bind(columns.run_after)
        .fetch_one(pool)
        .await?;
    Ok(require_held(lease, row::count(&finished, "count")?)?)
}

pub(super) async fn take_over(pool: &PgPool, owner: &str, now: Timestamp) -> Result<TakenOver, Failure> {
    let mut transaction = Transaction::begin(pool, "BEGIN").await?;
    let taken = end_leases(transaction.connection(), owner, now).await;
    transaction.end(taken).await
}

async fn end_leases(
    connection: &mut PgConnection,
    owner: &str,
    now: Timestamp,
) -> Result<TakenOver, Failure> {
    let inbox = sqlx::query(TAKE_OVER_INBOX)
        .bind(owner)
        .execute(&mut *connection)
        .await?;
    let intents = sqlx::query(TAKE_OVER_INTENTS)
        .bind(owner)
        .execute(&mut *connection)
        .await?;
    sqlx::query(END_WAITS)
        .bind(now.milliseconds())
        .execute(&mut *connection)
        .await?;
    let pull_requests = sqlx::query(TAKE_OVER_PULL_REQUESTS)
        .bind(owner)
        .bind(now.milliseconds())
        .execute(connection)
        .await?;
    Ok(TakenOver {
        inbox: inbox.rows_affected(),
        intents: intents.rows_affected(),
        pull_requests: pull_requests.rows_affected(),
    })
}

pub(super) async fn next(pool: &PgPool, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let next: Option<i64> = sqlx::query_scalar(NEXT_INTENT)
        .bind(now.milliseconds())
        .fetch_one(pool)
        .await?;
    Ok(next.map(Timestamp::from_milliseconds))
}

pub(super) async fn of_pull_request(
    pool: &PgPool,
    id: PullRequestId,
    limit: u32,
) -> Result<Vec<IntentRow>, Failure> {
    let rows = sqlx::query(PULL_REQUEST_INTENTS)
        .bind(id.to_string())
        .bind(i64::from(limit.min(JOURNAL_PAGE_MAX)))
        .fetch_all(pool)
        .await?;
    Ok(rows.iter().map(row::outbox).collect::<Result<_, _>>()?)
}

pub(super) async fn list(pool: &PgPool, release: &ReleaseId) -> Result<Vec<IntentRow>, Failure> {
    let rows = sqlx::query(INTENTS)
        .bind(release.as_str())
        .fetch_all(pool)
        .await?;
    Ok(rows.iter().map(row::outbox).collect::<Result<_, _>>()?)
}
