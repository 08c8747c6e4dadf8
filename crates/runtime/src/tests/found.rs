//! What the simulation found, each in the smallest play that shows it.

use super::{Stage, good_backend, good_publisher, node};
use crate::engine::Ended;
use crate::ports::{MockBuildBackend, MockReleasePublisher, Unfinished};
use domain_types::Sha256Digest;
use orchestrator::{Event, Failure, FailureKind, Phase};
use std::sync::atomic::{AtomicU32, Ordering};
use storage::IntentState;

fn cancel() -> Event {
    Event::Cancel {
        actor: "operator".to_owned(),
    }
}

fn tidy_publisher() -> MockReleasePublisher {
    let mut publisher = MockReleasePublisher::new();
    publisher.expect_discard().returning(|_| Ok(()));
    publisher
}

#[tokio::test]
async fn a_stage_that_was_given_up_while_it_was_being_sent_is_not_sent_again() {
    let mut stage = Stage::set().await;
    let _sources = stage.dies_while_sending(None).await;
    stage.happens(cancel()).await;
    let mut backend = MockBuildBackend::new();
    backend.expect_lay_out_sources().never();
    let (ended, _) = stage.run("next", backend, tidy_publisher()).await;
    assert_eq!(ended, Ended::AtRest(Phase::Cancelled));
}

#[tokio::test]
async fn a_draft_that_could_not_be_discarded_is_discarded_by_the_next_run() {
    let mut stage = Stage::set().await;
    stage.happens(cancel()).await;
    let mut publisher = MockReleasePublisher::new();
    publisher
        .expect_discard()
        .times(1)
        .returning(|_| Err(Failure::new(FailureKind::Lock, "somebody looks into it")));
    stage.run("one", MockBuildBackend::new(), publisher).await;
    let mut publisher = MockReleasePublisher::new();
    publisher.expect_discard().times(1).returning(|_| Ok(()));
    stage.run("two", MockBuildBackend::new(), publisher).await;
    let intents = stage.store.intents(&stage.spec.id).await.unwrap();
    let open = |row: &&storage::IntentRow| !matches!(row.state, IntentState::Done | IntentState::Abandoned);
    assert_eq!(intents.iter().filter(open).count(), 0, "{intents:?}");
}

#[tokio::test]
async fn a_publication_in_doubt_is_looked_for_before_it_is_tried_again() {
    for visible in [true, false] {
        let mut stage = Stage::set().await;
        let mut publisher = MockReleasePublisher::new();
        publisher.expect_collect().returning(|_| Ok(super::manifest()));
        publisher.expect_verify().returning(|_, _| Ok(()));
        publisher.expect_draft().returning(|_, _| Ok(()));
        let calls = AtomicU32::new(0);
        publisher.expect_publish().returning(move |_, _| {
            if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                let reason = "no answer came".to_owned();
                return Err(Unfinished::Unknown { reason });
            }
            assert!(!visible, "published twice");
            Ok(())
        });
        let found: Option<Sha256Digest> = visible.then(super::manifest);
        publisher
            .expect_published()
            .times(1)
            .returning(move |_| Ok(found));
        let (ended, state) = stage.run("one", good_backend(&stage.reporter), publisher).await;
        assert_eq!(ended, Ended::AtRest(Phase::Published));
        assert_eq!(state.node(&node("a")).unwrap().attempts.len(), 1);
    }
}

#[tokio::test]
async fn a_release_that_is_published_has_nothing_left_to_do() {
    let mut stage = Stage::set().await;
    stage
        .run("one", good_backend(&stage.reporter), good_publisher())
        .await;
    let intents = stage.store.intents(&stage.spec.id).await.unwrap();
    assert!(
        intents
            .iter()
            .all(|row| row.state == IntentState::Done && !row.slot_held)
    );
    assert_eq!(stage.store.next_timer().await.unwrap(), None);
}
