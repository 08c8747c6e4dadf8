//! Timers in SQLite: an event that shall come at a time, until it becomes an inbox row.

use crate::statements::NEXT_TIMER;
use crate::{NewTimer, StoreError, TIMERS_FIRED_MAX};
use domain_types::{Timestamp, seeded_bug};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

/// Timers as a JSON list.
pub(super) fn list(timers: &[NewTimer]) -> String {
    let value = |timer: &NewTimer| {
        json!({
            "key": timer.key,
            "due": timer.due.milliseconds(),
            "kind": timer.kind,
            "body": timer.body,
        })
    };
    timers.iter().map(value).collect::<Value>().to_string()
}

/// The timers that are due at `$1`, earliest first and at most `$2`, as inbox rows; and without them.
const FIRE: &str = "\
INSERT INTO inbox (key, release, kind, body, actor, received_at)
    SELECT 'timer/' || release || '/' || key || '/' || revision, release, kind, body, 'timer', $1
    FROM timer WHERE due_at <= $1 ORDER BY due_at, release, key LIMIT $2 ON CONFLICT (key) DO NOTHING";
const CLEAR: &str = "\
DELETE FROM timer WHERE (release, key) IN (
    SELECT release, key FROM timer WHERE due_at <= $1 ORDER BY due_at, release, key LIMIT $2)";

pub(super) async fn fire(
    connection: &mut SqliteConnection,
    now: Timestamp,
    limit: u32,
) -> Result<u32, StoreError> {
    let limit = i64::from(limit.min(TIMERS_FIRED_MAX));
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    if !seeded_bug("timer-lost") {
        // A duplicate means that this very timer fired already; then there is nothing to add.
        sqlx::query(FIRE)
            .bind(now.milliseconds())
            .bind(limit)
            .execute(&mut *transaction)
            .await?;
    }
    let fired = sqlx::query(CLEAR)
        .bind(now.milliseconds())
        .bind(limit)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(u32::try_from(fired.rows_affected()).unwrap_or(u32::MAX))
}

pub(super) async fn next(connection: &mut SqliteConnection) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> = sqlx::query_scalar(NEXT_TIMER).fetch_one(connection).await?;
    Ok(due.map(Timestamp::from_milliseconds))
}
