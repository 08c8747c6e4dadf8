//! Which run is the one that was asked for.

use super::*;

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
