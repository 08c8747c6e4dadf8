//! Inbox rows in SQLite.

use super::row;
use crate::limits::{require_body, require_rows, require_word};
use crate::{Appended, Claim, ClaimedInbox, InboxId, InboxLease, InboxRow, NewInboxRow, StoreError};
use domain_types::{Timestamp, seeded_bug};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

pub(super) async fn append(
    connection: &mut SqliteConnection,
    rows: &[NewInboxRow],
    now: Timestamp,
) -> Result<Vec<Appended>, StoreError> {
    require_rows("the list of inbox rows", rows.len())?;
    let mut appended = Vec::with_capacity(rows.len());
    for row in rows {
        appended.push(append_one(connection, row, now).await?);
    }
    Ok(appended)
}

pub(super) async fn append_one(
    connection: &mut SqliteConnection,
    row: &NewInboxRow,
    now: Timestamp,
) -> Result<Appended, StoreError> {
    for (what, word) in [
        ("the key", &row.key),
        ("the kind", &row.kind),
        ("the actor", &row.actor),
    ] {
        require_word(what, word)?;
    }
    require_body("the inbox body", &row.body)?;
    let id: Option<i64> = sqlx::query_scalar(
        "INSERT INTO inbox (key, release, kind, body, actor, received_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (key) DO NOTHING RETURNING id",
    )
    .bind(&row.key)
    .bind(row.release.as_ref().map(|release| release.as_str()))
    .bind(&row.kind)
    .bind(&row.body)
    .bind(&row.actor)
    .bind(now.milliseconds())
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(id) = id {
        return Ok(Appended::New(InboxId(id)));
    }
    if seeded_bug("duplicate-reopens-the-row") {
        sqlx::query("UPDATE inbox SET state = 'pending', reason = NULL, decided_at = NULL, revision = NULL WHERE key = $1")
            .bind(&row.key)
            .execute(&mut *connection)
            .await?;
    }
    let id = sqlx::query_scalar("SELECT id FROM inbox WHERE key = $1")
        .bind(&row.key)
        .fetch_one(connection)
        .await?;
    Ok(Appended::Duplicate(InboxId(id)))
}

pub(super) async fn claim(
    connection: &mut SqliteConnection,
    claim: &Claim,
) -> Result<Option<ClaimedInbox>, StoreError> {
    require_word("the owner", &claim.owner)?;
    let claimed = sqlx::query(
        "UPDATE inbox SET lease_owner = $1, lease_until = $2, epoch = epoch + 1
         WHERE id = (SELECT id FROM inbox
                     WHERE state = 'pending' AND (lease_until IS NULL OR lease_until <= $3)
                       AND ($4 IS NULL OR release = $4) ORDER BY id LIMIT 1)
         RETURNING *",
    )
    .bind(&claim.owner)
    .bind(row::lease_end(claim))
    .bind(claim.now.milliseconds())
    .bind(claim.release.as_ref().map(|release| release.as_str()))
    .fetch_optional(connection)
    .await?;
    claimed
        .map(|claimed| {
            let row = read(&claimed)?;
            let epoch = row::count(&claimed, "epoch")?;
            Ok(ClaimedInbox {
                lease: InboxLease {
                    id: row.id,
                    owner: claim.owner.clone(),
                    epoch,
                },
                row,
            })
        })
        .transpose()
}

pub(super) async fn refuse(
    connection: &mut SqliteConnection,
    lease: &InboxLease,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    require_body("the reason", reason)?;
    let refused = sqlx::query(
        "UPDATE inbox SET state = 'refused', reason = $1, decided_at = $2, lease_owner = NULL, lease_until = NULL
         WHERE id = $3 AND lease_owner = $4 AND epoch = $5 AND state = 'pending'",
    )
    .bind(reason)
    .bind(now.milliseconds())
    .bind(lease.id.0)
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch))
    .execute(connection)
    .await?;
    require_held(lease, refused.rows_affected())
}

/// Marks a row as done: `revision` of its release followed from it.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    lease: &InboxLease,
    revision: u64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let settled = sqlx::query(
        "UPDATE inbox SET state = 'done', revision = $1, decided_at = $2, lease_owner = NULL, lease_until = NULL
         WHERE id = $3 AND lease_owner = $4 AND epoch = $5 AND state = 'pending'",
    )
    .bind(row::integer(revision))
    .bind(now.milliseconds())
    .bind(lease.id.0)
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch))
    .execute(connection)
    .await?;
    require_held(lease, settled.rows_affected())
}

fn require_held(lease: &InboxLease, rows: u64) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::LeaseLost {
            row: lease.id.to_string(),
            epoch: lease.epoch,
        })
    }
}

pub(super) async fn row(
    connection: &mut SqliteConnection,
    id: InboxId,
) -> Result<Option<InboxRow>, StoreError> {
    let row = sqlx::query("SELECT * FROM inbox WHERE id = $1")
        .bind(id.0)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &SqliteRow) -> Result<InboxRow, StoreError> {
    let revision: Option<i64> = row.try_get("revision")?;
    Ok(InboxRow {
        id: InboxId(row::column(row, "id")?),
        row: NewInboxRow {
            key: row::column(row, "key")?,
            release: row::optional_word(row, "release")?,
            kind: row::column(row, "kind")?,
            body: row::column(row, "body")?,
            actor: row::column(row, "actor")?,
        },
        received_at: row::time(row, "received_at")?,
        state: row::inbox_state(row)?,
        reason: row::column(row, "reason")?,
        decided_at: row::optional_time(row, "decided_at")?,
        revision: revision.and_then(|revision| u64::try_from(revision).ok()),
    })
}
