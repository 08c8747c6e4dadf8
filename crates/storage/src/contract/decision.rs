//! Promises about the one transaction of a decision, and about the book.

use super::pull_request_sample::{id, look, picture, plain, signature, stored, taken, verdict};
use super::sample::at;
use crate::{
    BODY_BYTES_MAX, DECISION_OUTCOMES, Decision, DecisionRow, NewDecision, NewSignature, PullRequestLease,
    PullRequestStore, SIGNATURES_MAX, SignatureRow, StoreError,
};
use domain_types::Subject;

/// A decision with something of everything.
fn full(lease: &PullRequestLease, seconds: i64, revision: u64) -> Decision {
    Decision {
        due: Some(at(600)),
        decided: Some(verdict(revision)),
        signatures: vec![signature("statement", "key a"), signature("statement", "key b")],
        withdrawn: vec![signature("statement", "key b").name],
        ..plain(lease, seconds)
    }
}

pub(super) async fn a_decision_stores_everything_that_a_look_came_to(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0), look(2, 0)], at(0)).await?;
    let claimed = taken(store, "one", 0).await?;
    let decision = Decision {
        open: false,
        ..full(&claimed.lease, 2, 1)
    };
    store.commit_decision(&decision).await?;
    let known = stored(store, 1).await?;
    assert_eq!((known.revision, known.open, known.due), (1, false, Some(at(600))));
    assert_eq!((known.body, known.leased), (Some(decision.body), None));
    let row = DecisionRow {
        at: at(2),
        decision: verdict(1),
    };
    assert_eq!(store.decisions(id(1), None, 10).await?, [row]);
    let received = |key: &str, withdrawn_at| SignatureRow {
        signature: signature("statement", key),
        withdrawn_at,
    };
    assert_eq!(
        store.signatures(id(1)).await?,
        [received("key a", None), received("key b", Some(at(2)))]
    );
    assert_eq!(store.decisions(id(2), None, 10).await?, []);
    assert_eq!(store.signatures(id(2)).await?, []);
    Ok(())
}

pub(super) async fn a_look_without_a_verdict_leaves_the_book_as_it_is(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let first = taken(store, "one", 0).await?;
    store.commit_decision(&full(&first.lease, 1, 1)).await?;
    let (_, book, signatures) = picture(store, 1).await?;
    let second = taken(store, "one", 600).await?;
    assert_eq!(second.stored.revision, 1);
    store.commit_decision(&plain(&second.lease, 601)).await?;
    let (known, book_after, signatures_after) = picture(store, 1).await?;
    assert_eq!((book_after, signatures_after), (book, signatures));
    let known = known.unwrap_or_else(|| panic!("it is gone"));
    assert_eq!(
        (known.revision, known.body.as_deref()),
        (1, Some("{\"v\":1,\"at\":601}"))
    );
    Ok(())
}

pub(super) async fn a_decision_upon_another_revision_changes_nothing(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let claimed = taken(store, "one", 0).await?;
    let before = picture(store, 1).await?;
    for (revision, builds_upon) in [(0, 0), (2, 1), (u64::MAX, u64::MAX - 1)] {
        let refused = store.commit_decision(&full(&claimed.lease, 1, revision)).await;
        assert!(
            matches!(&refused, Err(StoreError::RevisionConflict { subject: Subject::PullRequest(of), expected, found: Some(0) })
                if *of == id(1) && *expected == builds_upon),
            "{refused:?}"
        );
        assert_eq!(picture(store, 1).await?, before);
    }
    store.commit_decision(&full(&claimed.lease, 1, 1)).await?;
    let again = taken(store, "one", 600).await?;
    let refused = store.commit_decision(&full(&again.lease, 601, 1)).await;
    assert!(
        matches!(
            refused,
            Err(StoreError::RevisionConflict {
                expected: 0,
                found: Some(1),
                ..
            })
        ),
        "{refused:?}"
    );
    Ok(())
}

pub(super) async fn a_decision_that_breaks_a_constraint_changes_nothing(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let claimed = taken(store, "one", 0).await?;
    let before = picture(store, 1).await?;
    let base = || full(&claimed.lease, 1, 1);
    let with = |signature: NewSignature| Decision {
        signatures: vec![signature],
        withdrawn: Vec::new(),
        ..base()
    };
    let outcome = NewDecision {
        outcome: "perhaps".to_owned(),
        ..verdict(1)
    };
    let mut keyless = signature("statement", "key");
    keyless.name.key_identity.clear();
    let schemeless = NewSignature {
        scheme: String::new(),
        ..signature("statement", "key")
    };
    let mut beyond = base();
    beyond.lease.wanted = 7;
    for refused in [
        Decision {
            decided: Some(outcome),
            ..base()
        },
        with(keyless),
        with(schemeless),
        beyond,
    ] {
        let refused = store.commit_decision(&refused).await;
        assert!(
            matches!(refused, Err(StoreError::Constraint { .. })),
            "{refused:?}"
        );
        assert_eq!(picture(store, 1).await?, before);
    }
    let large = "x".repeat(BODY_BYTES_MAX + 1);
    for refused in [
        Decision {
            body: large,
            ..base()
        },
        Decision {
            signatures: vec![signature("statement", "key"); SIGNATURES_MAX + 1],
            ..base()
        },
    ] {
        let refused = store.commit_decision(&refused).await;
        assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
        assert_eq!(picture(store, 1).await?, before);
    }
    store.commit_decision(&base()).await
}

pub(super) async fn an_unknown_commit_is_found_by_its_revision(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let claimed = taken(store, "one", 0).await?;
    let decision = full(&claimed.lease, 1, 1);
    store.commit_decision(&decision).await?;
    let after = picture(store, 1).await?;
    let again = store.commit_decision(&decision).await;
    assert!(matches!(again, Err(StoreError::LeaseLost { .. })), "{again:?}");
    assert_eq!(picture(store, 1).await?, after);
    assert_eq!(stored(store, 1).await?.revision, 1);
    Ok(())
}

pub(super) async fn decisions_are_read_newest_first_in_pages(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    for (revision, outcome) in (1..).zip(DECISION_OUTCOMES) {
        let claimed = taken(store, "one", 600).await?;
        let decided = NewDecision {
            outcome: outcome.to_owned(),
            ..verdict(revision)
        };
        let decision = Decision {
            decided: Some(decided),
            ..full(&claimed.lease, 600, revision)
        };
        store.commit_decision(&decision).await?;
    }
    let (mut before, mut pages) = (None, Vec::new());
    while let page = store.decisions(id(1), before, 2).await?
        && let Some(last) = page.last()
    {
        before = Some(last.decision.revision);
        pages.push(page.iter().map(|row| row.decision.revision).collect::<Vec<_>>());
    }
    assert_eq!(pages, [vec![5, 4], vec![3, 2], vec![1]]);
    let newest = store.decisions(id(1), None, 1).await?.remove(0);
    assert_eq!(newest.decision.outcome, DECISION_OUTCOMES[4]);
    Ok(())
}
