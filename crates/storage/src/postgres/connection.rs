//! The connections of one server, and what each of them must promise before it is used.

use super::failure::Failure;
use crate::{BUSY_SECONDS_MAX, CONNECTIONS_MAX, StoreError};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection, PgPool, Row as _};
use std::path::PathBuf;
use std::time::Duration;

/// Seconds after which the server ends a transaction of ours in which nothing happens: we are dead or cut off, and its locks keep others.
const IDLE_SECONDS_MAX: u64 = 60;

/// What is asked of the server for a connection on which nothing may happen for long: not to end it for that, and to look every ten seconds
/// whether whoever holds it is still there, three times in vain before it is taken for dead.
const STAYING: [(&str, &str); 4] = [
    ("idle_session_timeout", "0"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "10"),
    ("tcp_keepalives_count", "3"),
];

/// How an address may begin.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];

/// The settings by which the server would lose what it acknowledged.
const LOSING: &str = "\
SELECT name || ' is ' || setting FROM pg_settings
WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name";

/// A database, and how it is called where people read it: without the password.
#[derive(Debug, Clone)]
pub(super) struct Address {
    options: PgConnectOptions,
    pub(super) place: PathBuf,
}

impl Address {
    /// Reads the address of a database.
    pub(super) fn read(url: &str) -> Result<Self, StoreError> {
        let cannot_open = |source| StoreError::CannotOpen {
            path: PathBuf::from("the database at the configured address"),
            source,
        };
        // What has no such beginning is read as if it had, with its parts, the password among them, in the wrong places.
        if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
            return Err(cannot_open(
                "it begins with neither postgres:// nor postgresql://".into(),
            ));
        }
        let parsed: Result<PgConnectOptions, _> = url.parse();
        let options = parsed.map_err(|error| cannot_open(error.into()))?;
        let place = place(&options);
        let milliseconds = |seconds: u64| (seconds * 1000).to_string();
        let options = options
            .application_name("governance-app")
            .options([
                ("statement_timeout", milliseconds(BUSY_SECONDS_MAX)),
                ("lock_timeout", milliseconds(BUSY_SECONDS_MAX)),
                (
                    "idle_in_transaction_session_timeout",
                    milliseconds(IDLE_SECONDS_MAX),
                ),
            ])
            .disable_statement_logging();
        Ok(Self { options, place })
    }

    /// One connection, whose server keeps what it acknowledges.
    pub(super) async fn connect(&self) -> Result<PgConnection, StoreError> {
        self.connect_with(&self.options).await
    }

    /// One connection that may be idle as long as it likes, and ends soon after whoever holds it is gone.
    pub(super) async fn connect_to_stay(&self) -> Result<PgConnection, StoreError> {
        self.connect_with(&self.options.clone().options(STAYING)).await
    }

    async fn connect_with(&self, options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
        let connecting = tokio::time::timeout(Duration::from_secs(BUSY_SECONDS_MAX), options.connect());
        let connected = connecting.await.map_err(|_| StoreError::Busy {
            source: "the server does not answer".into(),
        })?;
        let mut connection = connected.map_err(|error| StoreError::CannotOpen {
            path: self.place.clone(),
            source: error.into(),
        })?;
        match losing(&mut connection).await.map_err(Failure::from)? {
            None => Ok(connection),
            Some(found) => Err(StoreError::ForgetfulServer {
                path: self.place.clone(),
                found,
            }),
        }
    }

    /// The connections of a store. None is made before it is needed.
    pub(super) fn pool(self) -> PgPool {
        PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_secs(BUSY_SECONDS_MAX))
            .after_connect(|connection, _| {
                Box::pin(async {
                    let refused = |found: String| sqlx::Error::Configuration(found.into());
                    losing(connection)
                        .await?
                        .map_or(Ok(()), |found| Err(refused(found)))
                })
            })
            .connect_lazy_with(self.options)
    }
}

fn place(options: &PgConnectOptions) -> PathBuf {
    let host = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let (user, port) = (options.get_username(), options.get_port());
    let database = options.get_database().unwrap_or(user);
    PathBuf::from(format!("postgres://{user}@{host}:{port}/{database}"))
}

/// The first setting by which the server would lose what it acknowledged.
async fn losing(connection: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    let found = sqlx::raw_sql(LOSING).fetch_optional(connection).await?;
    found.map(|row| row.try_get(0)).transpose()
}
