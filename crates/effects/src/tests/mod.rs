//! Exactly once, whatever dies when.

mod crash;
mod doubt;
mod order;
mod pull_request;
mod world;

use crate::{Carried, EffectError, Performer, carry_out};
use domain_types::Timestamp;
use storage::contract::Sample;
use storage::{Claim, ClaimedIntent, IntentState, OpenMode, SqliteStore, Step, Store, open_sqlite};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

/// A store of its own with one release and so many intents.
async fn store_with(intents: usize) -> (tempfile::TempDir, SqliteStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = open_sqlite(&folder.path().join("state.db"), OpenMode::CreateOrMigrate, at(0))
        .await
        .unwrap();
    let sample = Sample::commons();
    let intents = (0..intents).map(|index| sample.intent(1, index, 0)).collect();
    store
        .commit_step(&Step {
            intents,
            ..sample.step(1)
        })
        .await
        .unwrap();
    (folder, store)
}

async fn claim(store: &dyn Store, owner: &str, seconds: i64) -> Option<ClaimedIntent> {
    let claim = Claim {
        owner: owner.to_owned(),
        now: at(seconds),
        lease_seconds: 3600,
        release: None,
    };
    store.claim_intent(&claim, &[]).await.unwrap()
}

/// Claims and carries out one intent.
async fn carry(
    store: &dyn Store,
    performer: &dyn Performer,
    owner: &str,
    seconds: i64,
) -> Option<Result<Carried, EffectError>> {
    let claimed = claim(store, owner, seconds).await?;
    Some(carry_out(store, performer, claimed, &|| at(seconds)).await)
}

async fn states(store: &dyn Store) -> Vec<IntentState> {
    store
        .intents(&Sample::commons().release)
        .await
        .unwrap()
        .iter()
        .map(|row| row.state)
        .collect()
}

/// The keys of all inbox rows.
async fn replies(store: &dyn Store) -> Vec<String> {
    let mut keys = Vec::new();
    let claim = Claim {
        owner: "reader".to_owned(),
        now: at(0),
        lease_seconds: 3600,
        release: None,
    };
    while let Some(claimed) = store.claim_inbox(&claim).await.unwrap() {
        keys.push(claimed.row.row.key);
    }
    keys
}
