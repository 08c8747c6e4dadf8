//! Our own death by kill -9 while a build runs.
//!
//! The supervising process is this test program again: `supervise` does nothing unless it finds an order in its folder.

use crate::support::{World, clean_git, commit, git, wait_for_end};
use local_build::{
    Exit, Found, GroupEnd, LayOutOrder, end_group, inspect, lay_out_sources, recorded_group, renew_tree,
    settle, start_build,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const ORDER: &str = "supervise-this.sh";
const LONG: Duration = Duration::from_secs(60);

#[tokio::test]
async fn supervise() {
    let Ok(script) = fs::read_to_string(ORDER) else {
        return;
    };
    let here = Path::new(".").canonicalize().unwrap();
    let world = World::new();
    let mut order = world.build(&script);
    order.tree = here.clone();
    let in_a_tree = here.join(".git").exists();
    order.run_folder = here.join(if in_a_tree { "../../run" } else { "run" });
    let started = start_build(&order).await.unwrap();
    if here.join("never-begin").exists() {
        fs::write("stored", "").unwrap();
        let _open_until_killed = fs::read("pipe").unwrap();
    }
    started.begin().await.unwrap().wait().await.unwrap();
}

fn supervisor(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["crash::supervise", "--exact", "--nocapture"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn kill(mut supervisor: Child) {
    supervisor.kill().unwrap();
    supervisor.wait().unwrap();
}

#[tokio::test]
async fn an_orphan_is_found_ended_and_gone() {
    let world = World::new();
    let pipe = world.pipe("pipe");
    fs::write(
        world.path(ORDER),
        "sleep 1000 & echo up >pipe; sleep 1000; touch done",
    )
    .unwrap();
    let supervisor = supervisor(&world.path(""));
    fs::read_to_string(&pipe).unwrap();
    kill(supervisor);
    let run = world.path("run");
    let group = recorded_group(&run).unwrap().unwrap();
    assert_eq!(inspect(&run, &group).unwrap(), Found::Alive);
    assert!(group.living_members().unwrap().len() >= 3);
    assert_eq!(settle(&run, &group, LONG).await.unwrap(), Found::Gone);
    assert_eq!(group.living_members().unwrap(), Vec::<u32>::new());
    assert_eq!(end_group(&group, LONG).await.unwrap(), GroupEnd::WasGone);
    assert!(!world.path("done").exists());
}

#[tokio::test]
async fn a_build_that_finished_while_we_were_dead_counts() {
    for (last, exit) in [("exit 0", Exit::Code(0)), ("echo broken; exit 7", Exit::Code(7))] {
        let world = World::new();
        let (up, go) = (world.pipe("up"), world.pipe("go"));
        fs::write(world.path(ORDER), format!("echo up >up; read go <go; {last}")).unwrap();
        let supervisor = supervisor(&world.path(""));
        fs::read_to_string(&up).unwrap();
        kill(supervisor);
        let run = world.path("run");
        let group = recorded_group(&run).unwrap().unwrap();
        fs::write(&go, "go\n").unwrap();
        wait_for_end(group.id);
        let Found::Finished(end) = inspect(&run, &group).unwrap() else {
            panic!("{exit}")
        };
        assert_eq!(end.exit, exit);
        assert_eq!(settle(&run, &group, LONG).await.unwrap(), Found::Finished(end));
    }
}

/// A laid-out tree in which a supervisor that was killed began this script.
async fn orphan_in_a_tree(world: &World, script: &str) -> LayOutOrder {
    let alpha = world.repository("alpha", &[("a", "1"), (".gitignore", "*\n")]);
    let tree = lay_out_sources(&clean_git(), &world.order(&["alpha"]))
        .await
        .unwrap()
        .remove(0)
        .path;
    let up = tree.join("up");
    assert!(Command::new("mkfifo").arg(&up).status().unwrap().success());
    fs::write(tree.join(ORDER), script).unwrap();
    let supervisor = supervisor(&tree);
    fs::read_to_string(&up).unwrap();
    kill(supervisor);
    commit(&alpha, &[("a", "2")]);
    git(&alpha, &["tag", "--force", "v1.0.0"]);
    world.order(&["alpha"])
}

/// The run folder lies beside the tree, as that of another state does.
fn run_folder(world: &World) -> PathBuf {
    world.root().join("alpha/../../run")
}

#[tokio::test]
async fn an_orphan_of_another_state_is_gone_before_its_tree_is_laid_out_anew() {
    let world = World::new();
    let order = orphan_in_a_tree(&world, "echo up >up; sleep 1000").await;
    let run = run_folder(&world);
    let group = recorded_group(&run).unwrap().unwrap();
    assert!(group.lives().unwrap());
    lay_out_sources(&clean_git(), &order).await.unwrap();
    assert!(!group.lives().unwrap());
}

#[tokio::test]
async fn a_success_whose_tree_was_built_in_again_since_does_not_count() {
    for (last, counts) in [("exit 0", false), ("exit 7", true)] {
        let world = World::new();
        let script = format!("echo up >up; {last}");
        let order = orphan_in_a_tree(&world, &script).await;
        let run = run_folder(&world);
        let group = recorded_group(&run).unwrap().unwrap();
        wait_for_end(group.id);
        let before = inspect(&run, &group).unwrap();
        assert!(matches!(before, Found::Finished(_)), "{before:?}");
        renew_tree(&clean_git(), &world.root(), &order.sources[0])
            .await
            .unwrap();
        let after = settle(&run, &group, LONG).await.unwrap();
        assert_eq!(after == before, counts, "{last}: {after:?}");
        assert_eq!(after == Found::Gone, !counts, "{last}: {after:?}");
    }
}

#[tokio::test]
async fn a_build_whose_gate_was_never_opened_ends_by_itself() {
    let world = World::new();
    let pipe = world.pipe("pipe");
    fs::write(world.path(ORDER), "touch done").unwrap();
    fs::write(world.path("never-begin"), "").unwrap();
    let supervisor = supervisor(&world.path(""));
    // Opening succeeds when the supervisor waits on the other end, its build started and not begun.
    let held = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let group = recorded_group(&world.path("run")).unwrap().unwrap();
    kill(supervisor);
    drop(held);
    wait_for_end(group.id);
    assert_eq!(inspect(&world.path("run"), &group).unwrap(), Found::Gone);
    assert!(!world.path("done").exists());
}
