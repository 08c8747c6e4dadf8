//! Runs one release from where it stands to its end: timers, inbox, outbox, reports, in one loop.

mod gathering;
mod hearing;
mod outlook;
mod recovery;
mod scope;
mod shared;
mod shown;

use crate::book::{RUNNERS, alone_pools};
use crate::inbox_worker::{InboxWorker, Taken};
use crate::ports::{BuildBackend, BuildReport, Clock, Gatherer};
use crate::release_performer::ReleasePerformer;
use crate::{Progress, RuntimeError, Tenancy};
use domain_types::{BuildId, ReleaseId, Subject, seeded_bug};
use effects::{Carried, Performer, carry_out};
use gathering::Gathering;
use hearing::row;
use orchestrator::{Command, Event, Phase};
use outlook::Outlook;
use scope::Scope;
use shown::Shown;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{Claim, ClaimedIntent, NewInboxRow, PoolCapacity, Store};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

/// Seconds that a claimed intent is ours while the store is ours alone. The state's lock proves that nobody else carries
/// it out; a successor takes all leases over at its start, so this only has to outlast the longest stage.
const LEASE_SECONDS_SOLE: u32 = 24 * 3600;

/// Commands carried out at a time, beside the cap on runners.
const PERFORMERS_MAX: usize = 64;

/// Timers fired in one go.
const TIMERS_MAX: u32 = 100;

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
    /// What carries out commands that belong to pull requests; none where nobody looks at them.
    pub pull_requests: Option<Arc<dyn Performer>>,
    /// Reports of builds.
    pub reports: mpsc::Receiver<BuildReport>,
    /// Builds that may run at a time, over all releases.
    pub runners: u32,
    /// Unique per start of a process.
    pub owner: String,
    /// Where views of the release are sent.
    pub progress: watch::Sender<Option<Progress>>,
}

/// What a run that serves all releases has beside its parts.
pub struct Door {
    /// Rung by whoever put rows into the inbox, so that nobody waits for the next look.
    pub bell: Arc<Notify>,
    /// Gathers facts for rows that name no release.
    pub gatherer: Arc<dyn Gatherer>,
}

struct Run {
    engine: Engine,
    worker: InboxWorker,
    scope: Scope,
    bell: Arc<Notify>,
    gathering: Gathering,
    outlook: Outlook,
    shown: Shown,
    tasks: JoinSet<Result<Ran, RuntimeError>>,
    starting: BTreeMap<BuildId, Vec<BuildReport>>,
    /// Reports that are to be put into the inbox.
    heard: Vec<BuildReport>,
}

/// A command that was carried out, or not.
struct Ran {
    /// The build that it began, if that is what it was about.
    build: Option<BuildId>,
    carried: Carried,
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
        shutdown: watch::Receiver<bool>,
    ) -> Result<Ended, RuntimeError> {
        self.begin(Scope::One(release.clone()), None, shutdown).await
    }

    /// Serves all releases, those that come as well, until `shutdown` turns true.
    ///
    /// With [`Tenancy::Sole`] the caller holds the lock on the state for as long as this runs.
    ///
    /// # Errors
    /// [`RuntimeError`]: what was committed stays, and the next run goes on from there.
    pub async fn serve(self, door: Door, shutdown: watch::Receiver<bool>) -> Result<(), RuntimeError> {
        self.begin(Scope::All, Some(door), shutdown).await.map(|_| ())
    }

    async fn begin(
        self,
        scope: Scope,
        door: Option<Door>,
        mut shutdown: watch::Receiver<bool>,
    ) -> Result<Ended, RuntimeError> {
        let worker = InboxWorker::new(
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
            self.owner.clone(),
            self.tenancy,
        )
        .that_gathers(door.is_some());
        let tasks = JoinSet::new();
        let outlook = Outlook::new(self.tenancy, scope.clone());
        let (bell, gatherer) = match door {
            Some(Door { bell, gatherer }) => (bell, Some(gatherer)),
            None => (Arc::default(), None),
        };
        let gathering = Gathering::new(gatherer, Arc::clone(&self.store), Arc::clone(&self.clock));
        let mut run = Run {
            engine: self,
            worker,
            scope,
            bell,
            gathering,
            outlook,
            shown: Shown::default(),
            tasks,
            starting: BTreeMap::new(),
            heard: Vec::new(),
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
            self.outlook.turn(self.engine.clock.now());
            self.hear_what_waits().await?;
            self.take().await?;
            // Also what came meanwhile: a build that has ended is not late because we are.
            self.hear_what_waits().await?;
            self.fire_timers().await?;
            self.take().await?;
            self.show().await?;
            if *shutdown.borrow() {
                return Ok(Ended::Interrupted);
            }
            if self.was_never_started().await? {
                return Ok(Ended::NeverStarted);
            }
            let begun = self.begin_commands().await?;
            if !begun
                && self.tasks.is_empty()
                && let Some(phase) = self.resting_phase().await?
            {
                if self.outlook.may_rest() || seeded_bug("rest-without-a-look") {
                    return Ok(Ended::AtRest(phase));
                }
                continue;
            }
            self.wait(shutdown).await?;
        }
    }

    /// Where others live, one of them may be about to decide the start.
    async fn was_never_started(&mut self) -> Result<bool, RuntimeError> {
        match self.scope.one() {
            Some(release) if self.engine.tenancy == Tenancy::Sole => {
                Ok(self.worker.state(release).await?.is_none())
            }
            Some(_) | None => Ok(false),
        }
    }

    /// Decides what waits in the inbox.
    async fn take(&mut self) -> Result<(), RuntimeError> {
        while self.outlook.rows() && self.gathering.has_room() {
            let Some(row) = self.worker.take_one().await? else {
                self.outlook.no_row();
                break;
            };
            self.outlook.taken(&row.key);
            match row.taken {
                Taken::Moved(moved) => {
                    self.outlook.moved(&moved);
                    if self.scope.one() == Some(&moved.release) {
                        self.shown.moved(&moved);
                    }
                }
                Taken::ToGather(claimed) => self.gathering.begin(*claimed),
                Taken::Refused(_) | Taken::Lost => {}
            }
        }
        Ok(())
    }

    async fn fire_timers(&mut self) -> Result<(), RuntimeError> {
        let now = self.engine.clock.now();
        if !self.outlook.timer_is_due(now) {
            return Ok(());
        }
        if self.engine.store.fire_timers(now, TIMERS_MAX).await? > 0 {
            self.outlook.fired();
        }
        let first = self.engine.store.next_timer().await?;
        self.outlook.first_timer(first);
        Ok(())
    }

    async fn show(&mut self) -> Result<(), RuntimeError> {
        if self.engine.progress.is_closed() {
            return Ok(());
        }
        if let Some(release) = self.scope.one()
            && let Some(state) = self.worker.state(release).await?
        {
            self.shown.show(state, &self.engine.progress);
        }
        Ok(())
    }

    async fn begin_commands(&mut self) -> Result<bool, RuntimeError> {
        let mut pools = vec![PoolCapacity {
            pool: RUNNERS.to_owned(),
            slots: self.engine.runners + u32::from(seeded_bug("one-runner-too-many")),
        }];
        if self.scope == Scope::All {
            pools.extend(alone_pools());
        }
        let mut begun = false;
        while self.tasks.len() < PERFORMERS_MAX && self.outlook.commands() {
            let claim = Claim {
                owner: self.engine.owner.clone(),
                now: self.engine.clock.now(),
                lease_seconds: match self.engine.tenancy {
                    Tenancy::Sole => LEASE_SECONDS_SOLE,
                    Tenancy::Shared => shared::LEASE_SECONDS,
                },
                release: match self.engine.tenancy {
                    Tenancy::Sole => self.scope.one().cloned(),
                    // Whoever lives takes up what the dead left, whichever release it belongs to.
                    Tenancy::Shared => None,
                },
            };
            let Some(claimed) = self.engine.store.claim_intent(&claim, &pools).await? else {
                self.outlook.no_command();
                break;
            };
            self.outlook.claimed(&claimed.intent.id);
            self.begin(claimed)?;
            begun = true;
        }
        Ok(begun)
    }

    fn begin(&mut self, claimed: ClaimedIntent) -> Result<(), RuntimeError> {
        let build = match claimed.intent.subject.release() {
            Some(_) => begun_by(&claimed.intent.body)?,
            None => None,
        };
        if let Some(build) = &build {
            self.starting.entry(build.clone()).or_default();
        }
        let (store, clock) = (Arc::clone(&self.engine.store), Arc::clone(&self.engine.clock));
        let performer: Arc<dyn Performer> = match (&claimed.intent.subject, &self.engine.pull_requests) {
            (Subject::PullRequest(_), Some(performer)) => Arc::clone(performer),
            // What has no performer of its own is refused by that of releases, loudly.
            (Subject::PullRequest(_), None) | (Subject::Release(_), _) => {
                Arc::clone(&self.engine.performer) as _
            }
        };
        let tenancy = self.engine.tenancy;
        self.tasks.spawn(async move {
            let lease = claimed.lease.clone();
            let now = || clock.now();
            let carrying = carry_out(&*store, &*performer, claimed, &now);
            let carried = match tenancy {
                Tenancy::Sole => carrying.await?,
                Tenancy::Shared => shared::renewing(carrying, (&*store, &*clock), &lease).await?,
            };
            Ok(Ran { build, carried })
        });
        Ok(())
    }

    /// The phase, if nothing more happens by itself and the release does not wait for people.
    async fn resting_phase(&mut self) -> Result<Option<Phase>, RuntimeError> {
        let Some(release) = self.scope.one() else {
            return Ok(None);
        };
        let phase = self
            .worker
            .state(release)
            .await?
            .map(|state| state.phase().clone());
        Ok(phase.filter(|phase| phase.is_ended() || matches!(phase, Phase::Stalled { .. })))
    }

    async fn wait(&mut self, shutdown: &mut watch::Receiver<bool>) -> Result<(), RuntimeError> {
        let due = self.outlook.until(self.engine.clock.now());
        let clock = Arc::clone(&self.engine.clock);
        // In a fixed order, so that the same world gives the same run; each turn of the loop looks at all of them anyway.
        tokio::select! {
            biased;
            Some(joined) = self.tasks.join_next() => self.joined(joined),
            Some(report) = self.engine.reports.recv() => {
                self.reported(report);
                Ok(())
            }
            Some(gathered) = self.gathering.next() => self.gathered(gathered),
            () = self.bell.notified() => {
                self.outlook.rung();
                Ok(())
            }
            () = clock.wait_until(due) => Ok(()),
            _ = shutdown.changed() => Ok(()),
        }
    }

    /// Ends in good order: nothing runs on, what had ended is recorded, and what ran as interrupted.
    async fn wind_down(&mut self) -> Result<(), RuntimeError> {
        self.tasks.shutdown().await;
        self.gathering.end().await;
        // First of all: whatever the store says to the rest, no build runs on.
        let stopped = self.engine.backend.stop_all().await;
        while let Ok(report) = self.engine.reports.try_recv() {
            self.reported(report);
        }
        let interrupted = stopped.iter().map(|build| {
            let event = Event::BuildInterrupted {
                node: build.node.clone(),
                attempt: build.attempt,
            };
            row(build, &event, "wound_down")
        });
        let rows: Vec<NewInboxRow> = self.heard_rows().chain(interrupted).collect::<Result<_, _>>()?;
        self.append(&rows).await?;
        // Where all releases are served, whoever serves them next decides what waits.
        if self.scope != Scope::All {
            self.worker.take_all().await?;
        }
        self.show().await
    }
}

/// The build that a command of a release begins, if that is what it does.
fn begun_by(body: &str) -> Result<Option<BuildId>, RuntimeError> {
    Ok(match crate::book::command(body)? {
        Command::StartBuild { build, .. } => Some(build),
        Command::RunStage { .. }
        | Command::StopBuild { .. }
        | Command::DiscardDraft
        | Command::FollowUp { .. }
        | Command::BeginFormerStep { .. } => None,
    })
}
