//! Promises about the front door.

use super::sample::{Sample, at, claim, inbox_row};
use crate::{Appended, BODY_BYTES_MAX, Claim, InboxState, NewInboxRow, ROWS_MAX, Store, StoreError};

pub(super) async fn a_key_is_stored_once(store: &dyn Store) -> Result<(), StoreError> {
    let first = store
        .append_inbox(&[inbox_row("a"), inbox_row("b"), inbox_row("a")], at(0))
        .await?;
    assert!(
        matches!(first[..], [Appended::New(a), Appended::New(b), Appended::Duplicate(c)] if a == c && a < b)
    );
    let changed = NewInboxRow {
        body: "changed".to_owned(),
        ..inbox_row("a")
    };
    let second = store.append_inbox(&[changed], at(9)).await?;
    assert_eq!(second, [Appended::Duplicate(first[0].id())]);
    let stored = store
        .inbox_row(first[0].id())
        .await?
        .unwrap_or_else(|| panic!("the row is gone"));
    assert_eq!((stored.row, stored.received_at), (inbox_row("a"), at(0)));
    assert_eq!(
        (stored.state, stored.reason, stored.decided_at),
        (InboxState::Pending, None, None)
    );
    assert_eq!(store.append_inbox(&[], at(1)).await?, []);
    Ok(())
}

pub(super) async fn the_oldest_pending_row_goes_first_and_to_one_owner(
    store: &dyn Store,
) -> Result<(), StoreError> {
    assert_eq!(store.claim_inbox(&claim("one", 0)).await?, None);
    let rows = store
        .append_inbox(&[inbox_row("z"), inbox_row("a")], at(0))
        .await?;
    let first = store
        .claim_inbox(&claim("one", 1))
        .await?
        .map(|claimed| claimed.lease.id);
    let second = store
        .claim_inbox(&claim("two", 1))
        .await?
        .map(|claimed| claimed.lease.id);
    assert_eq!([first, second], [Some(rows[0].id()), Some(rows[1].id())]);
    assert_eq!(store.claim_inbox(&claim("three", 10)).await?, None);
    Ok(())
}

pub(super) async fn an_expired_lease_goes_to_another_and_shuts_the_first_owner_out(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let rows = store.append_inbox(&[inbox_row("a")], at(0)).await?;
    let first = store
        .claim_inbox(&claim("one", 0))
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let second = store
        .claim_inbox(&claim("two", 10))
        .await?
        .unwrap_or_else(|| panic!("the lease did not expire"));
    assert!(second.lease.epoch > first.lease.epoch);
    let refused = store.refuse_inbox(&first.lease, "late", at(11)).await;
    assert!(
        matches!(refused, Err(StoreError::LeaseLost { .. })),
        "{refused:?}"
    );
    store.refuse_inbox(&second.lease, "not now", at(11)).await?;
    let row = store
        .inbox_row(rows[0].id())
        .await?
        .unwrap_or_else(|| panic!("the row is gone"));
    assert_eq!(row.reason.as_deref(), Some("not now"));
    Ok(())
}

pub(super) async fn a_refused_row_keeps_its_reason_and_is_never_claimed_again(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let rows = store.append_inbox(&[inbox_row("a")], at(0)).await?;
    let claimed = store
        .claim_inbox(&claim("one", 0))
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    store
        .refuse_inbox(&claimed.lease, "already published", at(1))
        .await?;
    let row = store
        .inbox_row(rows[0].id())
        .await?
        .unwrap_or_else(|| panic!("the row is gone"));
    assert_eq!(row.state, InboxState::Refused);
    assert_eq!((row.decided_at, row.revision), (Some(at(1)), None));
    assert_eq!(store.claim_inbox(&claim("one", 1000)).await?, None);
    let again = store.refuse_inbox(&claimed.lease, "twice", at(2)).await;
    assert!(matches!(again, Err(StoreError::LeaseLost { .. })), "{again:?}");
    Ok(())
}

pub(super) async fn one_row_above_a_limit_refuses_the_whole_list(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let large = NewInboxRow {
        body: "x".repeat(BODY_BYTES_MAX + 1),
        ..inbox_row("large")
    };
    let refused = store.append_inbox(&[inbox_row("a"), large], at(0)).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
    let refused = store
        .append_inbox(&vec![inbox_row("many"); ROWS_MAX + 1], at(0))
        .await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
    let refused = store.append_inbox(&[inbox_row("b"), inbox_row("")], at(0)).await;
    assert!(
        matches!(refused, Err(StoreError::Constraint { .. })),
        "{refused:?}"
    );
    assert_eq!(store.claim_inbox(&claim("one", 0)).await?, None);
    Ok(())
}

pub(super) async fn a_claim_for_a_release_gets_its_rows_only(store: &dyn Store) -> Result<(), StoreError> {
    let commons = Sample::commons();
    let ours = NewInboxRow {
        release: Some(commons.release.clone()),
        ..inbox_row("ours")
    };
    let theirs = NewInboxRow {
        release: Some(Sample::new("other", "0.1.0", "plan").release),
        ..inbox_row("theirs")
    };
    store
        .append_inbox(&[inbox_row("nobody's"), theirs, ours], at(0))
        .await?;
    let narrow = Claim {
        release: Some(commons.release),
        ..claim("one", 1)
    };
    let claimed = store
        .claim_inbox(&narrow)
        .await?
        .map(|claimed| claimed.row.row.key);
    assert_eq!(claimed.as_deref(), Some("ours"));
    assert_eq!(store.claim_inbox(&narrow).await?, None);
    let claimed = store
        .claim_inbox(&claim("one", 1))
        .await?
        .map(|claimed| claimed.row.row.key);
    assert_eq!(claimed.as_deref(), Some("nobody's"));
    Ok(())
}
