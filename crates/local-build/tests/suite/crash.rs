//! Our own death by kill -9 while a build runs.
//!
//! The supervising process is this test program again: `supervise` does nothing unless it finds an order in its folder.

use crate::support::{World, wait_for_end};
use local_build::{Exit, Found, GroupEnd, end_group, inspect, recorded_group, settle, start_build};
use std::fs;
use std::path::Path;
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
    order.run_folder = here.join("run");
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
