//! What the parts of a local release tell each other: needs by platform, failures by kind, attempts in the evidence.

use super::backend::tests::{COMMIT, component, configuration, node, workshop};
use super::release::forget_toolchain_of_cargo_run;
use super::report::{failure_of_end, failure_of_error};
use super::{Identity, LocalRelease, Refusal, Reproducibility, Reuse, release_local};
use crate::content::evidence;
use crate::spec::release_spec;
use artifact_verify::{AttemptOutcome, EvidenceBuild, Outcome};
use dependency_graph::Plan;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use local_build::{BuildEnd, Exit};
use orchestrator::{
    BuildOutput, Event, Failure, FailureKind, NodeSpec, Recorded, Repetition, Stage, State, decide,
};
use std::path::Path;

/// The needs of `beta`, for one platform, upon `alpha`, for others.
fn needs(of: &str, upon: &[&str], repetition: Repetition) -> Vec<String> {
    let (mut alpha, mut beta) = (component("alpha", COMMIT), component("beta", COMMIT));
    alpha.platforms = upon.iter().map(|platform| platform.parse().unwrap()).collect();
    beta.platforms = vec![of.parse().unwrap()];
    beta.requires = vec![alpha.name.clone()];
    let version = Some("0.1.0".parse().unwrap());
    let plan = Plan::new("commons".parse().unwrap(), version, vec![alpha, beta], Vec::new()).unwrap();
    let spec = release_spec(&plan, &configuration(), repetition).unwrap();
    let of_beta = |node: &&NodeSpec| node.id.repository.as_str() == "beta";
    let beta = spec.nodes.iter().find(of_beta).unwrap();
    beta.needs.iter().map(|need| need.platform.to_string()).collect()
}

#[test]
fn a_build_waits_for_its_own_platform_or_for_all_if_there_is_none_or_trees_move() {
    use Repetition::{Once, Twice};
    let (linux, arm, windows) = ("linux-x86_64", "linux-aarch64", "windows-x86_64");
    assert_eq!(needs(linux, &[linux, windows], Once), [linux]);
    assert_eq!(needs(linux, &[linux, windows], Twice), [linux, windows]);
    assert_eq!(needs(linux, &[arm, windows], Once), [arm, windows]);
}

#[test]
fn a_failure_has_the_kind_that_decides_whether_it_is_tried_again() {
    let end = |exit: Exit, log: &str| BuildEnd {
        exit,
        command: Some("make".to_owned()),
        log_tail: vec![log.to_owned()],
        ended: Timestamp::EPOCH,
    };
    let rows = [
        (Exit::Signal(9), "", FailureKind::RunnerLost),
        (Exit::Signal(15), "", FailureKind::RunnerLost),
        (Exit::Signal(1), "", FailureKind::RunnerLost),
        (Exit::Signal(11), "", FailureKind::Unknown),
        (Exit::Code(127), "", FailureKind::MissingTool),
        (Exit::Code(126), "", FailureKind::MissingTool),
        (Exit::Code(1), "", FailureKind::Unknown),
        (Exit::Signal(9), "No space left on device", FailureKind::DiskFull),
    ];
    for (exit, log, kind) in rows {
        let failure = failure_of_end(&end(exit, log), Path::new("log"));
        assert_eq!(failure.kind, kind, "{exit} {log}");
    }
    let held = local_build::Error::LockHeld {
        path: "lock".into(),
        by: "process 1".to_owned(),
    };
    assert_eq!(failure_of_error(&held, None).kind, FailureKind::Lock);
}

/// The evidence of the one build of a release to which this happened.
fn evidence_after(events: Vec<Event>) -> EvidenceBuild {
    let folder = tempfile::tempdir().unwrap();
    let frozen = workshop(folder.path(), COMMIT).frozen;
    let spec = release_spec(&frozen.plan, &configuration(), Repetition::Once).unwrap();
    let start = [
        Event::Start { spec: Box::new(spec) },
        Event::StageDone {
            stage: Stage::Sources,
            manifest: None,
        },
    ];
    let (mut state, mut at) = (State::unplanned(), Timestamp::from_seconds(1_764_000_000));
    for event in start.into_iter().chain(events) {
        let decision = decide(&state, &Recorded { event, at }).unwrap();
        state.advance(&decision.facts).unwrap();
        at = at.plus_seconds(1);
    }
    let told = evidence(&state, Sha256Digest::of(b"manifest"), ("builder", "0.1.0", at)).unwrap();
    told.builds.into_iter().next().unwrap()
}

fn output() -> BuildOutput {
    BuildOutput {
        reuse_key: Sha256Digest::of(b"key"),
        artifacts: Vec::new(),
        lock: None,
    }
}

#[test]
fn the_evidence_tells_every_attempt() {
    let node = node();
    let started = |attempt| Event::BuildStarted {
        node: node.clone(),
        attempt,
    };
    let told = evidence_after(vec![
        started(1),
        Event::BuildInterrupted {
            node: node.clone(),
            attempt: 1,
        },
        started(2),
        Event::BuildFailed {
            node: node.clone(),
            attempt: 2,
            failure: Failure::new(FailureKind::DiskFull, "no space"),
        },
        Event::RetryDue {
            node: node.clone(),
            attempt: 2,
        },
        started(3),
        Event::BuildSucceeded {
            node: node.clone(),
            attempt: 3,
            output: output(),
        },
    ]);
    let outcomes: Vec<_> = told
        .attempts
        .iter()
        .map(|one| (one.number, one.outcome))
        .collect();
    let expected = [
        (1, AttemptOutcome::Interrupted),
        (2, AttemptOutcome::Failed),
        (3, AttemptOutcome::Succeeded),
    ];
    assert_eq!(
        (outcomes.as_slice(), told.outcome),
        (&expected[..], Outcome::Built)
    );
}

#[test]
fn the_evidence_tells_how_a_build_failed_or_where_it_came_from() {
    let node = node();
    let started = |attempt| Event::BuildStarted {
        node: node.clone(),
        attempt,
    };
    let too_long = Event::RunTimeout {
        node: node.clone(),
        attempt: 1,
    };
    let told = evidence_after(vec![started(1), too_long]);
    assert_eq!(told.attempts[0].outcome, AttemptOutcome::TimedOut);

    let wrong = Event::BuildFailed {
        node: node.clone(),
        attempt: 1,
        failure: Failure::new(FailureKind::CompileError, "no"),
    };
    assert_eq!(evidence_after(vec![started(1), wrong]).outcome, Outcome::Failed);

    let from = ReleaseId::new(
        &"commons".parse().unwrap(),
        &"0.0.9".parse().unwrap(),
        &Sha256Digest::of(b"earlier"),
    );
    let told = evidence_after(vec![Event::BuildReused {
        node: node.clone(),
        attempt: 1,
        output: output(),
        from: from.clone(),
    }]);
    assert_eq!((told.reused_from, told.attempts.len()), (Some(from), 0));
}

#[test]
fn every_attempt_has_its_run_folder_and_every_release_its_draft() {
    let folder = tempfile::tempdir().unwrap();
    let places = workshop(folder.path(), COMMIT).places;
    let release = |plan: &[u8]| {
        let (name, version) = ("commons".parse().unwrap(), "0.1.0".parse().unwrap());
        ReleaseId::new(&name, &version, &Sha256Digest::of(plan))
    };
    let run_folder = |plan: &[u8], attempt| {
        places.run_folder(&domain_types::BuildId {
            release: release(plan),
            node: node(),
            attempt,
        })
    };
    let folders = [
        run_folder(b"one", 1),
        run_folder(b"one", 2),
        run_folder(b"two", 1),
        places.draft(&release(b"one")),
        places.draft(&release(b"two")),
        places.collected(&release(b"one")),
        places.collected(&release(b"two")),
    ];
    let different: std::collections::BTreeSet<_> = folders.iter().collect();
    assert_eq!(different.len(), folders.len(), "{folders:?}");
    for draft in &folders[3..5] {
        assert_eq!(draft.parent(), places.out.parent(), "publishing is one rename");
    }
}

#[tokio::test]
async fn signatures_that_nobody_makes_are_refused_before_anything_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    let workshop = workshop(folder.path(), COMMIT);
    let mut configuration = configuration();
    configuration.release.signatures_required = 1;
    let sources = workshop.places.sources.clone();
    let request = LocalRelease {
        frozen: workshop.frozen,
        configuration,
        places: workshop.places,
        base_env: workshop.base_env,
        runners: 1,
        reuse: Reuse::Allowed,
        reproducibility: Reproducibility::BuildOnce,
        identity: Identity {
            machine: "builder".to_owned(),
            tool_version: "0.1.0".to_owned(),
            holder: "process 1".to_owned(),
            owner: "one".to_owned(),
            actor: "operator".to_owned(),
        },
    };
    let mut clock = crate::ports::MockClock::new();
    clock.expect_now().return_const(Timestamp::EPOCH);
    let (progress, _) = tokio::sync::watch::channel(None);
    let (_shutdown, told) = tokio::sync::watch::channel(false);
    let refused = release_local(request, std::sync::Arc::new(clock), progress, told).await;
    assert!(matches!(refused, Err(Refusal::SignaturesRequired)), "{refused:?}");
    assert!(!sources.exists());
}

#[test]
fn only_the_toolchain_that_cargo_run_set_is_forgotten() {
    let kept = |names: &[&str]| {
        let mut env = names
            .iter()
            .map(|name| ((*name).to_owned(), String::new()))
            .collect();
        forget_toolchain_of_cargo_run(&mut env);
        env.contains_key("RUSTUP_TOOLCHAIN")
    };
    assert!(kept(&["RUSTUP_TOOLCHAIN"]));
    assert!(!kept(&["RUSTUP_TOOLCHAIN", "CARGO_MANIFEST_DIR"]));
}
