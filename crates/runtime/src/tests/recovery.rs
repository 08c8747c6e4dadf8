//! What a process finds that comes after one that died.

use super::{Stage, good_backend, good_publisher, manifest, node, output};
use crate::RuntimeError;
use crate::engine::Ended;
use crate::inbox_worker::InboxWorker;
use crate::ports::{Clock as _, MockBuildBackend, MockReleasePublisher, Recovered};
use domain_types::Timestamp;
use orchestrator::{AttemptOutcome, Event, Failure, FailureKind, Phase};
use std::sync::Arc;
use storage::{Claim, ClaimedIntent, PoolCapacity};

impl Stage {
    /// Does what a process does up to the moment where it claimed its next command, and dies there.
    async fn dies_after_claiming(&self) -> ClaimedIntent {
        let mut worker = InboxWorker::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock) as _,
            "dead".to_owned(),
            crate::Tenancy::Sole,
        );
        worker.take_all().await.unwrap();
        let claim = Claim {
            owner: "dead".to_owned(),
            now: self.clock.now(),
            lease_seconds: 1_000_000,
            release: None,
        };
        let pools = [PoolCapacity {
            pool: crate::book::RUNNERS.to_owned(),
            slots: 2,
        }];
        self.store.claim_intent(&claim, &pools).await.unwrap().unwrap()
    }

    pub(super) async fn dies_while_sending(&self, handle: Option<&str>) -> ClaimedIntent {
        let claimed = self.dies_after_claiming().await;
        let _marked = self
            .store
            .mark_sending(&claimed.lease, self.clock.now())
            .await
            .unwrap();
        if let Some(handle) = handle {
            self.store.record_handle(&claimed.lease, handle).await.unwrap();
        }
        claimed
    }

    /// The process that died had laid out the sources.
    async fn with_sources(self) -> Self {
        self.happens(Event::StageDone {
            stage: orchestrator::Stage::Sources,
            manifest: None,
        })
        .await;
        self
    }
}

#[tokio::test]
async fn a_build_that_was_never_begun_is_sent_again_under_the_same_attempt() {
    for handle in [None, Some("gate never opened")] {
        let mut stage = Stage::set().await.with_sources().await;
        let _sources = stage.dies_while_sending(None).await;
        stage.dies_while_sending(handle).await;
        let mut backend = good_backend(&stage.reporter);
        backend.expect_recover().returning(|_, _| Ok(Recovered::NotBegun));
        let (ended, state) = stage.run("next", backend, good_publisher()).await;
        assert_eq!(ended, Ended::AtRest(Phase::Published));
        let attempts = &state.node(&node("a")).unwrap().attempts;
        match handle {
            None => assert_eq!(attempts.len(), 1),
            // A handle says that it may have begun: the attempt is closed, and costs nothing.
            Some(_) => assert_eq!(attempts[0].outcome, Some(AttemptOutcome::Interrupted)),
        }
    }
}

#[tokio::test]
async fn a_build_that_had_finished_is_adopted_and_one_that_had_not_costs_no_budget() {
    for finished in [true, false] {
        let mut stage = Stage::set().await.with_sources().await;
        let _sources = stage.dies_while_sending(None).await;
        stage.dies_while_sending(Some("group 7")).await;
        let mut backend = good_backend(&stage.reporter);
        backend.expect_recover().times(1).returning(move |order, handle| {
            assert_eq!(handle, "group 7");
            let (node, attempt) = (order.build.node.clone(), order.build.attempt);
            let output = output(node.repository.as_str());
            Ok(if finished {
                Recovered::Ended(Event::BuildSucceeded {
                    node,
                    attempt,
                    output,
                })
            } else {
                Recovered::Interrupted
            })
        });
        let (ended, state) = stage.run("next", backend, good_publisher()).await;
        assert_eq!(ended, Ended::AtRest(Phase::Published));
        let attempts = &state.node(&node("a")).unwrap().attempts;
        assert_eq!(attempts.len(), if finished { 1 } else { 2 });
        assert!(attempts[0].started.is_some(), "it is told that it had begun");
        assert_eq!(state.header().budget_left, stage.spec.policy.retry_budget);
    }
}

#[tokio::test]
async fn remains_that_cannot_be_ended_stop_everything_before_anything_is_built() {
    let mut stage = Stage::set().await.with_sources().await;
    let _sources = stage.dies_while_sending(None).await;
    stage.dies_while_sending(Some("group 7")).await;
    let mut backend = MockBuildBackend::new();
    backend
        .expect_recover()
        .returning(|_, _| Err(Failure::new(FailureKind::Unknown, "it hangs in the kernel")));
    backend.expect_stop_all().returning(Vec::new);
    backend.expect_prepare().never();
    let error = run_to_error(&mut stage, backend).await;
    assert!(matches!(error, RuntimeError::Remains { .. }), "{error:?}");
}

async fn run_to_error(stage: &mut Stage, backend: MockBuildBackend) -> RuntimeError {
    let (_shutdown, told) = tokio::sync::watch::channel(false);
    let engine = engine(stage, backend);
    engine.run(&stage.spec.id, told).await.unwrap_err()
}

/// The next process, which publishes nothing.
fn engine(stage: &Stage, backend: MockBuildBackend) -> crate::Engine {
    let backend: Arc<dyn crate::ports::BuildBackend> = Arc::new(backend);
    let performer = crate::ReleasePerformer::new(
        Arc::clone(&stage.store),
        Arc::clone(&backend),
        Arc::new(MockReleasePublisher::new()),
    );
    crate::Engine {
        store: Arc::clone(&stage.store),
        clock: Arc::clone(&stage.clock) as _,
        tenancy: crate::Tenancy::Sole,
        backend,
        performer: Arc::new(performer),
        pull_requests: None,
        reports: tokio::sync::mpsc::channel(1).1,
        runners: 2,
        owner: "next".to_owned(),
        progress: tokio::sync::watch::channel(None).0,
    }
}

#[tokio::test]
async fn whoever_serves_all_releases_starts_though_nobody_can_tell_what_became_of_a_build() {
    let stage = Stage::set().await.with_sources().await;
    let _sources = stage.dies_while_sending(None).await;
    stage.dies_while_sending(Some("run 7")).await;
    let (shutdown, told) = tokio::sync::watch::channel(false);
    let mut backend = MockBuildBackend::new();
    let looks = std::sync::atomic::AtomicU32::new(0);
    backend.expect_recover().times(2).returning(move |_, handle| {
        assert_eq!(handle, "run 7");
        // The second look is the proof that the first one ended nothing.
        if looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 1 {
            shutdown.send_replace(true);
        }
        Err(Failure::new(FailureKind::Network, "no answer"))
    });
    backend.expect_stop_all().returning(Vec::new);
    backend.expect_prepare().never();
    let door = crate::Door {
        bell: Arc::default(),
        gatherer: Arc::new(crate::ports::MockGatherer::new()),
    };
    engine(&stage, backend).serve(door, told).await.unwrap();
}

#[tokio::test]
async fn a_publishing_that_was_cut_off_is_looked_at_before_it_is_repeated() {
    // What is visible of another manifest is not this release.
    let other = domain_types::Sha256Digest::of(b"another build of the same plan");
    for (visible, found) in [(true, Some(manifest())), (false, None), (false, Some(other))] {
        let mut stage = Stage::set().await;
        let mut first = MockReleasePublisher::new();
        first.expect_collect().returning(|_| Ok(manifest()));
        first.expect_verify().returning(|_, _| Ok(()));
        first.expect_draft().returning(|_, _| Ok(()));
        first
            .expect_publish()
            .returning(|_, _| Err(Failure::new(FailureKind::DiskFull, "no").into()));
        let (_, _) = stage.run("one", good_backend(&stage.reporter), first).await;
        stage
            .happens(Event::Retry {
                actor: "operator".to_owned(),
            })
            .await;
        stage.dies_while_sending(None).await;
        let mut publisher = MockReleasePublisher::new();
        publisher.expect_published().returning(move |_| Ok(found));
        publisher
            .expect_publish()
            .times(usize::from(!visible))
            .returning(|_, _| Ok(()));
        let (ended, _) = stage.run("next", MockBuildBackend::new(), publisher).await;
        assert_eq!(ended, Ended::AtRest(Phase::Published), "visible: {visible}");
        assert!(stage.clock.now() > Timestamp::EPOCH);
    }
}
