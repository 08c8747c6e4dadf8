//! What reaches the ports and the store, and in which order: promises that no outcome of a release shows by itself.

use super::{Stage, good_backend, good_publisher, node, output};
use crate::book::RUNNERS;
use crate::engine::{Ended, Engine};
use crate::inbox_row;
use crate::inbox_worker::InboxWorker;
use crate::ports::{Begun, BuildReport, Clock, MockBuildBackend, MockReleasePublisher};
use crate::release_performer::ReleasePerformer;
use domain_types::{BuildId, CommandId, PullRequestId, ReleaseId, Sha256Digest, Subject};
use effects::{Carried, Performer as _, Probed};
use orchestrator::{AttemptOutcome, BuildState, Command, Event, Failure, FailureKind, Phase};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use storage::{Appended, Claim, IntentState, PoolCapacity};
use tokio::sync::watch;

impl Stage {
    /// Takes what lies in the inbox, as any process does.
    async fn takes_its_inbox(&self) {
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        let mut worker = InboxWorker::new(store, clock as _, "worker".to_owned(), crate::Tenancy::Sole);
        worker.take_all().await.unwrap();
    }

    /// What the next claim gives, if anything.
    async fn claimed(&self) -> Option<Command> {
        let claim = Claim {
            owner: "somebody".to_owned(),
            now: self.clock.now(),
            lease_seconds: 1_000_000,
            release: None,
        };
        let pools = [PoolCapacity {
            pool: RUNNERS.to_owned(),
            slots: 2,
        }];
        let claimed = self.store.claim_intent(&claim, &pools).await.unwrap();
        claimed.map(|claimed| crate::book::command(&claimed.intent.body).unwrap())
    }

    async fn states_of_intents(&self) -> Vec<IntentState> {
        let rows = self.store.intents(&self.spec.id).await.unwrap();
        rows.iter().map(|row| row.state).collect()
    }

    fn build(&self, of: &str) -> BuildId {
        BuildId {
            release: self.spec.id.clone(),
            node: node(of),
            attempt: 1,
        }
    }
}

fn operator(event: impl Fn(String) -> Event) -> Event {
    event("operator".to_owned())
}

fn sources_done() -> Event {
    Event::StageDone {
        stage: orchestrator::Stage::Sources,
        manifest: None,
    }
}

/// A backend that lays out sources and names each node's key; what begins is told by the test.
fn backend_with_keys() -> MockBuildBackend {
    let mut backend = MockBuildBackend::new();
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    backend
        .expect_reuse_key()
        .returning(|order| Ok(output(order.build.node.repository.as_str()).reuse_key));
    backend.expect_prepare().returning(|_| Ok("the group".to_owned()));
    backend
}

#[tokio::test]
async fn a_paused_release_gives_no_command_but_those_that_end_something() {
    let stage = Stage::set().await;
    stage.happens(operator(|actor| Event::Pause { actor })).await;
    stage.takes_its_inbox().await;
    assert_eq!(stage.claimed().await, None, "no stage begins");
    stage.happens(operator(|actor| Event::Resume { actor })).await;
    stage.takes_its_inbox().await;
    assert!(matches!(stage.claimed().await, Some(Command::RunStage { .. })));

    let stage = Stage::set().await;
    let build = stage.build("a");
    let (node, attempt) = (build.node.clone(), build.attempt);
    stage.happens(sources_done()).await;
    stage.happens(Event::BuildStarted { node, attempt }).await;
    stage.happens(operator(|actor| Event::Pause { actor })).await;
    let node = build.node.clone();
    stage.happens(Event::RunTimeout { node, attempt }).await;
    stage.takes_its_inbox().await;
    assert_eq!(stage.claimed().await, Some(Command::StopBuild { build }));
}

#[tokio::test]
async fn a_cancelled_release_abandons_its_commands_and_frees_its_version() {
    let stage = Stage::set().await;
    stage.happens(operator(|actor| Event::Cancel { actor })).await;
    stage.takes_its_inbox().await;
    assert_eq!(stage.claimed().await, Some(Command::DiscardDraft));
    assert_eq!(stage.states_of_intents().await[0], IntentState::Abandoned);

    let mut again = Stage::set().await;
    again.store = Arc::clone(&stage.store);
    again.spec.plan_digest = Sha256Digest::of(b"another plan of the same version");
    again.spec.id = ReleaseId::new(&again.spec.name, &again.spec.version, &again.spec.plan_digest);
    let spec = Box::new(again.spec.clone());
    again.happens(Event::Start { spec }).await;
    again.takes_its_inbox().await;
    assert_eq!(*again.state().await.phase(), Phase::Planned);
}

#[tokio::test]
async fn a_refused_event_leaves_the_release_as_it_was() {
    let stage = Stage::set().await;
    stage.happens(operator(|actor| Event::Resume { actor })).await;
    stage.happens(sources_done()).await;
    stage.takes_its_inbox().await;
    assert_eq!(*stage.state().await.phase(), Phase::Building);
}

#[tokio::test]
async fn the_reuse_key_is_asked_for_with_the_outputs_of_what_is_needed() {
    let mut stage = Stage::set().await;
    let mut backend = MockBuildBackend::new();
    backend.expect_reuse_key().returning(|order| {
        let needs = match order.build.node.repository.as_str() {
            "b" => vec![(node("a"), output("a").digest())],
            _ => Vec::new(),
        };
        assert_eq!(order.needs, needs, "{}", order.build);
        Ok(output(order.build.node.repository.as_str()).reuse_key)
    });
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    backend.expect_prepare().returning(|_| Ok("the group".to_owned()));
    let reporter = stage.reporter.clone();
    backend.expect_begin().returning(move |order| {
        reporter.try_send(succeeded(&order.build)).unwrap();
        Ok(Begun::Running)
    });
    let (ended, _) = stage.run("one", backend, good_publisher()).await;
    assert_eq!(ended, Ended::AtRest(Phase::Published));
}

fn succeeded(build: &BuildId) -> BuildReport {
    BuildReport {
        build: build.clone(),
        event: Event::BuildSucceeded {
            node: build.node.clone(),
            attempt: build.attempt,
            output: output(build.node.repository.as_str()),
        },
    }
}

#[tokio::test]
async fn a_release_does_not_reuse_its_own_builds() {
    let mut stage = Stage::set().await;
    let mut backend = MockBuildBackend::new();
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    // Both nodes of this release have the key of the first.
    backend
        .expect_reuse_key()
        .returning(|_| Ok(output("a").reuse_key));
    backend.expect_take_earlier().returning(|_, _| true);
    backend
        .expect_prepare()
        .times(2)
        .returning(|_| Ok("the group".to_owned()));
    let reporter = stage.reporter.clone();
    backend.expect_begin().returning(move |order| {
        reporter.try_send(succeeded(&order.build)).unwrap();
        Ok(Begun::Running)
    });
    let (_, state) = stage.run("one", backend, good_publisher()).await;
    assert_eq!(state.node(&node("b")).unwrap().state, BuildState::Succeeded);
}

#[tokio::test]
async fn a_report_that_comes_before_the_begin_is_stored_waits_for_it() {
    let mut stage = Stage::set().await;
    let mut backend = MockBuildBackend::new();
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    backend
        .expect_reuse_key()
        .returning(|order| Ok(output(order.build.node.repository.as_str()).reuse_key));
    let reporter = stage.reporter.clone();
    // The report is there before even the handle is stored.
    backend.expect_prepare().returning(move |order| {
        reporter.try_send(succeeded(&order.build)).unwrap();
        Ok("the group".to_owned())
    });
    backend.expect_begin().returning(|_| Ok(Begun::Running));
    let (ended, state) = stage.run("one", backend, good_publisher()).await;
    assert_eq!(ended, Ended::AtRest(Phase::Published));
    for name in ["a", "b"] {
        assert!(
            state
                .node(&node(name))
                .unwrap()
                .attempt()
                .unwrap()
                .started
                .is_some()
        );
    }
}

#[tokio::test]
async fn what_was_prepared_and_could_not_be_noted_is_stopped_and_never_begun() {
    let stage = Stage::set().await;
    let mut backend = MockBuildBackend::new();
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    backend
        .expect_reuse_key()
        .returning(|order| Ok(output(order.build.node.repository.as_str()).reuse_key));
    // No store takes a note as long as this.
    backend
        .expect_prepare()
        .times(1)
        .returning(|_| Ok("x".repeat(64 << 20)));
    backend.expect_stop().times(1).returning(|_| Ok(()));
    backend.expect_stop_all().returning(Vec::new);
    backend.expect_begin().never();
    let (progress, _) = watch::channel(None);
    let engine = engine(&stage, backend, good_publisher(), progress);
    let (_shutdown, told) = watch::channel(false);
    assert!(engine.run(&stage.spec.id, told).await.is_err());
}

fn engine(
    stage: &Stage,
    backend: MockBuildBackend,
    publisher: MockReleasePublisher,
    progress: watch::Sender<Option<crate::Progress>>,
) -> Engine {
    let backend: Arc<dyn crate::ports::BuildBackend> = Arc::new(backend);
    let performer = ReleasePerformer::new(
        Arc::clone(&stage.store),
        Arc::clone(&backend),
        Arc::new(publisher),
    );
    Engine {
        store: Arc::clone(&stage.store),
        clock: Arc::clone(&stage.clock) as _,
        tenancy: crate::Tenancy::Sole,
        backend,
        performer: Arc::new(performer),
        pull_requests: None,
        reports: tokio::sync::mpsc::channel(1).1,
        runners: 2,
        owner: "one".to_owned(),
        progress,
    }
}

#[tokio::test]
async fn whoever_is_told_to_end_records_what_was_interrupted() {
    let stage = Stage::set().await;
    let (shutdown, told) = watch::channel(false);
    let mut backend = backend_with_keys();
    backend.expect_begin().returning(move |_| {
        shutdown.send_replace(true);
        Ok(Begun::Running)
    });
    let build = stage.build("a");
    backend
        .expect_stop_all()
        .times(1)
        .returning(move || vec![build.clone()]);
    let engine = engine(&stage, backend, good_publisher(), watch::channel(None).0);
    assert_eq!(
        engine.run(&stage.spec.id, told).await.unwrap(),
        Ended::Interrupted
    );
    let state = stage.state().await;
    let attempts = &state.node(&node("a")).unwrap().attempts;
    assert_eq!(attempts[0].outcome, Some(AttemptOutcome::Interrupted));
    assert_eq!(state.header().budget_left, stage.spec.policy.retry_budget);
}

#[tokio::test]
async fn what_was_heard_when_a_run_fails_is_in_the_inbox_all_the_same() {
    let mut stage = Stage::set().await;
    let mut backend = MockBuildBackend::new();
    backend.expect_stop().returning(|_| Ok(()));
    backend.expect_stop_all().times(1).returning(Vec::new);
    let (reporter, late) = (stage.reporter.clone(), stage.build("a"));
    backend.expect_prepare().returning(move |order| {
        if order.build.node == node("a") {
            return Ok("the group".to_owned());
        }
        let event = Event::BuildFailed {
            node: late.node.clone(),
            attempt: late.attempt,
            failure: Failure::new(FailureKind::Network, "told again"),
        };
        let build = late.clone();
        reporter.try_send(BuildReport { build, event }).unwrap();
        // No store takes a note as long as this: the run ends with that.
        Ok("x".repeat(64 << 20))
    });
    super::expect_good(&mut backend, &stage.reporter);
    let reports = stage.reports.take().unwrap();
    let mut engine = engine(&stage, backend, good_publisher(), watch::channel(None).0);
    engine.reports = reports;
    let (_shutdown, told) = watch::channel(false);
    assert!(engine.run(&stage.spec.id, told).await.is_err());
    let told_again = Event::BuildFailed {
        node: node("a"),
        attempt: 1,
        failure: Failure::new(FailureKind::Network, "told again"),
    };
    let key = format!(
        "report/{}/{}/{}",
        stage.spec.id,
        stage.build("a"),
        told_again.label()
    );
    let row = inbox_row(&stage.spec.id, key, &told_again, "backend").unwrap();
    let appended = stage.store.append_inbox(&[row], stage.clock.now()).await.unwrap();
    assert!(matches!(appended[..], [Appended::Duplicate(_)]), "{appended:?}");
}

#[tokio::test]
async fn no_more_builds_run_at_a_time_than_there_are_runners() {
    let mut stage = Stage::set().await;
    // A version of its own, with three nodes that need nothing; the stage serves two at a time.
    stage.spec.version = "0.2.0".parse().unwrap();
    stage.spec.id = ReleaseId::new(&stage.spec.name, &stage.spec.version, &stage.spec.plan_digest);
    stage.spec.nodes = ["a", "b", "c"]
        .map(|name| orchestrator::NodeSpec {
            id: node(name),
            needs: Vec::new(),
            ..stage.spec.nodes[0].clone()
        })
        .into();
    let spec = Box::new(stage.spec.clone());
    stage.happens(Event::Start { spec }).await;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut backend = backend_with_keys();
    let (reporter, clock, counted) = (
        stage.reporter.clone(),
        Arc::clone(&stage.clock),
        Arc::clone(&most),
    );
    backend.expect_begin().returning(move |order| {
        counted.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        // It ends when two have run at a time and the loop has had nothing to do for five of its seconds.
        let (reporter, clock, running) = (reporter.clone(), Arc::clone(&clock), Arc::clone(&running));
        let (ends, report) = (clock.now().plus_seconds(5), succeeded(&order.build));
        let most = Arc::clone(&counted);
        tokio::spawn(async move {
            while most.load(Ordering::SeqCst) < 2 || clock.now() < ends {
                tokio::task::yield_now().await;
            }
            running.fetch_sub(1, Ordering::SeqCst);
            reporter.try_send(report).unwrap();
        });
        Ok(Begun::Running)
    });
    let (ended, _) = stage.run("one", backend, good_publisher()).await;
    assert_eq!(ended, Ended::AtRest(Phase::Published));
    assert_eq!(most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn whoever_goes_on_with_builds_lays_out_the_sources_and_says_what_is_built() {
    let mut stage = Stage::set().await;
    let failing = |name: &'static str| {
        move |order: &crate::ports::BuildOrder| match order.build.node.repository.as_str() {
            of if of == name => Err(Failure::new(FailureKind::CompileError, "no")),
            _ => Ok("the group".to_owned()),
        }
    };
    let mut backend = MockBuildBackend::new();
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    backend
        .expect_reuse_key()
        .returning(|order| Ok(output(order.build.node.repository.as_str()).reuse_key));
    backend.expect_prepare().returning(failing("b"));
    let reporter = stage.reporter.clone();
    backend.expect_begin().returning(move |order| {
        reporter.try_send(succeeded(&order.build)).unwrap();
        Ok(Begun::Running)
    });
    let (ended, _) = stage.run("one", backend, good_publisher()).await;
    assert!(matches!(ended, Ended::AtRest(Phase::Stalled { .. })));
    stage.happens(operator(|actor| Event::Retry { actor })).await;
    let mut backend = MockBuildBackend::new();
    backend
        .expect_lay_out_sources()
        .times(1)
        .withf(|_, built| built.keys().eq([&node("a")]))
        .returning(|_, _| Ok(()));
    backend
        .expect_reuse_key()
        .returning(|order| Ok(output(order.build.node.repository.as_str()).reuse_key));
    backend.expect_prepare().returning(failing("b"));
    let (ended, _) = stage.run("two", backend, good_publisher()).await;
    assert!(matches!(ended, Ended::AtRest(Phase::Stalled { .. })));
}

#[tokio::test]
async fn a_clock_that_was_ahead_holds_no_retry_back() {
    let mut stage = Stage::set().await;
    let build = stage.build("a");
    stage.happens(sources_done()).await;
    let ahead = stage.clock.now().plus_seconds(24 * 3600);
    let present = stage.clock.now();
    stage.clock.wait_until(ahead).await;
    let (node, attempt) = (build.node, build.attempt);
    let failure = Failure::new(FailureKind::DiskFull, "no");
    stage
        .happens(Event::BuildFailed {
            node,
            attempt,
            failure,
        })
        .await;
    stage.takes_its_inbox().await;
    stage.clock.0.store(present.milliseconds(), Ordering::SeqCst);
    let (ended, _) = stage
        .run("next", good_backend(&stage.reporter), good_publisher())
        .await;
    assert_eq!(ended, Ended::AtRest(Phase::Published));
    assert!(
        stage.clock.now() < present.plus_seconds(3600),
        "nobody waited for that day"
    );
}

#[tokio::test]
async fn a_stage_that_is_given_up_is_told_as_failed() {
    let stage = Stage::set().await;
    stage.takes_its_inbox().await;
    let rows = stage.store.intents(&stage.spec.id).await.unwrap();
    let performer = ReleasePerformer::new(
        Arc::clone(&stage.store),
        Arc::new(MockBuildBackend::new()),
        Arc::new(MockReleasePublisher::new()),
    );
    let told = performer.given_up(&rows[0].intent, "nobody can tell");
    let kinds: Vec<&str> = told.iter().map(|row| row.kind.as_str()).collect();
    assert_eq!(kinds, ["stage_failed"]);
}

#[tokio::test]
async fn a_command_of_a_pull_request_is_refused_by_the_performer_of_releases() {
    let stage = Stage::set().await;
    stage.takes_its_inbox().await;
    let claim = Claim {
        owner: "somebody".to_owned(),
        now: stage.clock.now(),
        lease_seconds: 1_000_000,
        release: None,
    };
    let mut claimed = stage.store.claim_intent(&claim, &[]).await.unwrap().unwrap();
    let pull_request = PullRequestId::new(1_296_269, 42).unwrap();
    claimed.intent.subject = Subject::PullRequest(pull_request);
    claimed.intent.id = CommandId::of_pull_request(pull_request, 1, 0);
    // No port is asked for anything: a mock that expects nothing panics.
    let performer = ReleasePerformer::new(
        Arc::clone(&stage.store),
        Arc::new(MockBuildBackend::new()),
        Arc::new(MockReleasePublisher::new()),
    );
    let told = "command pr/1296269#42/1/0 belongs to no release, and this performer knows releases only";
    let probed = performer.probe(&claimed.intent).await;
    assert!(
        matches!(&probed, Probed::Unknown { reason } if reason == told),
        "{probed:?}"
    );
    let carried = effects::carry_out(&*stage.store, &performer, claimed, &|| claim.now).await;
    assert!(
        matches!(&carried, Ok(Carried::Rejected(events)) if events.is_empty()),
        "{carried:?}"
    );
    let row = stage.store.intents(&stage.spec.id).await.unwrap().remove(0);
    let reason = row.intent.reason.unwrap();
    assert!(
        row.state == IntentState::Rejected && reason.contains(told),
        "{reason}"
    );
}

#[tokio::test]
async fn what_another_release_left_running_is_stopped_before_anything_begins() {
    let dead = Stage::set().await;
    dead.happens(sources_done()).await;
    dead.takes_its_inbox().await;
    for _ in 0..2 {
        let claim = Claim {
            owner: "dead".to_owned(),
            now: dead.clock.now(),
            lease_seconds: 1_000_000,
            release: None,
        };
        let pools = [PoolCapacity {
            pool: RUNNERS.to_owned(),
            slots: 2,
        }];
        let claimed = dead.store.claim_intent(&claim, &pools).await.unwrap().unwrap();
        let sent = dead.store.mark_sending(&claimed.lease, dead.clock.now()).await;
        assert!(matches!(sent, Ok(storage::MarkedSending::Sending(1))), "{sent:?}");
        dead.store.record_handle(&claimed.lease, "group 7").await.unwrap();
    }
    let mut next = Stage::set().await;
    next.store = Arc::clone(&dead.store);
    next.spec.version = "0.2.0".parse().unwrap();
    next.spec.id = ReleaseId::new(&next.spec.name, &next.spec.version, &next.spec.plan_digest);
    let spec = Box::new(next.spec.clone());
    next.happens(Event::Start { spec }).await;
    let mut backend = good_backend(&next.reporter);
    let orphan = dead.build("a");
    backend
        .expect_stop()
        .times(1)
        .withf(move |build| *build == orphan)
        .returning(|_| Ok(()));
    let (ended, _) = next.run("next", backend, good_publisher()).await;
    assert_eq!(ended, Ended::AtRest(Phase::Published));
    let state = dead.state().await;
    let attempts = &state.node(&node("a")).unwrap().attempts;
    assert_eq!(attempts[0].outcome, Some(AttemptOutcome::Interrupted));
}

#[tokio::test]
async fn rows_that_the_journal_does_not_give_are_found() {
    let stage = Stage::set().await;
    stage.takes_its_inbox().await;
    let release = &stage.spec.id;
    assert_eq!(crate::check_release(&*stage.store, release).await.unwrap(), 1);
    let stored = stage.store.load_release(release).await.unwrap().unwrap();
    let mut header = stage.state().await.header().clone();
    header.budget_left += 1;
    let nothing: Vec<orchestrator::Fact> = Vec::new();
    let step = storage::Step {
        release: release.clone(),
        revision: 2,
        at: stage.clock.now(),
        inbox: None,
        event_kind: "resume".to_owned(),
        event: crate::codec::encode(&sources_done()).unwrap(),
        facts: crate::codec::encode(&nothing).unwrap(),
        row: storage::ReleaseRow {
            body: crate::codec::encode(&header).unwrap(),
            ..stored.row
        },
        builds: Vec::new(),
        intents: Vec::new(),
        slots_freed: Vec::new(),
        abandoned: Vec::new(),
        timers_set: Vec::new(),
        timers_cleared: Vec::new(),
        snapshot: None,
    };
    stage.store.commit_step(&step).await.unwrap();
    let found = crate::check_release(&*stage.store, release).await;
    assert!(
        matches!(found, Err(crate::RuntimeError::Corrupt { .. })),
        "{found:?}"
    );
}
