//! Runs with mocked ports over a real SQLite store and a clock that jumps: the failure contract of every port.

mod follow_ups;
mod found;
mod promises;
mod recovery;
mod stage;

use crate::engine::{Ended, Engine};
use crate::ports::{Begun, BuildReport, Clock, MockBuildBackend, MockReleasePublisher};
use crate::release_performer::ReleasePerformer;
use crate::{Progress, inbox_row};
use async_trait::async_trait;
use domain_types::{NodeId, Platform, ReleaseId, Sha256Digest, Timestamp};
use orchestrator::{BuildOutput, Event, NodeSpec, Policy, ReleaseSpec, State};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use storage::{OpenMode, Store, open_sqlite};
use tokio::sync::{mpsc, watch};

/// Waiting makes it later at once.
#[derive(Debug)]
pub(crate) struct JumpingClock(AtomicI64);

impl JumpingClock {
    pub(crate) fn new() -> Self {
        Self(AtomicI64::new(1_764_000_000_000))
    }
}

#[async_trait]
impl Clock for JumpingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.0.load(Ordering::SeqCst))
    }

    async fn wait_until(&self, due: Timestamp) {
        tokio::task::yield_now().await;
        self.0.fetch_max(due.milliseconds(), Ordering::SeqCst);
    }
}

pub(super) fn node(name: &str) -> NodeId {
    NodeId {
        repository: name.parse().unwrap(),
        platform: Platform::of_this_program(),
    }
}

/// `a`, and `b` that needs it.
pub(super) fn spec() -> ReleaseSpec {
    let (name, version) = ("commons".parse().unwrap(), "0.1.0".parse().unwrap());
    let plan_digest = Sha256Digest::of(b"plan");
    let one = |id: &str, needs: Vec<NodeId>| NodeSpec {
        id: node(id),
        version: "0.1.0".to_owned(),
        commit: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
        optional: false,
        needs,
        remaining_path: 1,
        queued_seconds_max: 1_000_000,
        running_seconds_max: 1_000_000,
        alone: None,
    };
    ReleaseSpec {
        id: ReleaseId::new(&name, &version, &plan_digest),
        name,
        version,
        plan_digest,
        nodes: vec![one("a", Vec::new()), one("b", vec![node("a")])],
        policy: Policy::default(),
        follow_ups: Vec::new(),
        former_way: Vec::new(),
        asked_by: None,
        frozen: None,
    }
}

pub(super) fn output(of: &str) -> BuildOutput {
    BuildOutput {
        reuse_key: Sha256Digest::of(of.as_bytes()),
        artifacts: Vec::new(),
        lock: None,
    }
}

pub(super) fn manifest() -> Sha256Digest {
    Sha256Digest::of(b"manifest")
}

/// A release with its ports, not yet run.
pub(super) struct Stage {
    _folder: tempfile::TempDir,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<JumpingClock>,
    pub(super) spec: ReleaseSpec,
    reports: Option<mpsc::Receiver<BuildReport>>,
    pub(super) reporter: mpsc::Sender<BuildReport>,
}

impl Stage {
    pub(super) async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(JumpingClock::new());
        let store = open_sqlite(
            &folder.path().join("state.db"),
            OpenMode::CreateOrMigrate,
            clock.now(),
        )
        .await;
        let (reporter, reports) = mpsc::channel(100);
        let store: Arc<dyn Store> = Arc::new(store.unwrap());
        let stage = Self {
            _folder: folder,
            store,
            clock,
            spec: spec(),
            reports: Some(reports),
            reporter,
        };
        stage
            .happens(Event::Start {
                spec: Box::new(spec()),
            })
            .await;
        stage
    }

    /// Puts an event into the inbox.
    pub(super) async fn happens(&self, event: Event) {
        let key = format!("test/{}/{}", self.spec.id, event.label());
        let row = inbox_row(&self.spec.id, key, &event, "test").unwrap();
        let _appended = self.store.append_inbox(&[row], self.clock.now()).await.unwrap();
    }

    /// Runs to rest with these ports; `owner` stands for a process.
    pub(super) async fn run(
        &mut self,
        owner: &str,
        backend: MockBuildBackend,
        publisher: MockReleasePublisher,
    ) -> (Ended, State) {
        let ended = self.ends(owner, backend, publisher).await;
        (ended, self.state().await)
    }

    /// How such a run ends.
    pub(super) async fn ends(
        &mut self,
        owner: &str,
        backend: MockBuildBackend,
        publisher: MockReleasePublisher,
    ) -> Ended {
        let (progress, _) = watch::channel(None::<Progress>);
        let (_shutdown, told) = watch::channel(false);
        let backend: Arc<dyn crate::ports::BuildBackend> = Arc::new(backend);
        let performer =
            ReleasePerformer::new(Arc::clone(&self.store), Arc::clone(&backend), Arc::new(publisher));
        let reports = self.reports.take().unwrap_or_else(|| mpsc::channel(1).1);
        let engine = Engine {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock) as _,
            tenancy: crate::Tenancy::Sole,
            backend,
            performer: Arc::new(performer),
            pull_requests: None,
            reports,
            runners: 2,
            owner: owner.to_owned(),
            progress,
        };
        engine.run(&self.spec.id, told).await.unwrap()
    }

    pub(super) async fn state(&self) -> State {
        crate::load(&*self.store, &self.spec.id).await.unwrap().unwrap()
    }
}

/// A backend whose every build succeeds and reports at once, before its own begin is recorded.
pub(super) fn good_backend(reporter: &mpsc::Sender<BuildReport>) -> MockBuildBackend {
    let mut backend = MockBuildBackend::new();
    expect_good(&mut backend, reporter);
    backend
}

/// Does everything well that is not expected otherwise already.
pub(super) fn expect_good(backend: &mut MockBuildBackend, reporter: &mpsc::Sender<BuildReport>) {
    let reporter = reporter.clone();
    backend.expect_lay_out_sources().returning(|_, _| Ok(()));
    backend
        .expect_reuse_key()
        .returning(|order| Ok(Sha256Digest::of(order.build.node.repository.as_str().as_bytes())));
    backend
        .expect_prepare()
        .returning(|order| Ok(format!("handle of {}", order.build)));
    backend.expect_begin().returning(move |order| {
        let (node, attempt) = (order.build.node.clone(), order.build.attempt);
        let event = Event::BuildSucceeded {
            attempt,
            output: output(node.repository.as_str()),
            node,
        };
        reporter
            .try_send(BuildReport {
                build: order.build.clone(),
                event,
            })
            .unwrap();
        Ok(Begun::Running)
    });
}

/// A publisher that does everything well.
pub(super) fn good_publisher() -> MockReleasePublisher {
    let mut publisher = MockReleasePublisher::new();
    publisher.expect_collect().returning(|_| Ok(manifest()));
    publisher.expect_verify().returning(|_, _| Ok(()));
    publisher.expect_draft().returning(|_, _| Ok(()));
    publisher.expect_publish().times(0..=1).returning(|_, _| Ok(()));
    publisher
}
