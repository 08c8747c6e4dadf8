//! Whoever would have something else signed.

use super::*;

type Edit = fn(&mut PullRequestApproval);

/// Whatever the server says that is not so in the clone, or of what was named: nothing is signed.
#[test]
fn a_server_that_disagrees_is_refused() {
    let desk = Desk::new();
    let (key, _) = desk.key("ed25519");
    let edits: [(Edit, &str); 6] = [
        (
            |it| it.head_sha = "c".repeat(40).parse().unwrap(),
            "and what you looked at is",
        ),
        (
            |it| it.head_tree = "c".repeat(40).parse().unwrap(),
            "holds the tree cccc",
        ),
        (
            |it| it.pull_request = 43,
            "is about github.com/atlas/atlas-node#43",
        ),
        (
            |it| it.repository = "atlas/other".parse().unwrap(),
            "is about github.com/atlas/other#42",
        ),
        (
            |it| it.repository = "mallory/atlas-node".parse().unwrap(),
            "is about github.com/mallory/atlas-node#42",
        ),
        (
            |it| it.forge = "github.example.org".parse().unwrap(),
            "is about github.example.org/",
        ),
    ];
    for (edit, told) in edits {
        let mut approval = desk.approval();
        edit(&mut approval);
        let refused = desk.sign(
            &document(&Statement::Approval(approval)),
            &["--key", &key, "--yes"],
        );
        assert_eq!((refused.exit, refused.out.as_str()), (1, ""), "{refused:?}");
        assert!(
            refused.err.contains("the server disagrees") && refused.err.contains(told),
            "{told}: {}",
            refused.err
        );
    }
    let lowering = Statement::TierLowering(TierLowering {
        holding: desk.approval(),
        asked: "tier_1_routine".parse().unwrap(),
    });
    for (document, exit, told) in [
        (document(&lowering), 3, "a statement of the type tier-lower"),
        (
            json!({"statement": {"text": "governance-app-statement/v1\n"}}),
            3,
            "does not understand itself",
        ),
        (
            json!({"statement": null, "open": false}),
            1,
            "there is nothing to sign",
        ),
    ] {
        let refused = desk.sign(&document, &["--key", &key, "--yes"]);
        assert_eq!((refused.exit, refused.out.as_str()), (exit, ""), "{refused:?}");
        assert!(refused.err.contains(told), "{told}: {}", refused.err);
    }
}

/// Whoever cloned somebody's fork sees that fork's base.
#[test]
fn a_remote_of_another_repository_is_refused() {
    let desk = Desk::new();
    let (key, _) = desk.key("ed25519");
    let shown = document(&Statement::Approval(desk.approval()));
    for (address, shows) in [
        (
            "https://ada:secret@github.com/mallory/atlas-node",
            "https://github.com/mallory/atlas-node,",
        ),
        (
            "git@example.org:atlas/atlas-node.git",
            "example.org:atlas/atlas-node.git,",
        ),
        ("../origin", "../origin,"),
    ] {
        desk.origin_is(address);
        let refused = desk.sign(&shown, &["--key", &key, "--yes"]);
        assert_eq!((refused.exit, refused.out.as_str()), (2, ""), "{refused:?}");
        let told =
            format!("the remote origin is {shows} and the statement is about github.com/atlas/atlas-node");
        assert!(
            refused.err.contains(&told) && !refused.err.contains("secret"),
            "{}",
            refused.err
        );
        let signed = desk.sign(&shown, &["--key", &key, "--yes", "--any-remote"]);
        assert_eq!(signed.exit, 0, "{signed:?}");
    }
    desk.origin_is("git@github.com:Atlas/atlas-node.git");
    assert_eq!(desk.sign(&shown, &["--key", &key, "--yes"]).exit, 0);
    // Another address from which it is fetched is another repository.
    git(
        &desk.clone_(),
        &["remote", "set-url", "--add", "origin", "../origin"],
    );
    assert_eq!(desk.sign(&shown, &["--key", &key, "--yes"]).exit, 2);
}

/// A tag may be named like the beginning of a commit, and a graft gives commits other parents: neither changes what is looked at.
#[test]
fn neither_a_tag_nor_a_graft_deceives_anybody() {
    let desk = Desk::new();
    let shown = document(&Statement::Approval(desk.approval()));
    let clone = desk.clone_();
    let head = git(&clone, &["rev-parse", "HEAD"]);
    let (head, short) = (head.trim(), &head[..8]);
    git(&clone, &["tag", short, "origin/main"]);
    let refused = desk.sign(&shown, &["--head", short]);
    assert_eq!((refused.exit, refused.out.as_str()), (3, ""), "{refused:?}");
    git(&clone, &["tag", "--delete", short]);
    assert_eq!(desk.sign(&shown, &["--head", short]).exit, 0);
    // It would begin from itself, and change nothing.
    let base = git(&clone, &["rev-parse", "origin/main"]);
    fs::create_dir_all(clone.join(".git/info")).unwrap();
    fs::write(
        clone.join(".git/info/grafts"),
        format!("{} {head}\n{head}\n", base.trim()),
    )
    .unwrap();
    let signed = desk.sign(&shown, &[]);
    assert_eq!(signed.exit, 0, "{signed:?}");
    assert!(signed.err.contains("rpc/get.rs | 1 +"), "{}", signed.err);
}

/// Names of files move no cursor, and hide none.
#[test]
fn names_of_files_are_shown_quoted() {
    let desk = Desk::new();
    commit(&desk.clone_(), "a\u{1b}[2K\nb", "x\n");
    let shown = document(&Statement::Approval(desk.approval()));
    let signed = desk.sign(&shown, &[]);
    assert_eq!(signed.exit, 0, "{signed:?}");
    assert!(signed.err.contains(r#""a\033[2K\nb" | 1 +"#), "{}", signed.err);
    assert!(signed.err.contains("2 files changed"), "{}", signed.err);
}

/// A replacement of an object, which git shows instead of it, deceives nobody.
#[test]
fn a_replaced_commit_is_seen_through() {
    let desk = Desk::new();
    let honest = desk.approval();
    git(&desk.clone_(), &["switch", "-q", "-c", "evil"]);
    commit(&desk.clone_(), "rpc/get.rs", "fn steal() {}\n");
    let evil = git(&desk.clone_(), &["rev-parse", "HEAD"]);
    git(&desk.clone_(), &["switch", "-q", "feature"]);
    git(
        &desk.clone_(),
        &["replace", evil.trim(), honest.head_sha.as_str()],
    );
    let claimed = PullRequestApproval {
        head_sha: evil.trim().parse().unwrap(),
        ..honest
    };
    let refused = desk.sign(&document(&Statement::Approval(claimed)), &["--head", "evil"]);
    assert_eq!((refused.exit, refused.out.as_str()), (1, ""), "{refused:?}");
    assert!(refused.err.contains("holds the tree"), "{}", refused.err);
}
