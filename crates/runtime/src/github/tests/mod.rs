//! Which run is ours, and what is taken from its artifact.

mod counted;
mod taken;

use super::apps::Actors;
use super::artifact::take;
use super::correlate::{Claims, deviation, expected_runs, first_free, query};
use super::dispatch::{Handle, dispatch_id, inputs};
use super::noted::noted;
use super::outcome::waits_for;
use super::*;
use crate::configuration::WorkerKind;
use crate::content::evidence;
use crate::ports::{BuildOrder, MockBuildBackend};
use crate::tests::spec;
use artifact_verify::{ArchiveKind, Member, MemoryObjects, RunCorrelation, write_archive};
use domain_types::{BuildId, CommitSha, NodeId, Sha256Digest, Timestamp};
use github_client::{Actor, ActorKind, Conclusion, Job, RunStatus, WorkflowRun, WorkflowRunId};
use local_build::ObjectStore;
use orchestrator::{Correlation, Event, Failure, FailureKind, Recorded, SeenRun, Stage, State, decide};
use serde_json::{Value, json};

/// One App does everything.
const ACTORS: Actors<'static> = Actors {
    gate: "release[bot]",
    release: "release[bot]",
};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

const OTHER: &str = "89abcdef0123456789abcdef0123456789abcdef";

fn commit(text: &str) -> CommitSha {
    text.parse().unwrap()
}

fn node(platform: &str) -> NodeId {
    NodeId {
        repository: "node".parse().unwrap(),
        platform: platform.parse().unwrap(),
    }
}

fn build(attempt: u32) -> BuildId {
    BuildId {
        release: spec().id,
        node: node("linux-x86_64"),
        attempt,
    }
}

fn component(files: &[&str]) -> FrozenComponent {
    FrozenComponent {
        repository: "node".parse().unwrap(),
        source: FullName {
            owner: "example".to_owned(),
            name: "node".to_owned(),
        },
        version: "0.1.0".to_owned(),
        tag: "v0.1.0".parse().unwrap(),
        branch: None,
        commit: commit(COMMIT),
        committed: Timestamp::from_seconds(1_764_000_000),
        requires: Vec::new(),
        optional: false,
        platforms: vec!["linux-x86_64".parse().unwrap()],
        files: files.iter().map(|file| file.parse().unwrap()).collect(),
        workflow: "build.yml".to_owned(),
        event_type: "build-request".to_owned(),
        workflow_blob: None,
        queued_seconds_max: None,
        worker: WorkerKind::ByDispatchId,
    }
}

fn expected() -> ExpectedRun {
    ExpectedRun {
        repository_id: Some(7),
        event: "workflow_dispatch",
        actor: "release[bot]".to_owned(),
        workflow_path: ".github/workflows/build.yml".to_owned(),
        head_sha: Some(commit(COMMIT)),
        run_attempt: 1,
        dispatch_id: Some(dispatch_id(&build(1))),
        created_since: None,
    }
}

fn us() -> Actor {
    Actor {
        login: "release[bot]".to_owned(),
        id: 3,
        kind: ActorKind::Bot,
    }
}

fn run() -> WorkflowRun {
    let at = Timestamp::from_seconds(1_764_000_000);
    WorkflowRun {
        id: WorkflowRunId(11),
        run_attempt: 1,
        name: Some("build".to_owned()),
        display_title: format!("build 0.1.0 [{}]", dispatch_id(&build(1))),
        event: "workflow_dispatch".to_owned(),
        status: RunStatus::Completed,
        conclusion: Some(Conclusion::Success),
        head_sha: commit(COMMIT),
        head_branch: Some("v0.1.0".to_owned()),
        path: ".github/workflows/build.yml@refs/tags/v0.1.0".to_owned(),
        repository_id: 7,
        head_repository_id: Some(7),
        actor: Some(us()),
        triggering_actor: Some(us()),
        created_at: at,
        run_started_at: Some(at),
        updated_at: at,
        html_url: "https://github.example/run/11".to_owned(),
    }
}

#[test]
fn an_attempt_has_one_dispatch_id_and_every_attempt_another() {
    assert_eq!(dispatch_id(&build(1)), dispatch_id(&build(1)));
    let other_node = BuildId {
        node: node("linux-aarch64"),
        ..build(1)
    };
    for other in [build(2), other_node] {
        assert_ne!(dispatch_id(&build(1)), dispatch_id(&other), "{other}");
    }
    assert_eq!(dispatch_id(&build(1)).as_str().len(), 32);
}

#[test]
fn a_worker_is_told_the_frozen_commit_and_to_clean_its_cache_when_it_tries_again() {
    let order = |attempt| BuildOrder {
        build: build(attempt),
        commit: commit(COMMIT),
        needs: Vec::new(),
    };
    let told = inputs(&order(1), &component(&["node"]));
    assert_eq!(told["commit"], COMMIT);
    assert_eq!(told["version"], "0.1.0");
    assert_eq!(told["platform"], "linux-x86_64");
    assert_eq!((told["clean_cache"].as_str(), told.len()), ("false", 6));
    assert_eq!(inputs(&order(2), &component(&["node"]))["clean_cache"], "true");
}

#[test]
fn a_plan_that_was_frozen_before_workflow_files_were_is_still_read() {
    let without = component(&["node"]);
    let text = serde_json::to_string(&without).unwrap();
    assert!(!text.contains("workflow_blob"), "{text}");
    assert_eq!(serde_json::from_str::<FrozenComponent>(&text).unwrap(), without);
    let with = FrozenComponent {
        workflow_blob: Some(OTHER.to_owned()),
        ..without
    };
    let text = serde_json::to_string(&with).unwrap();
    assert_eq!(serde_json::from_str::<FrozenComponent>(&text).unwrap(), with);
}

#[test]
fn a_run_is_looked_for_among_those_of_the_minutes_of_its_dispatch_however_long_ago_they_were() {
    let handle = Handle {
        dispatch_id: dispatch_id(&build(1)),
        sent_at: 1_764_000_000_000,
        by: None,
    };
    let asked = query(&[expected()], &handle, "build.yml");
    assert_eq!(
        asked.created_since,
        Some(Timestamp::from_seconds(1_764_000_000 - 60))
    );
    assert_eq!(
        asked.created_until,
        Some(Timestamp::from_seconds(1_764_000_000 + 300))
    );
    assert_eq!(asked.actor.as_deref(), Some("release[bot]"));
}

#[tokio::test]
async fn the_time_of_a_dispatch_is_the_one_that_was_noted() {
    let mut stage = crate::tests::Stage::set().await;
    let build_of = |name: &str| BuildId {
        release: spec().id,
        node: crate::tests::node(name),
        attempt: 1,
    };
    let note = Handle {
        dispatch_id: dispatch_id(&build_of("a")),
        sent_at: 1_764_000_123_456,
        by: None,
    };
    let text = serde_json::to_string(&note).unwrap();
    let mut backend = MockBuildBackend::new();
    backend.expect_prepare().returning(move |_| Ok(text.clone()));
    crate::tests::expect_good(&mut backend, &stage.reporter);
    let _ = stage.run("one", backend, crate::tests::good_publisher()).await;
    let found = noted(&*stage.store, &build_of("a")).await.unwrap();
    assert_eq!(found, Some(note));
    let never = BuildId {
        attempt: 2,
        ..build_of("a")
    };
    assert_eq!(noted(&*stage.store, &never).await.unwrap(), None);
}
