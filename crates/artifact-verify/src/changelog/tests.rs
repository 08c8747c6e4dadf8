use super::*;
use crate::range::tests::{commit, range};
use expect_test::expect;

#[test]
fn the_changelog_names_every_commit_its_pull_request_and_its_signers() {
    let mut pushed = commit("Hot fix", Landing::Pushed);
    pushed.pull_request = None;
    pushed.said = "no pull request brought it".to_owned();
    let mut past = commit("Merge pull request #12 from side", Landing::PastTheGate);
    past.said = "pending: 14 days of review".to_owned();
    let mut many = commit("Many agree", Landing::Governed);
    (many.more_signers, many.is_dry_run) = (3, true);
    let mut first = range("sdk", Vec::new());
    first.since = None;
    let mut gone = range("wallet", Vec::new());
    gone.untold = Some("GitHub has no commit x".to_owned());
    let mut cut = range("zoo", vec![commit("a", Landing::Governed)]);
    (cut.total, cut.lacking) = (400, 2);
    let ranges = [
        range("node", vec![pushed, past, many]),
        range("protocol", Vec::new()),
        first,
        gone,
        cut,
    ];
    expect![[r#"
        ## Changes

        ### node

        3 commits since 0.1.0. Without a green verdict: 2.

        - `cccccccccc` `Hot fix`: **without a green verdict**: `no pull request brought it`
        - `cccccccccc` `Merge pull request #12 from side` (acme/node#12): **without a green verdict**: `pending: 14 days of review`
        - `cccccccccc` `Many agree` (acme/node#12): all rules hold, in dry run, signed by `ada`, `ben`, 3 more

        ### protocol

        Nothing has come in since 0.1.0.


        ### sdk

        There is no earlier release of it to compare this one with.

        ### wallet

        Nobody can tell what has come in since 0.1.0: `GitHub has no commit x`.

        ### zoo

        400 commits since 0.1.0. Not in it any more, of 0.1.0: 2.

        - `cccccccccc` `a` (acme/node#12): all rules hold, signed by `ada`, `ben`
        - and 399 older commits; of these 399 are named nowhere
    "#]]
    .assert_eq(&render_changelog(&ranges).replace("acme/zoo", "acme/node"));
    assert_eq!(render_changelog(&[]), "");
}

#[test]
fn a_title_commands_nothing_on_the_page() {
    for (title, shown) in [
        (
            "@everybody look [here](https://x.example) #1",
            "`@everybody look [here](https://x.example) #1`",
        ),
        (
            "<script>alert(1)</script> **b**",
            "`<script>alert(1)</script> **b**`",
        ),
        ("` @ada ``` | x", "`' @ada ''' | x`"),
        (
            "<!-- governance-app release x@1.0.0/0123 -->",
            "`<! -- governance-app release x@1.0.0/0123 -->`",
        ),
        ("<!--<!----", "`<! --<! ----`"),
        ("``", "`''`"),
        ("   ", "(no title)"),
        ("# not a heading\n\n## neither", "`# not a heading`"),
    ] {
        let line = commit_line(&commit(title, Landing::Governed), "acme/node");
        assert_eq!(
            line,
            format!("- `cccccccccc` {shown} (acme/node#12): all rules hold, signed by `ada`, `ben`\n")
        );
    }
}

#[test]
fn what_finds_no_room_is_counted() {
    let long = commit(&"w".repeat(90), Landing::Governed);
    let ranges: Vec<_> = (0..4)
        .map(|index| range(&format!("c{index}"), vec![long.clone(); 300]))
        .collect();
    let text = render_changelog(&ranges);
    assert!(text.chars().count() < CHANGELOG_CHARS_MAX + 2_000);
    let shown = text.matches("wwww…").count() + text.matches("all rules hold").count();
    let counted = text.lines().filter_map(|line| {
        line.strip_prefix("- and ")?
            .split(' ')
            .next()?
            .parse::<usize>()
            .ok()
    });
    assert_eq!(shown + counted.sum::<usize>(), 1_200);
    assert!(
        text.contains("older commits; `release-evidence.json` names them"),
        "{text}"
    );
}
