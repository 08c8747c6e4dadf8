//! The processes of the world: the real engine over the faulty store and the ports, started, killed and started again.

use crate::faulty_store::FaultyStore;
use crate::marks::Mark;
use crate::oracle::Violation;
use crate::ports::Ports;
use crate::process::Process;
use crate::script::Hosting;
use crate::stage::INBOX_LEASE_MILLISECONDS;
use crate::world::{Happening, World};
use effects::EffectError;
use orchestrator::Phase;
use runtime::{Ended, Engine, Progress, ReleasePerformer, RuntimeError, Tenancy};
use std::sync::{Arc, Mutex, PoisonError};
use storage::{Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;

/// Reports that may wait for one process.
const REPORTS_MAX: usize = 1_024;

/// Milliseconds until somebody notices that there is something to do.
const NOTICE_MILLISECONDS: u64 = 100;

/// Milliseconds after which the lease of a dead process on an intent has run out.
const LEASE_MILLISECONDS: u64 = 61_000;

/// One world in so many looks at what its processes show: every revision is then shown and compared, which costs with its nodes.
const WATCHED_EVERY: u64 = 8;

type Endings = Arc<Mutex<Vec<(u32, u32, Result<Ended, RuntimeError>)>>>;

struct Running {
    process: Arc<Process>,
    release: usize,
    task: AbortHandle,
    shutdown: watch::Sender<bool>,
    /// When it came, and by how many milliseconds the clock had been put back until then.
    since: (u64, u64),
    /// What it shows, in one world of so many.
    view: Option<View>,
}

/// What a process shows, and the revision at which that was last compared with the truth.
struct View {
    shown: watch::Receiver<Option<Progress>>,
    compared: u64,
}

/// All processes, and what each release still wants of them.
pub(crate) struct Processes {
    world: Arc<World>,
    store: Arc<dyn Store>,
    running: Vec<Option<Running>>,
    incarnations: Vec<u32>,
    endings: Endings,
    /// Something was asked of a release since a process last came to rest with it.
    wanted: Vec<bool>,
}

impl Processes {
    pub(crate) fn new(world: Arc<World>, store: Arc<dyn Store>) -> Self {
        let (count, releases) = (world.script.processes, world.script.releases.len());
        Self {
            world,
            store,
            running: (0..count).map(|_| None).collect(),
            incarnations: (0..count).map(|_| 0).collect(),
            endings: Endings::default(),
            wanted: vec![false; releases],
        }
    }

    pub(crate) fn any_running(&self) -> bool {
        self.running.iter().any(Option::is_some)
    }

    /// Starts of processes so far.
    pub(crate) fn starts(&self) -> u64 {
        self.incarnations.iter().copied().map(u64::from).sum()
    }

    /// Somebody comes back to a release when the leases of the dead have run out.
    pub(crate) fn want_later(&mut self, release: usize) {
        self.wanted[release] = true;
        self.call(release % self.running.len(), LEASE_MILLISECONDS);
    }

    /// When the last of those who work now came, and by how many milliseconds the clock had been put back until then.
    pub(crate) fn latest(&self) -> Option<(u64, u64)> {
        self.running.iter().flatten().map(|running| running.since).max()
    }

    /// A process works on this release now.
    pub(crate) fn works_on(&self, release: usize) -> bool {
        self.running
            .iter()
            .flatten()
            .any(|running| running.release == release)
    }

    /// Something was asked of a release.
    pub(crate) fn want(&mut self, release: usize) {
        self.wanted[release] = true;
        for number in 0..self.running.len() {
            if self.running[number].is_none() {
                self.call(number, NOTICE_MILLISECONDS);
            }
        }
    }

    fn call(&self, number: usize, milliseconds: u64) {
        let number = u32::try_from(number).unwrap_or(0);
        self.world
            .with(|inner| inner.after(milliseconds, Happening::Process(number)));
    }

    /// The release that a process should work on: one that is not at rest, or of which something was asked.
    fn choice(&self, number: usize) -> Option<usize> {
        let releases = self.wanted.len();
        let is_open = |&release: &usize| {
            self.wanted[release]
                || self.world.with(|inner| {
                    let state = inner.oracle.state(&self.world.plans[release].spec.id);
                    state.is_some_and(|state| {
                        !state.phase().is_ended() && !matches!(state.phase(), Phase::Stalled { .. })
                    })
                })
        };
        (0..releases).map(|step| (number + step) % releases).find(is_open)
    }

    /// Starts a process, if it is not running and there is something to do.
    pub(crate) fn start(&mut self, number: u32) {
        let slot = number as usize;
        if self.running[slot].is_some() {
            return;
        }
        let Some(release) = self.choice(slot) else { return };
        let incarnation = self.incarnations[slot];
        self.incarnations[slot] += 1;
        let process = Arc::new(Process::new(number, incarnation));
        let (sender, reports) = mpsc::channel(REPORTS_MAX);
        self.world.with(|inner| {
            inner.tell("process starts", &[&process.owner()]);
            inner.channels.insert(number, (Arc::clone(&process), sender));
        });
        let (shutdown, told) = watch::channel(false);
        let (shows, shown) = watch::channel(None);
        let watched = self.world.script.seed.is_multiple_of(WATCHED_EVERY);
        let view = watched.then_some(View { shown, compared: 0 });
        let engine = self.engine(&process, reports, shows);
        let (id, endings) = (
            self.world.plans[release].spec.id.clone(),
            Arc::clone(&self.endings),
        );
        let task = tokio::spawn(async move {
            let ended = engine.run(&id, told).await;
            let mut endings = endings.lock().unwrap_or_else(PoisonError::into_inner);
            endings.push((number, incarnation, ended));
        });
        self.running[slot] = Some(Running {
            process,
            release,
            task: task.abort_handle(),
            shutdown,
            since: self.world.with(|inner| (inner.now, inner.put_back)),
            view,
        });
    }

    fn engine(
        &self,
        process: &Arc<Process>,
        reports: mpsc::Receiver<runtime::ports::BuildReport>,
        progress: watch::Sender<Option<Progress>>,
    ) -> Engine {
        let store: Arc<dyn Store> = Arc::new(FaultyStore {
            world: Arc::clone(&self.world),
            process: Arc::clone(process),
            store: Arc::clone(&self.store),
        });
        let ports = Arc::new(Ports {
            world: Arc::clone(&self.world),
            process: Arc::clone(process),
        });
        let performer = ReleasePerformer::new(
            Arc::clone(&store),
            Arc::clone(&ports) as _,
            Arc::clone(&ports) as _,
        );
        Engine {
            store,
            clock: Arc::clone(&ports) as _,
            tenancy: match self.world.script.hosting {
                Hosting::Own => Tenancy::Sole,
                Hosting::Elsewhere => Tenancy::Shared,
            },
            backend: ports,
            performer: Arc::new(performer),
            pull_requests: None,
            reports,
            runners: self.world.script.runners,
            owner: process.owner(),
            progress,
        }
    }

    /// Ends a process at once.
    pub(crate) fn kill(&mut self, number: u32) {
        if let Some(running) = &self.running[number as usize] {
            running.process.kill();
        }
        self.reap();
    }

    /// Asks a process to end in good order.
    pub(crate) fn terminate(&mut self, number: u32) {
        if let Some(running) = &self.running[number as usize] {
            self.world.with(|inner| inner.mark(Mark::WoundDown));
            running.shutdown.send_replace(true);
        }
    }

    /// Compares what living processes show with what is.
    pub(crate) fn compare_views(&mut self) {
        let views = self.running.iter_mut().flatten();
        for view in views.filter_map(|running| running.view.as_mut()) {
            let shown = view.shown.borrow();
            let Some(shown) = shown.as_ref().filter(|shown| shown.revision != view.compared) else {
                continue;
            };
            view.compared = shown.revision;
            self.world.with(|inner| {
                let truth = inner.oracle.state(&shown.release);
                let truth = truth.filter(|state| state.revision() == shown.revision);
                if truth.is_some_and(|state| Progress::of(state).as_ref() != Some(shown)) {
                    let what = format!("what is shown of {} is not what is", shown.release);
                    inner.violated(Violation::of("E7", what));
                }
            });
        }
    }

    /// Buries the dead, hears those that ended, and calls successors.
    pub(crate) fn reap(&mut self) {
        for number in 0..self.running.len() {
            let dead = self.running[number]
                .as_ref()
                .is_some_and(|running| !running.process.is_alive());
            if dead {
                self.bury(number);
            }
        }
        let ended = std::mem::take(&mut *self.endings.lock().unwrap_or_else(PoisonError::into_inner));
        for (number, incarnation, outcome) in ended {
            let slot = number as usize;
            let release = self.running[slot]
                .as_ref()
                .filter(|running| running.process.incarnation == incarnation)
                .map(|running| running.release);
            if let Some(release) = release {
                self.hear(slot, release, outcome);
            }
        }
    }

    fn bury(&mut self, number: usize) {
        let Some(running) = self.running[number].take() else {
            return;
        };
        running.task.abort();
        let incarnation = u64::from(running.process.incarnation);
        self.world.with(|inner| {
            inner.tell("process is gone", &[&running.process.owner()]);
            inner.channels.remove(&running.process.number);
            // What it held is free when its leases are over, and whoever looks sees that.
            inner.after(INBOX_LEASE_MILLISECONDS, Happening::Look);
        });
        running.process.kill();
        let pause = self
            .world
            .draw
            .named("restart")
            .nth(incarnation)
            .between(100, 20_000);
        self.call(number, pause);
    }

    /// Who has the store to himself and says that nothing is left to be done has looked behind his last step.
    fn ends_with_a_look(&self, number: usize) {
        let Some(running) = self.running[number].as_ref() else {
            return;
        };
        let owner = running.process.owner();
        let own = self.world.script.hosting == Hosting::Own;
        self.world.with(|inner| {
            if own && !inner.oracle.waiting.has_looked(&owner) {
                let what = format!("{owner} goes without a look behind its last step");
                inner.violated(Violation::of("E9", what));
            }
        });
    }

    fn hear(&mut self, number: usize, release: usize, outcome: Result<Ended, RuntimeError>) {
        self.world
            .with(|inner| inner.tell("process ends", &[&format!("{outcome:?}")]));
        match &outcome {
            Ok(Ended::AtRest(_) | Ended::NeverStarted) => {
                self.wanted[release] = false;
                self.ends_with_a_look(number);
            }
            Ok(Ended::Interrupted) => {}
            Err(error) => {
                if let Some(violation) = breach(error) {
                    self.world.with(|inner| inner.violated(violation));
                }
            }
        }
        self.bury(number);
    }

    /// The end of the run.
    pub(crate) fn end_all(&mut self) {
        for running in self.running.iter_mut().filter_map(Option::take) {
            running.process.kill();
            running.task.abort();
        }
    }
}

/// A process may only fail because of what the world did to it.
fn breach(error: &RuntimeError) -> Option<Violation> {
    match error {
        RuntimeError::Store(error) | RuntimeError::Effect(EffectError::Store(error)) => of_store(error),
        // The ports say so when the world made them fail.
        RuntimeError::Port { .. } | RuntimeError::Remains { .. } | RuntimeError::InDoubt { .. } => None,
        RuntimeError::Invariant { source, .. } => Some(Violation::of(source.id, source.to_string())),
        RuntimeError::Corrupt { source, .. } => Some(Violation::of("H2", source.to_string())),
        RuntimeError::Encode { .. }
        | RuntimeError::Decode { .. }
        | RuntimeError::UnknownVersion { .. }
        | RuntimeError::NoSuchRelease { .. }
        | RuntimeError::NotOfARelease { .. }
        | RuntimeError::Contended { .. }
        | RuntimeError::TaskDied { .. }
        | RuntimeError::File { .. } => Some(Violation::of("E7", format!("a process gives up: {error:?}"))),
    }
}

fn of_store(error: &StoreError) -> Option<Violation> {
    let lost = error.to_string().contains("the connection is lost");
    (!lost).then(|| Violation::of("H1", format!("a process gives up: {error}")))
}
