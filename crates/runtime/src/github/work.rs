//! Everything of GitHub's at work: the engine over all releases, and whoever looks for what no webhook says.

use super::backend::ActionsBackend;
use super::catch_up::catch_up;
use super::followers::Followers;
use super::gate_hints::{GateHints, HearsBoth};
use super::gatherer::WebhookGatherer;
use super::publisher::GithubPublisher;
use super::reconcile::reconcile;
use super::workshop::Workshop;
use crate::engine::{Door, Engine};
use crate::gate::PullRequestPerformer;
use crate::ports::Gatherer;
use crate::release_performer::ReleasePerformer;
use crate::{RuntimeError, Tenancy};
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, watch};

/// Reports of runs that may wait for the loop: more than runs can be in flight.
const REPORTS_MAX: usize = 4_096;

/// How releases are worked on.
#[derive(Clone)]
pub struct Desk {
    /// Who else works on the store.
    pub tenancy: Tenancy,
    /// Runs that may be in flight at a time, over all releases.
    pub runners: u32,
    /// Unique per start of a process.
    pub owner: String,
    /// Rung by whoever put rows into the inbox, or commands into the outbox.
    pub bell: Arc<Notify>,
    /// Who hears of pull requests, and who shows what is said of them; none where no pull request is looked at.
    pub gate: Option<GateParts>,
}

/// What the gate has at the desk of releases: webhooks come in by one door, and commands leave by another.
#[derive(Clone)]
pub struct GateParts {
    /// Who hears.
    pub hints: Arc<GateHints>,
    /// Who shows.
    pub performer: Arc<PullRequestPerformer>,
}

/// Works on all releases until `shutdown` turns true. Runs go on without us; whoever works next follows them.
///
/// # Errors
/// [`RuntimeError`]: what was committed stays, and the next start goes on from there.
pub async fn work(
    workshop: Arc<Workshop>,
    desk: Desk,
    shutdown: watch::Receiver<bool>,
) -> Result<(), RuntimeError> {
    let (sender, reports) = mpsc::channel(REPORTS_MAX);
    let followers = Followers::default();
    let backend = Arc::new(ActionsBackend::new(
        Arc::clone(&workshop),
        followers.clone(),
        sender,
    ));
    let publisher = Arc::new(GithubPublisher::new(Arc::clone(&workshop)));
    let performer = ReleasePerformer::new(
        Arc::clone(&workshop.store),
        Arc::clone(&backend) as _,
        publisher as _,
    );
    let (hints, shower) = desk.gate.map(|gate| (gate.hints, gate.performer)).unzip();
    let (progress, _) = watch::channel(None);
    let engine = Engine {
        store: Arc::clone(&workshop.store),
        clock: Arc::clone(&workshop.clock),
        tenancy: desk.tenancy,
        backend: Arc::clone(&backend) as _,
        performer: Arc::new(performer),
        pull_requests: shower.map(|shower| shower as _),
        reports,
        runners: desk.runners,
        owner: desk.owner,
        progress,
    };
    let releases: Arc<dyn Gatherer> = Arc::new(WebhookGatherer::new(Arc::clone(&workshop), followers));
    let door = Door {
        bell: desk.bell,
        gatherer: match hints {
            Some(gate) => Arc::new(HearsBoth { gate, releases }),
            None => releases,
        },
    };
    let serving = engine.serve(door, shutdown.clone());
    let looking = reconcile(&workshop, &backend, shutdown.clone());
    let catching = catch_up(&workshop, shutdown);
    let (served, (), ()) = tokio::join!(serving, looking, catching);
    served
}
