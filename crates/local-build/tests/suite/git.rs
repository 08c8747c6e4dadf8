//! Questions to the user's repositories.

use crate::support::{World, clean_git, commit, fingerprint, git, rev_parse, tag};
use domain_types::Timestamp;
use local_build::Error;
use std::fs;

#[tokio::test]
async fn an_annotated_tag_is_peeled_and_a_branch_of_its_name_is_not_taken() {
    let world = World::new();
    let repository = world.repository("alpha", &[("a", "1")]);
    git(&repository, &["tag", "--annotate", "--message", "two", "v2.0.0"]);
    let tagged = rev_parse(&repository, "HEAD");
    git(&repository, &["branch", "v3.0.0"]);
    commit(&repository, &[("a", "2")]);
    git(&repository, &["branch", "v2.0.0"]);
    let found = clean_git()
        .resolve_tag(&repository, &tag("v2.0.0"))
        .await
        .unwrap();
    assert_eq!(found, tagged);
    let missing = clean_git()
        .resolve_tag(&repository, &tag("v3.0.0"))
        .await
        .unwrap_err();
    assert!(matches!(missing, Error::MissingTag { .. }), "{missing}");
}

#[tokio::test]
async fn a_missing_tag_is_answered_with_the_nearest() {
    let world = World::new();
    let repository = world.repository("alpha", &[]);
    for name in [
        "v0.1.0",
        "v0.1.0-rc.1",
        "nightly-2025",
        "v0.2.0",
        "v9.9.9",
        "unrelated",
        "also-unrelated",
    ] {
        git(&repository, &["tag", name]);
    }
    let error = clean_git()
        .resolve_tag(&repository, &tag("v0.1.1"))
        .await
        .unwrap_err();
    let Error::MissingTag { nearest, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(nearest.len(), 5);
    assert_eq!(nearest[0], "v0.1.0");
    assert!(error.to_string().contains("correct the manifest"), "{error}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn what_is_no_repository_or_no_commit_is_named() {
    let world = World::new();
    let repository = world.repository("alpha", &[("inner/file", "text")]);
    for path in [
        world.path("absent"),
        repository.join("inner"),
        repository.join("inner/file"),
    ] {
        let error = clean_git().resolve_tag(&path, &tag("v1.0.0")).await.unwrap_err();
        assert!(matches!(error, Error::NotARepository { .. }), "{error}");
    }
    git(&repository, &["tag", "tree", "HEAD^{tree}"]);
    let error = clean_git()
        .resolve_tag(&repository, &tag("tree"))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::TagNotACommit { .. }), "{error}");
    let other = "0123456789012345678901234567890123456789".parse().unwrap();
    let error = clean_git().commit_time(&repository, &other).await.unwrap_err();
    assert!(matches!(error, Error::MissingCommit { .. }), "{error}");
}

#[tokio::test]
async fn the_commit_time_is_the_committers() {
    let world = World::new();
    let repository = world.repository("alpha", &[]);
    let commit = rev_parse(&repository, "HEAD");
    let time = clean_git().commit_time(&repository, &commit).await.unwrap();
    assert_eq!(time, Timestamp::from_seconds(1_700_000_000));
}

#[tokio::test]
async fn a_dirty_checkout_is_listed_and_left_as_it_was() {
    let world = World::new();
    let files = [
        (".gitignore", "ignored\n"),
        ("changed", "1"),
        ("staged", "1"),
        ("removed", "1"),
        ("same", "1"),
    ];
    let repository = world.repository("alpha", &files);
    assert!(clean_git().dirty_files(&repository).await.unwrap().is_empty());
    for name in ["changed", "staged", "new file", "ignored"] {
        fs::write(repository.join(name), "2").unwrap();
    }
    git(&repository, &["add", "staged"]);
    fs::remove_file(repository.join("removed")).unwrap();
    // A repository may configure a program that git runs for `status`; it is not run.
    let witness = world.path("witness");
    git(
        &repository,
        &[
            "config",
            "core.fsmonitor",
            &format!("touch {} #", witness.display()),
        ],
    );
    let before = fingerprint(&repository);
    let dirty = clean_git().dirty_files(&repository).await.unwrap();
    assert_eq!(dirty.first, ["changed", "removed", "staged", "new file"]);
    assert_eq!(fingerprint(&repository), before);
    assert!(!witness.exists());
}

#[tokio::test]
async fn looking_for_changes_runs_no_filter_of_the_repository() {
    let world = World::new();
    let repository = world.repository("alpha", &[("a", "1")]);
    let witness = world.path("witness");
    let program = format!("touch {}; cat", witness.display());
    for name in ["filter.one.clean", "filter.a=b.c d.clean"] {
        git(&repository, &["config", name, &program]);
    }
    git(&repository, &["config", "filter.one.required", "true"]);
    fs::write(repository.join(".git/info/attributes"), "* filter=one\n").unwrap();
    fs::write(repository.join("a"), "2").unwrap();
    let dirty = clean_git().dirty_files(&repository).await.unwrap();
    assert_eq!(dirty.first, ["a"]);
    assert!(!witness.exists());
}

#[tokio::test]
async fn a_bare_repository_is_never_dirty() {
    let world = World::new();
    let repository = world.repository("alpha", &[]);
    let bare = world.path("bare.git");
    git(
        &repository,
        &["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()],
    );
    assert!(clean_git().dirty_files(&bare).await.unwrap().is_empty());
    assert!(clean_git().resolve_tag(&bare, &tag("v1.0.0")).await.is_ok());
}
