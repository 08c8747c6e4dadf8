//! Promises about signatures: received once, never changed, at most withdrawn.

use super::pull_request_sample::{id, look, picture, plain, signature, taken};
use super::sample::at;
use crate::{Decision, NewSignature, PullRequestStore, SignatureName, StoreError};

/// Looks at pull request 1, which is due at once again, and commits these.
async fn commit(
    store: &dyn PullRequestStore,
    seconds: i64,
    signatures: Vec<NewSignature>,
    withdrawn: Vec<SignatureName>,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let claimed = taken(store, "one", seconds).await?;
    let decision = Decision {
        signatures,
        withdrawn,
        ..plain(&claimed.lease, seconds)
    };
    store.commit_decision(&decision).await
}

pub(super) async fn a_signature_is_received_once_and_stays_as_it_was(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let first = signature("statement", "key a");
    let edited = NewSignature {
        scheme: "another".to_owned(),
        signature: "another".to_owned(),
        source: "comment/8".to_owned(),
        received_at: at(0),
        ..first.clone()
    };
    commit(store, 3, vec![first.clone(), edited.clone()], vec![]).await?;
    let other_statement = NewSignature {
        received_at: at(2),
        ..signature("another statement", "key a")
    };
    commit(store, 4, vec![edited, other_statement.clone()], vec![]).await?;
    let received = store.signatures(id(1)).await?;
    let received: Vec<_> = received
        .iter()
        .map(|row| (&row.signature, row.withdrawn_at))
        .collect();
    // Each with the time at which it came, whenever that was decided upon.
    assert_eq!(received, [(&first, None), (&other_statement, None)]);
    Ok(())
}

pub(super) async fn a_withdrawn_signature_stays_withdrawn(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let first = signature("statement", "key a");
    commit(store, 1, vec![first.clone()], vec![]).await?;
    for (seconds, signatures, withdrawn) in [
        (2, vec![], vec![first.name.clone()]),
        (3, vec![], vec![first.name.clone(), first.name.clone()]),
        (4, vec![first.clone()], vec![]),
    ] {
        commit(store, seconds, signatures, withdrawn).await?;
        let row = store.signatures(id(1)).await?.remove(0);
        assert_eq!(
            (row.signature.received_at, row.withdrawn_at),
            (at(1), Some(at(2)))
        );
    }
    Ok(())
}

pub(super) async fn what_was_never_received_cannot_be_withdrawn(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let first = signature("statement", "key a");
    store.want_pull_requests(&[look(2, 0)], at(0)).await?;
    let elsewhere = taken(store, "one", 0).await?;
    let decision = Decision {
        signatures: vec![first.clone()],
        ..plain(&elsewhere.lease, 0)
    };
    store.commit_decision(&decision).await?;
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let claimed = taken(store, "one", 0).await?;
    let before = picture(store, 1).await?;
    for name in [first.name, signature("another", "key a").name] {
        let decision = Decision {
            signatures: vec![signature("statement", "key b")],
            withdrawn: vec![name],
            ..plain(&claimed.lease, 1)
        };
        let refused = store.commit_decision(&decision).await;
        assert!(
            matches!(refused, Err(StoreError::Constraint { .. })),
            "{refused:?}"
        );
        assert_eq!(picture(store, 1).await?, before);
    }
    Ok(())
}
