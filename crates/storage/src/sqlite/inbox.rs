//! Inbox rows in SQLite.

use super::connection::Writer;
use super::row;
use crate::limits::{require_body, require_inbox_rows, require_word};
use crate::{Appended, Claim, ClaimedInbox, InboxId, InboxLease, InboxRow, NewInboxRow, StoreError};
use domain_types::{Timestamp, seeded_bug};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::collections::BTreeMap;

/// Appends the rows of `$1`, a JSON list, as of `$2`; tells of those that were not known before.
const APPEND: &str = "\
INSERT INTO inbox (key, release, kind, body, actor, received_at)
    SELECT r.value ->> 'key', r.value ->> 'release', r.value ->> 'kind', r.value ->> 'body', r.value ->> 'actor', $2
    FROM json_each($1) r WHERE true ORDER BY r.key
    ON CONFLICT (key) DO NOTHING RETURNING id, key";

/// Tells of all of them. They stay for ever, so that this need not be of the same commit.
const KNOWN: &str = "SELECT id, key FROM inbox WHERE key IN (SELECT r.value ->> 'key' FROM json_each($1) r)";

/// The bug `duplicate-reopens-the-row`.
const REOPEN: &str = "\
UPDATE inbox SET state = 'pending', reason = NULL, decided_at = NULL, revision = NULL
    WHERE key IN (SELECT r.value ->> 'key' FROM json_each($1) r)";

pub(super) async fn append(
    writer: &Writer,
    rows: &[NewInboxRow],
    now: Timestamp,
) -> Result<Vec<Appended>, StoreError> {
    require_inbox_rows(rows)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let list = list(rows);
    if seeded_bug("duplicate-reopens-the-row") {
        writer.write(sqlx::query(REOPEN).bind(&list)).await?;
    }
    let statement = sqlx::query(APPEND).bind(&list).bind(now.milliseconds());
    let inserted = writer.write(statement).await?;
    let known = if inserted.len() < rows.len() {
        writer.write(sqlx::query(KNOWN).bind(&list)).await?
    } else {
        Vec::new()
    };
    appended(rows, &inserted, &known)
}

/// Each row with the id that it has; the first one with a key that was not known is new.
fn appended(
    rows: &[NewInboxRow],
    inserted: &[SqliteRow],
    known: &[SqliteRow],
) -> Result<Vec<Appended>, StoreError> {
    let mut new = keys(inserted)?;
    let known = keys(known)?;
    let of = |row: &NewInboxRow| {
        if let Some(id) = new.remove(&row.key) {
            return Ok(Appended::New(id));
        }
        let id = known.get(&row.key).copied();
        id.map(Appended::Duplicate).ok_or_else(|| StoreError::Corrupt {
            reason: format!("inbox row {} was neither appended nor known", row.key),
        })
    };
    rows.iter().map(of).collect()
}

fn keys(rows: &[SqliteRow]) -> Result<BTreeMap<String, InboxId>, StoreError> {
    let key = |row: &SqliteRow| Ok((row::column(row, "key")?, InboxId(row::column(row, "id")?)));
    rows.iter().map(key).collect()
}

/// The list that [`APPEND`] reads.
pub(super) fn list(rows: &[NewInboxRow]) -> String {
    let value = |row: &NewInboxRow| {
        json!({
            "key": row.key,
            "release": row.release.as_ref().map(|release| release.as_str()),
            "kind": row.kind,
            "body": row.body,
            "actor": row.actor,
        })
    };
    rows.iter().map(value).collect::<Value>().to_string()
}

pub(super) async fn claim(writer: &Writer, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
    require_word("the owner", &claim.owner)?;
    let statement = sqlx::query(
        "UPDATE inbox SET lease_owner = $1, lease_until = $2, epoch = epoch + 1
         WHERE id = (SELECT id FROM inbox
                     WHERE state = 'pending' AND (lease_until IS NULL OR lease_until <= $3)
                       AND ($4 IS NULL OR release = $4) ORDER BY id LIMIT 1)
         RETURNING *",
    )
    .bind(&claim.owner)
    .bind(row::lease_end(claim))
    .bind(claim.now.milliseconds())
    .bind(claim.release.as_ref().map(|release| release.as_str()));
    let claimed = writer.write(statement).await?;
    let Some(claimed) = claimed.first() else {
        return Ok(None);
    };
    let row = read(claimed)?;
    let epoch = row::count(claimed, "epoch")?;
    Ok(Some(ClaimedInbox {
        lease: InboxLease {
            id: row.id,
            owner: claim.owner.clone(),
            epoch,
        },
        row,
    }))
}

pub(super) async fn refuse(
    writer: &Writer,
    lease: &InboxLease,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    require_body("the reason", reason)?;
    let statement = sqlx::query(
        "UPDATE inbox SET state = 'refused', reason = $1, decided_at = $2, lease_owner = NULL, lease_until = NULL
         WHERE id = $3 AND lease_owner = $4 AND epoch = $5 AND state = 'pending'",
    )
    .bind(reason)
    .bind(now.milliseconds())
    .bind(lease.id.0)
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch));
    match writer.change(statement).await? {
        0 => Err(lost(lease)),
        _ => Ok(()),
    }
}

/// Rows are answered more often than refused, and mostly nothing follows: then it is one statement less.
pub(super) async fn answer(
    connection: &mut SqliteConnection,
    lease: &InboxLease,
    follows: &[NewInboxRow],
    now: Timestamp,
) -> Result<Vec<Appended>, StoreError> {
    require_inbox_rows(follows)?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let done = sqlx::query(
        "UPDATE inbox SET state = 'done', decided_at = $1, lease_owner = NULL, lease_until = NULL
         WHERE id = $2 AND lease_owner = $3 AND epoch = $4 AND state = 'pending'",
    )
    .bind(now.milliseconds())
    .bind(lease.id.0)
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch))
    .execute(&mut *transaction)
    .await?;
    if done.rows_affected() != 1 {
        return Err(lost(lease));
    }
    let appended = match follows {
        [] => Vec::new(),
        follows => {
            let list = list(follows);
            let inserted = sqlx::query(APPEND).bind(&list).bind(now.milliseconds());
            let inserted = inserted.fetch_all(&mut *transaction).await?;
            let known = sqlx::query(KNOWN)
                .bind(&list)
                .fetch_all(&mut *transaction)
                .await?;
            appended(follows, &inserted, &known)?
        }
    };
    transaction.commit().await?;
    Ok(appended)
}

pub(super) fn lost(lease: &InboxLease) -> StoreError {
    StoreError::LeaseLost {
        row: lease.id.to_string(),
        epoch: lease.epoch,
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
