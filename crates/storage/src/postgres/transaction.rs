//! Several statements as one commit.
//!
//! Not the library's own transaction: one that is dropped while it begins gives its connection back with the transaction open, and what is
//! written over that connection next is acknowledged and never committed.

use super::failure::Failure;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

/// A connection between BEGIN and COMMIT. It is used again only after a commit or rollback that succeeded; dropped before, it is closed, and
/// the server undoes what was not committed.
pub(super) struct Transaction {
    connection: PoolConnection<Postgres>,
    is_over: bool,
}

impl Transaction {
    /// Begins with these words: BEGIN, and what may follow it on the same way.
    pub(super) async fn begin(pool: &PgPool, words: &'static str) -> Result<Self, Failure> {
        let mut transaction = Self {
            connection: pool.acquire().await?,
            is_over: false,
        };
        sqlx::raw_sql(words).execute(&mut *transaction.connection).await?;
        Ok(transaction)
    }

    /// The connection that the statements take.
    pub(super) fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Commits what was done, or undoes it.
    pub(super) async fn end<T>(mut self, outcome: Result<T, Failure>) -> Result<T, Failure> {
        let words = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
        let ended = sqlx::raw_sql(words).execute(&mut *self.connection).await;
        self.is_over = ended.is_ok();
        let done = outcome?;
        ended?;
        Ok(done)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_over {
            self.connection.close_on_drop();
        }
    }
}
