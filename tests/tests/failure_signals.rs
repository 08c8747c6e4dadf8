//! Ctrl-C, SIGTERM, a reader that goes away, a second process: nothing lives on, nothing is half-written, and the same command
//! goes on.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

use house_tests::{
    Component, Gate, Governance, Organisation, ReleaseFolder, Stop, binary, processes_below, until,
};
use std::fs;
use std::process::{Command, Stdio};

/// A tool whose build waits at the gate `wait` with a child and a grandchild.
fn waiting() -> Organisation {
    let waits = Gate::line("wait").trim_end().replace('\n', "; ");
    let script = format!("sh -c '{waits}' &\n{waits}\nwait\necho tool > tool");
    Organisation::of(&[
        Component::new("base").building("echo base >> ../../../../begun"),
        Component::new("tool")
            .needing("base")
            .building(&script)
            .with_binary("tool"),
    ])
}

fn drafts(organisation: &Organisation) -> Vec<String> {
    fs::read_dir(organisation.folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.contains("draft"))
        .collect()
}

#[track_caller]
fn nothing_lives_and_nothing_is_half_written(organisation: &Organisation) {
    assert_eq!(processes_below(&organisation.workspace()), []);
    assert!(!organisation.out().exists());
    assert_eq!(drafts(organisation), Vec::<String>::new());
}

#[track_caller]
fn stopped_while_building(how: Stop, code: i32) {
    let organisation = waiting();
    let mut running = organisation.release("0.1.0").start();
    organisation.gate("wait").is_reached();
    assert!(processes_below(&organisation.sources()).len() >= 3);
    running.stop(how);
    running
        .ends()
        .ends_with(code)
        .says(&["ending in good order", "the same command goes on"]);
    nothing_lives_and_nothing_is_half_written(&organisation);
    let shown = organisation.order("show", "0.1.0").json();
    let tool = &shown["builds"][1];
    assert_eq!(
        (&tool["repository"], &tool["attempts"][0]["outcome"]),
        (&"tool".into(), &"interrupted".into())
    );

    organisation.gate("wait").open();
    organisation
        .release("0.1.0")
        .run()
        .ends_with(0)
        .says(&["1 of 2 builds were done before and are kept"]);
    ReleaseFolder::at(&organisation.out()).agrees_with_sha256sum();
    assert_eq!(
        fs::read_to_string(organisation.folder().join("begun")).unwrap(),
        "base\n"
    );
}

#[test]
fn ctrl_c_ends_builds_with_their_children() {
    stopped_while_building(Stop::Interrupt, 130);
}

#[test]
fn a_service_manager_ends_builds_with_their_children() {
    stopped_while_building(Stop::Terminate, 143);
}

#[test]
fn a_second_ctrl_c_leaves_at_once_and_the_same_command_cleans_up() {
    // The build takes the first signal for a joke: it ends only when it is killed, after some seconds of grace.
    let script = format!("trap '' TERM\n{}echo tool > tool", Gate::line("wait"));
    let organisation = Organisation::of(&[Component::new("tool").building(&script).with_binary("tool")]);
    let mut running = organisation.release("0.1.0").start();
    organisation.gate("wait").is_reached();
    running.stop(Stop::Interrupt);
    assert!(running.hears("ending in good order").is_some());
    running.stop(Stop::Interrupt);
    running.ends().ends_with(130);
    assert!(!organisation.out().exists());
    organisation.gate("wait").open();
    organisation.release("0.1.0").run().ends_with(0);
    nothing_lives_in_sources(&organisation);
}

#[track_caller]
fn nothing_lives_in_sources(organisation: &Organisation) {
    assert_eq!(processes_below(&organisation.sources()), []);
}

#[track_caller]
fn stopped_while_collecting(how: Stop, code: i32) {
    // So much that putting it together takes longer than a signal takes to arrive.
    let script = "head -c 20000000 /dev/urandom > tool";
    let organisation = Organisation::of(&[Component::new("tool").building(script).with_binary("tool")]);
    let mut running = organisation.release("0.1.0").start();
    assert!(running.hears("collecting").is_some());
    running.stop(how);
    running.ends().ends_with(code);
    nothing_lives_and_nothing_is_half_written(&organisation);
    organisation.release("0.1.0").run().ends_with(0);
    ReleaseFolder::at(&organisation.out()).agrees_with_sha256sum();
    assert_eq!(drafts(&organisation), Vec::<String>::new());
}

#[test]
fn ctrl_c_while_the_release_is_put_together() {
    stopped_while_collecting(Stop::Interrupt, 130);
}

#[test]
fn a_service_manager_ends_a_release_that_is_put_together() {
    stopped_while_collecting(Stop::Terminate, 143);
}

#[test]
fn a_second_process_on_the_same_state_is_told_who_works_there() {
    let organisation = waiting();
    let first = organisation.release("0.1.0").start();
    organisation.gate("wait").is_reached();
    let holder = format!(
        "process {} (governance release local 0.1.0, since ",
        first.process()
    );
    // The same release, and another one: both need the state.
    for version in ["0.1.0", "0.2.0"] {
        let answer = organisation
            .release_into(version, &organisation.folder().join("other"))
            .run();
        answer.ends_with(3).says(&["state.db.lock", &holder]);
    }
    organisation.gate("wait").open();
    first.ends().ends_with(0);
}

#[test]
fn a_second_process_on_the_same_workspace_is_told_who_works_there() {
    let organisation = waiting();
    let first = organisation.release("0.1.0").start();
    organisation.gate("wait").is_reached();
    let second = organisation
        .release_into("0.1.0", &organisation.folder().join("other"))
        .option("--state", &organisation.folder().join("other.db"));
    let holder = format!(
        "process {} (governance release local 0.1.0, since ",
        first.process()
    );
    second.run().ends_with(3).says(&["source/.lock", &holder]);
    organisation.gate("wait").open();
    first.ends().ends_with(0);
    second.run().ends_with(0);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let organisation = Organisation::of(&[Component::new("tool")
        .building("echo tool > tool")
        .with_binary("tool")]);
    let manifest = organisation.manifest();
    let show = organisation.state();
    organisation.release("0.1.0").run().ends_with(0);
    let rows: [Vec<&str>; 3] = [
        vec!["plan", "--manifest", manifest.to_str().unwrap()],
        vec!["release", "show", "0.1.0", "--state", show.to_str().unwrap()],
        vec!["--help"],
    ];
    for arguments in rows {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = Command::new(binary())
            .args(&arguments)
            .stdin(Stdio::null())
            .stdout(writer)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), error.as_ref()),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_release_does_not_need_anybody_who_reads_its_progress() {
    let organisation = Organisation::of(&[Component::new("tool")
        .building("echo tool > tool")
        .with_binary("tool")]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = Command::new(binary())
        .args(["release", "local", "0.1.0", "--manifest"])
        .arg(organisation.manifest())
        .arg("--workspace")
        .arg(organisation.workspace())
        .arg("--config")
        .arg(organisation.configuration())
        .arg("--out")
        .arg(organisation.out())
        .stdin(Stdio::null())
        .stdout(writer.try_clone().unwrap())
        .stderr(writer)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(0));
    ReleaseFolder::at(&organisation.out()).agrees_with_sha256sum();
}

#[test]
fn a_demo_that_is_interrupted_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Governance::new()
        .args(["demo", "--jobs", "1"])
        .option("--dir", &folder.path().join("demo"));
    let mut running = demo.start();
    assert!(running.hears(": running").is_some());
    running.stop(Stop::Interrupt);
    running.ends().ends_with(130);
    until("nothing builds", || processes_below(folder.path()).is_empty());
    assert!(!folder.path().join("demo/release").exists());
    demo.run().ends_with(0);
    ReleaseFolder::at(&folder.path().join("demo/release")).agrees_with_sha256sum();
}
