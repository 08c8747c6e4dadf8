//! Counting what waits in PostgreSQL. What is settled is not looked at.

use super::failure::Failure;
use crate::Backlog;
use crate::backlog::{OPEN_INTENTS, PENDING_ROWS};
use crate::row;
use sqlx::PgPool;

pub(super) async fn count(pool: &PgPool) -> Result<Backlog, Failure> {
    let pending = sqlx::query(PENDING_ROWS).fetch_one(pool).await?;
    let open = sqlx::query(OPEN_INTENTS).fetch_one(pool).await?;
    Ok(Backlog {
        pending: row::count(&pending, "pending")?,
        oldest: row::optional_time(&pending, "oldest")?,
        intents: row::count(&open, "intents")?,
        sending: row::count(&open, "sending")?,
        unknown: row::count(&open, "unknown")?,
    })
}
