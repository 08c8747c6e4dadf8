//! What may never make a requirement smaller, whatever the rules are.

use super::generated::{Org, change, org};
use crate::{Change, Requirement, requirement};
use proptest::prelude::*;

fn needed(org: &Org, change: &Change) -> Requirement {
    requirement(&org.rules(), &"r1".parse().unwrap(), change).unwrap()
}

fn is_at_least(more: &Requirement, less: &Requirement) -> bool {
    more.required >= less.required
        && more.total >= less.total
        && more.review_days >= less.review_days
        && more.keyholders >= less.keyholders
}

/// No emergency: it is meant to lower.
fn usual() -> impl Strategy<Value = Change> {
    change().prop_map(|change| Change {
        emergency: None,
        ..change
    })
}

proptest! {
    #[test]
    fn more_files_never_ask_for_less(org in org(), change in usual(), more in usual()) {
        prop_assume!(!change.paths.is_empty());
        let mut both = change.clone();
        both.paths.extend(more.paths);
        prop_assert!(is_at_least(&needed(&org, &both), &needed(&org, &change)));
    }

    #[test]
    fn words_and_maintainers_never_lower(org in org(), change in usual(), other in usual()) {
        let mut raised = change.clone();
        raised.title = format!("{} {}", change.title, other.title);
        raised.body = other.title;
        raised.raised.extend(other.raised);
        raised.labels = vec!["tier-1".to_owned(), "governance".to_owned()];
        prop_assert!(is_at_least(&needed(&org, &raised), &needed(&org, &change)));
    }

    #[test]
    fn files_beyond_the_list_never_lower(org in org(), change in usual()) {
        prop_assume!(!change.paths.is_empty());
        let beyond = Change { more_than_listed: true, ..change.clone() };
        let (less, more) = (needed(&org, &change), needed(&org, &beyond));
        prop_assert!(is_at_least(&more, &less));
    }

    #[test]
    fn the_order_of_files_and_their_repetition_do_not_matter(org in org(), change in change()) {
        let mut other = change.clone();
        other.paths.reverse();
        other.paths.extend(change.paths.clone());
        let (one, other) = (needed(&org, &change), needed(&org, &other));
        prop_assert_eq!((one.required, one.total, one.review_days, one.keyholders, one.pool), (other.required, other.total, other.review_days, other.keyholders, other.pool));
        prop_assert_eq!(one.satisfiable, other.satisfiable);
    }

    #[test]
    fn whoever_leaves_never_helps(org in org(), change in change(), file in 0_usize..4, person in 0_usize..6) {
        let mut fewer = org.clone();
        let people = fewer.people.get_mut(file).map(|(_, people)| people);
        if let Some(leaving) = people.and_then(|people| people.get_mut(person)) {
            leaving.2 = false;
        }
        let (all, fewer) = (needed(&org, &change), needed(&fewer, &change));
        prop_assert!(fewer.pool <= all.pool);
        prop_assert!(all.satisfiable || !fewer.satisfiable);
        prop_assert_eq!(all.required, fewer.required);
    }

    #[test]
    fn a_second_person_with_the_same_key_never_helps(org in org(), change in change(), file in 0_usize..4, person in 0_usize..9) {
        let mut shared = org.clone();
        if let Some((_, people)) = shared.people.get_mut(file)
            && let Some((_, key, _)) = people.get(person).copied()
        {
            people.push((99, key, true));
        }
        prop_assert!(needed(&shared, &change).pool <= needed(&org, &change).pool);
    }

    #[test]
    fn whoever_is_listed_twice_or_in_another_order_counts_once(org in org(), change in change()) {
        let mut twice = org.clone();
        for (_, people) in &mut twice.people {
            people.extend(people.clone());
            people.reverse();
        }
        let (once, twice) = (needed(&org, &change), needed(&twice, &change));
        prop_assert_eq!((once.pool, once.satisfiable), (twice.pool, twice.satisfiable));
    }

    #[test]
    fn a_stricter_rule_never_asks_for_less(org in org(), change in usual(), tier in 0_usize..8, by in 0_u32..4) {
        let mut stricter = org.clone();
        if let Some((numbers, _)) = &mut stricter.tiers[tier] {
            *numbers = (numbers.0 + by, numbers.1 + by, numbers.2 + by);
        }
        prop_assert!(is_at_least(&needed(&stricter, &change), &needed(&org, &change)));
    }

    #[test]
    fn nothing_is_lowered_because_it_cannot_be_reached(org in org(), change in change()) {
        let mut empty = org.clone();
        empty.people.clear();
        let (all, nobody) = (needed(&org, &change), needed(&empty, &change));
        prop_assert!(!nobody.satisfiable);
        prop_assert_eq!((all.required, all.total, all.review_days), (nobody.required, nobody.total, nobody.review_days));
    }
}
