//! Runs one release from where it stands to its end: timers, inbox, outbox, reports, in one loop.

use crate::book::{RUNNERS, inbox_row};
use crate::inbox_worker::InboxWorker;
use crate::ports::{BuildBackend, BuildReport, Clock};
use crate::release_performer::ReleasePerformer;
use crate::{Progress, RuntimeError};
use domain_types::{BuildId, NodeId, ReleaseId, Timestamp};
use effects::carry_out;
use orchestrator::{BuiltArtifact, Command, Event, Phase, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{Claim, ClaimedIntent, PoolCapacity, Store};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Milliseconds between two looks into the inbox for rows of other processes (`release pause` and its like): SQLite
/// cannot tell us of them, a fifth of a second is prompt for a person, and a look costs microseconds.
const FOREIGN_ROWS_MILLISECONDS: i64 = 200;

/// Seconds that a claimed intent is ours. The state's lock proves that nobody else carries it out; a successor takes
/// all leases over at its start, so this only has to outlast the longest stage.
const LEASE_SECONDS: u32 = 24 * 3600;

/// Commands carried out at a time, beside the cap on runners.
const PERFORMERS_MAX: usize = 64;

/// Timers fired in one go.
const TIMERS_MAX: u32 = 100;

/// Who reports builds, as the inbox has it.
const ACTOR: &str = "backend";

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The release came to rest: ended, or stalled.
    AtRest(Phase),
    /// We were asked to end; the release goes on with the next run.
    Interrupted,
    /// The inbox holds nothing that starts this release: its start was refused.
    NeverStarted,
}

/// The parts of a run.
pub struct Engine {
    /// Where everything is stored.
    pub store: Arc<dyn Store>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// What builds.
    pub backend: Arc<dyn BuildBackend>,
    /// What carries commands out.
    pub performer: Arc<ReleasePerformer>,
    /// Reports of builds.
    pub reports: mpsc::Receiver<BuildReport>,
    /// Builds that may run at a time, over all releases.
    pub runners: u32,
    /// Unique per start of a process.
    pub owner: String,
    /// Where views of the release are sent.
    pub progress: watch::Sender<Option<Progress>>,
}

struct Run {
    engine: Engine,
    worker: InboxWorker,
    release: ReleaseId,
    tasks: JoinSet<Result<Option<BuildId>, RuntimeError>>,
    starting: BTreeMap<BuildId, Vec<BuildReport>>,
}

/// The finished builds of this release and their artifacts.
fn built(state: &State) -> BTreeMap<NodeId, Vec<BuiltArtifact>> {
    let finished = state.nodes().filter_map(|(fixed, node)| {
        let output = node.output.as_ref()?;
        Some((fixed.id.clone(), output.artifacts.clone()))
    });
    finished.collect()
}

impl Engine {
    /// Runs until the release is at rest or `shutdown` turns true.
    ///
    /// The caller holds the locks on the state and on the sources for as long as this runs.
    ///
    /// # Errors
    /// [`RuntimeError`]: what was committed stays, and the next run goes on from there.
    pub async fn run(
        self,
        release: &ReleaseId,
        mut shutdown: watch::Receiver<bool>,
    ) -> Result<Ended, RuntimeError> {
        let worker = InboxWorker::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            self.owner.clone(),
        );
        let tasks = JoinSet::new();
        let mut run = Run {
            engine: self,
            worker,
            release: release.clone(),
            tasks,
            starting: BTreeMap::new(),
        };
        let outcome = run.until_rest(&mut shutdown).await;
        if !matches!(outcome, Ok(Ended::AtRest(_))) {
            run.wind_down().await?;
        }
        outcome
    }
}

impl Run {
    async fn until_rest(&mut self, shutdown: &mut watch::Receiver<bool>) -> Result<Ended, RuntimeError> {
        self.recover().await?;
        loop {
            self.worker.take_all().await?;
            self.engine
                .store
                .fire_timers(self.engine.clock.now(), TIMERS_MAX)
                .await?;
            self.worker.take_all().await?;
            self.show().await?;
            if *shutdown.borrow() {
                return Ok(Ended::Interrupted);
            }
            if self.worker.state(&self.release).await?.is_none() {
                return Ok(Ended::NeverStarted);
            }
            let begun = self.begin_commands().await?;
            if !begun
                && self.tasks.is_empty()
                && let Some(phase) = self.resting_phase().await?
            {
                return Ok(Ended::AtRest(phase));
            }
            self.wait(shutdown).await?;
        }
    }

    /// Ends what dead processes of ours left, and learns what they had finished, before anything else is begun.
    async fn recover(&mut self) -> Result<(), RuntimeError> {
        let store = Arc::clone(&self.engine.store);
        store
            .take_over(&self.engine.owner, self.engine.clock.now())
            .await?;
        self.worker.take_all().await?;
        for summary in store
            .list_releases()
            .await?
            .iter()
            .filter(|summary| !summary.row.ended)
        {
            self.recover_release(&summary.id).await?;
        }
        self.worker.take_all().await?;
        self.ensure_sources().await
    }

    /// Another release may have used the source folder since: every tree is at its frozen commit before anything is built.
    /// What finished builds left in theirs stays, since builds that need them may read it.
    async fn ensure_sources(&mut self) -> Result<(), RuntimeError> {
        let built = match self.worker.state(&self.release).await? {
            Some(state) if state.header().sources_ready && *state.phase().behind() == Phase::Building => {
                Some(built(state))
            }
            Some(_) | None => None,
        };
        if let Some(built) = built {
            let failed = |failure: orchestrator::Failure| RuntimeError::Port {
                release: self.release.clone(),
                reason: failure.reason,
            };
            let laid_out = self.engine.backend.lay_out_sources(&built).await;
            laid_out.map_err(failed)?;
        }
        Ok(())
    }

    async fn recover_release(&mut self, release: &ReleaseId) -> Result<(), RuntimeError> {
        let Some(state) = self.worker.state(release).await?.cloned() else {
            return Ok(());
        };
        for row in self.engine.store.intents(release).await? {
            let Command::StartBuild { build, .. } = crate::book::command(&row.intent.body)? else {
                continue;
            };
            let awaited = state.node(&build.node).is_some_and(|node| {
                node.state.is_in_flight()
                    && node
                        .attempt()
                        .is_some_and(|attempt| attempt.command == row.intent.id)
            });
            if awaited && row.intent.handle.is_some() {
                for event in self.remains(&build, row.intent.handle.as_deref()).await? {
                    self.append(&build, &event, "recovered").await?;
                }
            }
        }
        self.release_far_retries(&state).await
    }

    /// A clock that was ahead may have put retries into a future that nobody waits for.
    async fn release_far_retries(&mut self, state: &State) -> Result<(), RuntimeError> {
        let Some(spec) = state.spec() else { return Ok(()) };
        let latest = self
            .engine
            .clock
            .now()
            .plus_seconds(orchestrator::RETRY_SECONDS_MAX);
        for (fixed, node) in state.nodes() {
            if node.retry.as_ref().is_some_and(|retry| retry.due > latest) {
                let build = BuildId {
                    release: spec.id.clone(),
                    node: fixed.id.clone(),
                    attempt: node.attempt_number(),
                };
                let event = Event::RetryDue {
                    node: build.node.clone(),
                    attempt: build.attempt,
                };
                self.append(&build, &event, "clock_was_ahead").await?;
            }
        }
        Ok(())
    }

    /// What became of a build in flight. Those of other releases are only ended: their recipes are not known here.
    async fn remains(&self, build: &BuildId, handle: Option<&str>) -> Result<Vec<Event>, RuntimeError> {
        let gone = Event::BuildInterrupted {
            node: build.node.clone(),
            attempt: build.attempt,
        };
        if build.release == self.release {
            let events = self.engine.performer.recover(build, handle).await?;
            return Ok(events.unwrap_or_else(|| vec![gone]));
        }
        let node = build.node.clone();
        let ended = self.engine.backend.stop(build).await;
        ended.map_err(|failure| RuntimeError::Remains {
            node,
            reason: failure.reason,
        })?;
        Ok(vec![gone])
    }

    async fn append(&self, build: &BuildId, event: &Event, how: &str) -> Result<(), RuntimeError> {
        let key = format!("{how}/{}/{build}/{}", build.release, event.label());
        let row = inbox_row(&build.release, key, event, ACTOR)?;
        let _known_or_new = self
            .engine
            .store
            .append_inbox(&[row], self.engine.clock.now())
            .await?;
        Ok(())
    }

    async fn show(&mut self) -> Result<(), RuntimeError> {
        if let Some(state) = self.worker.state(&self.release).await? {
            let seen = self
                .engine
                .progress
                .borrow()
                .as_ref()
                .map(|progress| progress.revision);
            if seen != Some(state.revision()) {
                self.engine.progress.send_replace(Progress::of(state));
            }
        }
        Ok(())
    }

    async fn begin_commands(&mut self) -> Result<bool, RuntimeError> {
        let pools = [PoolCapacity {
            pool: RUNNERS.to_owned(),
            slots: self.engine.runners,
        }];
        let mut begun = false;
        while self.tasks.len() < PERFORMERS_MAX {
            let claim = Claim {
                owner: self.engine.owner.clone(),
                now: self.engine.clock.now(),
                lease_seconds: LEASE_SECONDS,
                release: Some(self.release.clone()),
            };
            let Some(claimed) = self.engine.store.claim_intent(&claim, &pools).await? else {
                break;
            };
            self.begin(claimed)?;
            begun = true;
        }
        Ok(begun)
    }

    fn begin(&mut self, claimed: ClaimedIntent) -> Result<(), RuntimeError> {
        let build = match crate::book::command(&claimed.intent.body)? {
            Command::StartBuild { build, .. } => Some(build),
            Command::RunStage { .. } | Command::StopBuild { .. } | Command::DiscardDraft => None,
        };
        if let Some(build) = &build {
            self.starting.entry(build.clone()).or_default();
        }
        let (store, clock) = (Arc::clone(&self.engine.store), Arc::clone(&self.engine.clock));
        let performer = Arc::clone(&self.engine.performer);
        self.tasks.spawn(async move {
            // Whatever came of it is stored; the loop sees it there.
            let _carried = carry_out(&*store, &*performer, claimed, &|| clock.now()).await?;
            Ok(build)
        });
        Ok(())
    }

    /// The phase, if nothing more happens by itself and the release does not wait for people.
    async fn resting_phase(&mut self) -> Result<Option<Phase>, RuntimeError> {
        let phase = self
            .worker
            .state(&self.release)
            .await?
            .map(|state| state.phase().clone());
        Ok(phase.filter(|phase| phase.is_ended() || matches!(phase, Phase::Stalled { .. })))
    }

    async fn wait(&mut self, shutdown: &mut watch::Receiver<bool>) -> Result<(), RuntimeError> {
        let now = self.engine.clock.now();
        let look = Timestamp::from_milliseconds(now.milliseconds() + FOREIGN_ROWS_MILLISECONDS);
        let due = self
            .engine
            .store
            .next_timer()
            .await?
            .map_or(look, |timer| timer.min(look));
        let clock = Arc::clone(&self.engine.clock);
        tokio::select! {
            Some(joined) = self.tasks.join_next() => self.joined(joined).await,
            Some(report) = self.engine.reports.recv() => self.reported(report).await,
            () = clock.wait_until(due) => Ok(()),
            _ = shutdown.changed() => Ok(()),
        }
    }

    async fn joined(
        &mut self,
        joined: Result<Result<Option<BuildId>, RuntimeError>, tokio::task::JoinError>,
    ) -> Result<(), RuntimeError> {
        let build = match joined {
            Ok(outcome) => outcome?,
            Err(error) => {
                return Err(RuntimeError::TaskDied {
                    reason: error.to_string(),
                });
            }
        };
        for report in build
            .and_then(|build| self.starting.remove(&build))
            .unwrap_or_default()
        {
            self.append(&report.build, &report.event, "report").await?;
        }
        Ok(())
    }

    /// A quick build may end before the record of its begin is stored: its report waits for that.
    async fn reported(&mut self, report: BuildReport) -> Result<(), RuntimeError> {
        match self.starting.get_mut(&report.build) {
            Some(waiting) => {
                waiting.push(report);
                Ok(())
            }
            None => self.append(&report.build, &report.event, "report").await,
        }
    }

    /// Ends in good order: nothing runs on, and what ran is recorded as interrupted.
    async fn wind_down(&mut self) -> Result<(), RuntimeError> {
        self.tasks.shutdown().await;
        for build in self.engine.backend.stop_all().await {
            let event = Event::BuildInterrupted {
                node: build.node.clone(),
                attempt: build.attempt,
            };
            self.append(&build, &event, "wound_down").await?;
        }
        self.worker.take_all().await?;
        self.show().await
    }
}
