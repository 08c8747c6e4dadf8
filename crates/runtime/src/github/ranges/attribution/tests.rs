use super::*;
use crate::gate::ShownStatus;
use domain_types::Timestamp;
use expect_test::{Expect, expect};

/// A commit's name of one letter or two.
fn sha(name: &str) -> CommitSha {
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{hex:0<40}").parse().unwrap()
}

/// A commit of a history: its name, and its parents.
type Line = (&'static str, &'static [&'static str]);

fn commits(lines: &[Line]) -> Vec<Commit> {
    let commit = |(name, parents): &Line| Commit {
        sha: sha(name),
        tree: sha("tree"),
        parents: parents.iter().map(|parent| sha(parent)).collect(),
        committed: Timestamp::EPOCH,
        message: (*name).to_owned(),
    };
    lines.iter().map(commit).collect()
}

/// A merge in the book: number, head, commit if the forge said so, the word of its status.
fn merge((number, head, commit, state): (u64, &str, Option<&str>, &str)) -> (u64, KnownMerge) {
    let merge = KnownMerge {
        is_being_compared: false,
        number,
        head: sha(head),
        commit: commit.map(sha),
        status: Some(ShownStatus {
            state: state.to_owned(),
            description: "so it was".to_owned(),
        }),
        mode: GateMode::Enforce,
        signers: vec!["ada".to_owned()],
        more_signers: 0,
    };
    (number, merge)
}

fn book(merges: &[(u64, &str, Option<&str>, &str)], named: &[(&str, &[u64])]) -> Book {
    Book::of(
        merges.iter().copied().map(merge).collect(),
        named
            .iter()
            .map(|(name, numbers)| (sha(name), numbers.to_vec()))
            .collect(),
    )
}

fn check(lines: &[Line], book: &Book, expected: Expect) {
    let commits = commits(lines);
    let head = commits.last().unwrap().sha.clone();
    let name = |sha: &CommitSha| {
        commits
            .iter()
            .find(|commit| commit.sha == *sha)
            .unwrap()
            .message
            .clone()
    };
    let asked: Vec<String> = to_ask(&commits, &head, book).iter().map(name).collect();
    let mut text = format!("ask for {}\n", asked.join(" "));
    for commit in attributed(&commits, book) {
        let number = commit
            .pull_request
            .map_or("-".to_owned(), |number| format!("#{number}"));
        text.push_str(&format!("{} {number} {:?}\n", commit.title, commit.landing));
    }
    expected.assert_eq(&text);
}

#[test]
fn a_merge_of_the_book_answers_for_what_it_brought_and_for_nothing_else() {
    // x was pushed between, and y was pushed to the branch after the last release and never merged by anybody but the head.
    check(
        &[
            ("a", &["o"]),
            ("x", &["o"]),
            ("b", &["a"]),
            ("m", &["x", "b"]),
            ("y", &["m"]),
        ],
        &book(&[(12, "b", Some("m"), "success")], &[("x", &[]), ("y", &[])]),
        expect![[r#"
            ask for y x
            y - Pushed
            m #12 Governed
            b #12 Governed
            x - Pushed
            a #12 Governed
        "#]],
    );
}

#[test]
fn a_squashed_and_a_rebased_pull_request_are_found() {
    check(
        &[("s", &["o"]), ("r1", &["s"]), ("r2", &["r1"]), ("r3", &["r2"])],
        &book(
            &[(7, "z", Some("s"), "success"), (8, "y", Some("r3"), "success")],
            &[("r1", &[8]), ("r2", &[8])],
        ),
        expect![[r#"
            ask for 
            r3 #8 Governed
            r2 #8 Governed
            r1 #8 Governed
            s #7 Governed
        "#]],
    );
}

#[test]
fn before_github_is_asked_the_rebased_ones_are_asked_for() {
    check(
        &[("r1", &["o"]), ("r2", &["r1"])],
        &book(&[(8, "y", Some("r2"), "success")], &[]),
        expect![[r#"
            ask for r1
            r2 #8 Governed
            r1 - Unasked
        "#]],
    );
}

#[test]
fn what_github_says_of_a_push_beside_the_pull_request_is_not_enough() {
    // GitHub may name the pull request whose head once had this commit: between it and the merge lies a push.
    check(
        &[("x", &["o"]), ("y", &["x"]), ("r", &["y"])],
        &book(&[(8, "h", Some("r"), "success")], &[("x", &[8]), ("y", &[])]),
        expect![[r#"
            ask for y x
            r #8 Governed
            y - Pushed
            x #8 Unwritten
        "#]],
    );
}

#[test]
fn a_merge_that_brings_another_head_than_was_judged_is_not_let_through() {
    check(
        &[("b", &["o"]), ("c", &["b"]), ("m", &["o", "c"])],
        &book(&[(12, "b", Some("m"), "success")], &[("m", &[12])]),
        expect![[r#"
            ask for m
            m #12 Unwritten
            c #12 Unwritten
            b #12 Unwritten
        "#]],
    );
}

/// One merge, and whether it is that of the pull request whose head `h` was judged.
#[test]
fn a_merge_is_proven_by_exactly_the_head_that_was_judged() {
    let history: &[Line] = &[("h", &["o"]), ("e", &["o"])];
    for (parents, came_in, recorded, is_proven) in [
        (&["o", "h"][..], true, Some("m"), true),
        (&["o", "h"], true, None, true),
        // An octopus brings more than was judged.
        (&["o", "h", "e"], true, Some("m"), false),
        (&["o", "e", "h"], true, None, false),
        (&["o", "e"], true, Some("m"), false),
        // A squash, and a commit on the judged head that calls itself one.
        (&["o"], false, Some("m"), true),
        (&["h"], true, Some("m"), false),
        (&["o"], false, None, false),
        (&["h"], true, None, false),
    ] {
        let mut lines = history[usize::from(!came_in)..].to_vec();
        lines.push(("m", parents));
        let book = book(&[(12, "h", recorded, "success")], &[("m", &[12])]);
        let found = attributed(&commits(&lines), &book);
        let landing = if is_proven {
            Landing::Governed
        } else {
            Landing::Unwritten
        };
        assert_eq!(found[0].landing, landing, "{parents:?} {recorded:?}");
    }
}

#[test]
fn a_branch_that_was_only_moved_on_is_its_head() {
    check(
        &[("a", &["o"]), ("h", &["a"])],
        &book(&[(12, "h", Some("h"), "success")], &[("a", &[12])]),
        expect![[r#"
            ask for 
            h #12 Governed
            a #12 Governed
        "#]],
    );
}

#[test]
fn a_merge_past_the_gate_is_told_as_one() {
    check(
        &[("b", &["o"]), ("m", &["o", "b"])],
        &book(&[(12, "b", Some("m"), "pending")], &[]),
        expect![[r#"
            ask for 
            m #12 PastTheGate
            b #12 PastTheGate
        "#]],
    );
}

#[test]
fn where_the_forge_does_not_say_which_commit_a_merge_was_it_is_asked() {
    check(
        &[
            ("b", &["o"]),
            ("m", &["o", "b"]),
            ("s", &["m"]),
            ("n", &["s", "q"]),
        ],
        &book(
            &[
                (12, "b", None, "success"),
                (13, "t", None, "success"),
                (14, "p", None, "success"),
            ],
            &[("m", &[12]), ("s", &[13]), ("n", &[14])],
        ),
        // The last one brings q, and p was judged. What s holds, only GitHub says.
        expect![[r#"
            ask for n s
            n #14 Unwritten
            s #13 Unwritten
            m #12 Governed
            b #12 Governed
        "#]],
    );
}

#[test]
fn a_merge_of_the_base_into_a_branch_answers_for_nothing_of_the_base() {
    // u brings x, which was pushed, into the branch; the pull request answers for u and not for x.
    check(
        &[
            ("a", &["o"]),
            ("x", &["o"]),
            ("u", &["a", "x"]),
            ("m", &["x", "u"]),
        ],
        &book(&[(12, "u", Some("m"), "success")], &[("x", &[])]),
        expect![[r#"
            ask for x
            m #12 Governed
            u #12 Governed
            x - Pushed
            a #12 Governed
        "#]],
    );
}

#[test]
fn an_unjudged_merge_takes_what_it_brought_with_it() {
    check(
        &[("a", &["o"]), ("b", &["a"]), ("m", &["o", "b"])],
        &book(&[], &[("m", &[12])]),
        expect![[r#"
            ask for m
            m #12 Unwritten
            b #12 Unwritten
            a #12 Unwritten
        "#]],
    );
}

#[test]
fn where_there_is_no_gate_nobody_is_asked() {
    let commits = commits(&[("a", &["o"])]);
    let found = attributed(&commits, &Book::closed());
    assert_eq!(found[0].landing, Landing::Unasked);
    assert_eq!(found[0].said, "no gate judges pull requests here");
}

#[test]
fn what_cannot_be_read_is_no_yes_and_refuses_nothing() {
    let unreadable = BTreeMap::from([(9, "it has version 2".to_owned())]);
    let book = book(&[], &[("s", &[9])]).with_unreadable(unreadable);
    let found = attributed(&commits(&[("s", &["o"])]), &book);
    let told = (found[0].landing, found[0].said.as_str());
    let said = "what was decided about its pull request cannot be read: it has version 2";
    assert_eq!(told, (Landing::Unwritten, said));
}
