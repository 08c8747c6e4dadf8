//! Looking after releases from the shell: list, show, pause, resume, retry, cancel, with and without a process that
//! works on them. Builds are one shell line; one that must last waits at a named pipe.
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot prepare its stage has failed"
)]

mod stage;

use stage::Stage;

#[test]
fn orders_to_a_running_release_are_taken_up_by_its_process() {
    let stage = Stage::new("cat ../../../gate > /dev/null");
    let mut running = stage.begin_release();
    running.wait_for("a:linux");
    stage.check("pause", 0, "release 0.1.0 is paused");
    assert_eq!(stage.state(), "paused");
    stage.check("show", 0, "to go on");
    stage.check("pause", 1, "does not pause");
    let second = stage.release();
    assert_eq!(second.code, 3, "{second:?}");
    assert!(second.err.contains("is held by process"), "{second:?}");
    stage.check("resume", 0, "release 0.1.0 is building");
    stage.open_gate();
    assert_eq!(running.code(), 0);
    assert_eq!(stage.state(), "published");
}

#[test]
fn a_running_release_is_cancelled_and_its_builds_end() {
    let stage = Stage::new("cat ../../../gate > /dev/null");
    let mut running = stage.begin_release();
    running.wait_for("a:linux");
    stage.check("cancel", 0, "release 0.1.0 is cancelled");
    assert_eq!(running.code(), 1);
    stage.check("show", 0, "Release release 0.1.0: cancelled");
    stage.check("retry", 1, "does not retry");
    assert!(!stage.folder.path().join("out").exists());
}

#[test]
fn orders_without_a_process_are_decided_at_once() {
    let stage = Stage::new("test -e ../../../ready");
    let failed = stage.release();
    assert_eq!(failed.code, 1, "{failed:?}");
    assert!(
        failed.out.contains("b") && failed.out.contains("a failed, which it needs"),
        "{failed:?}"
    );
    stage.check("show", 0, "release 0.1.0: stalled");
    stage.check("resume", 1, "does not resume");
    stage.check(
        "retry",
        0,
        "the same `governance release local` command as before goes on with it",
    );
    std::fs::write(stage.folder.path().join("ready"), "").unwrap();
    let done = stage.release();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.contains("verify it:"), "{done:?}");
    let attempts = &stage.json("show")["builds"][0]["attempts"];
    // A failure of unknown kind is tried once more before a person is asked.
    assert_eq!(attempts.as_array().unwrap().len(), 3, "{attempts}");
}

#[test]
fn the_list_and_the_page_have_the_fields_of_their_schemas() {
    let stage = Stage::new("true");
    assert_eq!(stage.release().code, 0);
    let list = stage.run(&["release", "list", "--state", "state.db"]);
    assert!(list.out.contains("release  0.1.0    published"), "{list:?}");
    let document = stage.json("show");
    assert_eq!(document["schema"], "governance/release/v1");
    assert_eq!(
        (&document["release"], &document["version"]),
        (&"release".into(), &"0.1.0".into())
    );
    let build = &document["builds"][0];
    assert_eq!(
        (&build["repository"], &build["state"]),
        (&"a".into(), &"succeeded".into())
    );
    let attempt = &build["attempts"][0];
    assert_eq!(
        (&attempt["number"], &attempt["outcome"]),
        (&1.into(), &"succeeded".into())
    );
    assert!(
        attempt["started"].is_string() && attempt["ended"].is_string(),
        "{attempt}"
    );
}

#[test]
fn a_plan_with_a_workspace_has_the_digest_of_the_release() {
    let stage = Stage::new("true");
    assert_eq!(stage.release().code, 0);
    let words = "plan --manifest m.toml --config c.toml --workspace . --version 0.1.0 --format json";
    let plan = stage.run(&words.split(' ').collect::<Vec<_>>()).json();
    let list = stage
        .run(&["release", "list", "--state", "state.db", "--format", "json"])
        .json();
    assert_eq!(plan["digest"], list["releases"][0]["plan_digest"]);
}

#[test]
fn what_changed_since_is_another_plan() {
    let stage = Stage::new("true");
    assert_eq!(stage.release().code, 0);
    stage.git("a", &["commit", "--quiet", "--allow-empty", "--message", "more"]);
    stage.git("a", &["tag", "--force", "v0.1.0"]);
    let refused = stage.release();
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.err.contains("was started with another plan"),
        "{refused:?}"
    );
}

#[test]
fn a_version_that_was_never_released_is_wrong_usage() {
    let stage = Stage::new("true");
    assert_eq!(
        stage
            .run(&["release", "show", "0.1.0", "--state", "state.db"])
            .code,
        2
    );
    assert_eq!(stage.release().code, 0);
    let unknown = stage.run(&["release", "show", "0.2.0", "--state", "state.db"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.err.contains("it holds 0.1.0"), "{unknown:?}");
}

#[test]
fn uncommitted_changes_are_named_and_not_released() {
    let stage = Stage::new("grep -q committed text");
    std::fs::write(stage.folder.path().join("a/text"), "changed").unwrap();
    let released = stage.release();
    assert_eq!(released.code, 0, "{released:?}");
    assert!(
        released.err.contains("changes that are not committed: text"),
        "{released:?}"
    );
}

#[test]
fn a_place_that_takes_no_release_is_refused_before_anything_is_built() {
    let stage = Stage::new("true");
    std::fs::write(stage.folder.path().join("file"), "").unwrap();
    let words = "release local 0.1.0 --manifest m.toml --config c.toml --workspace . --out file/out";
    let answer = stage.run(&words.split(' ').collect::<Vec<_>>());
    assert_eq!(answer.code, 2, "{answer:?}");
    assert!(answer.err.contains("file is not a folder"), "{answer:?}");
    assert!(!stage.folder.path().join(".governance").exists());
}
