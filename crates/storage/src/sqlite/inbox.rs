//! Inbox rows in SQLite.

use super::connection::Writer;
use crate::acceptance::lost_inbox;
use crate::limits::{JOURNAL_PAGE_MAX, require_body, require_inbox_rows, require_word};
use crate::row;
use crate::statements::{ANSWER_INBOX, INBOX_ROW, REFUSE_INBOX, REFUSED_INBOX};
use crate::{Appended, Claim, ClaimedInbox, InboxId, InboxLease, InboxRow, NewInboxRow, StoreError};
use domain_types::{Timestamp, seeded_bug};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

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
    row::appended(rows, row::keys(&inserted)?, &row::keys(&known)?)
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
    claimed
        .first()
        .map(|row| row::claimed_inbox(row, claim))
        .transpose()
}

pub(super) async fn refuse(
    writer: &Writer,
    lease: &InboxLease,
    reason: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    require_body("the reason", reason)?;
    let statement = sqlx::query(REFUSE_INBOX)
        .bind(reason)
        .bind(now.milliseconds())
        .bind(lease.id.0)
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch));
    match writer.change(statement).await? {
        0 => Err(lost_inbox(lease)),
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
    end(&mut transaction, lease, now).await?;
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
            row::appended(follows, row::keys(&inserted)?, &row::keys(&known)?)?
        }
    };
    transaction.commit().await?;
    Ok(appended)
}

/// Ends a row without a revision, if the lease is good.
pub(super) async fn end(
    connection: &mut SqliteConnection,
    lease: &InboxLease,
    now: Timestamp,
) -> Result<(), StoreError> {
    let done = sqlx::query(ANSWER_INBOX)
        .bind(now.milliseconds())
        .bind(lease.id.0)
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .execute(connection)
        .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(lost_inbox(lease)),
    }
}

pub(super) async fn refused(
    connection: &mut SqliteConnection,
    limit: u32,
) -> Result<Vec<InboxRow>, StoreError> {
    let rows = sqlx::query(REFUSED_INBOX)
        .bind(i64::from(limit.min(JOURNAL_PAGE_MAX)))
        .fetch_all(connection)
        .await?;
    rows.iter().map(row::inbox).collect()
}

pub(super) async fn row(
    connection: &mut SqliteConnection,
    id: InboxId,
) -> Result<Option<InboxRow>, StoreError> {
    let row = sqlx::query(INBOX_ROW)
        .bind(id.0)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(row::inbox).transpose()
}
