//! What the caller brings: the store, the clock, and whoever works in the background.

use crate::append_queue::AppendQueue;
use crate::body::BodyMemory;
use crate::configuration::ServerConfiguration;
use crate::counters::Counters;
use futures::future::BoxFuture;
use runtime::gate::Reception;
use runtime::ports::Clock;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use storage::Store;
use tokio::sync::{Notify, Semaphore, watch};

/// Live views of releases at a time: each asks the store as long as it lasts.
const STREAMS_MAX: usize = 64;

/// Looks at pull requests at a time by those who bear no token, and as many by those who do: each asks the store several times, and GitHub
/// now and then. Whoever bears none crowds nobody out who does.
pub(crate) const VISITORS_MAX: usize = 32;

/// A figure of somebody else for the metrics page, such as what is left of the API budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The metric's name: `governance_` and lower-case words.
    pub name: &'static str,
    /// Its labels: names and values from a small set.
    pub labels: Vec<(&'static str, String)>,
    /// What it is now.
    pub value: f64,
}

/// Reads figures; called for every look at the metrics page.
pub type Readings = Arc<dyn Fn() -> Vec<Reading> + Send + Sync>;

/// Work that goes on as long as the server: ends by itself once the server was asked to end.
pub type Worker = BoxFuture<'static, Result<(), Box<dyn Error + Send + Sync>>>;

/// What the caller brings.
pub struct Parts {
    /// Where everything is stored.
    pub store: Arc<dyn Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Rung after rows were appended to the inbox.
    pub doorbell: Arc<Notify>,
    /// Who decides the rows of the inbox and carries commands out.
    pub worker: Option<Worker>,
    /// Figures of others for the metrics page.
    pub readings: Option<Readings>,
    /// Where people look at pull requests and hand signatures in, if there is a gate.
    pub reception: Option<Arc<Reception>>,
    /// Told where the server listens, once.
    pub announce: Box<dyn FnOnce(SocketAddr) + Send>,
}

/// What every route sees.
pub(crate) struct Shared {
    pub(crate) configuration: ServerConfiguration,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) queue: AppendQueue,
    pub(crate) counters: Counters,
    pub(crate) memory: BodyMemory,
    pub(crate) streams: Arc<Semaphore>,
    /// Places of those who look at pull requests: without a token, and with one, whether it counts or not.
    pub(crate) visitors: [Semaphore; 2],
    pub(crate) readings: Option<Readings>,
    pub(crate) reception: Option<Arc<Reception>>,
    pub(crate) shutdown: watch::Receiver<bool>,
}

impl Shared {
    pub(crate) fn new(
        configuration: ServerConfiguration,
        parts: &Parts,
        queue: AppendQueue,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        Self {
            configuration,
            store: Arc::clone(&parts.store),
            clock: Arc::clone(&parts.clock),
            queue,
            counters: Counters::default(),
            memory: BodyMemory::new(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            visitors: [Semaphore::new(VISITORS_MAX), Semaphore::new(VISITORS_MAX)],
            readings: parts.readings.clone(),
            reception: parts.reception.clone(),
            shutdown,
        }
    }
}

/// Returns once the server shall end: it was told so, or nobody is left who could.
pub(crate) async fn told(shutdown: &mut watch::Receiver<bool>) {
    // An error says that the sender is gone.
    let _ = shutdown.wait_for(|ending| *ending).await;
}
