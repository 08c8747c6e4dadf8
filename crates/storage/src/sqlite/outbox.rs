//! Intents in SQLite: sending and settling.

use super::connection::Writer;
use super::inbox;
use crate::acceptance::{Settled, lost, require_held};
use crate::limits::{require_body, require_inbox_rows};
use crate::row;
use crate::statements::{
    END_WAITS, INTENTS, NEXT_INTENT, PULL_REQUEST_INTENTS, RECORD_HANDLE, RENEW_INTENT, TAKE_OVER_INBOX,
    TAKE_OVER_INTENTS, TAKE_OVER_PULL_REQUESTS,
};
use crate::{
    IntentLease, IntentOutcome, IntentRow, IntentState, JOURNAL_PAGE_MAX, MarkedSending, NewInboxRow,
    StoreError, TakenOver,
};
use domain_types::{PullRequestId, ReleaseId, Timestamp, seeded_bug};
use sqlx::{Connection as _, SqliteConnection};

pub(super) async fn mark_sending(
    writer: &Writer,
    lease: &IntentLease,
    now: Timestamp,
) -> Result<MarkedSending, StoreError> {
    // What is held goes back among the others.
    let statement = sqlx::query(
        "UPDATE outbox SET
             state = iif(h.held, 'intent', 'sending'),
             sends = sends + iif(h.held, 0, 1),
             unknowns = iif(h.held, unknowns, 0),
             sent_at = iif(h.held, sent_at, $4),
             reason = iif(h.held, reason, NULL),
             lease_owner = iif(h.held, NULL, lease_owner),
             lease_until = iif(h.held, NULL, lease_until),
             slot_held = iif(h.held, 0, slot_held)
         FROM (SELECT o.seq, COALESCE(r.held, 0) * (1 - o.passes_hold) AS held
               FROM outbox o LEFT JOIN release r ON r.id = o.release WHERE o.id = $1) h
         WHERE outbox.seq = h.seq AND lease_owner = $2 AND epoch = $3 AND state = 'intent' AND lease_until > $4
         RETURNING state, sends",
    )
    .bind(lease.id.as_str())
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch))
    .bind(now.milliseconds());
    let marked = writer.write(statement).await?;
    let marked = marked.first().ok_or_else(|| lost(lease))?;
    match row::intent_state(marked)? {
        IntentState::Sending => Ok(MarkedSending::Sending(row::count(marked, "sends")?)),
        IntentState::Intent
        | IntentState::Unknown
        | IntentState::Done
        | IntentState::Rejected
        | IntentState::Abandoned => Ok(MarkedSending::Held),
    }
}

pub(super) async fn record_handle(
    writer: &Writer,
    lease: &IntentLease,
    handle: &str,
) -> Result<(), StoreError> {
    require_body("the handle", handle)?;
    let statement = sqlx::query(RECORD_HANDLE)
        .bind(lease.id.as_str())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .bind(handle);
    require_held(lease, writer.change(statement).await?)
}

pub(super) async fn renew(writer: &Writer, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
    let statement = sqlx::query(RENEW_INTENT)
        .bind(lease.id.as_str())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .bind(until.milliseconds());
    require_held(lease, writer.change(statement).await?)
}

/// One row into the view `outcome` of `session.sql`, in the order of its columns.
const FINISH: &str = "INSERT INTO outcome VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

pub(super) async fn finish(
    writer: &Writer,
    lease: &IntentLease,
    outcome: IntentOutcome,
    replies: &[NewInboxRow],
    now: Timestamp,
) -> Result<(), StoreError> {
    let columns = Settled::from(outcome, now)?;
    require_inbox_rows(replies)?;
    let statement = sqlx::query(FINISH)
        .bind(lease.id.as_str())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .bind(now.milliseconds())
        .bind(columns.state)
        .bind(columns.result)
        .bind(columns.reason)
        .bind(columns.settled_at)
        .bind(columns.run_after)
        .bind(inbox::list(replies))
        .bind(i64::from(seeded_bug("lost-lease-finishes")));
    match writer.change(statement).await {
        Ok(_) => Ok(()),
        Err(StoreError::Constraint { rule }) if rule == "lease lost" => Err(lost(lease)),
        Err(error) => Err(error),
    }
}

pub(super) async fn take_over(
    connection: &mut SqliteConnection,
    owner: &str,
    now: Timestamp,
) -> Result<TakenOver, StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let inbox = sqlx::query(TAKE_OVER_INBOX)
        .bind(owner)
        .execute(&mut *transaction)
        .await?;
    let intents = sqlx::query(TAKE_OVER_INTENTS)
        .bind(owner)
        .execute(&mut *transaction)
        .await?;
    if seeded_bug("sending-forgotten-at-take-over") {
        sqlx::query("UPDATE outbox SET state = 'intent' WHERE state = 'sending'")
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(END_WAITS)
        .bind(now.milliseconds())
        .execute(&mut *transaction)
        .await?;
    let pull_requests = sqlx::query(TAKE_OVER_PULL_REQUESTS)
        .bind(owner)
        .bind(now.milliseconds())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(TakenOver {
        inbox: inbox.rows_affected(),
        intents: intents.rows_affected(),
        pull_requests: pull_requests.rows_affected(),
    })
}

pub(super) async fn next(
    connection: &mut SqliteConnection,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = sqlx::query_scalar(NEXT_INTENT)
        .bind(now.milliseconds())
        .fetch_one(connection)
        .await?;
    Ok(next.map(Timestamp::from_milliseconds))
}

pub(super) async fn of_pull_request(
    connection: &mut SqliteConnection,
    id: PullRequestId,
    limit: u32,
) -> Result<Vec<IntentRow>, StoreError> {
    let rows = sqlx::query(PULL_REQUEST_INTENTS)
        .bind(id.to_string())
        .bind(i64::from(limit.min(JOURNAL_PAGE_MAX)))
        .fetch_all(connection)
        .await?;
    rows.iter().map(row::outbox).collect()
}

pub(super) async fn list(
    connection: &mut SqliteConnection,
    release: &ReleaseId,
) -> Result<Vec<IntentRow>, StoreError> {
    let rows = sqlx::query(INTENTS)
        .bind(release.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(row::outbox).collect()
}
