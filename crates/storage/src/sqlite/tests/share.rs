//! Several handles on one file, as several processes have it.

use super::super::connection::options;
use super::{TestFile, assert_sound, at};
use crate::contract::Sample;
use crate::queue_play::hammer;
use crate::{Claim, NewInboxRow, SqliteStore, Step, Store, StoreError};
use sqlx::ConnectOptions as _;
use std::collections::BTreeSet;
use std::sync::Arc;

const ROWS: usize = 60;

fn claim(owner: usize) -> Claim {
    Claim {
        owner: format!("owner-{owner}"),
        now: at(1),
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

/// Claims until nothing is left; two of four owners share a handle.
async fn claim_all(store: Arc<SqliteStore>, owner: usize) -> Vec<String> {
    let mut claimed = Vec::new();
    while let Some(row) = store.claim_inbox(&claim(owner)).await.unwrap() {
        claimed.push(row.row.row.key);
    }
    while let Some(intent) = store.claim_intent(&claim(owner), &[]).await.unwrap() {
        claimed.push(intent.intent.id.to_string());
    }
    claimed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_claimers_get_each_row_once() {
    let file = TestFile::new();
    let handles = [Arc::new(file.open().await), Arc::new(file.open().await)];
    let rows: Vec<_> = (0..ROWS).map(row).collect();
    handles[0].append_inbox(&rows, at(0)).await.unwrap();
    let sample = Sample::commons();
    let intents = (0..ROWS).map(|index| sample.intent(1, index, 0)).collect();
    handles[0]
        .commit_step(&Step {
            intents,
            ..sample.step(1)
        })
        .await
        .unwrap();

    let claimers: Vec<_> = (0..4)
        .map(|owner| tokio::spawn(claim_all(Arc::clone(&handles[owner % 2]), owner)))
        .collect();
    let mut claimed = Vec::new();
    for claimer in claimers {
        claimed.extend(claimer.await.unwrap());
    }
    assert_eq!(claimed.len(), 2 * ROWS);
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>().len(), 2 * ROWS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_two_look_at_one_pull_request_and_everything_wanted_is_seen() {
    let file = TestFile::new();
    hammer([Arc::new(file.open().await), Arc::new(file.open().await)]).await;
    assert_sound(&file.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_deciders_one_moves_the_release() {
    let file = TestFile::new();
    let handles = [Arc::new(file.open().await), Arc::new(file.open().await)];
    let sample = Sample::commons();
    handles[0].commit_step(&sample.step(1)).await.unwrap();
    for revision in 2..12 {
        let step = Arc::new(sample.step(revision));
        let deciders = handles.clone().map(|store| {
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
    assert_sound(&file.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_create_the_file_at_once() {
    let file = Arc::new(TestFile::new());
    let openers: Vec<_> = (0..6)
        .map(|number| {
            let file = Arc::clone(&file);
            tokio::spawn(async move {
                file.open()
                    .await
                    .append_inbox(&[row(number)], at(0))
                    .await
                    .unwrap()
            })
        })
        .collect();
    for opener in openers {
        assert_eq!(opener.await.unwrap().len(), 1);
    }
    assert_sound(&file.path()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reading_does_not_wait_for_a_writer() {
    let file = TestFile::new();
    let (writer, reader) = (file.open().await, file.open().await);
    let sample = Sample::commons();
    writer.commit_step(&sample.step(1)).await.unwrap();
    let mut held = options(&file.path()).connect().await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE; UPDATE release SET updated_at = 0")
        .execute(&mut held)
        .await
        .unwrap();
    let read = reader.load_release(&sample.release).await.unwrap();
    assert_eq!(read.map(|release| release.revision), Some(1));
    assert_eq!(writer.list_releases().await.unwrap().len(), 1);
    drop(held);
    writer.commit_step(&sample.step(2)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_come_and_go() {
    const VISITS: usize = 8;
    let file = Arc::new(TestFile::new());
    let visitors: Vec<_> = (0..5)
        .map(|visitor| {
            let file = Arc::clone(&file);
            tokio::spawn(async move {
                for visit in 0..VISITS {
                    let store = file.open().await;
                    let _new = store
                        .append_inbox(&[row(visitor * VISITS + visit)], at(0))
                        .await
                        .unwrap();
                    assert_eq!(store.list_releases().await.unwrap(), []);
                    if visit % 2 == 0 {
                        store.close().await;
                    }
                }
            })
        })
        .collect();
    for visitor in visitors {
        visitor.await.unwrap();
    }
    let store = file.open().await;
    assert_eq!(claim_all(Arc::new(store), 0).await.len(), 5 * VISITS);
    assert_sound(&file.path()).await;
}
