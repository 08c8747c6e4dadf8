//! Promises about the queue of pull requests: one look for many wishes, one owner at a time, nothing forgotten.

use super::pull_request_sample::{claimed_number, id, look, picture, plain, stored, taken};
use super::sample::{Sample, at, claim, inbox_row};
use crate::{
    Claim, Decision, InboxLease, InboxState, LOOKS_MAX, Listed, Look, PullRequestStore, StoreError,
    StoredPullRequest, TakenOver,
};
use domain_types::PullRequestId;

pub(super) async fn many_wishes_before_a_claim_make_one_look(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    assert_eq!(store.next_look().await?, None);
    assert_eq!(claimed_number(store, "one", 1000).await?, None);
    for _ in 0..20 {
        store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    }
    let claimed = taken(store, "one", 0).await?;
    let expected = StoredPullRequest {
        id: id(1),
        repository: "commons/house".to_owned(),
        open: true,
        revision: 0,
        body: None,
        wanted: 20,
        seen: 0,
        due: None,
        failures: 0,
        reason: None,
        first_seen_at: at(0),
        updated_at: at(0),
        leased: Some(("one".to_owned(), at(10))),
    };
    assert_eq!((claimed.lease.wanted, &claimed.stored), (20, &expected));
    assert_eq!(stored(store, 1).await?, expected);
    assert_eq!(claimed_number(store, "two", 9).await?, None);
    store.commit_decision(&plain(&claimed.lease, 2)).await?;
    let after = stored(store, 1).await?;
    assert_eq!((after.wanted, after.seen, after.due), (20, 20, None));
    assert_eq!((after.leased, after.updated_at), (None, at(2)));
    assert_eq!(claimed_number(store, "one", 1000).await?, None);
    assert_eq!(store.next_look().await?, None);
    Ok(())
}

pub(super) async fn what_is_wanted_during_a_look_makes_one_more_look(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let first = taken(store, "one", 0).await?;
    for seconds in [7, 5, 8] {
        store.want_pull_requests(&[look(1, seconds)], at(1)).await?;
    }
    assert_eq!(claimed_number(store, "two", 9).await?, None);
    let decision = Decision {
        due: Some(at(100)),
        ..plain(&first.lease, 2)
    };
    store.commit_decision(&decision).await?;
    let between = stored(store, 1).await?;
    assert_eq!((between.wanted, between.seen, between.due), (4, 1, Some(at(5))));
    assert_eq!(claimed_number(store, "two", 4).await?, None);
    let second = taken(store, "two", 5).await?;
    assert_eq!(second.lease.wanted, 4);
    store.commit_decision(&plain(&second.lease, 6)).await?;
    assert_eq!(claimed_number(store, "two", 1000).await?, None);
    // What is due by itself before anybody wants it comes first.
    store.want_pull_requests(&[look(1, 10)], at(7)).await?;
    let third = taken(store, "one", 10).await?;
    store.want_pull_requests(&[look(1, 90)], at(11)).await?;
    let decision = Decision {
        due: Some(at(50)),
        ..plain(&third.lease, 12)
    };
    store.commit_decision(&decision).await?;
    assert_eq!(store.next_look().await?, Some(at(50)));
    Ok(())
}

pub(super) async fn the_one_that_is_due_longest_goes_first_and_to_one_owner(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let looks = [look(10, 3), look(9, 3), look(1, 4), look(5, 2), look(2, 100)];
    store.want_pull_requests(&looks, at(0)).await?;
    assert_eq!(store.next_look().await?, Some(at(2)));
    assert_eq!(claimed_number(store, "one", 1).await?, None);
    let mut order = Vec::new();
    for owner in ["one", "two", "three", "four", "five"] {
        order.extend(claimed_number(store, owner, 4).await?);
    }
    assert_eq!(order, [5, 9, 10, 1]);
    // Their leases end before the last one is due.
    assert_eq!(store.next_look().await?, Some(at(14)));
    Ok(())
}

pub(super) async fn the_earliest_wish_counts(store: &dyn PullRequestStore) -> Result<(), StoreError> {
    for (seconds, due) in [(30, 30), (40, 30), (20, 20), (25, 20)] {
        store.want_pull_requests(&[look(1, seconds)], at(0)).await?;
        assert_eq!(stored(store, 1).await?.due, Some(at(due)));
    }
    let renamed = Look {
        repository: "commons/villa".to_owned(),
        ..look(1, 50)
    };
    store.want_pull_requests(&[renamed], at(9)).await?;
    let known = stored(store, 1).await?;
    assert_eq!(
        (known.repository.as_str(), known.first_seen_at, known.wanted),
        ("commons/villa", at(0), 5)
    );
    Ok(())
}

pub(super) async fn a_look_can_be_due_without_a_wish(store: &dyn PullRequestStore) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let first = taken(store, "one", 0).await?;
    let decision = Decision {
        due: Some(at(600)),
        ..plain(&first.lease, 1)
    };
    store.commit_decision(&decision).await?;
    assert_eq!(claimed_number(store, "one", 599).await?, None);
    assert_eq!(store.next_look().await?, Some(at(600)));
    let second = taken(store, "one", 600).await?;
    assert_eq!((second.stored.wanted, second.stored.seen), (1, 1));
    store.commit_decision(&plain(&second.lease, 601)).await?;
    assert_eq!(store.next_look().await?, None);
    Ok(())
}

pub(super) async fn one_that_is_named_twice_is_wanted_once(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let later = Look {
        repository: "commons/villa".to_owned(),
        ..look(1, 9)
    };
    store
        .want_pull_requests(&[look(1, 5), look(2, 0), later], at(0))
        .await?;
    let known = stored(store, 1).await?;
    assert_eq!(
        (known.wanted, known.due, known.repository.as_str()),
        (1, Some(at(5)), "commons/villa")
    );
    Ok(())
}

async fn row_lease(
    store: &dyn PullRequestStore,
    owner: &str,
    seconds: i64,
) -> Result<InboxLease, StoreError> {
    let claimed = store.claim_inbox(&claim(owner, seconds)).await?;
    Ok(claimed.unwrap_or_else(|| panic!("no row")).lease)
}

pub(super) async fn a_row_that_tells_of_pull_requests_is_done_when_they_are_wanted(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store
        .append_inbox(&[inbox_row("push"), inbox_row("star")], at(0))
        .await?;
    let lease = row_lease(store, "one", 0).await?;
    store
        .hear_of_pull_requests(&lease, &[look(1, 0), look(2, 3)], at(1))
        .await?;
    let none = row_lease(store, "one", 0).await?;
    store.hear_of_pull_requests(&none, &[], at(2)).await?;
    for (id, decided) in [(lease.id, 1), (none.id, 2)] {
        let row = store.inbox_row(id).await?;
        let fate = row.map(|row| (row.state, row.decided_at, row.revision));
        assert_eq!(fate, Some((InboxState::Done, Some(at(decided)), None)));
    }
    assert_eq!(stored(store, 2).await?.first_seen_at, at(1));
    let twice = store.hear_of_pull_requests(&lease, &[look(1, 0)], at(2)).await;
    assert!(matches!(twice, Err(StoreError::LeaseLost { .. })), "{twice:?}");
    assert_eq!(stored(store, 1).await?.wanted, 1);
    Ok(())
}

pub(super) async fn what_cannot_be_heard_changes_nothing(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.append_inbox(&[inbox_row("push")], at(0)).await?;
    let old = row_lease(store, "one", 0).await?;
    let lease = row_lease(store, "two", 10).await?;
    let nameless = Look {
        repository: String::new(),
        ..look(2, 0)
    };
    let many = vec![look(1, 0); LOOKS_MAX + 1];
    let late = store.hear_of_pull_requests(&old, &[look(1, 0)], at(11)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    for looks in [&many[..], &[look(1, 0), nameless]] {
        let heard = store.hear_of_pull_requests(&lease, looks, at(11)).await;
        let wanted = store.want_pull_requests(looks, at(11)).await;
        for refused in [heard, wanted] {
            assert!(
                matches!(
                    refused,
                    Err(StoreError::TooLarge { .. } | StoreError::Constraint { .. })
                ),
                "{refused:?}"
            );
        }
    }
    assert_eq!(store.pull_requests(None, Listed::All, None, 9).await?, []);
    let row = store.inbox_row(lease.id).await?;
    assert_eq!(row.map(|row| row.state), Some(InboxState::Pending));
    store.hear_of_pull_requests(&lease, &[look(1, 0)], at(12)).await
}

pub(super) async fn an_expired_lease_goes_to_another_and_shuts_the_first_owner_out(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let first = taken(store, "one", 0).await?;
    assert_eq!(store.next_look().await?, Some(at(10)));
    let second = taken(store, "two", 10).await?;
    assert!(second.lease.epoch > first.lease.epoch);
    let before = picture(store, 1).await?;
    let late = store.commit_decision(&plain(&first.lease, 11)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    let late = store
        .put_off_pull_request(&first.lease, at(99), "late", at(11))
        .await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    assert_eq!(picture(store, 1).await?, before);
    // Who was only slow, and whom nobody followed, may still decide.
    store.commit_decision(&plain(&second.lease, 30)).await
}

pub(super) async fn a_look_that_was_put_off_waits_is_counted_and_can_be_had_sooner(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    for failures in 1..4 {
        let claimed = taken(store, "one", 100 * failures).await?;
        store
            .want_pull_requests(&[look(1, 0)], at(100 * failures))
            .await?;
        let until = at(100 * failures + 50);
        store
            .put_off_pull_request(&claimed.lease, until, "no answer", at(100 * failures + 1))
            .await?;
        let known = stored(store, 1).await?;
        assert_eq!(
            (i64::from(known.failures), known.reason.as_deref(), known.due),
            (failures, Some("no answer"), Some(until))
        );
        assert_eq!((known.seen, known.updated_at), (0, at(100 * failures + 1)));
        assert_eq!(claimed_number(store, "one", 100 * failures + 49).await?, None);
    }
    store.want_pull_requests(&[look(1, 320)], at(310)).await?;
    let claimed = taken(store, "one", 320).await?;
    store.commit_decision(&plain(&claimed.lease, 321)).await?;
    let known = stored(store, 1).await?;
    assert_eq!((known.failures, known.reason, known.due), (0, None, None));
    Ok(())
}

pub(super) async fn taking_over_ends_the_looks_of_all_others(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let looks = [look(1, 0), look(2, 1), look(3, 500)];
    store.want_pull_requests(&looks, at(0)).await?;
    let dead = taken(store, "dead", 1).await?;
    let living = taken(store, "living", 1).await?;
    store.want_pull_requests(&[look(1, 400)], at(2)).await?;
    let taken_over = TakenOver {
        pull_requests: 1,
        ..TakenOver::default()
    };
    assert_eq!(store.take_over("living", at(3)).await?, taken_over);
    let late = store.commit_decision(&plain(&dead.lease, 3)).await;
    assert!(matches!(late, Err(StoreError::LeaseLost { .. })), "{late:?}");
    assert_eq!(store.next_look().await?, Some(at(3)));
    assert_eq!(claimed_number(store, "living", 3).await?, Some(1));
    assert_eq!(claimed_number(store, "living", 3).await?, None);
    assert_eq!(store.take_over("living", at(4)).await?, TakenOver::default());
    store.commit_decision(&plain(&living.lease, 4)).await
}

pub(super) async fn a_claim_for_a_release_gets_no_pull_request(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.want_pull_requests(&[look(1, 0)], at(0)).await?;
    let narrow = Claim {
        release: Some(Sample::commons().release),
        ..claim("one", 1)
    };
    assert_eq!(store.claim_pull_request(&narrow).await?, None);
    assert_eq!(claimed_number(store, "one", 1).await?, Some(1));
    let nobody = store.claim_pull_request(&claim("", 100)).await;
    assert!(matches!(nobody, Err(StoreError::Constraint { .. })), "{nobody:?}");
    Ok(())
}

pub(super) async fn pull_requests_are_listed_in_pages_by_their_numbers(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    let other = |repository_id, number| {
        let pull_request =
            PullRequestId::new(repository_id, number).unwrap_or_else(|invalid| panic!("{invalid}"));
        Look {
            pull_request,
            repository: "commons/garden".to_owned(),
            not_before: at(9),
        }
    };
    let looks = [
        look(10, 0),
        look(9, 1),
        other(9, 3),
        other(2_000_000, 1),
        look(2, 2),
    ];
    store.want_pull_requests(&looks, at(0)).await?;
    let closed = taken(store, "one", 0).await?;
    let decision = Decision {
        open: false,
        ..plain(&closed.lease, 1)
    };
    store.commit_decision(&decision).await?;
    let house = Some("commons/house");
    for (repository, listed, expected) in [
        (
            None,
            Listed::All,
            &["9#3", "1296269#2", "1296269#9", "1296269#10", "2000000#1"][..],
        ),
        (
            None,
            Listed::Open,
            &["9#3", "1296269#2", "1296269#9", "2000000#1"],
        ),
        (house, Listed::All, &["1296269#2", "1296269#9", "1296269#10"]),
        (house, Listed::Open, &["1296269#2", "1296269#9"]),
        (Some("commons/nothing"), Listed::All, &[]),
    ] {
        let (mut all, mut after) = (Vec::new(), None);
        while let page = store.pull_requests(repository, listed, after, 2).await?
            && let Some(last) = page.last()
        {
            assert!(page.len() <= 2);
            after = Some(last.id);
            all.extend(page.iter().map(|listed| listed.id.to_string()));
        }
        assert_eq!(all, expected, "{repository:?} {listed:?}");
    }
    assert_eq!(store.pull_request(id(77)).await?, None);
    Ok(())
}
