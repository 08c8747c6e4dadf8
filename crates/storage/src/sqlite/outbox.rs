//! Intents in SQLite: sending and settling.

use super::connection::Writer;
use super::{inbox, row};
use crate::limits::{require_body, require_inbox_rows};
use crate::{
    Intent, IntentLease, IntentOutcome, IntentRow, IntentState, MarkedSending, NewInboxRow, StoreError,
    TakenOver,
};
use domain_types::{ReleaseId, Timestamp, seeded_bug};
use sqlx::sqlite::SqliteRow;
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
         FROM (SELECT o.seq, r.held * (1 - o.passes_hold) AS held
               FROM outbox o JOIN release r ON r.id = o.release WHERE o.id = $1) h
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
    let statement = sqlx::query(
        "UPDATE outbox SET handle = $4
         WHERE id = $1 AND lease_owner = $2 AND epoch = $3 AND state = 'sending'",
    )
    .bind(lease.id.as_str())
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch))
    .bind(handle);
    require_held(lease, writer.change(statement).await?)
}

pub(super) async fn renew(writer: &Writer, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
    let statement =
        sqlx::query("UPDATE outbox SET lease_until = $4 WHERE id = $1 AND lease_owner = $2 AND epoch = $3")
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
    let columns = Settled::from(outcome, now);
    require_body("the result", columns.result.as_deref().unwrap_or_default())?;
    require_body("the reason", columns.reason.as_deref().unwrap_or_default())?;
    require_inbox_rows(replies)?;
    let statement = sqlx::query(FINISH)
        .bind(lease.id.as_str())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .bind(now.milliseconds())
        .bind(columns.state)
        .bind(columns.result)
        .bind(columns.reason)
        .bind(columns.settled_at.map(Timestamp::milliseconds))
        .bind(columns.run_after.map(Timestamp::milliseconds))
        .bind(inbox::list(replies))
        .bind(i64::from(seeded_bug("lost-lease-finishes")));
    match writer.change(statement).await {
        Ok(_) => Ok(()),
        Err(StoreError::Constraint { rule }) if rule == "lease lost" => Err(lost(lease)),
        Err(error) => Err(error),
    }
}

/// An outcome, as columns.
struct Settled {
    state: &'static str,
    result: Option<String>,
    reason: Option<String>,
    settled_at: Option<Timestamp>,
    run_after: Option<Timestamp>,
}

impl Settled {
    fn from(outcome: IntentOutcome, now: Timestamp) -> Self {
        let open = Self {
            state: "intent",
            result: None,
            reason: None,
            settled_at: None,
            run_after: None,
        };
        match outcome {
            IntentOutcome::Done { result } => Self {
                state: "done",
                result: Some(result),
                settled_at: Some(now),
                ..open
            },
            IntentOutcome::Rejected { reason } => Self {
                state: "rejected",
                reason: Some(reason),
                settled_at: Some(now),
                ..open
            },
            IntentOutcome::Unknown { reason, run_after } => Self {
                state: "unknown",
                reason: Some(reason),
                run_after: Some(run_after),
                ..open
            },
            IntentOutcome::NotApplied { run_after } => Self {
                run_after: Some(run_after),
                ..open
            },
        }
    }
}

fn lost(lease: &IntentLease) -> StoreError {
    StoreError::LeaseLost {
        row: lease.id.to_string(),
        epoch: lease.epoch,
    }
}

fn require_held(lease: &IntentLease, rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(lost(lease)) }
}

/// Ends the leases of all others. The waits were meant for a living owner, or set by a clock that was ahead; after a restart
/// the truth is wanted at once.
pub(super) async fn take_over(
    connection: &mut SqliteConnection,
    owner: &str,
    now: Timestamp,
) -> Result<TakenOver, StoreError> {
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let inbox = sqlx::query(
        "UPDATE inbox SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1 WHERE lease_owner <> $1",
    )
    .bind(owner)
    .execute(&mut *transaction)
    .await?;
    let intents = sqlx::query(
        "UPDATE outbox SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1 WHERE lease_owner <> $1",
    )
    .bind(owner)
    .execute(&mut *transaction)
    .await?;
    if seeded_bug("sending-forgotten-at-take-over") {
        sqlx::query("UPDATE outbox SET state = 'intent' WHERE state = 'sending'")
            .execute(&mut *transaction)
            .await?;
    }
    sqlx::query(
        "UPDATE outbox SET run_after = $1 WHERE state IN ('intent', 'sending', 'unknown') AND run_after > $1",
    )
    .bind(now.milliseconds())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(TakenOver {
        inbox: inbox.rows_affected(),
        intents: intents.rows_affected(),
    })
}

/// When an intent becomes claimable that is not claimable now: its time comes, or its lease ends.
pub(super) async fn next(
    connection: &mut SqliteConnection,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(CASE WHEN lease_until IS NULL OR lease_until < run_after THEN run_after ELSE lease_until END)
         FROM outbox WHERE state IN ('intent', 'sending', 'unknown') AND (run_after > $1 OR lease_until > $1)",
    )
    .bind(now.milliseconds())
    .fetch_one(connection)
    .await?;
    Ok(next.map(Timestamp::from_milliseconds))
}

pub(super) async fn list(
    connection: &mut SqliteConnection,
    release: &ReleaseId,
) -> Result<Vec<IntentRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM outbox WHERE release = $1 ORDER BY seq")
        .bind(release.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_row).collect()
}

fn read_row(row: &SqliteRow) -> Result<IntentRow, StoreError> {
    let owner: Option<String> = row::column(row, "lease_owner")?;
    Ok(IntentRow {
        intent: read_intent(row)?,
        state: row::intent_state(row)?,
        result: row::column(row, "result")?,
        run_after: row::time(row, "run_after")?,
        slot_held: row::truth(row, "slot_held")?,
        leased: owner.zip(row::optional_time(row, "lease_until")?),
        settled_at: row::optional_time(row, "settled_at")?,
    })
}

pub(super) fn read_intent(row: &SqliteRow) -> Result<Intent, StoreError> {
    Ok(Intent {
        id: row::word(row, "id")?,
        release: row::word(row, "release")?,
        kind: row::column(row, "kind")?,
        body: row::column(row, "body")?,
        priority: row::column(row, "priority")?,
        pool: row::column(row, "pool")?,
        created_at: row::time(row, "created_at")?,
        sends: row::count(row, "sends")?,
        unknowns: row::count(row, "unknowns")?,
        handle: row::column(row, "handle")?,
        reason: row::column(row, "reason")?,
    })
}
