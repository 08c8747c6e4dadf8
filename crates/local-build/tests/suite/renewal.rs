//! A tree before its next build: whatever ran, changed or was left in it is gone, and so is any claim to its products.

use crate::support::{World, clean_git, commit, first_surroundings, git, shell, tag};
use local_build::{
    BuildOrder, EarlierProducts, Found, GroupEnd, Limits, ProcessGroup, SourceTree, TreeOrigin, end_group,
    lay_out_sources, renew_tree, settle, start_build,
};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

async fn laid_out(world: &World) -> SourceTree {
    let order = world.order(&["alpha"]);
    lay_out_sources(&clean_git(), &order).await.unwrap().remove(0)
}

async fn renew(world: &World) {
    renew_tree(&clean_git(), &world.root(), &world.source("alpha"))
        .await
        .unwrap();
}

fn build_in(world: &World, tree: &Path, script: &str) -> BuildOrder {
    let recipe = shell(script);
    BuildOrder {
        tree: tree.to_owned(),
        run_folder: world.path("run"),
        surroundings: first_surroundings(&world.root(), &recipe),
        recipe,
        limits: Limits::default(),
        earlier: EarlierProducts::Keep,
    }
}

#[tokio::test]
async fn what_still_builds_in_a_tree_is_ended_before_the_tree_is_renewed() {
    let world = World::new();
    world.repository("alpha", &[("a", "1")]);
    let tree = laid_out(&world).await.path;
    let pipe = world.pipe("pipe");
    let script = format!("echo up >{}; sleep 1000", pipe.display());
    let running = start_build(&build_in(&world, &tree, &script))
        .await
        .unwrap()
        .begin()
        .await
        .unwrap();
    tokio::fs::read_to_string(&pipe).await.unwrap();
    renew(&world).await;
    assert!(!running.group().lives().unwrap());
}

#[tokio::test]
async fn a_success_counts_no_more_once_its_tree_was_renewed_in_place() {
    let world = World::new();
    world.repository("alpha", &[("a", "1")]);
    let tree = laid_out(&world).await.path;
    let order = build_in(&world, &tree, "true");
    let mut running = start_build(&order).await.unwrap().begin().await.unwrap();
    running.wait().await.unwrap();
    let group = running.group().clone();
    let before = settle(&order.run_folder, &group, LONG).await.unwrap();
    assert!(matches!(before, Found::Finished(_)), "{before:?}");
    renew(&world).await;
    assert_eq!(
        settle(&order.run_folder, &group, LONG).await.unwrap(),
        Found::Gone
    );
}

#[tokio::test]
async fn what_cleaning_does_not_mend_is_laid_out_anew() {
    type Damage = fn(&Path);
    let damages: [(&str, Damage); 3] = [
        ("moved to another commit", |tree| commit(tree, &[("a", "2")])),
        ("locked by a git that died", |tree| {
            fs::write(tree.join(".git/index.lock"), "").unwrap();
        }),
        ("a repository within", |tree| {
            let inner = tree.join("inner");
            fs::create_dir(&inner).unwrap();
            git(&inner, &["init", "--quiet"]);
            commit(&inner, &[("product", "1")]);
        }),
    ];
    for (name, damage) in damages {
        let world = World::new();
        world.repository("alpha", &[("a", "1"), (".gitignore", "inner\n")]);
        let tree = laid_out(&world).await.path;
        damage(&tree);
        renew(&world).await;
        assert_eq!(fs::read_to_string(tree.join("a")).unwrap(), "1", "{name}");
        for gone in [".git/index.lock", "inner"] {
            assert!(!tree.join(gone).exists(), "{name}: {gone}");
        }
    }
}

#[tokio::test]
async fn a_tree_of_another_tag_or_repository_is_another_tree_though_the_commit_is_the_same() {
    let world = World::new();
    let alpha = world.repository("alpha", &[("a", "1")]);
    let mut order = world.order(&["alpha"]);
    laid_out(&world).await;
    git(&alpha, &["tag", "v1.0.1"]);
    order.sources[0].tag = tag("v1.0.1");
    let tree = lay_out_sources(&clean_git(), &order).await.unwrap().remove(0);
    assert_eq!(tree.origin, TreeOrigin::LaidOut);
    assert_eq!(
        git(&tree.path, &["describe", "--tags", "--exact-match"]),
        "v1.0.1"
    );
    git(&alpha, &["clone", "--quiet", ".", "../elsewhere"]);
    order.sources[0].repository = world.path("elsewhere");
    let tree = lay_out_sources(&clean_git(), &order).await.unwrap().remove(0);
    assert_eq!(tree.origin, TreeOrigin::LaidOut);
    // It borrows from the repository that was named, and from no other.
    fs::remove_dir_all(&alpha).unwrap();
    assert_eq!(git(&tree.path, &["cat-file", "-p", "HEAD:a"]), "1");
}

#[tokio::test]
async fn a_built_tree_that_its_build_moved_to_another_commit_is_laid_out_anew() {
    let world = World::new();
    world.repository("alpha", &[("a", "1")]);
    let tree = laid_out(&world).await.path;
    commit(&tree, &[("a", "2")]);
    let mut order = world.order(&["alpha"]);
    order.built.insert(order.sources[0].folder.clone());
    let again = lay_out_sources(&clean_git(), &order).await.unwrap().remove(0);
    assert_eq!(again.origin, TreeOrigin::LaidOut);
}

#[tokio::test]
async fn a_tree_bears_no_mark_from_the_moment_it_is_made_anew() {
    let world = World::new();
    let alpha = world.repository("alpha", &[("a", "1")]);
    let tree = laid_out(&world).await.path;
    let order = world.order(&["alpha"]);
    fs::write(tree.join("a"), "2").unwrap();
    fs::rename(&alpha, world.path("away")).unwrap();
    assert!(lay_out_sources(&clean_git(), &order).await.is_err());
    // Somebody mends both by hand; that nobody finished the tree is still known.
    fs::rename(world.path("away"), &alpha).unwrap();
    git(&tree, &["checkout", "--quiet", "a"]);
    assert_eq!(laid_out(&world).await.origin, TreeOrigin::LaidOut);
}

#[tokio::test]
async fn a_tree_of_a_shallow_clone_knows_where_its_history_ends() {
    let world = World::new();
    let alpha = world.repository("alpha", &[("a", "1")]);
    commit(&alpha, &[("a", "2")]);
    git(&alpha, &["tag", "--force", "v1.0.0"]);
    let url = format!("file://{}", alpha.display());
    git(&alpha, &["clone", "--quiet", "--depth=1", &url, "../shallow"]);
    let trees = lay_out_sources(&clean_git(), &world.order(&["shallow"]))
        .await
        .unwrap();
    assert_eq!(git(&trees[0].path, &["rev-list", "--count", "HEAD"]), "1");
}

#[tokio::test]
async fn whoever_heeds_sigterm_has_the_grace_to_tidy_up() {
    let world = World::new();
    let (up, go) = (world.pipe("up"), world.pipe("go"));
    let script = format!(
        "trap 'read word <{go}; n=0; while [ $n -lt 200000 ]; do n=$((n+1)); done; echo tidied >tidied; exit 0' TERM; echo up >{up}; while :; do sleep 1000 & wait; done",
        go = go.display(),
        up = up.display()
    );
    let order = world.build(&script);
    let running = start_build(&order).await.unwrap().begin().await.unwrap();
    tokio::fs::read_to_string(&up).await.unwrap();
    // The other end is there only once the handler runs.
    let told = std::thread::spawn(move || fs::write(go, "go\n"));
    end_group(running.group(), LONG).await.unwrap();
    assert!(order.tree.join("tidied").exists());
    told.join().unwrap().unwrap();
}

#[tokio::test]
async fn processes_older_than_the_leader_are_not_of_its_group() {
    use std::os::unix::process::CommandExt as _;
    let world = World::new();
    let any = start_build(&world.build("true")).await.unwrap();
    let boot_id = any.group().boot_id.clone();
    // The leader is gone and its child lives, as if the group's id had been given anew.
    let mut leader = Command::new("sh")
        .args(["-c", "sleep 1000 & exit"])
        .process_group(0)
        .spawn()
        .unwrap();
    leader.wait().unwrap();
    let group = |start_time| ProcessGroup {
        id: leader.id(),
        start_time,
        boot_id: boot_id.clone(),
    };
    let younger = group(u64::MAX);
    assert_eq!(
        end_group(&younger, LONG).await.unwrap(),
        GroupEnd::WasGone,
        "what is older is not signalled"
    );
    assert_eq!(group(0).living_members().unwrap().len(), 1);
    end_group(&group(0), LONG).await.unwrap();
}
