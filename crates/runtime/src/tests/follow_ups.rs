//! Follow-ups: noted before they are sent, sent once, looked for where no answer came, recorded whatever became of them.

use super::{Stage, good_backend, good_publisher};
use crate::ports::{
    Clock as _, FollowUpFound, FollowUpSent, MockBuildBackend, MockReleasePublisher, Told, Word,
};
use crate::release_performer::ReleasePerformer;
use domain_types::{ReleaseId, Sha256Digest};
use effects::{Carried, carry_out};
use mockall::Sequence;
use orchestrator::{Event, Failure, FailureKind, Phase};
use serde_json::Value;
use std::sync::Arc;
use storage::{Claim, IntentRow, IntentState};

const NOTE: &str = "{\"noted\":1}";

/// A release that is followed up by one message, played until it is public with this publisher.
async fn published(publisher: MockReleasePublisher) -> Stage {
    let mut stage = Stage::set().await;
    stage
        .happens(Event::Cancel {
            actor: "test".to_owned(),
        })
        .await;
    stage.spec.follow_ups = vec!["website".to_owned()];
    stage.spec.plan_digest = Sha256Digest::of(b"a plan with a follow-up");
    stage.spec.id = ReleaseId::new(&stage.spec.name, &stage.spec.version, &stage.spec.plan_digest);
    let spec = Box::new(stage.spec.clone());
    stage.happens(Event::Start { spec }).await;
    let backend = good_backend(&stage.reporter);
    let (_, state) = stage.run("one", backend, publisher).await;
    assert_eq!(*state.phase(), Phase::Published);
    stage
}

impl Stage {
    async fn follow_up(&self) -> IntentRow {
        let rows = self.store.intents(&self.spec.id).await.unwrap();
        rows.into_iter()
            .find(|row| row.intent.kind == "follow_up")
            .unwrap()
    }

    /// Whoever lives later carries on with it.
    async fn carries_on(&self, publisher: MockReleasePublisher) -> Carried {
        self.clock.wait_until(self.clock.now().plus_seconds(600)).await;
        let claim = Claim {
            owner: "another".to_owned(),
            now: self.clock.now(),
            lease_seconds: 60,
            release: Some(self.spec.id.clone()),
        };
        let claimed = self.store.claim_intent(&claim, &[]).await.unwrap().unwrap();
        let store = Arc::clone(&self.store);
        let performer = ReleasePerformer::new(store, Arc::new(MockBuildBackend::new()), Arc::new(publisher));
        let now = || self.clock.now();
        carry_out(&*self.store, &performer, claimed, &now).await.unwrap()
    }
}

/// A publisher that publishes, and whose follow-up comes to this.
fn that_sends(sent: FollowUpSent) -> MockReleasePublisher {
    let mut publisher = good_publisher();
    let mut order = Sequence::new();
    publisher
        .expect_prepare_follow_up()
        .withf(|_, word| *word == website())
        .times(1)
        .in_sequence(&mut order)
        .returning(|_, _| Ok(NOTE.to_owned()));
    publisher
        .expect_follow_up()
        .times(1)
        .in_sequence(&mut order)
        .return_once(|_, _, _| sent);
    publisher
}

/// A publisher of whom only this is asked: what became of it.
fn that_finds(found: Result<FollowUpFound, Failure>) -> MockReleasePublisher {
    let mut publisher = MockReleasePublisher::new();
    publisher
        .expect_followed_up()
        .withf(|_, word, note| *word == website() && note == NOTE)
        .times(1)
        .return_once(|_, _, _| found);
    publisher
}

fn website() -> Word {
    Word::FollowUp("website".to_owned())
}

fn told() -> Told {
    Told {
        text: "told".to_owned(),
        run: None,
    }
}

fn unknown() -> FollowUpSent {
    FollowUpSent::Unknown {
        reason: "no answer".to_owned(),
    }
}

fn outcome(text: Option<&str>) -> String {
    let said: Value = serde_json::from_str(text.unwrap()).unwrap();
    said["outcome"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_was_sent_is_recorded_as_done() {
    let stage = published(that_sends(FollowUpSent::Done(told()))).await;
    let row = stage.follow_up().await;
    assert_eq!(
        (row.state, row.intent.handle.as_deref()),
        (IntentState::Done, Some(NOTE))
    );
    assert_eq!(outcome(row.result.as_deref()), "done");
}

#[tokio::test]
async fn what_is_refused_is_recorded_and_the_release_stays_public() {
    let refusal = Failure::new(FailureKind::Source, "there is no such repository");
    let stage = published(that_sends(FollowUpSent::Failed(refusal))).await;
    let row = stage.follow_up().await;
    assert_eq!(row.state, IntentState::Rejected);
    assert_eq!(outcome(row.intent.reason.as_deref()), "failed");
    assert_eq!(*stage.state().await.phase(), Phase::Published);
}

#[tokio::test]
async fn what_cannot_be_noted_is_not_sent() {
    let mut publisher = good_publisher();
    publisher
        .expect_prepare_follow_up()
        .returning(|_, _| Err(Failure::new(FailureKind::Source, "nobody is told")));
    publisher.expect_follow_up().never();
    let stage = published(publisher).await;
    assert_eq!(stage.follow_up().await.state, IntentState::Rejected);
}

#[tokio::test]
async fn what_certainly_was_not_sent_is_sent_later_without_a_look() {
    let later = FollowUpSent::Later {
        reason: "GitHub limits us".to_owned(),
    };
    let stage = published(that_sends(later)).await;
    assert_eq!(stage.follow_up().await.state, IntentState::Unknown);
    assert_eq!(
        stage.carries_on(MockReleasePublisher::new()).await,
        Carried::PutBack
    );
    let sent = that_sends(FollowUpSent::Done(told()));
    assert_eq!(stage.carries_on(sent).await, Carried::Done(Vec::new()));
}

#[tokio::test]
async fn where_no_answer_came_it_is_looked_for_and_not_sent_again_unless_it_did_not_arrive() {
    let done = FollowUpFound::Done(told());
    let in_doubt = FollowUpFound::InDoubt("nobody can tell".to_owned());
    for (found, recorded) in [(done, "done"), (in_doubt, "in_doubt")] {
        let stage = published(that_sends(unknown())).await;
        let not_yet = Err(Failure::new(FailureKind::Network, "GitHub's lists lag"));
        assert!(matches!(
            stage.carries_on(that_finds(not_yet)).await,
            Carried::InDoubt(_)
        ));
        assert_eq!(
            stage.carries_on(that_finds(Ok(found))).await,
            Carried::Done(Vec::new())
        );
        assert_eq!(outcome(stage.follow_up().await.result.as_deref()), recorded);
    }
    let stage = published(that_sends(unknown())).await;
    assert_eq!(
        stage.carries_on(that_finds(Ok(FollowUpFound::NotDone))).await,
        Carried::PutBack
    );
    // The end of the release takes nothing of it back.
    assert_eq!(stage.follow_up().await.state, IntentState::Intent);
}
