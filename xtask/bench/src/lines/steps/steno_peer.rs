//! The peer: the published crate `steno`, with its log in SQLite under the same settings as our store, and a commit per event.

use crate::clock::Moment;
use anyhow::{Context as _, Result, anyhow, ensure};
use async_trait::async_trait;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::Path;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;
use steno::{
    ActionContext, ActionError, ActionRegistry, DagBuilder, Node, SagaCachedState, SagaCreateParams, SagaDag,
    SagaId, SagaName, SagaNodeEvent, SagaType, SecClient, SecStore,
};
use tokio::sync::Mutex;

/// Runs so many sagas at once, each a chain of so many actions that take no time; answers how long that took.
pub(super) async fn run(path: &Path, sagas: usize, actions: usize) -> Result<Duration> {
    let store = Arc::new(LogStore::open(path).await?);
    let log = slog::Logger::root(slog::Discard, slog::o!());
    let client = steno::sec(log, Arc::clone(&store) as Arc<dyn SecStore>);
    let began = Moment::now();
    let outcome = all(&client, sagas, actions).await;
    let elapsed = began.elapsed();
    client.shutdown().await;
    outcome?;
    store.sound()?;
    Ok(elapsed)
}

async fn all(client: &SecClient, sagas: usize, actions: usize) -> Result<()> {
    let action = steno::new_action_noop_undo("step", step);
    let mut registry = ActionRegistry::new();
    registry.register(Arc::clone(&action));
    let registry = Arc::new(registry);
    let mut ends = Vec::new();
    for _ in 0..sagas {
        let mut dag = DagBuilder::new(SagaName::new("chain"));
        for index in 0..actions {
            dag.append(Node::action(
                format!("r{index:05}"),
                format!("step {index}"),
                &*action,
            ));
        }
        let dag = Arc::new(SagaDag::new(dag.build()?, serde_json::Value::Null));
        let id = SagaId(uuid::Uuid::new_v4());
        let end = client
            .saga_create(id, Arc::new(Nothing), dag, Arc::clone(&registry))
            .await?;
        client.saga_start(id).await?;
        ends.push(end);
    }
    for end in ends {
        let result = end.await;
        ensure!(
            result.kind.is_ok(),
            "a saga failed: {:?}",
            result.kind.err().map(|error| error.error_source)
        );
    }
    Ok(())
}

/// Sagas without anything around them.
#[derive(Debug)]
struct Played;

#[derive(Debug)]
struct Nothing;

impl SagaType for Played {
    type ExecContextType = Nothing;
}

async fn step(_: ActionContext<Played>) -> Result<u64, ActionError> {
    Ok(0)
}

/// The log of all sagas in one file. What fails is kept: the trait has no way to say it.
#[derive(Debug)]
struct LogStore {
    connection: Mutex<SqliteConnection>,
    failure: StdMutex<Option<anyhow::Error>>,
}

impl LogStore {
    async fn open(path: &Path) -> Result<Self> {
        let mut connection = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging()
            .connect()
            .await?;
        sqlx::raw_sql(
            "CREATE TABLE saga (id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, dag TEXT NOT NULL, state TEXT NOT NULL) STRICT;
             CREATE TABLE saga_event (saga TEXT NOT NULL REFERENCES saga (id), node INTEGER NOT NULL, event TEXT NOT NULL,
                 body TEXT NOT NULL, PRIMARY KEY (saga, node, event)) STRICT;",
        )
        .execute(&mut connection)
        .await?;
        Ok(Self {
            connection: Mutex::new(connection),
            failure: StdMutex::new(None),
        })
    }

    /// One transaction.
    async fn write(&self, statement: &'static str, words: &[String]) -> Result<()> {
        let mut connection = self.connection.lock().await;
        let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
        let mut query = sqlx::query(statement);
        for word in words {
            query = query.bind(word);
        }
        query.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    fn keep(&self, outcome: Result<()>) {
        if let Err(error) = outcome {
            self.failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(error);
        }
    }

    fn sound(&self) -> Result<()> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        failure.map_or(Ok(()), |error| Err(anyhow!("the log of steno failed: {error:#}")))
    }
}

#[async_trait]
impl SecStore for LogStore {
    async fn saga_create(&self, params: SagaCreateParams) -> Result<()> {
        let words = [
            params.id.to_string(),
            params.name.to_string(),
            serde_json::to_string(&params.dag)?,
            params.state.to_string(),
        ];
        let statement = "INSERT INTO saga (id, name, dag, state) VALUES ($1, $2, $3, $4)";
        self.write(statement, &words)
            .await
            .context("failed to store a saga")
    }

    async fn record_event(&self, event: SagaNodeEvent) {
        let write = async {
            let words = [
                event.saga_id.to_string(),
                serde_json::to_string(&event.node_id)?,
                event.event_type.label().to_owned(),
                serde_json::to_string(&event.event_type)?,
            ];
            let statement =
                "INSERT INTO saga_event (saga, node, event, body) VALUES ($1, CAST($2 AS INTEGER), $3, $4)";
            self.write(statement, &words).await
        };
        self.keep(write.await);
    }

    async fn saga_update(&self, id: SagaId, update: SagaCachedState) {
        let words = [id.to_string(), update.to_string()];
        let written = self
            .write("UPDATE saga SET state = $2 WHERE id = $1", &words)
            .await;
        self.keep(written);
    }
}
