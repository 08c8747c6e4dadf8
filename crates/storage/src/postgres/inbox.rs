//! Inbox rows in PostgreSQL.

use super::failure::Failure;
use super::transaction::Transaction;
use crate::acceptance::{check_claim, lost_inbox};
use crate::limits::{JOURNAL_PAGE_MAX, require_body, require_inbox_rows};
use crate::row;
use crate::statements::{ANSWER_INBOX, INBOX_ROW, REFUSE_INBOX, REFUSED_INBOX};
use crate::{Appended, Claim, ClaimedInbox, InboxId, InboxLease, InboxRow, NewInboxRow};
use domain_types::Timestamp;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;
use sqlx::{PgConnection, PgPool, Postgres};

/// A statement with its arguments.
pub(super) type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// Appends rows, whose columns are `$1` to `$5`, as of `$6`; tells of those that were not known before.
const APPEND: &str = "\
INSERT INTO inbox (key, release, kind, body, actor, received_at)
    SELECT r.key, r.release, r.kind, r.body, r.actor, $6
    FROM UNNEST($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
        WITH ORDINALITY r (key, release, kind, body, actor, position)
    ORDER BY r.position
    ON CONFLICT (key) DO NOTHING RETURNING id, key";

/// Tells of all of them.
const KNOWN: &str = "SELECT id, key FROM inbox WHERE key = ANY($1)";

/// A statement whose first five arguments are the columns of inbox rows.
pub(super) fn with_rows<'q>(statement: &'static str, rows: &[NewInboxRow]) -> Statement<'q> {
    fn column<'r>(rows: &'r [NewInboxRow], of: impl Fn(&'r NewInboxRow) -> &'r str) -> Vec<&'r str> {
        rows.iter().map(of).collect()
    }
    let releases: Vec<_> = rows
        .iter()
        .map(|row| row.release.as_ref().map(|release| release.as_str()))
        .collect();
    sqlx::query(statement)
        .bind(column(rows, |row| &row.key))
        .bind(releases)
        .bind(column(rows, |row| &row.kind))
        .bind(column(rows, |row| &row.body))
        .bind(column(rows, |row| &row.actor))
}

pub(super) async fn append(
    pool: &PgPool,
    rows: &[NewInboxRow],
    now: Timestamp,
) -> Result<Vec<Appended>, Failure> {
    require_inbox_rows(rows)?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut connection = pool.acquire().await?;
    insert(&mut connection, rows, now).await
}

/// Inserts rows that were checked. Rows stay for ever, so that those that were known need not be looked up in the same commit.
async fn insert(
    connection: &mut PgConnection,
    rows: &[NewInboxRow],
    now: Timestamp,
) -> Result<Vec<Appended>, Failure> {
    let statement = with_rows(APPEND, rows).bind(now.milliseconds());
    let inserted = statement.fetch_all(&mut *connection).await?;
    let known = if inserted.len() < rows.len() {
        let keys: Vec<_> = rows.iter().map(|row| row.key.as_str()).collect();
        sqlx::query(KNOWN).bind(keys).fetch_all(connection).await?
    } else {
        Vec::new()
    };
    Ok(row::appended(rows, row::keys(&inserted)?, &row::keys(&known)?)?)
}

/// Leases the oldest row for `$1` until `$2`; it is `$3`, `$4` is the one release that counts. What another one is just claiming is passed
/// over.
const CLAIM: &str = "\
UPDATE inbox SET lease_owner = $1, lease_until = $2, epoch = epoch + 1
WHERE id = (SELECT id FROM inbox
            WHERE state = 'pending' AND (lease_until IS NULL OR lease_until <= $3)
              AND ($4::text IS NULL OR release = $4) ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING *";

pub(super) async fn claim(pool: &PgPool, claim: &Claim) -> Result<Option<ClaimedInbox>, Failure> {
    check_claim(claim, &[])?;
    let claimed = sqlx::query(CLAIM)
        .bind(&claim.owner)
        .bind(row::lease_end(claim))
        .bind(claim.now.milliseconds())
        .bind(claim.release.as_ref().map(|release| release.as_str()))
        .fetch_optional(pool)
        .await?;
    Ok(claimed
        .map(|claimed| row::claimed_inbox(&claimed, claim))
        .transpose()?)
}

pub(super) async fn refuse(
    pool: &PgPool,
    lease: &InboxLease,
    reason: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    require_body("the reason", reason)?;
    let refused = sqlx::query(REFUSE_INBOX)
        .bind(reason)
        .bind(now.milliseconds())
        .bind(lease.id.0)
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .execute(pool)
        .await?;
    require_taken(lease, refused.rows_affected())
}

pub(super) async fn answer(
    pool: &PgPool,
    lease: &InboxLease,
    follows: &[NewInboxRow],
    now: Timestamp,
) -> Result<Vec<Appended>, Failure> {
    require_inbox_rows(follows)?;
    let mut transaction = Transaction::begin(pool, "BEGIN").await?;
    let answered = end_and_follow(transaction.connection(), lease, follows, now).await;
    transaction.end(answered).await
}

async fn end_and_follow(
    connection: &mut PgConnection,
    lease: &InboxLease,
    follows: &[NewInboxRow],
    now: Timestamp,
) -> Result<Vec<Appended>, Failure> {
    end(connection, lease, now).await?;
    match follows {
        [] => Ok(Vec::new()),
        follows => insert(connection, follows, now).await,
    }
}

/// Ends a row without a revision, if the lease is good.
pub(super) async fn end(
    connection: &mut PgConnection,
    lease: &InboxLease,
    now: Timestamp,
) -> Result<(), Failure> {
    let done = sqlx::query(ANSWER_INBOX)
        .bind(now.milliseconds())
        .bind(lease.id.0)
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .execute(connection)
        .await?;
    require_taken(lease, done.rows_affected())
}

/// One row was changed, or the lease is somebody else's.
pub(super) fn require_taken(lease: &InboxLease, rows: u64) -> Result<(), Failure> {
    match rows {
        1 => Ok(()),
        _ => Err(Failure::Refused(lost_inbox(lease))),
    }
}

pub(super) async fn refused(pool: &PgPool, limit: u32) -> Result<Vec<InboxRow>, Failure> {
    let limit = i64::from(limit.min(JOURNAL_PAGE_MAX));
    let rows = sqlx::query(REFUSED_INBOX).bind(limit).fetch_all(pool).await?;
    let rows: Result<Vec<InboxRow>, _> = rows.iter().map(row::inbox).collect();
    Ok(rows?)
}

pub(super) async fn row(pool: &PgPool, id: InboxId) -> Result<Option<InboxRow>, Failure> {
    let row = sqlx::query(INBOX_ROW).bind(id.0).fetch_optional(pool).await?;
    Ok(row.as_ref().map(row::inbox).transpose()?)
}
