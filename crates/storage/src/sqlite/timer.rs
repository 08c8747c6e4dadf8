//! Timers in SQLite: an event that shall come at a time, until it becomes an inbox row.

use super::{inbox, row};
use crate::limits::{require, require_body, require_word};
use crate::{NewInboxRow, NewTimer, Step, StoreError, TIMER_KEY_BYTES_MAX, TIMERS_FIRED_MAX};
use domain_types::{ReleaseId, Timestamp, seeded_bug};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;

pub(super) async fn set(
    connection: &mut SqliteConnection,
    step: &Step,
    timer: &NewTimer,
) -> Result<(), StoreError> {
    require("the timer key", "bytes", timer.key.len(), TIMER_KEY_BYTES_MAX)?;
    // Whatever an inbox row may not be is refused here, by whom it can still be put right.
    require_word("the timer kind", &timer.kind)?;
    require_body("the timer body", &timer.body)?;
    sqlx::query(
        "INSERT INTO timer (release, key, due_at, kind, body, revision) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (release, key) DO UPDATE SET
             due_at = excluded.due_at, kind = excluded.kind, body = excluded.body, revision = excluded.revision",
    )
    .bind(step.release.as_str())
    .bind(&timer.key)
    .bind(timer.due.milliseconds())
    .bind(&timer.kind)
    .bind(&timer.body)
    .bind(row::integer(step.revision))
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn clear(
    connection: &mut SqliteConnection,
    release: &ReleaseId,
    key: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM timer WHERE release = $1 AND key = $2")
        .bind(release.as_str())
        .bind(key)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn fire(
    connection: &mut SqliteConnection,
    now: Timestamp,
    limit: u32,
) -> Result<u32, StoreError> {
    let due = sqlx::query("SELECT * FROM timer WHERE due_at <= $1 ORDER BY due_at, release, key LIMIT $2")
        .bind(now.milliseconds())
        .bind(i64::from(limit.min(TIMERS_FIRED_MAX)))
        .fetch_all(&mut *connection)
        .await?;
    let mut fired = 0;
    for timer in &due {
        let (release, key, event) = read(timer)?;
        if !seeded_bug("timer-lost") {
            // A duplicate means that this very timer fired already; then there is nothing to add.
            let _either = inbox::append_one(connection, &event, now).await?;
        }
        clear(connection, &release, &key).await?;
        fired += 1;
    }
    Ok(fired)
}

fn read(row: &SqliteRow) -> Result<(ReleaseId, String, NewInboxRow), StoreError> {
    let release: ReleaseId = row::word(row, "release")?;
    let key: String = row::column(row, "key")?;
    let revision: i64 = row::column(row, "revision")?;
    let event = NewInboxRow {
        key: format!("timer/{release}/{key}/{revision}"),
        release: Some(release.clone()),
        kind: row::column(row, "kind")?,
        body: row::column(row, "body")?,
        actor: "timer".to_owned(),
    };
    Ok((release, key, event))
}

pub(super) async fn next(connection: &mut SqliteConnection) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> = sqlx::query_scalar("SELECT MIN(due_at) FROM timer")
        .fetch_one(connection)
        .await?;
    Ok(due.map(Timestamp::from_milliseconds))
}
