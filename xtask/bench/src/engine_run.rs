//! A whole release through the real engine, over SQLite on the disk, with builds that are only played.

use crate::clock::{Moment, wait};
use crate::ports::{PlayedBackend, PlayedPublisher, Sightings};
use anyhow::{Context as _, Result};
use domain_types::ReleaseId;
use orchestrator::{Event, ReleaseSpec};
use runtime::ports::{BuildBackend, Clock as _};
use runtime::{Ended, Engine, Progress, ReleasePerformer, SystemClock, Tenancy, inbox_row};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use storage::{OpenMode, Store, open_sqlite};
use tokio::sync::{mpsc, watch};

/// Reports that may wait for the engine: more than nodes of any release here.
pub(crate) const REPORTS_MAX: usize = 20_000;

/// Builds at a time, where runners are not what is measured.
const RUNNERS: u32 = 64;

/// How a release is to be run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Manner {
    /// How long a build lasts; none: no time at all.
    pub(crate) lasting: Option<Duration>,
    /// The run is ended after this time; what was finished until then counts.
    pub(crate) at_most: Duration,
}

/// What came of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    /// From the start of the engine to its end.
    pub(crate) elapsed: Duration,
    /// Builds that ended well.
    pub(crate) finished: usize,
    /// Whether the release was published, rather than cut short.
    pub(crate) whole: bool,
    /// What was seen of the builds.
    pub(crate) seen: Sightings,
}

impl Ran {
    /// What one node cost.
    pub(crate) fn per_node(&self) -> Duration {
        let finished = u32::try_from(self.finished.max(1)).unwrap_or(u32::MAX);
        self.elapsed / finished
    }
}

/// Opens a new state file.
pub(crate) async fn new_store(path: &Path) -> Result<Arc<dyn Store>> {
    let store = open_sqlite(path, OpenMode::CreateOrMigrate, SystemClock.now()).await;
    Ok(Arc::new(
        store.with_context(|| format!("failed to make {}", path.display()))?,
    ))
}

/// Appends the event that starts a release.
pub(crate) async fn start(store: &dyn Store, spec: &ReleaseSpec) -> Result<()> {
    let event = Event::Start {
        spec: Box::new(spec.clone()),
    };
    append(store, &spec.id, "start", &event).await
}

/// Appends one event; `key` is unique within the release.
pub(crate) async fn append(store: &dyn Store, release: &ReleaseId, key: &str, event: &Event) -> Result<()> {
    let row = inbox_row(release, format!("bench/{release}/{key}"), event, "bench")?;
    let _new = store.append_inbox(&[row], SystemClock.now()).await?;
    Ok(())
}

/// Runs a release from its start until it is published, or for as long as it may.
pub(crate) async fn run(store: &Arc<dyn Store>, spec: &ReleaseSpec, manner: Manner) -> Result<Ran> {
    start(&**store, spec).await?;
    let (reporter, reports) = mpsc::channel(REPORTS_MAX);
    let backend = PlayedBackend::new(reporter, manner.lasting);
    let seen = backend.sightings();
    let backend: Arc<dyn BuildBackend> = Arc::new(backend);
    let performer = ReleasePerformer::new(Arc::clone(store), Arc::clone(&backend), Arc::new(PlayedPublisher));
    let (progress, _shown) = watch::channel(None::<Progress>);
    let (shutdown, told) = watch::channel(false);
    let engine = Engine {
        store: Arc::clone(store),
        clock: Arc::new(SystemClock),
        tenancy: Tenancy::Sole,
        backend,
        performer: Arc::new(performer),
        pull_requests: None,
        reports,
        runners: RUNNERS,
        owner: format!("bench/{}", spec.name),
        progress,
    };
    let limit = tokio::spawn(async move {
        wait(manner.at_most).await;
        shutdown.send_replace(true);
        // Held until the run is over: a channel that is gone would count as told.
        std::future::pending::<()>().await;
    });
    let began = Moment::now();
    let ended = engine.run(&spec.id, told).await;
    let elapsed = began.elapsed();
    limit.abort();
    let whole = matches!(ended?, Ended::AtRest(phase) if phase.is_ended());
    let state = runtime::load(&**store, &spec.id).await?;
    let state = state.context("the release is gone")?;
    let finished = state.nodes().filter(|(_, node)| node.state.satisfies());
    Ok(Ran {
        elapsed,
        finished: finished.count(),
        whole,
        seen,
    })
}
