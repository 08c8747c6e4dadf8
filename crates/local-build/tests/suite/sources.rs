//! Trees from frozen commits.

use crate::support::{World, clean_git, commit, fingerprint, git, rev_parse};
use local_build::{Error, LayOutOrder, Source, SourceLock, SourceTree, TreeOrigin, lay_out_sources};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

async fn lay_out(order: &LayOutOrder) -> Vec<SourceTree> {
    lay_out_sources(&clean_git(), order).await.unwrap()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

#[tokio::test]
async fn trees_hold_the_commits_and_the_users_repositories_stay_byte_identical() {
    let world = World::new();
    let alpha = world.repository(
        "alpha",
        &[("src/a", "one"), (".gitattributes", "src export-ignore\n")],
    );
    world.repository("beta", &[("b", "two")]);
    commit(&alpha, &[("src/a", "later")]);
    fs::write(alpha.join("src/a"), "not committed").unwrap();
    let before = (fingerprint(&alpha), fingerprint(&world.path("beta")));
    let trees = lay_out(&world.order(&["alpha", "beta"])).await;
    assert_eq!(
        trees.iter().map(|tree| tree.origin).collect::<Vec<_>>(),
        [TreeOrigin::LaidOut; 2]
    );
    assert_eq!(trees[0].path, world.root().join("alpha"));
    assert_eq!(text(&trees[0].path.join("src/a")), "one");
    assert_eq!(
        git(&trees[0].path, &["describe", "--tags", "--exact-match"]),
        "v1.0.0"
    );
    assert_eq!((fingerprint(&alpha), fingerprint(&world.path("beta"))), before);
}

#[tokio::test]
async fn a_whole_tree_is_kept_with_what_was_built_in_it() {
    let world = World::new();
    world.repository("alpha", &[("a", "1")]);
    let order = world.order(&["alpha"]);
    let tree = lay_out(&order).await.remove(0);
    fs::create_dir(tree.path.join("target")).unwrap();
    fs::write(tree.path.join("target/product"), "costly").unwrap();
    let again = lay_out(&order).await.remove(0);
    assert_eq!(again.origin, TreeOrigin::Kept);
    assert_eq!(text(&again.path.join("target/product")), "costly");
}

#[tokio::test]
async fn what_a_finished_build_made_and_changed_stays_for_the_builds_that_read_it() {
    let world = World::new();
    let alpha = world.repository("alpha", &[("a", "1")]);
    let mut order = world.order(&["alpha"]);
    let tree = lay_out(&order).await.remove(0);
    fs::write(tree.path.join("a"), "generated").unwrap();
    fs::write(tree.path.join("product"), "costly").unwrap();
    order.built.insert(order.sources[0].folder.clone());
    let again = lay_out(&order).await.remove(0);
    assert_eq!(again.origin, TreeOrigin::Kept);
    assert_eq!(text(&again.path.join("a")), "generated");
    assert_eq!(text(&again.path.join("product")), "costly");
    commit(&alpha, &[("a", "2")]);
    order.sources[0].commit = rev_parse(&alpha, "HEAD");
    let moved = lay_out(&order).await.remove(0);
    assert_eq!(moved.origin, TreeOrigin::LaidOut);
    assert!(!moved.path.join("product").exists());
}

#[tokio::test]
async fn a_tree_that_is_not_as_it_was_laid_out_is_made_anew() {
    type Damage = fn(&World, &Path);
    let damages: [(&str, Damage); 7] = [
        ("changed", |_, tree| fs::write(tree.join("a"), "2").unwrap()),
        ("untracked", |_, tree| fs::write(tree.join("b"), "2").unwrap()),
        ("removed", |_, tree| fs::remove_dir_all(tree).unwrap()),
        ("without git", |_, tree| {
            fs::remove_dir_all(tree.join(".git")).unwrap()
        }),
        ("empty", |_, tree| {
            fs::remove_dir_all(tree).unwrap();
            fs::create_dir(tree).unwrap();
        }),
        ("a link", |world, tree| {
            fs::rename(tree, world.path("elsewhere")).unwrap();
            std::os::unix::fs::symlink(world.path("elsewhere"), tree).unwrap();
        }),
        ("without its mark", |world, _| {
            fs::remove_dir_all(world.root().join(".marks")).unwrap()
        }),
    ];
    for (name, damage) in damages {
        let world = World::new();
        world.repository("alpha", &[("a", "1")]);
        let order = world.order(&["alpha"]);
        let tree = lay_out(&order).await.remove(0);
        damage(&world, &tree.path);
        let again = lay_out(&order).await.remove(0);
        assert_eq!(again.origin, TreeOrigin::LaidOut, "{name}");
        assert_eq!(text(&again.path.join("a")), "1", "{name}");
        assert!(!again.path.join("b").exists(), "{name}");
        assert!(again.path.symlink_metadata().unwrap().is_dir(), "{name}");
    }
}

#[tokio::test]
async fn another_commit_is_checked_out_at_the_same_path() {
    let world = World::new();
    let alpha = world.repository("alpha", &[("a", "1")]);
    let mut order = world.order(&["alpha"]);
    let first = lay_out(&order).await.remove(0);
    commit(&alpha, &[("a", "2")]);
    order.sources[0].commit = rev_parse(&alpha, "HEAD");
    let second = lay_out(&order).await.remove(0);
    assert_eq!((&second.path, second.origin), (&first.path, TreeOrigin::LaidOut));
    assert_eq!(text(&second.path.join("a")), "2");
}

#[tokio::test]
async fn half_made_trees_and_trees_of_other_plans_are_swept() {
    let world = World::new();
    world.repository("alpha", &[("a", "1")]);
    world.repository("beta", &[("b", "1")]);
    lay_out(&world.order(&["alpha", "beta"])).await;
    for name in [".temporary-alpha", ".temporary-old-gamma"] {
        fs::create_dir_all(world.root().join(name).join("deep")).unwrap();
    }
    lay_out(&world.order(&["alpha"])).await;
    let mut names: Vec<String> = fs::read_dir(world.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    assert_eq!(names, [".governance-sources", ".marks", "alpha"]);
}

#[tokio::test]
async fn a_folder_with_foreign_files_is_not_touched() {
    let world = World::new();
    world.repository("alpha", &[("a", "1")]);
    let mut order = world.order(&["alpha"]);
    order.root = world.path("alpha");
    let before = fingerprint(&order.root);
    let error = lay_out_sources(&clean_git(), &order).await.unwrap_err();
    assert!(matches!(error, Error::FolderNotOurs { .. }), "{error}");
    assert_eq!(fingerprint(&order.root), before);
}

#[tokio::test]
async fn submodules_filters_and_shared_folders_are_refused() {
    let world = World::new();
    world.repository(
        "modules",
        &[(".gitmodules", "[submodule \"x\"]\n\tpath = x\n\turl = ../x\n")],
    );
    world.repository(
        "filtered",
        &[(
            "assets/.gitattributes",
            "# filter=off\n*.bin filter=lfs diff=lfs -text\n",
        )],
    );
    world.repository("commented", &[(".gitattributes", "# *.bin filter=lfs\n")]);
    // What a pattern means is not the repository's to say.
    git(&world.path("filtered"), &["config", "grep.patternType", "fixed"]);
    git(&world.path("filtered"), &["config", "color.grep", "always"]);
    let check = async |names: &[&str]| lay_out_sources(&clean_git(), &world.order(names)).await;
    let error = check(&["modules"]).await.unwrap_err();
    assert!(matches!(error, Error::Submodules { .. }), "{error}");
    let error = check(&["filtered"]).await.unwrap_err();
    let Error::GitFilter { attributes, .. } = &error else {
        panic!("{error}")
    };
    assert!(attributes.ends_with("assets/.gitattributes"), "{attributes}");
    check(&["commented"]).await.unwrap();
    let error = check(&["commented", "commented"]).await.unwrap_err();
    assert!(matches!(error, Error::DuplicateFolder { .. }), "{error}");
}

#[tokio::test]
async fn a_commit_that_is_gone_is_named() {
    let world = World::new();
    world.repository("alpha", &[]);
    let mut order = world.order(&["alpha"]);
    order.sources[0].commit = "0123456789012345678901234567890123456789".parse().unwrap();
    let error = lay_out_sources(&clean_git(), &order).await.unwrap_err();
    assert!(matches!(error, Error::MissingCommit { .. }), "{error}");
}

#[tokio::test]
async fn worktrees_bare_shallow_borrowing_and_sha256_repositories_are_laid_out() {
    let world = World::new();
    let alpha = world.repository("alpha", &[("a", "1")]);
    commit(&alpha, &[("a", "2")]);
    git(&alpha, &["tag", "--force", "v1.0.0"]);
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    git(
        &alpha,
        &["worktree", "add", "--quiet", "--detach", &path("worktree")],
    );
    git(&alpha, &["clone", "--quiet", "--bare", ".", &path("bare")]);
    git(
        &alpha,
        &[
            "clone",
            "--quiet",
            "--depth=1",
            &format!("file://{}", path("alpha")),
            &path("shallow"),
        ],
    );
    git(&alpha, &["clone", "--quiet", "--shared", ".", &path("borrowing")]);
    let sha256 = world.path("sha256");
    fs::create_dir(&sha256).unwrap();
    git(&sha256, &["init", "--quiet", "--object-format=sha256"]);
    commit(&sha256, &[("a", "2")]);
    git(&sha256, &["tag", "v1.0.0"]);
    let names = ["alpha", "worktree", "bare", "shallow", "borrowing", "sha256"];
    let order = world.order(&names);
    for tree in lay_out(&order).await {
        assert_eq!(text(&tree.path.join("a")), "2", "{}", tree.folder);
        assert_eq!(git(&tree.path, &["status", "--porcelain"]), "", "{}", tree.folder);
    }
    assert!(
        lay_out(&order)
            .await
            .iter()
            .all(|tree| tree.origin == TreeOrigin::Kept)
    );
}

#[tokio::test]
async fn the_configuration_of_the_users_repository_does_not_change_the_bytes() {
    let world = World::new();
    let alpha = world.repository("alpha", &[("a", "one\ntwo\n"), ("script", "#!/bin/sh\n")]);
    for (key, value) in [
        ("core.autocrlf", "true"),
        ("core.fileMode", "false"),
        ("core.symlinks", "false"),
    ] {
        git(&alpha, &["config", key, value]);
    }
    fs::write(alpha.join(".git/info/attributes"), "a text eol=crlf\n").unwrap();
    let tree = lay_out(&world.order(&["alpha"])).await.remove(0);
    assert_eq!(text(&tree.path.join("a")), "one\ntwo\n");
}

#[tokio::test]
async fn a_cleaned_tree_is_as_it_was_laid_out() {
    let world = World::new();
    world.repository("alpha", &[("a", "1"), (".gitignore", "ignored\n")]);
    let order = world.order(&["alpha"]);
    let tree = lay_out(&order).await.remove(0).path;
    fs::create_dir_all(tree.join("target/inner/.git")).unwrap();
    for name in ["a", "ignored", "new", "target/product"] {
        fs::write(tree.join(name), "2").unwrap();
    }
    clean_git().clean_tree(&tree).await.unwrap();
    assert_eq!(text(&tree.join("a")), "1");
    for name in ["ignored", "new", "target"] {
        assert!(!tree.join(name).exists(), "{name}");
    }
    assert_eq!(lay_out(&order).await[0].origin, TreeOrigin::Kept);
}

#[test]
fn one_process_at_a_time_works_in_a_source_root() {
    let world = World::new();
    let held = SourceLock::acquire(&world.root(), "process 1").unwrap();
    assert_eq!(held.root(), world.root());
    let error = SourceLock::acquire(&world.root(), "process 2").unwrap_err();
    assert!(
        matches!(&error, Error::LockHeld { by, .. } if by == "process 1"),
        "{error}"
    );
}

#[tokio::test]
async fn a_lock_file_does_not_make_a_root_foreign() {
    let world = World::new();
    world.repository("alpha", &[]);
    let _held = SourceLock::acquire(&world.root(), "process 1").unwrap();
    let sources: Vec<Source> = vec![world.source("alpha")];
    lay_out(&LayOutOrder {
        root: world.root(),
        sources,
        built: BTreeSet::new(),
    })
    .await;
}
