use super::*;
use expect_test::{Expect, expect};

fn check(message: &str, expected: &str) {
    assert_eq!(commit_title(message), expected, "{message:?}");
}

#[test]
fn a_title_is_one_line_that_obeys_nobody() {
    check("Fix it\n\nSigned-off-by: a", "Fix it");
    check("  Fix it  \r\nmore", "Fix it");
    check("a\u{1b}[2Jb\u{7}", "a [2Jb ");
    check("safe \u{202e}txt.exe\u{200b}", "safe \u{fffd}txt.exe\u{fffd}");
    check("", "");
    check("\n\n", "");
    check("Grüße", "Grüße");
}

#[test]
fn a_title_is_cut_and_says_so() {
    check(&"x".repeat(100), &"x".repeat(100));
    check(&"x".repeat(101), &format!("{}…", "x".repeat(99)));
    assert_eq!(commit_title(&"ü".repeat(1_000)).chars().count(), 100);
}

/// A range of a component with as many commits as are named.
pub(crate) fn range(repository: &str, commits: Vec<RangeCommit>) -> ComponentRange {
    ComponentRange {
        repository: repository.parse().unwrap(),
        source: format!("acme/{repository}"),
        commit: "a".repeat(40).parse().unwrap(),
        since: Some(RangeStart {
            version: "0.1.0".parse().unwrap(),
            commit: "b".repeat(40).parse().unwrap(),
        }),
        untold: None,
        total: commits.len() as u64,
        lacking: 0,
        commits,
    }
}

/// A commit with this title that has come in by a pull request.
pub(crate) fn commit(title: &str, landing: Landing) -> RangeCommit {
    RangeCommit {
        commit: "c".repeat(40).parse().unwrap(),
        title: commit_title(title),
        pull_request: Some(12),
        landing,
        said: "All rules hold".to_owned(),
        signers: vec!["ada".to_owned(), "ben".to_owned()],
        more_signers: 0,
        is_dry_run: false,
    }
}

fn refused(change: impl Fn(&mut Vec<ComponentRange>), expected: Expect) {
    let mut ranges = vec![
        range("node", vec![commit("a", Landing::Governed)]),
        range("sdk", Vec::new()),
    ];
    assert_eq!(check_ranges(&ranges), Ok(()));
    change(&mut ranges);
    expected.assert_eq(&check_ranges(&ranges).unwrap_err().to_string());
}

#[test]
fn ranges_out_of_order_and_texts_that_are_no_lines_are_refused() {
    refused(
        |ranges| ranges.reverse(),
        expect!["ranges are not in strictly ascending order"],
    );
    refused(
        |ranges| ranges[0].commits[0].title = "a\nb".to_owned(),
        expect!["title is not one line of at most 200 characters"],
    );
    refused(
        |ranges| ranges[0].untold = Some("x".repeat(201)),
        expect!["untold is not one line of at most 200 characters"],
    );
    refused(
        |ranges| {
            let one = ranges[0].commits[0].clone();
            ranges[0].commits = vec![one; RANGE_COMMITS_MAX + 1];
        },
        expect!["node names more than 300 commits"],
    );
}

#[test]
fn what_is_not_named_is_counted() {
    let mut range = range(
        "node",
        vec![commit("a", Landing::Governed), commit("b", Landing::Pushed)],
    );
    range.total = 340;
    assert_eq!((range.unnamed(), range.ungoverned().count()), (338, 1));
}
