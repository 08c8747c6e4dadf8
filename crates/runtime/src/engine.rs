//! Runs one release from where it stands to its end: timers, inbox, outbox, reports, in one loop.

mod recovery;
mod shared;

use crate::book::{RUNNERS, inbox_row};
use crate::inbox_worker::InboxWorker;
use crate::ports::{BuildBackend, BuildReport, Clock};
use crate::release_performer::ReleasePerformer;
use crate::{Progress, RuntimeError, Tenancy};
use domain_types::{BuildId, ReleaseId, Timestamp, seeded_bug};
use effects::carry_out;
use orchestrator::{Command, Event, Phase};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{Claim, ClaimedIntent, PoolCapacity, Store};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Milliseconds between two looks into the inbox for rows of other processes (`release pause` and its like): SQLite
/// cannot tell us of them, a fifth of a second is prompt for a person, and a look costs microseconds.
const FOREIGN_ROWS_MILLISECONDS: i64 = 200;

/// Seconds that a claimed intent is ours while the store is ours alone. The state's lock proves that nobody else carries
/// it out; a successor takes all leases over at its start, so this only has to outlast the longest stage.
const LEASE_SECONDS_SOLE: u32 = 24 * 3600;

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
    /// Who else works on the store.
    pub tenancy: Tenancy,
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

impl Engine {
    /// Runs until the release is at rest or `shutdown` turns true.
    ///
    /// With [`Tenancy::Sole`] the caller holds the locks on the state and on the sources for as long as this runs.
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
            self.tenancy,
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
        let ended = outcome?;
        // Whoever called tells the world.
        run.engine.store.settle().await?;
        Ok(ended)
    }
}

impl Run {
    async fn until_rest(&mut self, shutdown: &mut watch::Receiver<bool>) -> Result<Ended, RuntimeError> {
        match self.engine.tenancy {
            Tenancy::Sole => self.recover().await?,
            Tenancy::Shared => {}
        }
        loop {
            self.worker.take_all().await?;
            self.hear_what_waits().await?;
            self.engine
                .store
                .fire_timers(self.engine.clock.now(), TIMERS_MAX)
                .await?;
            self.worker.take_all().await?;
            self.show().await?;
            if *shutdown.borrow() {
                return Ok(Ended::Interrupted);
            }
            // Where others live, one of them may be about to decide the start.
            let alone = self.engine.tenancy == Tenancy::Sole;
            if alone && self.worker.state(&self.release).await?.is_none() {
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

    /// What came of a build: not on the disk at once, for a successor finds it where the build left it.
    async fn append(&self, build: &BuildId, event: &Event, how: &str) -> Result<(), RuntimeError> {
        let mut key = format!("{how}/{}/{build}/{}", build.release, event.label());
        if seeded_bug("attempts-share-their-report") {
            key = format!("{how}/{}/{}/{}", build.release, build.node, event.label());
        }
        let row = inbox_row(&build.release, key, event, ACTOR)?;
        let _known_or_new = self
            .engine
            .store
            .note_inbox(&[row], self.engine.clock.now())
            .await?;
        Ok(())
    }

    async fn show(&mut self) -> Result<(), RuntimeError> {
        if self.engine.progress.is_closed() {
            return Ok(());
        }
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
            slots: self.engine.runners + u32::from(seeded_bug("one-runner-too-many")),
        }];
        let mut begun = false;
        while self.tasks.len() < PERFORMERS_MAX {
            let claim = Claim {
                owner: self.engine.owner.clone(),
                now: self.engine.clock.now(),
                lease_seconds: match self.engine.tenancy {
                    Tenancy::Sole => LEASE_SECONDS_SOLE,
                    Tenancy::Shared => shared::LEASE_SECONDS,
                },
                release: match self.engine.tenancy {
                    Tenancy::Sole => Some(self.release.clone()),
                    // Whoever lives takes up what the dead left, whichever release it belongs to.
                    Tenancy::Shared => None,
                },
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
        let tenancy = self.engine.tenancy;
        self.tasks.spawn(async move {
            let lease = claimed.lease.clone();
            let now = || clock.now();
            let carrying = carry_out(&*store, &*performer, claimed, &now);
            // Whatever came of it is stored; the loop sees it there.
            let _carried = match tenancy {
                Tenancy::Sole => carrying.await?,
                Tenancy::Shared => shared::renewing(carrying, (&*store, &*clock), &lease).await?,
            };
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
        // In a fixed order, so that the same world gives the same run; each turn of the loop looks at all of them anyway.
        tokio::select! {
            biased;
            Some(joined) = self.tasks.join_next() => self.joined(joined).await,
            Some(report) = self.engine.reports.recv() => self.reported(report).await,
            () = clock.wait_until(due) => Ok(()),
            _ = shutdown.changed() => Ok(()),
        }
    }

    /// What is at hand comes into the inbox before deadlines are looked at: a build that has ended is not late because we are.
    async fn hear_what_waits(&mut self) -> Result<(), RuntimeError> {
        loop {
            if let Some(joined) = self.tasks.try_join_next() {
                self.joined(joined).await?;
            } else if let Ok(report) = self.engine.reports.try_recv() {
                self.reported(report).await?;
            } else {
                return Ok(());
            }
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
            Some(_) if seeded_bug("quick-report-lost") => Ok(()),
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
