//! Which database an address means, and opening it.

use super::failure::Failure;
use super::understood::Understood;
use domain_types::Timestamp;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use storage::{
    OpenMode, PostgresPlace, Presence, PullRequestStore, StoreError, enter_postgres, open_postgres,
    open_sqlite,
};

/// What an address names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// One SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server.
    Postgres(Address),
}

/// Where a server is, perhaps with a password. Never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address(String);

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Address(…)")
    }
}

impl Database {
    /// The database that is configured.
    pub(crate) fn of(understood: &Understood) -> Result<Self, Failure> {
        let Some(url) = &understood.configuration.database.url else {
            return Err(Failure::usage(
                "`url` in [database] is not set: nothing could be written down",
                "write `url = \"sqlite:/var/lib/governance-app/state.db\"`, or set DATABASE_URL",
            ));
        };
        let url = understood.resolve("url", url)?;
        Self::parse(&url).ok_or_else(|| {
            Failure::usage(
                "`url` in [database] names no database that is known",
                "write it as `sqlite:PATH` or `postgres://...`",
            )
        })
    }

    fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once(':')?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        match scheme {
            "sqlite" if !path.is_empty() => Some(Self::Sqlite(PathBuf::from(path))),
            "postgres" | "postgresql" => Some(Self::Postgres(Address(url.to_owned()))),
            _ => None,
        }
    }

    /// What may be shown of it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(_) => "postgres".to_owned(),
        }
    }

    /// Opens it.
    pub(crate) async fn open(
        &self,
        mode: OpenMode,
        now: Timestamp,
    ) -> Result<Arc<dyn PullRequestStore>, Failure> {
        match self {
            Self::Sqlite(path) => {
                let store = open_sqlite(path, mode, now)
                    .await
                    .map_err(|error| of_store(&error))?;
                Ok(Arc::new(store))
            }
            Self::Postgres(Address(url)) => {
                let store = open_postgres(url, mode, now)
                    .await
                    .map_err(|error| of_store(&error))?;
                Ok(Arc::new(store))
            }
        }
    }
}

impl Address {
    /// Takes a place there.
    pub(super) async fn enter(&self, presence: Presence) -> Result<PostgresPlace, Failure> {
        let Self(url) = self;
        let entered = enter_postgres(url, presence).await;
        entered.map_err(|error| match (&error, presence) {
            (StoreError::Occupied { .. }, Presence::Alone) => Failure::world(
                error,
                "end every server that works on this database, then run the same command again",
            ),
            (StoreError::Occupied { .. }, Presence::Shared) => Failure::world(
                error,
                "wait until the rebuild has ended, then start the server again",
            ),
            (_, Presence::Alone | Presence::Shared) => of_store(&error),
        })
    }
}

fn of_store(error: &StoreError) -> Failure {
    let help = if matches!(error, StoreError::OlderSchema { .. }) {
        "run `governance-app migrate`"
    } else if matches!(error, StoreError::NewerSchema { .. }) {
        "use the newer program"
    } else {
        "see where `url` in [database] points to"
    };
    Failure::world(format!("failed to open the database: {error}"), help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_database_or_nothing() {
        let postgres = |url: &str| Some(Database::Postgres(Address(url.to_owned())));
        let file = |path: &str| Some(Database::Sqlite(PathBuf::from(path)));
        let rows = [
            ("sqlite:a.db", file("a.db")),
            ("sqlite:///var/a.db", file("/var/a.db")),
            ("sqlite:/var/a.db", file("/var/a.db")),
            ("postgres://u:p@host/db", postgres("postgres://u:p@host/db")),
            ("postgresql://host/db", postgres("postgresql://host/db")),
            ("sqlite:", None),
            ("a.db", None),
            ("mysql://host/db", None),
            ("", None),
        ];
        for (url, database) in rows {
            assert_eq!(Database::parse(url), database, "{url}");
        }
    }
}
