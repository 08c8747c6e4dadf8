//! The contract against PostgreSQL, and what only a server can suffer: several who use it at once, lost connections, other schemas.
//!
//! `cargo xtask test` starts a server and names it in `HOUSE_TESTS_POSTGRES`; without one these tests say so and do nothing.

mod crash;
mod place;
mod proxy;
mod schema;
mod share;

use crate::contract::{CASES, PULL_REQUEST_CASES, Sample, empty_schema, test_server};
use crate::crash_play::at;
use crate::queue_play::{check_queue, play};
use crate::{OpenMode, PostgresStore, Step, Store, check_postgres, open_postgres};
use std::sync::atomic::{AtomicU32, Ordering};

/// A schema that no other test uses.
struct TestSchema {
    name: String,
    url: String,
}

impl TestSchema {
    /// None without a server.
    async fn new() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = test_server()?;
        let name = format!(
            "storage_{}_{}",
            std::process::id(),
            MADE.fetch_add(1, Ordering::Relaxed)
        );
        let url = empty_schema(&server, &name).await.unwrap();
        Some(Self { name, url })
    }

    async fn open(&self) -> PostgresStore {
        open_postgres(&self.url, OpenMode::CreateOrMigrate, at(0))
            .await
            .unwrap()
    }

    async fn assert_sound(&self) {
        let report = check_postgres(&self.url).await.unwrap();
        assert_eq!((report.problems, report.schema), (vec![], report.newest));
    }
}

#[tokio::test]
async fn postgres_keeps_the_contract() {
    for case in CASES {
        let Some(schema) = TestSchema::new().await else {
            return;
        };
        let store = schema.open().await;
        if let Err(error) = (case.run)(&store).await {
            panic!("{}: {error}", case.name);
        }
        store.close().await;
        schema.assert_sound().await;
    }
}

#[tokio::test]
async fn postgres_keeps_the_contract_of_pull_requests() {
    for case in PULL_REQUEST_CASES {
        let Some(schema) = TestSchema::new().await else {
            return;
        };
        let store = schema.open().await;
        if let Err(error) = (case.run)(&store).await {
            panic!("{}: {error}", case.name);
        }
        store.close().await;
        schema.assert_sound().await;
    }
}

/// Plays of the queue, in plays: each makes a database.
const PLAYS: u32 = 4;

#[test]
fn the_queue_answers_as_a_naive_one_does() {
    check_queue(PLAYS, async |plays| {
        let Some(schema) = TestSchema::new().await else {
            return;
        };
        play(&schema.open().await, plays).await;
        schema.assert_sound().await;
    });
}

#[tokio::test]
async fn the_words_of_the_schema_are_the_words_of_the_program() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let (store, sample) = (schema.open().await, Sample::commons());
    let mut revision = 0;
    for phase in crate::RELEASE_PHASES {
        revision += 1;
        let mut step = sample.step(revision);
        phase.clone_into(&mut step.row.phase);
        store.commit_step(&step).await.unwrap();
    }
    for state in crate::BUILD_STATES {
        revision += 1;
        let builds = vec![sample.build("a", state, None)];
        let step = Step {
            builds,
            ..sample.step(revision)
        };
        store.commit_step(&step).await.unwrap();
    }
}
