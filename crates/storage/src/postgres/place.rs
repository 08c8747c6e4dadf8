//! Who works on a database as a whole: servers beside each other, or somebody who rebuilds it and nobody else. Told by a lock of the
//! database that lasts as long as the connection which holds it, so that whoever dies leaves none behind. It says nothing about rows.

use super::connection::Address;
use super::failure::Failure;
use crate::StoreError;
use sqlx::{Connection as _, PgConnection};
use std::time::Duration;

/// How long the database may take to say that it is there.
const ANSWER_SECONDS_MAX: Duration = Duration::from_secs(10);

/// How somebody works on a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Beside others who do the same.
    Shared,
    /// Beside nobody.
    Alone,
}

/// Somebody's place at a database, in the schema that its address finds. It is free once this is dropped, or its connection is lost.
#[derive(Debug)]
pub struct PostgresPlace {
    address: Address,
    presence: Presence,
    connection: PgConnection,
}

/// The locks are of one schema: others in the same database are databases of their own here.
const SHARED: &str =
    "SELECT pg_try_advisory_lock_shared(hashtextextended('governance-app ' || current_schema()::text, 0))";
const ALONE: &str =
    "SELECT pg_try_advisory_lock(hashtextextended('governance-app ' || current_schema()::text, 0))";

/// Takes a place at a PostgreSQL database, or answers at once that there is none.
///
/// # Errors
/// [`StoreError::Occupied`], or why the database cannot be reached.
pub async fn enter_postgres(url: &str, presence: Presence) -> Result<PostgresPlace, StoreError> {
    let address = Address::read(url)?;
    let connection = enter(&address, presence).await?;
    Ok(PostgresPlace {
        address,
        presence,
        connection,
    })
}

async fn enter(address: &Address, presence: Presence) -> Result<PgConnection, StoreError> {
    let mut connection = address.connect_to_stay().await?;
    let lock = match presence {
        Presence::Shared => SHARED,
        Presence::Alone => ALONE,
    };
    let asked = sqlx::query_scalar(lock).fetch_one(&mut connection).await;
    let is_taken: Option<bool> = asked.map_err(Failure::from)?;
    match (is_taken, presence) {
        (Some(true), _) => Ok(connection),
        (Some(false) | None, Presence::Shared) => Err(StoreError::Occupied {
            path: address.place.clone(),
            by: "a rebuild",
        }),
        (Some(false) | None, Presence::Alone) => Err(StoreError::Occupied {
            path: address.place.clone(),
            by: "a server or another rebuild",
        }),
    }
}

impl PostgresPlace {
    /// Whether the place is still held. A shared one whose connection was lost is taken again; whoever was alone may not be any more.
    ///
    /// # Errors
    /// [`StoreError::Occupied`] if somebody came in meanwhile, or why the database cannot be reached: then no place is held.
    pub async fn keep(&mut self) -> Result<(), StoreError> {
        // A connection whose other side is gone without a word says nothing for many minutes.
        let said = tokio::time::timeout(ANSWER_SECONDS_MAX, self.connection.ping()).await;
        let Err(lost) = said.unwrap_or_else(|late| Err(sqlx::Error::Io(late.into()))) else {
            return Ok(());
        };
        match self.presence {
            Presence::Alone => Err(StoreError::from(Failure::from(lost))),
            Presence::Shared => {
                self.connection = enter(&self.address, self.presence).await?;
                Ok(())
            }
        }
    }

    /// Leaves in order. Not leaving does the same, once the database notices.
    pub async fn leave(self) {
        self.connection.close().await.ok();
    }
}
