use super::*;
use github_client::ComparisonStatus;

fn sha(index: usize) -> CommitSha {
    format!("{index:040x}").parse().unwrap()
}

fn source(name: &str) -> FullName {
    FullName {
        owner: "acme".to_owned(),
        name: name.to_owned(),
    }
}

fn range(commits: usize, message: &str) -> CommitRange {
    let commit = |index| Commit {
        sha: sha(index),
        tree: sha(0),
        parents: Vec::new(),
        committed: Timestamp::EPOCH,
        message: message.to_owned(),
    };
    CommitRange {
        status: ComparisonStatus::Ahead,
        total: commits as u64,
        behind_by: 0,
        commits: (0..commits).map(commit).collect(),
    }
}

#[test]
fn what_is_kept_has_a_limit_and_is_not_thrown_out_for_what_comes_later() {
    let found = FoundBefore::default();
    let of = |index: usize| (source("node"), sha(index), sha(index + 1));
    let ranges = COMMITS_MAX / 300;
    for index in 0..=ranges {
        found.keep_compared(of(index), &range(300, "Title\n\nText"));
    }
    assert_eq!(found.compared(&of(0)), Some(range(300, "Title")));
    assert_eq!(
        found.compared(&of(ranges - 1)).map(|range| range.total),
        Some(300)
    );
    assert_eq!(found.compared(&of(ranges)), None);
}

#[test]
fn it_is_forgotten_when_the_plan_is_made_and_when_it_is_old() {
    let found = FoundBefore::default();
    let at = |seconds: u64| Timestamp::EPOCH.plus_seconds(seconds);
    found.grow_old(at(0));
    let kept = (source("node"), sha(1), sha(2));
    found.keep_compared(kept.clone(), &range(1, ""));
    found.keep_asked(&source("node"), &sha(2), &[]);
    found.keep_asked(&source("sdk"), &sha(2), &[]);
    found.grow_old(at(KEPT_SECONDS));
    assert!(found.compared(&kept).is_some());
    found.grow_old(at(KEPT_SECONDS + 1));
    assert!(found.compared(&kept).is_none());
    assert!(found.asked(&source("sdk"), &sha(2)).is_none());
}

#[test]
fn what_is_forgotten_with_a_plan_is_its_own_and_all_of_it() {
    let found = FoundBefore::default();
    let of = |name: &str| (source(name), sha(1), sha(2));
    for name in ["node", "sdk"] {
        found.keep_compared(of(name), &range(1, ""));
        found.keep_asked(&source(name), &sha(2), &[]);
        found.keep_seen(&source(name), None, Timestamp::EPOCH);
    }
    found.forget(&[&source("node")]);
    let kept = |name: &str| {
        let (compared, asked) = (found.compared(&of(name)), found.asked(&source(name), &sha(2)));
        let seen = found.seen(&source(name), Timestamp::EPOCH);
        (compared.is_some(), asked.is_some(), seen.is_some())
    };
    assert_eq!(kept("node"), (false, false, false));
    assert_eq!(kept("sdk"), (true, true, true));
}

#[test]
fn who_may_see_a_repository_is_kept_for_an_hour() {
    let found = FoundBefore::default();
    let at = |seconds: u64| Timestamp::EPOCH.plus_seconds(seconds);
    found.keep_seen(&source("Node"), Some((7, true)), at(0));
    assert_eq!(
        found.seen(&source("node"), at(SEEN_SECONDS)),
        Some(Some((7, true)))
    );
    assert_eq!(found.seen(&source("node"), at(SEEN_SECONDS + 1)), None);
    assert_eq!(found.seen(&source("sdk"), at(0)), None);
    for index in 0..SEEN_MAX {
        found.keep_seen(&source(&index.to_string()), None, at(0));
    }
    // The last of them has no room; what is there is written anew.
    found.keep_seen(&source("node"), Some((7, false)), at(1));
    let last = source(&(SEEN_MAX - 1).to_string());
    assert_eq!(found.seen(&last, at(1)), None);
    assert_eq!(found.seen(&source("node"), at(1)), Some(Some((7, false))));
}
