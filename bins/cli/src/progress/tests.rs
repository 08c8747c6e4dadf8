//! Progress as values: what a line says, and how long it will still take.

use super::bars::{build_line, whole_line};
use super::log_line::last_line;
use super::*;
use dependency_graph::{PlanOptions, read_plan};
use domain_types::{NodeId, ReleaseId, Timestamp};
use expect_test::expect;
use orchestrator::{BuildState, FailureKind, Phase};
use runtime::NodeProgress;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_764_000_000 + seconds)
}

fn node(repository: &str, state: BuildState, started: Option<i64>, ended: Option<i64>) -> NodeProgress {
    NodeProgress {
        id: NodeId {
            repository: repository.parse().unwrap(),
            platform: "linux-x86_64".parse().unwrap(),
        },
        state,
        attempt: 1,
        started: started.map(at),
        ended: ended.map(at),
        failure: None,
        retry_due: None,
    }
}

fn progress(phase: Phase, nodes: Vec<NodeProgress>) -> Progress {
    let release: ReleaseId = "example@0.1.0/0123456789abcdef".parse().unwrap();
    Progress {
        release,
        revision: 1,
        phase,
        started: Some(at(0)),
        nodes,
    }
}

fn plan(expected: Option<u64>) -> Plan {
    let text = r#"
[versions]
a = { version = "1.0.0", git_tag = "v1.0.0" }
b = { version = "1.0.0", git_tag = "v1.0.0", requires = ["a=1.0.0"] }
c = { version = "1.0.0", git_tag = "v1.0.0" }
"#;
    let mut options = PlanOptions::new("example".parse().unwrap(), vec!["linux-x86_64".parse().unwrap()]);
    for name in ["a", "b", "c"] {
        options
            .repositories
            .entry(name.parse().unwrap())
            .or_default()
            .expected_seconds = expected;
    }
    read_plan("versions.toml", text, &options).unwrap().plan
}

#[test]
fn each_change_is_one_line() {
    let mut failed = node("b", BuildState::Waiting, Some(1), Some(3));
    failed.failure = Some((
        FailureKind::Network,
        "`cargo build` ended with exit code 101".to_owned(),
    ));
    failed.retry_due = Some(at(9));
    let first = progress(
        Phase::Planned,
        vec![
            node("a", BuildState::Waiting, None, None),
            node("b", BuildState::Waiting, None, None),
        ],
    );
    let second = progress(
        Phase::Building,
        vec![
            node("a", BuildState::Requested, None, None),
            node("b", BuildState::Running, Some(1), None),
        ],
    );
    let third = progress(
        Phase::Building,
        vec![node("a", BuildState::Succeeded, Some(0), Some(2)), failed],
    );
    let lines: Vec<String> = [
        changes(None, &first),
        changes(Some(&first), &second),
        changes(Some(&second), &third),
        changes(Some(&third), &third),
    ]
    .concat();
    expect![[r#"
        example 0.1.0: planned
        b:linux-x86_64: running
        example 0.1.0: building
        a:linux-x86_64: succeeded in 2.0 s
        b:linux-x86_64: failed in 2.0 s: network: `cargo build` ended with exit code 101; tries again at 2025-11-24T16:00:09.000Z
    "#]].assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn a_run_that_goes_on_does_not_tell_the_past_again() {
    let done = node("a", BuildState::Succeeded, Some(0), Some(2));
    let lines = changes(
        None,
        &progress(
            Phase::Building,
            vec![done, node("b", BuildState::Running, Some(2), None)],
        ),
    );
    expect![[r#"
        1 of 2 builds were done before and are kept
        b:linux-x86_64: running
        example 0.1.0: building
    "#]]
    .assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn a_line_of_a_terminal_says_state_time_attempt_and_log() {
    let mut second = node("bllvm", BuildState::Running, Some(5), None);
    second.attempt = 2;
    let line = build_line(&second, 20, "   Compiling bllvm v0.1.0\u{7}", at(17));
    expect![[r#"bllvm:linux-x86_64    running        12 s  attempt 2     Compiling bllvm v0.1.0\u{7}"#]]
        .assert_eq(&line);
    let waiting = node("a", BuildState::Waiting, None, None);
    expect!["a:linux-x86_64        waiting"].assert_eq(&build_line(&waiting, 20, "", at(17)));
}

#[test]
fn the_estimate_is_the_longest_chain_or_the_work_over_the_runners() {
    let running = |c| {
        progress(
            Phase::Building,
            vec![
                node("a", BuildState::Running, Some(0), None),
                node("b", BuildState::Waiting, None, None),
                c,
            ],
        )
    };
    let waiting = running(node("c", BuildState::Waiting, None, None));
    let rows = [
        (Some(10), 2, &waiting, at(4), Some(16_000)),
        (Some(10), 1, &waiting, at(4), Some(26_000)),
        (Some(10), 2, &waiting, at(40), Some(10_000)),
        (None, 2, &waiting, at(4), None),
    ];
    for (expected, runners, progress, now, left) in rows {
        assert_eq!(
            Pace::new(&plan(expected), runners).milliseconds_left(progress, now),
            left,
            "{expected:?} {runners}"
        );
    }
    let learned = running(node("c", BuildState::Succeeded, Some(0), Some(6)));
    assert_eq!(
        Pace::new(&plan(None), 2).milliseconds_left(&learned, at(6)),
        Some(6_000)
    );
    expect!["1 of 3 done, building, 6.0 s, about 6.0 s left"].assert_eq(&whole_line(
        &learned,
        &Pace::new(&plan(None), 2),
        at(6),
    ));
}

#[test]
fn the_last_line_of_a_log_is_found_in_its_tail() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("log");
    assert_eq!(last_line(&log), None);
    for (text, line) in [
        ("", None),
        ("\n \n", None),
        ("a\nb\n\n", Some("b")),
        (&format!("{}\nz", "x".repeat(9000)), Some("z")),
    ] {
        std::fs::write(&log, text).unwrap();
        assert_eq!(last_line(&log).as_deref(), line);
    }
}
