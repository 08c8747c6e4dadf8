//! What builds and publishes here: everything succeeds, in memory. What is left of the time is our own.

use crate::clock::{Moment, wait};
use crate::releases::{manifest, output};
use async_trait::async_trait;
use domain_types::{BuildId, NodeId, ReleaseId, Sha256Digest};
use orchestrator::{BuiltArtifact, Event, Failure, FailureKind, State};
use runtime::ports::{Begun, BuildBackend, BuildOrder, BuildReport, Recovered, ReleasePublisher, Unfinished};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// When a build was begun, and when it replied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// The call that begins it.
    pub(crate) begun: Moment,
    /// Its report was handed over.
    pub(crate) replied: Option<Moment>,
}

/// What was seen of every build.
pub(crate) type Sightings = Arc<Mutex<BTreeMap<NodeId, Seen>>>;

/// Builds succeed at once, or after a while.
#[derive(Debug, Clone)]
pub(crate) struct PlayedBackend {
    reports: mpsc::Sender<BuildReport>,
    lasting: Option<Duration>,
    seen: Sightings,
}

impl PlayedBackend {
    /// Builds that last so long, or no time at all.
    pub(crate) fn new(reports: mpsc::Sender<BuildReport>, lasting: Option<Duration>) -> Self {
        Self {
            reports,
            lasting,
            seen: Sightings::default(),
        }
    }

    /// What is seen of the builds, also while they run.
    pub(crate) fn sightings(&self) -> Sightings {
        Arc::clone(&self.seen)
    }

    fn note_reply(&self, node: &NodeId) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.get_mut(node) {
            seen.replied = Some(Moment::now());
        }
    }

    async fn reply(self, build: BuildId) {
        if let Some(lasting) = self.lasting {
            wait(lasting).await;
        }
        let report = BuildReport {
            event: Event::BuildSucceeded {
                node: build.node.clone(),
                attempt: build.attempt,
                output: output(&build.release, &build.node),
            },
            build,
        };
        self.note_reply(&report.build.node);
        // Nobody listens any more once the run was ended before its time.
        let _ = self.reports.send(report).await;
    }
}

#[async_trait]
impl BuildBackend for PlayedBackend {
    async fn lay_out_sources(
        &self,
        _release: &ReleaseId,
        _built: &BTreeMap<NodeId, Vec<BuiltArtifact>>,
    ) -> Result<(), Unfinished> {
        Ok(())
    }

    fn reuse_key(&self, order: &BuildOrder) -> Result<Sha256Digest, Failure> {
        Ok(output(&order.build.release, &order.build.node).reuse_key)
    }

    async fn take_earlier(&self, _order: &BuildOrder, _artifacts: &[BuiltArtifact]) -> bool {
        false
    }

    async fn prepare(&self, order: &BuildOrder) -> Result<String, Failure> {
        Ok(format!("played {}", order.build))
    }

    async fn begin(&self, order: &BuildOrder) -> Result<Begun, Unfinished> {
        let seen = Seen {
            begun: Moment::now(),
            replied: None,
        };
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(order.build.node.clone(), seen);
        match self.lasting {
            Some(_) => drop(tokio::spawn(self.clone().reply(order.build.clone()))),
            None => self.clone().reply(order.build.clone()).await,
        }
        Ok(Begun::Running)
    }

    async fn recover(&self, _order: &BuildOrder, _handle: &str) -> Result<Recovered, Failure> {
        Ok(Recovered::NotBegun)
    }

    async fn stop(&self, _build: &BuildId) -> Result<(), Failure> {
        Ok(())
    }

    async fn stop_all(&self) -> Vec<BuildId> {
        Vec::new()
    }
}

/// Every stage of publishing is done as soon as it is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlayedPublisher;

#[async_trait]
impl ReleasePublisher for PlayedPublisher {
    async fn collect(&self, state: &State) -> Result<Sha256Digest, Unfinished> {
        let complete = state.nodes().all(|(_, node)| node.state.satisfies());
        if complete {
            Ok(manifest())
        } else {
            Err(Failure::new(FailureKind::Verification, "a build is missing").into())
        }
    }

    async fn verify(&self, _release: &ReleaseId, _manifest: Sha256Digest) -> Result<(), Unfinished> {
        Ok(())
    }

    async fn draft(&self, _release: &ReleaseId, _manifest: Sha256Digest) -> Result<(), Unfinished> {
        Ok(())
    }

    async fn publish(&self, _release: &ReleaseId, _manifest: Sha256Digest) -> Result<(), Unfinished> {
        Ok(())
    }

    async fn published(&self, _release: &ReleaseId) -> Result<Option<Sha256Digest>, Failure> {
        Ok(None)
    }

    async fn discard(&self, _release: &ReleaseId) -> Result<(), Failure> {
        Ok(())
    }
}
