//! Promises about the front door.

use super::sample::{Sample, at, claim, inbox_row};
use crate::{
    Appended, BODY_BYTES_MAX, Claim, DELIVERY_BYTES_MAX, InboxState, NewInboxRow, REFUSED_BODY_CHARS_MAX,
    ROWS_MAX, Store, StoreError,
};

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
    assert_eq!(store.refused_inbox(9).await?, []);
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

pub(super) async fn refused_rows_are_told_newest_first(store: &dyn Store) -> Result<(), StoreError> {
    store
        .append_inbox(&["a", "b", "c", "d"].map(inbox_row), at(0))
        .await?;
    for key in ["a", "b", "c"] {
        let claimed = store.claim_inbox(&claim("one", 0)).await?;
        let claimed = claimed.unwrap_or_else(|| panic!("nothing to claim"));
        match key {
            "b" => drop(store.answer_inbox(&claimed.lease, &[], at(1)).await?),
            _ => store.refuse_inbox(&claimed.lease, key, at(1)).await?,
        }
    }
    for (limit, expected) in [(9, &["c", "a"][..]), (1, &["c"]), (0, &[])] {
        let told = store.refused_inbox(limit).await?;
        let reasons: Vec<_> = told.iter().filter_map(|row| row.reason.as_deref()).collect();
        assert_eq!(reasons, expected);
    }
    Ok(())
}

pub(super) async fn a_refused_row_that_is_too_large_is_not_told(store: &dyn Store) -> Result<(), StoreError> {
    // The limit is of characters, of which these have two bytes each.
    let sized = |key: &str, chars: usize| NewInboxRow {
        body: format!("\"{}\"", "ö".repeat(chars - 2)),
        ..inbox_row(key)
    };
    let rows = [
        sized("just small enough", REFUSED_BODY_CHARS_MAX),
        sized("too large", REFUSED_BODY_CHARS_MAX + 1),
    ];
    store.append_inbox(&rows, at(0)).await?;
    for _ in rows {
        let claimed = store.claim_inbox(&claim("one", 0)).await?;
        let claimed = claimed.unwrap_or_else(|| panic!("nothing to claim"));
        store.refuse_inbox(&claimed.lease, "late", at(1)).await?;
    }
    let told = store.refused_inbox(9).await?;
    let keys: Vec<_> = told.iter().map(|row| row.row.key.as_str()).collect();
    assert_eq!(keys, ["just small enough"]);
    Ok(())
}

pub(super) async fn an_answered_row_is_done_without_a_revision_and_what_follows_is_there(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let rows = store
        .append_inbox(&[inbox_row("hint"), inbox_row("hint/2")], at(0))
        .await?;
    let claimed = store
        .claim_inbox(&claim("one", 0))
        .await?
        .unwrap_or_else(|| panic!("nothing to claim"));
    let follows = [
        inbox_row("z"),
        inbox_row("hint/2"),
        inbox_row("y"),
        inbox_row("z"),
    ];
    let appended = store.answer_inbox(&claimed.lease, &follows, at(1)).await?;
    assert!(
        matches!(appended[..], [Appended::New(z), Appended::Duplicate(known), Appended::New(y), Appended::Duplicate(again)]
            if known == rows[1].id() && z == again && z < y),
        "{appended:?}"
    );
    let row = store
        .inbox_row(rows[0].id())
        .await?
        .unwrap_or_else(|| panic!("the row is gone"));
    assert_eq!(
        (row.state, row.reason, row.decided_at, row.revision),
        (InboxState::Done, None, Some(at(1)), None)
    );
    let mut left = Vec::new();
    while let Some(claimed) = store.claim_inbox(&claim("one", 1)).await? {
        left.push(claimed.row.row.key);
        assert_eq!(store.answer_inbox(&claimed.lease, &[], at(1)).await?, []);
    }
    assert_eq!(left, ["hint/2", "z", "y"]);
    assert_eq!(store.claim_inbox(&claim("one", 1000)).await?, None);
    Ok(())
}

pub(super) async fn an_answer_with_a_lost_lease_changes_nothing(store: &dyn Store) -> Result<(), StoreError> {
    let rows = store.append_inbox(&[inbox_row("hint")], at(0)).await?;
    let mut leases = Vec::new();
    for (owner, seconds) in [("one", 0), ("two", 10)] {
        let claimed = store.claim_inbox(&claim(owner, seconds)).await?;
        leases.push(claimed.unwrap_or_else(|| panic!("nothing to claim")).lease);
    }
    let late = store.answer_inbox(&leases[0], &[inbox_row("late")], at(11)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    let nameless = store.answer_inbox(&leases[1], &[inbox_row("")], at(11)).await;
    assert!(
        matches!(nameless, Err(StoreError::Constraint { .. })),
        "{nameless:?}"
    );
    assert_eq!(store.claim_inbox(&claim("three", 11)).await?, None);
    let row = store.inbox_row(rows[0].id()).await?;
    assert_eq!(row.map(|row| row.state), Some(InboxState::Pending));
    assert_eq!(store.answer_inbox(&leases[1], &[], at(12)).await?, []);
    let twice = store.answer_inbox(&leases[1], &[inbox_row("late")], at(13)).await;
    assert!(matches!(twice, Err(StoreError::LeaseLost { .. })), "{twice:?}");
    assert_eq!(store.claim_inbox(&claim("three", 1000)).await?, None);
    Ok(())
}

/// A webhook comes as it came, and is a text within a text.
pub(super) async fn a_delivery_may_be_larger_than_an_event(store: &dyn Store) -> Result<(), StoreError> {
    let delivery = |bytes| NewInboxRow {
        body: "\"".repeat(bytes),
        ..inbox_row("delivery/1")
    };
    let refused = store
        .append_inbox(&[delivery(DELIVERY_BYTES_MAX + 1)], at(0))
        .await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
    let largest = delivery(DELIVERY_BYTES_MAX);
    store.append_inbox(std::slice::from_ref(&largest), at(0)).await?;
    let claimed = store.claim_inbox(&claim("one", 0)).await?;
    assert!(claimed.is_some_and(|claimed| claimed.row.row == largest));
    Ok(())
}

pub(super) async fn one_row_above_a_limit_refuses_the_whole_list(
    store: &dyn Store,
) -> Result<(), StoreError> {
    let large = NewInboxRow {
        body: "x".repeat(BODY_BYTES_MAX + 1),
        release: Some(Sample::commons().release),
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
