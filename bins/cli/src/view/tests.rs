//! A release in several states, as people and as programs see it.

use super::*;
use expect_test::{Expect, expect};
use orchestrator::StallReason;
use std::path::Path;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_764_000_000 + seconds)
}

fn attempt(number: u32, started: i64, ended: Option<i64>, outcome: Option<&'static str>) -> AttemptView {
    AttemptView {
        number,
        started: at(started),
        running: true,
        ended: ended.map(at),
        outcome,
    }
}

fn build(
    repository: &str,
    state: BuildState,
    because: Option<&str>,
    attempts: Vec<AttemptView>,
) -> BuildView {
    BuildView {
        repository: repository.to_owned(),
        platform: "linux-x86_64".to_owned(),
        state,
        optional: false,
        because: because.map(str::to_owned),
        log_tail: Vec::new(),
        log: None,
        attempts,
    }
}

fn view(phase: Phase, builds: Vec<BuildView>) -> ReleaseView {
    ReleaseView {
        name: "example".parse().unwrap(),
        version: "0.1.0".parse().unwrap(),
        plan_digest: Sha256Digest::of(b"plan"),
        phase,
        because: None,
        started: Some(at(0)),
        ended: None,
        builds,
    }
}

fn check(view: &ReleaseView, worked_on: bool, expected: Expect) {
    let advice = advise(
        &view.phase,
        &view.version,
        Path::new("/w/.governance/state.db"),
        worked_on,
    );
    expected.assert_eq(&render(view, &advice, at(100)));
}

#[test]
fn a_release_that_is_being_built() {
    let mut builds = vec![
        build(
            "consensus",
            BuildState::Succeeded,
            None,
            vec![attempt(1, 0, Some(40), Some("succeeded"))],
        ),
        build(
            "node",
            BuildState::Running,
            None,
            vec![
                attempt(1, 40, Some(50), Some("failed")),
                attempt(2, 60, Some(70), Some("interrupted")),
                attempt(3, 80, None, None),
            ],
        ),
        build("bllvm", BuildState::Waiting, Some("waits for node"), Vec::new()),
    ];
    builds[2].optional = true;
    check(
        &view(Phase::Building, builds),
        true,
        expect![[r#"
        Release example 0.1.0: building
        started 2025-11-24T16:00:00.000Z (1 m 40 s)
        plan sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525

        build      state               attempt  time  why
        consensus  succeeded           1        40 s
        node       running             3        20 s
        bllvm      waiting (optional)  -        -     waits for node

        What ran when
        consensus  |########################                                    |
        node       |                        xxxxxx      ~~~~~~      >>>>>>>>>>>>|
                    16:00:00 to 16:01:40: 1 m 40 s
                    # succeeded  x failed  ~ interrupted  > running

        Next: a process works on it; look again with:
          governance release show 0.1.0 --state /w/.governance/state.db
    "#]],
    );
}

#[test]
fn a_release_that_is_stalled() {
    let mut failed = build(
        "consensus",
        BuildState::Failed,
        Some("`cargo build` ended with exit code 101 (compile error)"),
        vec![attempt(1, 0, Some(3), Some("failed"))],
    );
    failed.log_tail = vec!["error[E0425]: cannot find value `x`\u{1b}[0m".to_owned()];
    failed.log = Some("/w/state.db.work/runs/x/log".to_owned());
    let skipped = build(
        "node",
        BuildState::Skipped,
        Some("consensus failed, which it needs"),
        Vec::new(),
    );
    let reason = StallReason::Builds {
        blocking: 2,
        first: domain_types::NodeId {
            repository: "consensus".parse().unwrap(),
            platform: "linux-x86_64".parse().unwrap(),
        },
    };
    let phase = Phase::Stalled {
        from: Box::new(Phase::Building),
        reason,
    };
    let mut stalled = view(phase, vec![failed, skipped]);
    stalled.because =
        Some("2 builds failed or could not begin, among them consensus:linux-x86_64".to_owned());
    check(
        &stalled,
        false,
        expect![[r#"
            Release example 0.1.0: stalled
            because 2 builds failed or could not begin, among them consensus:linux-x86_64
            started 2025-11-24T16:00:00.000Z (1 m 40 s)
            plan sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525

            build      state    attempt  time   why
            consensus  failed   1        3.0 s  `cargo build` ended with exit code 101 (compile error)
            node       skipped  -        -      consensus failed, which it needs

            The end of the log of consensus
              error[E0425]: cannot find value `x`\u{1b}[0m
              (all of it: /w/state.db.work/runs/x/log)

            What ran when
            consensus  |xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx|
                        16:00:00 to 16:00:03: 3.0 s
                        # succeeded  x failed  ~ interrupted  > running

            Next: mend the cause, then type the same `governance release local` command again: it tries again what failed, with a fresh budget
        "#]],
    );
}

#[test]
fn a_release_that_is_published() {
    let reused = AttemptView {
        number: 1,
        started: at(0),
        running: false,
        ended: Some(at(0)),
        outcome: Some("reused"),
    };
    let mut published = view(
        Phase::Published,
        vec![build(
            "consensus",
            BuildState::Reused,
            Some("an earlier release built exactly this"),
            vec![reused],
        )],
    );
    published.ended = Some(at(5));
    check(
        &published,
        false,
        expect![[r#"
        Release example 0.1.0: published
        started 2025-11-24T16:00:00.000Z, ended 2025-11-24T16:00:05.000Z (5.0 s)
        plan sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525

        build      state   attempt  time  why
        consensus  reused  1        -     an earlier release built exactly this

        Next: it is published; verify what lies in its directory:
          governance artifacts verify DIR
    "#]],
    );
}

#[test]
fn several_platforms_are_told_apart() {
    let mut builds = vec![
        build("a", BuildState::Waiting, None, vec![]),
        build("a", BuildState::Waiting, None, vec![]),
    ];
    builds[1].platform = "windows-x86_64".to_owned();
    let view = view(Phase::Planned, builds);
    let labels: Vec<String> = view.builds.iter().map(|build| view.label(build)).collect();
    assert_eq!(labels, ["a:linux-x86_64", "a:windows-x86_64"]);
}

#[test]
fn programs_read_the_fields_of_the_schema() {
    let view = view(
        Phase::Building,
        vec![build(
            "a",
            BuildState::Running,
            None,
            vec![attempt(1, 0, Some(1), Some("failed")), attempt(2, 2, None, None)],
        )],
    );
    expect![[r#"
        {
          "schema": "governance/release/v1",
          "release": "example",
          "version": "0.1.0",
          "state": "building",
          "builds": [
            {
              "repository": "a",
              "platform": "linux-x86_64",
              "state": "running",
              "attempts": [
                {
                  "number": 1,
                  "started": "2025-11-24T16:00:00.000Z",
                  "ended": "2025-11-24T16:00:01.000Z",
                  "outcome": "failed"
                },
                {
                  "number": 2,
                  "started": "2025-11-24T16:00:02.000Z",
                  "ended": null,
                  "outcome": null
                }
              ]
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&ReleaseJson::of(&view)).unwrap());
}

#[test]
fn durations_are_short() {
    let rows = [
        (0, "0.0 s"),
        (999, "0.9 s"),
        (12_345, "12 s"),
        (65_000, "1 m 05 s"),
        (7_620_000, "2 h 07 m"),
    ];
    for (milliseconds, text) in rows {
        assert_eq!(seconds(milliseconds), text);
    }
}

#[test]
fn paths_are_quoted_for_the_shell() {
    for (path, text) in [
        ("/a/b-c.db", "/a/b-c.db"),
        ("/a b", "'/a b'"),
        ("/it's", r"'/it'\''s'"),
    ] {
        assert_eq!(advice::quoted(Path::new(path)), text);
    }
}

#[test]
fn a_release_that_waits_for_approvals_says_how_they_are_given() {
    check(
        &view(Phase::AwaitingApproval, Vec::new()),
        true,
        expect![[r#"
        Release example 0.1.0: awaiting approval
        started 2025-11-24T16:00:00.000Z (1 m 40 s)
        plan sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525

        build  state  attempt  time  why

        Next: it waits for approvals, one per user name; yours is given with:
          governance release approve 0.1.0 --state /w/.governance/state.db
    "#]],
    );
}
