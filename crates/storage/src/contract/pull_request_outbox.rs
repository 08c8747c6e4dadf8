//! Promises about the commands of pull requests: in their order, and the newest one stands for the older.

use super::pull_request_sample::{id, intent, look, picture, plain, taken, verdict};
use super::sample::{Sample, at, claim, claimed_id};
use crate::{
    Claim, ClaimedIntent, Decision, IntentOutcome, IntentState, MarkedSending, NewIntent, PullRequestStore,
    Step, StoreError,
};
use domain_types::{CommandId, Subject};

/// Judges a pull request, and commits these commands.
async fn judge(
    store: &dyn PullRequestStore,
    (number, revision): (u64, u64),
    intents: Vec<NewIntent>,
    supersedes: &[&str],
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(number, 0)], at(0)).await?;
    let claimed = taken(store, "judge", 0).await?;
    let decision = Decision {
        decided: Some(verdict(revision)),
        intents,
        supersedes: supersedes.iter().map(|kind| (*kind).to_owned()).collect(),
        ..plain(&claimed.lease, 0)
    };
    store.commit_decision(&decision).await
}

/// Claims that command.
async fn claimed(
    store: &dyn PullRequestStore,
    seconds: i64,
    expected: &CommandId,
) -> Result<ClaimedIntent, StoreError> {
    let claimed = store.claim_intent(&claim("one", seconds), &[]).await?;
    let claimed = claimed.unwrap_or_else(|| panic!("nothing to claim"));
    assert_eq!(claimed.intent.id, *expected);
    Ok(claimed)
}

/// Claims that command, and marks it as being sent.
async fn sent(
    store: &dyn PullRequestStore,
    seconds: i64,
    expected: &CommandId,
) -> Result<ClaimedIntent, StoreError> {
    let claimed = claimed(store, seconds, expected).await?;
    let sent = store.mark_sending(&claimed.lease, at(seconds)).await?;
    assert!(matches!(sent, MarkedSending::Sending(_)), "{sent:?}");
    Ok(claimed)
}

fn done() -> IntentOutcome {
    IntentOutcome::Done {
        result: "{}".to_owned(),
    }
}

fn not_applied(seconds: i64) -> IntentOutcome {
    IntentOutcome::NotApplied {
        run_after: at(seconds),
    }
}

/// The states of the commands of pull request 1, oldest first.
async fn states(store: &dyn PullRequestStore) -> Result<Vec<IntentState>, StoreError> {
    let rows = store.pull_request_intents(id(1), 100).await?;
    Ok(rows.iter().rev().map(|row| row.state).collect())
}

pub(super) async fn commands_of_a_decision_are_stored_and_listed_newest_first(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let intents = vec![
        intent(1, 1, 0, "status"),
        NewIntent {
            priority: 7,
            ..intent(1, 1, 1, "comment")
        },
    ];
    judge(store, (1, 1), intents.clone(), &[]).await?;
    judge(store, (2, 1), vec![intent(2, 1, 0, "status")], &[]).await?;
    let rows = store.pull_request_intents(id(1), 10).await?;
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (&row.intent.id, &row.intent.kind, &row.intent.body, row.state))
        .collect();
    let expected: Vec<_> = intents
        .iter()
        .rev()
        .map(|it| (&it.id, &it.kind, &it.body, IntentState::Intent))
        .collect();
    assert_eq!(shown, expected);
    assert!(
        rows.iter()
            .all(|row| row.intent.subject == Subject::PullRequest(id(1)))
    );
    assert_eq!(store.pull_request_intents(id(1), 1).await?.len(), 1);
    assert_eq!(store.pull_request_intents(id(3), 10).await?, []);
    let narrow = Claim {
        release: Some(Sample::commons().release),
        ..claim("one", 1)
    };
    assert_eq!(store.claim_intent(&narrow, &[]).await?, None);
    let claimed = claimed(store, 1, &intents[1].id).await?;
    assert_eq!(claimed.intent.subject, Subject::PullRequest(id(1)));
    Ok(())
}

pub(super) async fn what_a_newer_one_stands_for_before_it_was_sent_is_abandoned(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let first = vec![intent(1, 1, 0, "status"), intent(1, 1, 1, "comment")];
    judge(store, (1, 1), first, &["status"]).await?;
    judge(store, (2, 1), vec![intent(2, 1, 0, "status")], &["status"]).await?;
    // Claimed, and not yet marked.
    let early = claimed(store, 1, &intent(1, 1, 0, "").id).await?;
    judge(
        store,
        (1, 2),
        vec![intent(1, 2, 0, "status")],
        &["status", "check"],
    )
    .await?;
    assert_eq!(
        states(store).await?,
        [IntentState::Abandoned, IntentState::Intent, IntentState::Intent]
    );
    let late = store.mark_sending(&early.lease, at(1)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    let mut order = Vec::new();
    while let Some(id) = claimed_id(store, "one", 1, &[]).await? {
        order.push(id);
    }
    let expected = [(1, 1, 1), (2, 1, 0), (1, 2, 0)];
    assert_eq!(
        order,
        expected.map(|(number, revision, index)| intent(number, revision, index, "").id)
    );
    // Nothing newer is needed: a closed pull request has no status to write.
    judge(store, (1, 3), vec![], &["status"]).await?;
    let states = states(store).await?;
    assert_eq!(states[2], IntentState::Abandoned);
    Ok(())
}

pub(super) async fn what_a_newer_one_stands_for_is_not_sent_again_when_it_was_not_applied(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let (old, new) = (intent(1, 1, 0, "status"), intent(1, 2, 0, "status"));
    judge(store, (1, 1), vec![old.clone()], &["status"]).await?;
    let sending = sent(store, 1, &old.id).await?;
    judge(store, (1, 2), vec![new.clone()], &["status"]).await?;
    assert_eq!(states(store).await?, [IntentState::Sending, IntentState::Intent]);
    // The newer one waits, also while nobody knows.
    assert_eq!(claimed_id(store, "two", 2, &[]).await?, None);
    let unknown = IntentOutcome::Unknown {
        reason: "no answer".to_owned(),
        run_after: at(20),
    };
    store.finish_intent(&sending.lease, unknown, &[], at(2)).await?;
    assert_eq!(claimed_id(store, "two", 3, &[]).await?, None);
    let probed = claimed(store, 20, &old.id).await?;
    store
        .finish_intent(&probed.lease, not_applied(20), &[], at(20))
        .await?;
    let rows = store.pull_request_intents(id(1), 10).await?;
    let fate = (rows[1].state, rows[1].settled_at, rows[1].leased.clone());
    assert_eq!(fate, (IntentState::Abandoned, Some(at(20)), None));
    let late = store.finish_intent(&probed.lease, done(), &[], at(21)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    let newer = sent(store, 20, &new.id).await?;
    store.finish_intent(&newer.lease, done(), &[], at(21)).await?;
    assert_eq!(claimed_id(store, "two", 1000, &[]).await?, None);
    Ok(())
}

pub(super) async fn what_a_newer_one_stands_for_is_done_if_it_was_done(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let (old, new) = (intent(1, 1, 0, "status"), intent(1, 2, 0, "status"));
    judge(store, (1, 1), vec![old.clone()], &["status"]).await?;
    let sending = sent(store, 1, &old.id).await?;
    judge(store, (1, 2), vec![new.clone()], &["status"]).await?;
    store.record_handle(&sending.lease, "note").await?;
    store.finish_intent(&sending.lease, done(), &[], at(2)).await?;
    assert_eq!(states(store).await?, [IntentState::Done, IntentState::Intent]);
    // What is settled is not touched by who comes later.
    judge(store, (1, 3), vec![intent(1, 3, 0, "status")], &["status"]).await?;
    assert_eq!(
        states(store).await?,
        [IntentState::Done, IntentState::Abandoned, IntentState::Intent]
    );
    Ok(())
}

pub(super) async fn what_no_newer_one_stands_for_is_sent_again_before_the_next(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let (first, second) = (intent(1, 1, 0, "comment"), intent(1, 2, 0, "comment"));
    judge(store, (1, 1), vec![first.clone()], &["status"]).await?;
    let sending = sent(store, 1, &first.id).await?;
    judge(store, (1, 2), vec![second.clone()], &["status"]).await?;
    store
        .finish_intent(&sending.lease, not_applied(5), &[], at(2))
        .await?;
    assert_eq!(claimed_id(store, "two", 4, &[]).await?, None);
    let again = sent(store, 5, &first.id).await?;
    store.finish_intent(&again.lease, done(), &[], at(6)).await?;
    let next = claimed(store, 6, &second.id).await?;
    assert_eq!(next.intent.sends, 0);
    Ok(())
}

pub(super) async fn those_of_one_kind_are_carried_out_one_after_the_other(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let urgent = NewIntent {
        priority: 9,
        ..intent(1, 1, 1, "comment")
    };
    let intents = vec![intent(1, 1, 0, "comment"), urgent, intent(1, 1, 2, "status")];
    judge(store, (1, 1), intents, &[]).await?;
    judge(store, (2, 1), vec![intent(2, 1, 0, "comment")], &[]).await?;
    let id = |number, index| intent(number, 1, index, "").id;
    let first = claimed(store, 1, &id(1, 0)).await?;
    claimed(store, 1, &id(1, 2)).await?;
    claimed(store, 1, &id(2, 0)).await?;
    assert_eq!(claimed_id(store, "two", 1, &[]).await?, None);
    assert_eq!(
        store.mark_sending(&first.lease, at(1)).await?,
        MarkedSending::Sending(1)
    );
    assert_eq!(claimed_id(store, "two", 1, &[]).await?, None);
    let rejected = IntentOutcome::Rejected {
        reason: "\"no\"".to_owned(),
    };
    store.finish_intent(&first.lease, rejected, &[], at(2)).await?;
    claimed(store, 2, &id(1, 1)).await?;
    Ok(())
}

pub(super) async fn kinds_of_one_lane_are_carried_out_one_after_the_other(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let of = |index, kind: &str| intent(1, 1, index, kind);
    let intents = vec![
        of(0, "status"),
        of(1, "status.end"),
        of(2, "status.group"),
        of(3, "statuses"),
    ];
    judge(store, (1, 1), intents, &[]).await?;
    let id = |index| of(index, "").id;
    let first = claimed(store, 1, &id(0)).await?;
    // What only begins with the same letters is of another lane.
    claimed(store, 1, &id(3)).await?;
    assert_eq!(claimed_id(store, "two", 1, &[]).await?, None);
    let marked = store.mark_sending(&first.lease, at(1)).await?;
    assert_eq!(marked, MarkedSending::Sending(1));
    assert_eq!(claimed_id(store, "two", 1, &[]).await?, None);
    store.finish_intent(&first.lease, done(), &[], at(2)).await?;
    let second = claimed(store, 2, &id(1)).await?;
    assert_eq!(claimed_id(store, "two", 2, &[]).await?, None);
    let marked = store.mark_sending(&second.lease, at(2)).await?;
    assert_eq!(marked, MarkedSending::Sending(1));
    store.finish_intent(&second.lease, done(), &[], at(3)).await?;
    claimed(store, 3, &id(2)).await?;
    Ok(())
}

pub(super) async fn a_command_of_somebody_else_or_a_known_one_changes_nothing(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    judge(store, (1, 1), vec![intent(1, 1, 0, "status")], &[]).await?;
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let claimed = taken(store, "one", 0).await?;
    let before = (picture(store, 1).await?, states(store).await?);
    let commons = Sample::commons();
    for intents in [
        vec![intent(1, 2, 0, "status"), intent(2, 2, 1, "status")],
        vec![commons.intent(1, 0, 0)],
        vec![intent(1, 2, 0, "status"), intent(1, 1, 0, "status")],
        vec![intent(1, 2, 0, "status"), intent(1, 2, 0, "status")],
        vec![intent(1, 2, 0, "")],
    ] {
        let decision = Decision {
            decided: Some(verdict(2)),
            intents,
            supersedes: vec!["status".to_owned()],
            ..plain(&claimed.lease, 1)
        };
        let refused = store.commit_decision(&decision).await;
        assert!(
            matches!(refused, Err(StoreError::Constraint { .. })),
            "{refused:?}"
        );
        assert_eq!((picture(store, 1).await?, states(store).await?), before);
    }
    let step = Step {
        intents: vec![intent(1, 2, 0, "status")],
        ..commons.step(1)
    };
    let refused = store.commit_step(&step).await;
    assert!(
        matches!(refused, Err(StoreError::Constraint { .. })),
        "{refused:?}"
    );
    assert_eq!(store.load_release(&commons.release).await?, None);
    Ok(())
}

pub(super) async fn neither_holds_nor_ends_of_releases_concern_a_pull_request(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let mut held = commons.step(1);
    (held.row.held, held.row.ended) = (true, true);
    held.intents = vec![commons.intent(1, 0, 9)];
    store.commit_step(&held).await?;
    judge(store, (1, 1), vec![intent(1, 1, 0, "status")], &[]).await?;
    let id = intent(1, 1, 0, "").id;
    let sending = sent(store, 1, &id).await?;
    store
        .finish_intent(&sending.lease, not_applied(2), &[], at(2))
        .await?;
    let again = sent(store, 2, &id).await?;
    store.take_over("two", at(3)).await?;
    let late = store.finish_intent(&again.lease, done(), &[], at(3)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    let probed = claimed(store, 3, &id).await?;
    store.finish_intent(&probed.lease, done(), &[], at(4)).await?;
    assert_eq!(states(store).await?, [IntentState::Done]);
    assert_eq!(store.intents(&commons.release).await?.len(), 1);
    Ok(())
}
