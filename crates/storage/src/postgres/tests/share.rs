//! Several servers on one database: each row goes to one of them, and nobody waits for ever.

use super::{TestSchema, at};
use crate::contract::Sample;
use crate::queue_play::hammer;
use crate::{
    Claim, IntentOutcome, MarkedSending, NewInboxRow, PoolCapacity, PostgresStore, PullRequestStore,
    RulesetRow, Step, Store, StoreError,
};
use domain_types::Sha256Digest;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Rows of each kind that are claimed.
const ROWS: usize = 60;

/// Tasks that claim at once.
const CLAIMERS: usize = 12;

fn claim(owner: usize) -> Claim {
    Claim {
        owner: format!("host/1/{owner}"),
        now: at(100),
        lease_seconds: 60,
        release: None,
    }
}

fn row(number: usize) -> NewInboxRow {
    NewInboxRow {
        key: format!("row-{number}"),
        release: None,
        kind: "resume".to_owned(),
        body: "{}".to_owned(),
        actor: "operator".to_owned(),
    }
}

/// Claims until nothing is left and ends what it claimed; the owners share two stores.
async fn claim_all(store: Arc<PostgresStore>, owner: usize) -> Vec<String> {
    let mut claimed = Vec::new();
    while let Some(row) = store.claim_inbox(&claim(owner)).await.unwrap() {
        store.answer_inbox(&row.lease, &[], at(100)).await.unwrap();
        claimed.push(row.row.row.key);
    }
    while let Some(intent) = store.claim_intent(&claim(owner), &[]).await.unwrap() {
        let sent = store.mark_sending(&intent.lease, at(100)).await.unwrap();
        assert_eq!(sent, MarkedSending::Sending(1));
        let done = IntentOutcome::Done {
            result: "{}".to_owned(),
        };
        store
            .finish_intent(&intent.lease, done, &[], at(100))
            .await
            .unwrap();
        claimed.push(intent.intent.id.to_string());
    }
    claimed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_claimers_get_each_row_once() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let stores = [Arc::new(schema.open().await), Arc::new(schema.open().await)];
    let rows: Vec<_> = (0..ROWS).map(row).collect();
    stores[0].append_inbox(&rows, at(0)).await.unwrap();
    let sample = Sample::commons();
    let intents = (0..ROWS).map(|index| sample.intent(1, index, 0)).collect();
    let step = Step {
        intents,
        ..sample.step(1)
    };
    stores[0].commit_step(&step).await.unwrap();

    let claimers: Vec<_> = (0..CLAIMERS)
        .map(|owner| tokio::spawn(claim_all(Arc::clone(&stores[owner % 2]), owner)))
        .collect();
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(claimer.await.unwrap());
    }
    assert_eq!(claimed.len(), 2 * ROWS);
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>().len(), 2 * ROWS);
    schema.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_pool_gives_no_more_slots_than_it_has_to_all_servers_together() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let stores = [Arc::new(schema.open().await), Arc::new(schema.open().await)];
    let sample = Sample::commons();
    let intents = (0..ROWS).map(|index| sample.pooled(1, index, "runner")).collect();
    let step = Step {
        intents,
        ..sample.step(1)
    };
    stores[0].commit_step(&step).await.unwrap();
    let pools = Arc::new([PoolCapacity {
        pool: "runner".to_owned(),
        slots: 7,
    }]);
    let claimers: Vec<_> = (0..CLAIMERS)
        .map(|owner| {
            let (store, pools) = (Arc::clone(&stores[owner % 2]), Arc::clone(&pools));
            tokio::spawn(async move {
                let mut given = 0;
                while store
                    .claim_intent(&claim(owner), &*pools)
                    .await
                    .unwrap()
                    .is_some()
                {
                    given += 1;
                }
                given
            })
        })
        .collect();
    let mut given = 0;
    for claimer in claimers {
        given += claimer.await.unwrap();
    }
    assert_eq!(given, 7);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_look_at_one_pull_request_and_everything_wanted_is_seen() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    hammer([Arc::new(schema.open().await), Arc::new(schema.open().await)]).await;
    schema.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_accept_a_ruleset_one_does() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let stores = [Arc::new(schema.open().await), Arc::new(schema.open().await)];
    for version in 1..12 {
        let accepters = [0, 1].map(|hand: usize| {
            let ruleset = RulesetRow {
                version,
                digest: Sha256Digest::of(b"rules"),
                commit: format!("{:040x}", version * 2 + hand as u64).parse().unwrap(),
                body: "{}".to_owned(),
                because: "{}".to_owned(),
                accepted_at: at(0),
            };
            let store = Arc::clone(&stores[hand]);
            tokio::spawn(async move { store.accept_ruleset(&ruleset).await })
        });
        let mut won = 0;
        for accepter in accepters {
            match accepter.await.unwrap() {
                Ok(()) => won += 1,
                Err(StoreError::RulesetConflict { newest, .. }) => assert_eq!(newest, version),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(won, 1);
    }
    schema.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_deciders_one_moves_the_release() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let stores = [Arc::new(schema.open().await), Arc::new(schema.open().await)];
    let sample = Sample::commons();
    for revision in 1..12 {
        let step = Arc::new(sample.step(revision));
        let deciders = stores.clone().map(|store| {
            let step = Arc::clone(&step);
            tokio::spawn(async move { store.commit_step(&step).await })
        });
        let mut won = 0;
        for decider in deciders {
            match decider.await.unwrap() {
                Ok(()) => won += 1,
                Err(StoreError::RevisionConflict { found, .. }) => assert_eq!(found, Some(revision)),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(won, 1);
    }
    schema.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_releases_of_one_version_one_is_active() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let stores = [Arc::new(schema.open().await), Arc::new(schema.open().await)];
    for round in 0..8 {
        let version = format!("0.{round}.0");
        let beginners = ["one", "two"].map(|plan| {
            let step = Sample::new("commons", &version, plan).step(1);
            let store = Arc::clone(&stores[usize::from(plan == "two")]);
            tokio::spawn(async move { store.commit_step(&step).await })
        });
        let mut won = 0;
        for beginner in beginners {
            match beginner.await.unwrap() {
                Ok(()) => won += 1,
                Err(StoreError::VersionOccupied { .. }) => {}
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(won, 1);
    }
}

/// Each in the other's order, so that they wait for each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_stood_in_each_others_way_gets_on_all_the_same() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let stores = [Arc::new(schema.open().await), Arc::new(schema.open().await)];
    let up: Arc<Vec<_>> = Arc::new((0..300).map(row).collect());
    let down: Arc<Vec<_>> = Arc::new((0..300).rev().map(row).collect());
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let rows = Arc::clone(if writer % 2 == 0 { &up } else { &down });
            let store = Arc::clone(&stores[writer % 2]);
            tokio::spawn(async move { store.append_inbox(&rows, at(0)).await.unwrap().len() })
        })
        .collect();
    for writer in writers {
        assert_eq!(writer.await.unwrap(), 300);
    }
    let all = claim_all(Arc::clone(&stores[0]), 0).await;
    assert_eq!(all.len(), 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_make_the_tables_at_once() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let schema = Arc::new(schema);
    let openers: Vec<_> = (0..6)
        .map(|number| {
            let schema = Arc::clone(&schema);
            tokio::spawn(async move {
                let store = schema.open().await;
                store.append_inbox(&[row(number)], at(0)).await.unwrap().len()
            })
        })
        .collect();
    for opener in openers {
        assert_eq!(opener.await.unwrap(), 1);
    }
    schema.assert_sound().await;
}
