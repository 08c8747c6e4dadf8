//! Dying in the middle: killed processes, dropped transactions, connections that are cut at the commit. Old or new, never between; and
//! whoever does not know which reads again by key.

use super::proxy::{Cut, Proxy};
use super::{TestSchema, at};
use crate::contract::Sample;
use crate::crash_play::{
    acknowledge, advance, drop_everywhere, judge, kill_after, whole_decision, whole_revision,
};
use crate::{
    Appended, Claim, IntentOutcome, IntentState, MarkedSending, NewInboxRow, OpenMode, PostgresStore, Step,
    Store, StoreError, open_postgres,
};

#[tokio::test]
async fn a_step_dropped_between_any_two_statements_leaves_old_or_new() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let (store, sample) = (schema.open().await, Sample::commons());
    let dropped = drop_everywhere(
        async |revision| advance(&store, &sample, revision, "{}").await,
        async || whole_revision(&store, &sample).await,
    )
    .await;
    assert!(dropped > 0, "no place to die was seen");
    schema.assert_sound().await;
}

#[tokio::test]
async fn a_decision_dropped_between_any_two_statements_leaves_old_or_new() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let store = schema.open().await;
    let dropped = drop_everywhere(
        async |revision| judge(&store, revision, "{}").await,
        async || whole_decision(&store).await,
    )
    .await;
    assert!(dropped > 0, "no place to die was seen");
    schema.assert_sound().await;
}

#[tokio::test]
async fn a_decision_whose_commit_is_unknown_is_found_by_its_revision() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let (store, proxy) = behind(&schema).await;
    judge(&store, 1, "{}").await.unwrap();
    for (cut, revision) in [(Cut::BeforeCommit, 1), (Cut::AfterCommit, 2)] {
        proxy.arm(cut);
        assert_unknown(judge(&store, 2, "{}").await);
        assert_eq!(whole_decision(&store).await, revision, "{cut:?}");
    }
    schema.assert_sound().await;
}

fn row(key: &str) -> NewInboxRow {
    NewInboxRow {
        key: key.to_owned(),
        release: None,
        kind: "resume".to_owned(),
        body: "{}".to_owned(),
        actor: "operator".to_owned(),
    }
}

fn claim() -> Claim {
    Claim {
        owner: "one".to_owned(),
        now: at(1),
        lease_seconds: 10,
        release: None,
    }
}

/// A store behind a proxy.
async fn behind(schema: &TestSchema) -> (PostgresStore, Proxy) {
    let proxy = Proxy::before(schema).await;
    let store = open_postgres(&proxy.url(schema), OpenMode::CreateOrMigrate, at(0)).await;
    (store.unwrap(), proxy)
}

fn assert_unknown<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(
        matches!(answer, Err(StoreError::Disconnected { .. })),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_step_whose_commit_is_unknown_is_found_by_its_revision() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let ((store, proxy), sample) = (behind(&schema).await, Sample::commons());
    advance(&store, &sample, 1, "{}").await.unwrap();
    for (cut, revision) in [(Cut::BeforeCommit, 1), (Cut::AfterCommit, 2)] {
        proxy.arm(cut);
        assert_unknown(advance(&store, &sample, 2, "{}").await);
        assert_eq!(whole_revision(&store, &sample).await, revision, "{cut:?}");
    }
    let again = store.commit_step(&sample.step(2)).await;
    assert!(
        matches!(again, Err(StoreError::RevisionConflict { found: Some(2), .. })),
        "{again:?}"
    );
    schema.assert_sound().await;
}

#[tokio::test]
async fn rows_whose_commit_is_unknown_are_found_by_their_keys() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let (store, proxy) = behind(&schema).await;
    for (cut, key, is_there) in [(Cut::BeforeExecute, "a", false), (Cut::AfterExecute, "b", true)] {
        proxy.arm(cut);
        assert_unknown(store.append_inbox(&[row(key)], at(0)).await);
        let again = store.append_inbox(&[row(key)], at(0)).await.unwrap()[0];
        assert_eq!(matches!(again, Appended::Duplicate(_)), is_there, "{cut:?}");
    }
    let lease = store.claim_inbox(&claim()).await.unwrap().unwrap().lease;
    proxy.arm(Cut::AfterCommit);
    assert_unknown(store.answer_inbox(&lease, &[row("c")], at(2)).await);
    let again = store.answer_inbox(&lease, &[row("c")], at(2)).await;
    assert!(matches!(again, Err(StoreError::LeaseLost { .. })), "{again:?}");
    assert!(matches!(
        store.append_inbox(&[row("c")], at(3)).await.unwrap()[..],
        [Appended::Duplicate(_)]
    ));
}

#[tokio::test]
async fn an_outcome_whose_commit_is_unknown_is_found_with_its_intent() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let ((store, proxy), sample) = (behind(&schema).await, Sample::commons());
    let intents = vec![sample.intent(1, 0, 0)];
    store
        .commit_step(&Step {
            intents,
            ..sample.step(1)
        })
        .await
        .unwrap();
    let lease = store.claim_intent(&claim(), &[]).await.unwrap().unwrap().lease;
    assert_eq!(
        store.mark_sending(&lease, at(2)).await.unwrap(),
        MarkedSending::Sending(1)
    );
    let done = IntentOutcome::Done {
        result: "{}".to_owned(),
    };
    for (cut, state) in [
        (Cut::BeforeExecute, IntentState::Sending),
        (Cut::AfterExecute, IntentState::Done),
    ] {
        proxy.arm(cut);
        assert_unknown(
            store
                .finish_intent(&lease, done.clone(), &[row("reply")], at(3))
                .await,
        );
        assert_eq!(
            store.intents(&sample.release).await.unwrap()[0].state,
            state,
            "{cut:?}"
        );
        let reply = store.claim_inbox(&claim()).await.unwrap();
        assert_eq!(reply.is_some(), state == IntentState::Done, "both or nothing");
    }
    schema.assert_sound().await;
}

const CHILD: &str = "postgres::tests::crash::child_that_writes_until_it_is_killed";
/// The file in the child's working directory that tells it that it is one, and where to write.
const MARK: &str = "write-until-killed";

/// Runs only as the child of the test below; alone it has no database to write to.
#[tokio::test]
async fn child_that_writes_until_it_is_killed() {
    let Ok(url) = std::fs::read_to_string(MARK) else {
        return;
    };
    let store = open_postgres(&url, OpenMode::Existing, at(0)).await.unwrap();
    let sample = Sample::commons();
    let first = whole_revision(&store, &sample).await + 1;
    for revision in first.. {
        advance(&store, &sample, revision, "{}").await.unwrap();
        acknowledge(revision);
    }
}

const JUDGE: &str = "postgres::tests::crash::child_that_judges_until_it_is_killed";
/// The file in the child's working directory that tells it that it is one, and where to judge.
const JUDGE_MARK: &str = "judge-until-killed";

/// Runs only as the child of the test below; alone it has no database to write to.
#[tokio::test]
async fn child_that_judges_until_it_is_killed() {
    let Ok(url) = std::fs::read_to_string(JUDGE_MARK) else {
        return;
    };
    let store = open_postgres(&url, OpenMode::Existing, at(0)).await.unwrap();
    let first = whole_decision(&store).await + 1;
    for revision in first.. {
        judge(&store, revision, "{}").await.unwrap();
        acknowledge(revision);
    }
}

#[tokio::test]
async fn a_decision_that_was_acknowledged_outlives_a_kill() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let store = schema.open().await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(JUDGE_MARK), &schema.url).unwrap();
    for acknowledged in [1, 2, 3, 5, 8] {
        let last = kill_after(JUDGE, folder.path(), acknowledged);
        let found = whole_decision(&store).await;
        assert!(
            found == last || found == last + 1,
            "{last} acknowledged, {found} stored"
        );
    }
    schema.assert_sound().await;
}

#[tokio::test]
async fn what_was_acknowledged_outlives_a_kill() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let (store, sample) = (schema.open().await, Sample::commons());
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(MARK), &schema.url).unwrap();
    for acknowledged in [1, 2, 3, 5, 8] {
        let last = kill_after(CHILD, folder.path(), acknowledged);
        // What it was about to commit is undone, or done, as soon as its connection is gone.
        let found = whole_revision(&store, &sample).await;
        assert!(
            found == last || found == last + 1,
            "{last} acknowledged, {found} stored"
        );
    }
    schema.assert_sound().await;
}
