//! One beyond each limit, and one word that the schema does not know: both stores refuse alike and change nothing.

use super::pair::{Pair, at};
use domain_types::Sha256Digest;
use storage::contract::Sample;
use storage::{
    BODY_BYTES_MAX, BuildRow, Claim, DELIVERY_BYTES_MAX, IntentLease, IntentOutcome, NewInboxRow, NewIntent,
    NewTimer, POOLS_MAX, PoolCapacity, ROWS_MAX, Step, StoreError, TIMER_KEY_BYTES_MAX, WORD_BYTES_MAX,
};

fn overlong_word() -> String {
    "x".repeat(WORD_BYTES_MAX + 1)
}

fn row() -> NewInboxRow {
    NewInboxRow {
        key: "key".to_owned(),
        release: None,
        kind: "resume".to_owned(),
        body: "{}".to_owned(),
        actor: "operator".to_owned(),
    }
}

fn timer() -> NewTimer {
    NewTimer {
        key: "retry".to_owned(),
        due: at(9),
        kind: "tick".to_owned(),
        body: "{}".to_owned(),
    }
}

fn claim(owner: &str) -> Claim {
    Claim {
        owner: owner.to_owned(),
        now: at(2),
        lease_seconds: 10,
        release: None,
    }
}

/// Steps of which each has one thing too many.
fn steps_beyond(sample: &Sample, large: &str) -> Vec<Step> {
    let step = || sample.step(2);
    let intent = || sample.intent(2, 0, 0);
    let with = |change: &dyn Fn(&mut Step)| {
        let mut step = step();
        change(&mut step);
        step
    };
    let build = |body: &str| BuildRow {
        body: body.to_owned(),
        ..sample.build("a", "waiting", None)
    };
    let with_intent = |intent: NewIntent| Step {
        intents: vec![intent],
        ..step()
    };
    let with_timer = |timer: NewTimer| Step {
        timers_set: vec![timer],
        ..step()
    };
    let many = ROWS_MAX + 1;
    let command = sample.command(1, 0);
    vec![
        with(&|step| step.event_kind.clear()),
        with(&|step| step.event_kind = overlong_word()),
        with(&|step| large.clone_into(&mut step.event)),
        with(&|step| large.clone_into(&mut step.facts)),
        with(&|step| large.clone_into(&mut step.row.body)),
        with(&|step| step.snapshot = Some(large.to_owned())),
        with(&|step| step.builds = vec![build("{}"); many]),
        with(&|step| step.builds = vec![build(large)]),
        with(&|step| step.intents = vec![intent(); many]),
        with(&|step| step.slots_freed = vec![command.clone(); many]),
        with(&|step| step.abandoned = vec![command.clone(); many]),
        with(&|step| step.timers_set = vec![timer(); many]),
        with(&|step| step.timers_cleared = vec![String::new(); many]),
        with_intent(NewIntent {
            kind: overlong_word(),
            ..intent()
        }),
        with_intent(NewIntent {
            body: large.to_owned(),
            ..intent()
        }),
        with_intent(NewIntent {
            pool: Some(String::new()),
            ..intent()
        }),
        with_intent(NewIntent {
            pool: Some(overlong_word()),
            ..intent()
        }),
        with_timer(NewTimer {
            key: "x".repeat(TIMER_KEY_BYTES_MAX + 1),
            ..timer()
        }),
        with_timer(NewTimer {
            kind: overlong_word(),
            ..timer()
        }),
        with_timer(NewTimer {
            kind: String::new(),
            ..timer()
        }),
        with_timer(NewTimer {
            body: large.to_owned(),
            ..timer()
        }),
    ]
}

fn rows_beyond(large: &str) -> Vec<Vec<NewInboxRow>> {
    let beyond = [
        NewInboxRow {
            key: overlong_word(),
            ..row()
        },
        NewInboxRow {
            kind: overlong_word(),
            ..row()
        },
        NewInboxRow {
            actor: String::new(),
            ..row()
        },
        NewInboxRow {
            body: large.to_owned(),
            release: Some(Sample::commons().release),
            ..row()
        },
        NewInboxRow {
            body: "x".repeat(DELIVERY_BYTES_MAX + 1),
            ..row()
        },
    ];
    let many = vec![row(); ROWS_MAX + 1];
    beyond
        .into_iter()
        .map(|beyond| vec![row(), beyond])
        .chain([many])
        .collect()
}

fn assert_refused<T: std::fmt::Debug>(refused: Result<T, StoreError>) {
    let is_refusal = matches!(
        refused,
        Err(StoreError::TooLarge { .. } | StoreError::Constraint { .. })
    );
    assert!(is_refusal, "{refused:?}");
}

/// A started release with one intent that is being sent.
async fn started(pair: &Pair, sample: &Sample) -> IntentLease {
    let step = Step {
        intents: vec![sample.intent(1, 0, 0)],
        ..sample.step(1)
    };
    pair.commit(&step).await.unwrap();
    let claimed = pair.claim_intent(&claim("one"), &[]).await.unwrap().unwrap();
    pair.mark_sending(&claimed.lease, at(2)).await.unwrap();
    claimed.lease
}

#[tokio::test]
async fn both_stores_have_the_same_limits() {
    let (pair, sample) = (Pair::new().await, Sample::commons());
    let large = "x".repeat(BODY_BYTES_MAX + 1);
    let lease = started(&pair, &sample).await;
    let before = format!("{:?}", pair.model);
    for step in steps_beyond(&sample, &large) {
        assert_refused(pair.commit(&step).await);
    }
    let outcome = |result: &str| IntentOutcome::Done {
        result: result.to_owned(),
    };
    for rows in rows_beyond(&large) {
        assert_refused(pair.append(&rows, at(3)).await);
        assert_refused(pair.finish(&lease, &outcome("{}"), &rows, at(3)).await);
    }
    let rejected = IntentOutcome::Rejected {
        reason: large.clone(),
    };
    assert_refused(pair.finish(&lease, &outcome(&large), &[], at(3)).await);
    assert_refused(pair.finish(&lease, &rejected, &[], at(3)).await);
    assert_refused(pair.record_handle(&lease, &large).await);
    let pool = PoolCapacity {
        pool: "runner".to_owned(),
        slots: 1,
    };
    assert_refused(pair.claim_intent(&claim("one"), &vec![pool; POOLS_MAX + 1]).await);
    for owner in [String::new(), overlong_word()] {
        assert_refused(pair.claim_intent(&claim(&owner), &[]).await);
        assert_refused(pair.claim_inbox(&claim(&owner)).await);
    }
    assert_eq!(format!("{:?}", pair.model), before);
    pair.compare_all([&sample.release], &[Sha256Digest::of(b"key")])
        .await
        .unwrap();
}

#[tokio::test]
async fn an_inbox_row_is_not_refused_with_a_reason_beyond_the_limit() {
    let pair = Pair::new().await;
    pair.append(&[row()], at(0)).await.unwrap();
    let claimed = pair.claim_inbox(&claim("one")).await.unwrap().unwrap();
    let large = "x".repeat(BODY_BYTES_MAX + 1);
    assert_refused(pair.refuse(&claimed.lease, &large, at(3)).await);
    pair.refuse(&claimed.lease, "", at(3)).await.unwrap();
    pair.compare_all([], &[]).await.unwrap();
}
