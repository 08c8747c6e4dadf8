//! Commands of pull requests: a newer one stands for the older, and what is in doubt of the older is found out first.

use super::world::Script;
use super::{at, carry, store_with};
use crate::{Carried, Performed, Probed};
use domain_types::{CommandId, PullRequestId, Sha256Digest};
use storage::{
    Claim, Decision, Hold, IntentState, Look, NewDecision, NewIntent, PullRequestStore, SqliteStore,
};

fn id() -> PullRequestId {
    "1296269#42".parse().unwrap()
}

/// Decides about the pull request, with a status that stands for all before it.
async fn judge(store: &SqliteStore, revision: u64) {
    let look = Look {
        pull_request: id(),
        repository: "commons/house".to_owned(),
        not_before: at(0),
    };
    store.want_pull_requests(&[look], at(0)).await.unwrap();
    let claim = Claim {
        owner: "judge".to_owned(),
        now: at(0),
        lease_seconds: 60,
        release: None,
    };
    let claimed = store.claim_pull_request(&claim).await.unwrap().unwrap();
    let digest = Sha256Digest::of(b"digest");
    let status = NewIntent {
        id: CommandId::of_pull_request(id(), revision, 0),
        kind: "status".to_owned(),
        body: "{}".to_owned(),
        priority: 0,
        pool: None,
        hold: Hold::Obeys,
    };
    let decision = Decision {
        lease: claimed.lease,
        at: at(0),
        open: true,
        body: "{}".to_owned(),
        due: None,
        decided: Some(NewDecision {
            revision,
            ruleset_digest: digest,
            facts_digest: digest,
            outcome: "pending".to_owned(),
            body: "{}".to_owned(),
        }),
        signatures: Vec::new(),
        withdrawn: Vec::new(),
        intents: vec![status],
        supersedes: vec!["status".to_owned()],
    };
    store.commit_decision(&decision).await.unwrap();
}

/// The first status is sent and its answer lost; then a second one is decided. What was asked after that, and what became of both.
async fn check(probed: Probed, asked: &[&str], expected: [IntentState; 2]) {
    let (_folder, store) = store_with(0).await;
    let script = Script::default();
    judge(&store, 1).await;
    script.performed.lock().unwrap().push_back(Performed::Unknown {
        reason: "timeout".to_owned(),
    });
    let Carried::InDoubt(again) = carry(&store, &script, "one", 1).await.unwrap().unwrap() else {
        panic!("the answer was not lost");
    };
    judge(&store, 2).await;
    assert!(
        carry(&store, &script, "one", 1).await.is_none(),
        "it waits for the first"
    );
    script.asked.lock().unwrap().clear();
    script.probed.lock().unwrap().push_back(probed);
    let seconds = again.seconds() - at(0).seconds();
    while let Some(carried) = carry(&store, &script, "one", seconds).await {
        let _settled = carried.unwrap();
    }
    assert_eq!(*script.asked.lock().unwrap(), asked);
    let rows = store.pull_request_intents(id(), 10).await.unwrap();
    let states: Vec<_> = rows.iter().rev().map(|row| row.state).collect();
    assert_eq!(states, expected);
}

#[tokio::test]
async fn what_a_newer_one_stands_for_is_probed_and_never_sent_again() {
    check(
        Probed::NotApplied,
        &[
            "probe pr/1296269#42/1/0 unknown 1",
            "perform pr/1296269#42/2/0 send 1",
        ],
        [IntentState::Abandoned, IntentState::Done],
    )
    .await;
}

#[tokio::test]
async fn what_was_applied_is_done_before_the_newer_one_is_sent() {
    let reply = crate::Reply {
        result: "{}".to_owned(),
        events: Vec::new(),
    };
    check(
        Probed::Applied(reply),
        &[
            "probe pr/1296269#42/1/0 unknown 1",
            "perform pr/1296269#42/2/0 send 1",
        ],
        [IntentState::Done, IntentState::Done],
    )
    .await;
}
