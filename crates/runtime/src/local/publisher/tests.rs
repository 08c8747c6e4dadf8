//! A release directory from its collection to its place, with somebody's hand in each folder on the way.

use super::*;
use crate::local::backend::tests::{COMMIT, OTHER, configuration, node, workshop};
use crate::ports::MockClock;
use crate::spec::release_spec;
use domain_types::NodeId;
use orchestrator::{BuildOutput, BuiltArtifact, Event, Recorded, Repetition, Stage, decide};
use std::fs;

const PROGRAM: &[u8] = b"#!/bin/sh\n";

/// A release whose one build has finished, and what puts it together.
struct Bench {
    folder: tempfile::TempDir,
    publisher: DirectoryPublisher,
    state: State,
    release: ReleaseId,
}

fn at() -> Timestamp {
    Timestamp::from_seconds(1_764_000_000)
}

fn output() -> BuildOutput {
    BuildOutput {
        reuse_key: Sha256Digest::of(b"key"),
        artifacts: vec![BuiltArtifact {
            name: "alpha".to_owned(),
            digest: Sha256Digest::of(PROGRAM),
            size: PROGRAM.len() as u64,
            executable: true,
        }],
        lock: None,
    }
}

/// The release of a plan whose build has succeeded.
pub(in crate::local) fn built(workshop: &Workshop) -> State {
    let settings = configuration();
    let spec = release_spec(&workshop.frozen.plan, &settings, Repetition::Once).unwrap();
    let (node, attempt): (NodeId, u32) = (node(), 1);
    let events = [
        Event::Start { spec: Box::new(spec) },
        Event::StageDone {
            stage: Stage::Sources,
            manifest: None,
        },
        Event::BuildStarted {
            node: node.clone(),
            attempt,
        },
        Event::BuildSucceeded {
            node,
            attempt,
            output: output(),
        },
    ];
    let mut state = State::unplanned();
    for event in events {
        let decision = decide(&state, &Recorded { event, at: at() }).unwrap();
        state.advance(&decision.facts).unwrap();
    }
    state
}

impl Bench {
    fn of(commit: &str, folder: tempfile::TempDir) -> Self {
        let workshop = workshop(folder.path(), commit);
        workshop.objects.put(PROGRAM).unwrap();
        let state = built(&workshop);
        let mut clock = MockClock::new();
        clock.expect_now().returning(at);
        Self {
            folder,
            release: state.spec().unwrap().id.clone(),
            state,
            publisher: DirectoryPublisher {
                workshop: Arc::new(workshop),
                clock: Arc::new(clock),
                machine: "builder".to_owned(),
                tool_version: "0.1.0".to_owned(),
            },
        }
    }

    fn new() -> Self {
        Self::of(COMMIT, tempfile::tempdir().unwrap())
    }

    async fn collected(&self) -> Sha256Digest {
        self.publisher.collect(&self.state).await.unwrap()
    }

    fn places(&self) -> (PathBuf, PathBuf, PathBuf) {
        let places = &self.publisher.workshop.places;
        (
            places.collected(&self.release),
            places.draft(&self.release),
            places.out.clone(),
        )
    }
}

/// Leaves in a folder what does not belong there.
fn foreign(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("foreign"), "of an earlier attempt").unwrap();
}

fn certain(outcome: Result<(), Unfinished>) -> Result<(), Failure> {
    outcome.map_err(|unfinished| match unfinished {
        Unfinished::Failed(failure) => failure,
        Unfinished::Unknown { reason } => panic!("a rename is never in doubt: {reason}"),
    })
}

fn is_verification(refused: Result<(), impl Into<Unfinished>>) {
    match refused.unwrap_err().into() {
        Unfinished::Failed(failure) => assert_eq!(failure.kind, FailureKind::Verification),
        Unfinished::Unknown { reason } => panic!("{reason}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_left_in_its_folders_does_not_reach_the_release() {
    let bench = Bench::new();
    let (collected, draft, out) = bench.places();
    foreign(&collected);
    foreign(&draft);
    let manifest = bench.collected().await;
    bench.publisher.verify(&bench.release, manifest).await.unwrap();
    bench.publisher.draft(&bench.release, manifest).await.unwrap();
    bench.publisher.publish(&bench.release, manifest).await.unwrap();
    assert!(out.is_dir() && !out.join("foreign").exists());
    assert!(!draft.exists() && !collected.exists(), "nothing is left behind");
    let published = bench.publisher.published(&bench.release).await.unwrap();
    assert_eq!(published, Some(manifest));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_was_touched_never_becomes_visible() {
    let bench = Bench::new();
    let (_, draft, out) = bench.places();
    let manifest = bench.collected().await;
    bench.publisher.draft(&bench.release, manifest).await.unwrap();
    foreign(&draft);
    is_verification(certain(bench.publisher.publish(&bench.release, manifest).await));
    assert!(!out.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_step_goes_on_with_another_manifest_than_the_one_that_was_collected() {
    let bench = Bench::new();
    let (_, draft, out) = bench.places();
    let manifest = bench.collected().await;
    let other = Sha256Digest::of(b"another build of the same plan");
    is_verification(bench.publisher.verify(&bench.release, other).await);
    is_verification(bench.publisher.draft(&bench.release, other).await);
    assert!(!draft.exists());
    bench.publisher.draft(&bench.release, manifest).await.unwrap();
    is_verification(certain(bench.publisher.publish(&bench.release, other).await));
    assert!(!out.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn half_of_anything_is_removed() {
    let bench = Bench::new();
    let (collected, draft, _) = bench.places();
    let manifest = bench.collected().await;
    foreign(&collected);
    foreign(&draft);
    is_verification(bench.publisher.draft(&bench.release, manifest).await);
    assert!(!draft.exists());
    let objects = &bench.publisher.workshop.objects;
    fs::remove_file(objects.path(&Sha256Digest::of(PROGRAM))).unwrap();
    assert!(bench.publisher.collect(&bench.state).await.is_err());
    assert!(!collected.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_release_of_another_plan_is_not_ours_though_it_lies_in_our_place() {
    let bench = Bench::new();
    let manifest = bench.collected().await;
    bench.publisher.draft(&bench.release, manifest).await.unwrap();
    bench.publisher.publish(&bench.release, manifest).await.unwrap();
    let other = Bench::of(OTHER, bench.folder);
    assert_eq!(other.publisher.published(&other.release).await.unwrap(), None);
}
