//! Which run is ours, and what is taken from its artifact.

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

/// Changes one thing about a run.
type Change = fn(&mut WorkflowRun);

fn somebody() -> Option<Actor> {
    Some(Actor {
        login: "mallory".to_owned(),
        id: 4,
        kind: ActorKind::User,
    })
}

/// One thing changed, and what is said of it.
fn deviations() -> [(&'static str, Change, Deviation); 14] {
    [
        (
            "another repository",
            |run| {
                run.repository_id = 8;
                run.head_repository_id = Some(8);
            },
            Deviation::Repository,
        ),
        (
            "a fork",
            |run| run.head_repository_id = Some(8),
            Deviation::HeadRepository,
        ),
        (
            "a fork that is gone",
            |run| run.head_repository_id = None,
            Deviation::HeadRepository,
        ),
        ("a push", |run| run.event = "push".to_owned(), Deviation::Event),
        ("a person", |run| run.actor = somebody(), Deviation::Actor),
        ("nobody", |run| run.actor = None, Deviation::Actor),
        (
            "a person who bears our name",
            |run| {
                run.actor = Some(Actor {
                    kind: ActorKind::User,
                    ..us()
                })
            },
            Deviation::Actor,
        ),
        (
            "begun again by a person",
            |run| run.triggering_actor = somebody(),
            Deviation::TriggeringActor,
        ),
        (
            "another workflow",
            |run| run.path = ".github/workflows/other.yml".to_owned(),
            Deviation::WorkflowPath,
        ),
        (
            "its name elsewhere",
            |run| run.path = "build.yml".to_owned(),
            Deviation::WorkflowPath,
        ),
        (
            "a tag that moved",
            |run| run.head_sha = commit(OTHER),
            Deviation::HeadSha,
        ),
        ("a second attempt", |run| run.run_attempt = 2, Deviation::Attempt),
        (
            "another attempt of ours",
            |run| run.display_title = format!("build [{}]", dispatch_id(&build(2))),
            Deviation::DispatchId,
        ),
        (
            "no brackets",
            |run| run.display_title = dispatch_id(&build(1)).to_string(),
            Deviation::DispatchId,
        ),
    ]
}

#[test]
fn a_run_counts_only_if_nothing_about_it_deviates() {
    assert_eq!(expected().check(&run()), Ok(()));
    for (name, change, deviation) in deviations() {
        let mut run = run();
        change(&mut run);
        assert_eq!(expected().check(&run), Err(deviation), "{name}");
    }
}

fn legacy() -> FrozenComponent {
    FrozenComponent {
        worker: WorkerKind::Legacy,
        ..component(&["node"])
    }
}

/// A run of a worker that knows no id, made in the second of the request.
fn bare_run(id: u64) -> WorkflowRun {
    WorkflowRun {
        id: WorkflowRunId(id),
        event: "repository_dispatch".to_owned(),
        display_title: "build-request".to_owned(),
        head_sha: commit(OTHER),
        ..run()
    }
}

#[test]
fn a_run_that_bears_no_id_counts_only_if_all_else_fits_and_it_was_made_after_the_request() {
    let handle = Handle {
        dispatch_id: dispatch_id(&build(1)),
        sent_at: 1_764_000_000_900,
        by: None,
    };
    let expected = expected_runs(None, ACTORS, &legacy(), &handle);
    assert_eq!(deviation(&expected, &bare_run(11)), None);
    let rows: [(Change, Deviation); 6] = [
        (
            |run| run.created_at = Timestamp::from_milliseconds(1_763_999_999_999),
            Deviation::CreatedAt,
        ),
        (|run| run.event = "workflow_dispatch".to_owned(), Deviation::Event),
        (|run| run.actor = somebody(), Deviation::Actor),
        (
            |run| run.triggering_actor = somebody(),
            Deviation::TriggeringActor,
        ),
        (
            |run| run.path = ".github/workflows/other.yml".to_owned(),
            Deviation::WorkflowPath,
        ),
        (|run| run.run_attempt = 2, Deviation::Attempt),
    ];
    for (change, expects) in rows {
        let mut run = bare_run(11);
        change(&mut run);
        assert_eq!(deviation(&expected, &run), Some(expects));
    }
    // Where runs bear ids, this one is nobody's.
    let expected = expected_runs(None, ACTORS, &component(&["node"]), &handle);
    assert!(deviation(&expected, &bare_run(11)).is_some());
}

#[test]
fn of_two_apps_each_begins_runs_of_its_own_kind_and_none_of_the_other() {
    let handle = Handle {
        dispatch_id: dispatch_id(&build(1)),
        sent_at: 1_764_000_000_900,
        by: None,
    };
    let actors = Actors {
        gate: "gate[bot]",
        ..ACTORS
    };
    assert!(actors.are("gate[bot]") && actors.are("release[bot]") && !actors.are("other[bot]"));
    let both = expected_runs(None, actors, &component(&["node"]), &handle);
    let named: Vec<_> = both.iter().map(|run| (run.event, run.actor.as_str())).collect();
    assert_eq!(
        named,
        [
            ("workflow_dispatch", "gate[bot]"),
            ("repository_dispatch", "release[bot]")
        ]
    );
    // Runs of either are looked through; of one where only one may be meant.
    assert_eq!(query(&both, &handle, "build.yml").actor, None);
    assert_eq!(
        query(&both[1..], &handle, "build.yml").actor.as_deref(),
        Some("release[bot]")
    );
    let only = expected_runs(None, actors, &legacy(), &handle);
    assert_eq!(deviation(&only, &bare_run(11)), None);
    let swapped = Actors {
        gate: actors.release,
        release: actors.gate,
    };
    let only = expected_runs(None, swapped, &legacy(), &handle);
    assert_eq!(deviation(&only, &bare_run(11)), Some(Deviation::Actor));
}

#[test]
fn of_runs_that_fit_the_lowest_counts_that_no_other_build_has_claimed() {
    let free = |others: &[u64]| {
        let claims = Claims {
            own: None,
            others: others.iter().copied().map(WorkflowRunId).collect(),
        };
        first_free([13, 11, 12].map(bare_run).into_iter(), &claims).map(|run| run.id.0)
    };
    assert_eq!(free(&[]), Some(11));
    assert_eq!(free(&[11, 13]), Some(12));
    assert_eq!(free(&[11, 12, 13]), None);
}

/// A release whose first build was interrupted in run 11 and now waits in run 12.
fn claiming() -> State {
    let mut state = State::unplanned();
    let (a, at) = (crate::tests::node("a"), Timestamp::EPOCH);
    let seen = |id| SeenRun {
        id,
        page: "https://github.example/run".to_owned(),
        correlation: Correlation::Weak,
        waits_for: Vec::new(),
    };
    let queued = |attempt, id| Event::BuildQueued {
        node: a.clone(),
        attempt,
        run: Some(seen(id)),
    };
    let interrupted = Event::BuildInterrupted {
        node: a.clone(),
        attempt: 1,
    };
    let events = [
        Event::Start {
            spec: Box::new(spec()),
        },
        Event::StageDone {
            stage: Stage::Sources,
            manifest: None,
        },
        queued(1, 11),
        interrupted,
        queued(2, 12),
    ];
    for event in events {
        let decision = decide(&state, &Recorded { event, at }).unwrap();
        state.advance(&decision.facts).unwrap();
    }
    state
}

#[test]
fn how_a_run_was_found_is_told_in_the_evidence() {
    let told = ("GitHub Actions", "governance-app test", Timestamp::EPOCH);
    let evidence = evidence(&claiming(), Sha256Digest::of(b"manifest"), told).unwrap();
    let run = evidence.builds[0].attempts[0].run.clone().unwrap();
    assert_eq!(
        (run.page.as_str(), run.correlation),
        ("https://github.example/run", RunCorrelation::Weak)
    );
}

#[test]
fn what_builds_have_claimed_is_read_from_what_was_seen_of_their_runs() {
    let state = claiming();
    let of = |attempt, is_here: bool| {
        let build = BuildId {
            release: spec().id,
            node: crate::tests::node("a"),
            attempt,
        };
        let mut claims = Claims::default();
        claims.of_state((&spec().id, &state), &build, |_| is_here);
        let others: Vec<u64> = claims.others.iter().map(|run| run.0).collect();
        (claims.own.map(|run| run.0), others)
    };
    assert_eq!(of(2, true), (Some(12), vec![11]));
    assert_eq!(of(3, true), (None, vec![11, 12]));
    assert_eq!(of(2, false), (None, Vec::new()));
}

#[test]
fn what_a_run_waits_for_are_the_labels_of_its_waiting_jobs_each_once() {
    let job = |status: &str, labels: &[&str]| -> Job {
        let job = json!({ "id": 1, "name": "build", "status": status, "labels": labels });
        serde_json::from_value(job).unwrap()
    };
    let jobs = [
        job("queued", &["self-hosted", "gpu"]),
        job("waiting", &["macos-15"]),
        job("queued", &["self-hosted", "gpu"]),
        job("pending", &["with\na line"]),
        job("queued", &[]),
        job("in_progress", &["ubuntu-latest"]),
        job("completed", &["ubuntu-latest"]),
    ];
    assert_eq!(
        waits_for(&jobs),
        ["macos-15", "self-hosted, gpu", "with\\na line"]
    );
    let many: Vec<Job> = (0..20)
        .map(|number| job("queued", &[&format!("runner-{number}")]))
        .collect();
    assert_eq!(waits_for(&many).len(), orchestrator::WAITS_FOR_MAX);
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

/// A worker's zip: these files, and this manifest if there is one.
fn zip(folder: &std::path::Path, files: &[(&str, &[u8])], manifest: Option<&Value>) -> std::path::PathBuf {
    let manifest = manifest.map(|manifest| manifest.to_string().into_bytes());
    let all = files.iter().map(|(name, bytes)| (*name, bytes.to_vec()));
    let all: Vec<_> = all
        .chain(manifest.map(|bytes| ("build-manifest.json", bytes)))
        .collect();
    let mut objects = MemoryObjects::default();
    let member = |(name, bytes): &(&str, Vec<u8>)| {
        objects.insert(bytes);
        Member {
            path: (*name).parse().unwrap(),
            digest: Sha256Digest::of(bytes),
            size: bytes.len() as u64,
            executable: false,
        }
    };
    let members: Vec<Member> = all.iter().map(member).collect();
    let path = folder.join("a.zip");
    let mut file = std::fs::File::create(&path).unwrap();
    write_archive(
        ArchiveKind::Zip,
        &mut file,
        &members,
        Timestamp::from_seconds(1_764_000_000),
        &objects,
    )
    .unwrap();
    path
}

fn manifest(files: &[(&str, &[u8])]) -> Value {
    let artifacts = files.iter().map(
        |(name, bytes)| json!({ "name": name, "sha256": Sha256Digest::of(bytes).hex(), "size": bytes.len() }),
    );
    json!({
        "schema": "governance/build-manifest/v1",
        "repository": "example/node",
        "commit": COMMIT,
        "platform": "linux-x86_64",
        "lock_hash": Sha256Digest::of(b"lock").hex(),
        "artifacts": artifacts.collect::<Vec<_>>(),
    })
}

/// What comes of a zip with these files, of which these are declared.
fn taken(
    files: &[(&str, &[u8])],
    declared: &[&str],
    manifest: Option<&Value>,
) -> Result<Vec<String>, Failure> {
    let folder = tempfile::tempdir().unwrap();
    let objects = ObjectStore::open(&folder.path().join("objects")).unwrap();
    let zip = zip(folder.path(), files, manifest);
    let taken = take(&zip, (&node("linux-x86_64"), &component(declared)), &objects)?;
    for artifact in &taken.artifacts {
        assert_eq!(objects.verify(&artifact.digest).unwrap(), artifact.size);
    }
    assert_eq!(taken.lock, Some(Sha256Digest::of(b"lock")));
    Ok(taken
        .artifacts
        .into_iter()
        .map(|artifact| artifact.name)
        .collect())
}

const FILES: &[(&str, &[u8])] = &[("cli", b"another program"), ("node", b"a program")];

#[test]
fn the_declared_files_are_stored_by_digest_and_nothing_else_is_taken() {
    let said = manifest(FILES);
    assert_eq!(
        taken(FILES, &["node", "cli"], Some(&said)).unwrap(),
        ["cli", "node"]
    );
    assert_eq!(taken(&[], &[], Some(&manifest(&[]))).unwrap(), [""; 0]);
    let more = taken(FILES, &["node"], Some(&manifest(&FILES[1..]))).unwrap_err();
    assert!(
        more.reason.contains("cli is not among the declared files"),
        "{}",
        more.reason
    );
    let fewer = taken(&FILES[1..], &["node", "cli"], Some(&said)).unwrap_err();
    assert_eq!(fewer.kind, FailureKind::MissingArtifact);
    assert!(fewer.reason.contains("lacks cli"), "{}", fewer.reason);
}

#[test]
fn a_worker_that_contradicts_its_bytes_is_not_believed() {
    let with = |key: &str, value: Value| {
        let mut said = manifest(FILES);
        said[key] = value;
        said
    };
    let swapped: &[(&str, &[u8])] = &[("cli", b"a program"), ("node", b"a program")];
    let rows = [
        ("no manifest", None, "lacks build-manifest.json"),
        ("no JSON", Some(json!("nothing")), "cannot be read"),
        (
            "another schema",
            Some(with("schema", json!("governance/build-manifest/v2"))),
            "cannot be read",
        ),
        (
            "another repository",
            Some(with("repository", json!("mallory/node"))),
            "says repository mallory/node",
        ),
        (
            "another commit",
            Some(with("commit", json!(OTHER))),
            "says commit",
        ),
        (
            "another platform",
            Some(with("platform", json!("linux-aarch64"))),
            "says platform linux-aarch64",
        ),
        (
            "fewer artifacts",
            Some(manifest(&FILES[1..])),
            "a number of artifacts: 1",
        ),
        (
            "other bytes",
            Some(manifest(swapped)),
            "does not fit the bytes of cli",
        ),
    ];
    for (name, said, reason) in rows {
        let refused = taken(FILES, &["node", "cli"], said.as_ref()).unwrap_err();
        assert!(refused.reason.contains(reason), "{name}: {}", refused.reason);
        assert_eq!(refused.kind, FailureKind::Verification, "{name}");
    }
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
