//! Timers in PostgreSQL: an event that shall come at a time, until it becomes an inbox row.

use super::failure::Failure;
use crate::TIMERS_FIRED_MAX;
use crate::row;
use crate::statements::NEXT_TIMER;
use domain_types::Timestamp;
use sqlx::PgPool;

/// Turns the timers that are due at `$1`, earliest first and at most `$2`, into inbox rows. A duplicate means that this very timer fired
/// already; then there is nothing to add.
const FIRE: &str = "\
WITH due AS MATERIALIZED (
    SELECT release, key FROM timer WHERE due_at <= $1 ORDER BY due_at, release, key LIMIT $2 FOR UPDATE SKIP LOCKED),
cleared AS (
    DELETE FROM timer t USING due d WHERE t.release = d.release AND t.key = d.key RETURNING t.*),
fired AS (
    INSERT INTO inbox (key, release, kind, body, actor, received_at)
    SELECT 'timer/' || release || '/' || key || '/' || revision, release, kind, body, 'timer', $1
    FROM cleared ORDER BY due_at, release, key ON CONFLICT (key) DO NOTHING)
SELECT COUNT(*) FROM cleared";

pub(super) async fn fire(pool: &PgPool, now: Timestamp, limit: u32) -> Result<u32, Failure> {
    let fired = sqlx::query(FIRE)
        .bind(now.milliseconds())
        .bind(i64::from(limit.min(TIMERS_FIRED_MAX)))
        .fetch_one(pool)
        .await?;
    Ok(row::count(&fired, "count")?)
}

pub(super) async fn next(pool: &PgPool) -> Result<Option<Timestamp>, Failure> {
    let due: Option<i64> = sqlx::query_scalar(NEXT_TIMER).fetch_one(pool).await?;
    Ok(due.map(Timestamp::from_milliseconds))
}
