//! A process is killed at every moment; the next one takes over, and may be killed too.

use super::world::{Hand, MortalStore, Process, World};
use super::{at, replies, states, store_with};
use crate::carry_out;
use proptest::prelude::*;
use std::sync::Arc;
use storage::contract::Sample;
use storage::{Claim, IntentState, SqliteStore, Store, StoreError};

/// One life: takes over, then carries out whatever there is, until nothing is left or it is killed.
async fn live(store: &Arc<SqliteStore>, world: &Arc<World>, process: &Arc<Process>, life: usize) {
    let owner = format!("life-{life}");
    let mortal = MortalStore {
        store: Arc::clone(store),
        watch: Arc::clone(process),
    };
    let hand = Hand {
        world: Arc::clone(world),
        process: Arc::clone(process),
    };
    let claim = Claim {
        owner: owner.clone(),
        now: at(1),
        lease_seconds: 3600,
        release: None,
    };
    let lived = async {
        mortal.take_over(&owner, at(1)).await?;
        while let Some(claimed) = mortal.claim_intent(&claim, &[]).await? {
            if carry_out(&mortal, &hand, claimed, &|| at(1)).await.is_err() {
                break;
            }
        }
        Ok::<(), StoreError>(())
    };
    assert!(lived.await.is_ok() || process.is_dead(), "only the dead may fail");
}

/// So many intents, lives that are killed after so many moments, and a last one that is not: each effect shows once, and
/// each reply is stored once. Answers whether any life was cut short.
async fn each_shows_once(intents: usize, lives: &[i64]) -> bool {
    let (_folder, store) = store_with(intents).await;
    let (store, world) = (Arc::new(store), Arc::new(World::default()));
    let mut killed = false;
    for (life, moments) in lives.iter().enumerate() {
        let process = Process::living(*moments);
        live(&store, &world, &process, life).await;
        killed |= process.is_dead();
    }
    live(&store, &world, &Process::immortal(), lives.len()).await;
    for index in 0..intents {
        let id = Sample::commons().command(1, index);
        assert_eq!(world.count(&id), 1, "{id} with lives {lives:?}");
    }
    assert_eq!(states(&*store).await, vec![IntentState::Done; intents]);
    let mut replies = replies(&*store).await;
    replies.sort();
    replies.dedup();
    assert_eq!(replies.len(), intents, "with lives {lives:?}");
    killed
}

#[tokio::test]
async fn a_kill_at_every_moment_leaves_one_effect() {
    let mut moments = 0;
    while each_shows_once(1, &[moments]).await {
        moments += 1;
    }
    assert!(moments > 10, "there are only {moments} moments to be killed at");
}

#[tokio::test]
async fn two_kills_at_every_pair_of_moments_leave_one_effect() {
    let mut first = 0;
    while each_shows_once(1, &[first]).await {
        let mut second = 0;
        while second < 14 {
            each_shows_once(1, &[first, second]).await;
            second += 1;
        }
        first += 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_number_of_kills_over_several_intents_leaves_one_effect_each(
        intents in 1_usize..4,
        lives in prop::collection::vec(0_i64..30, 0..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(each_shows_once(intents, &lives));
    }
}
