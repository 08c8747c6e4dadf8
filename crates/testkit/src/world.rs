//! The world of one run: its time, what will happen when, and the record of what did. Whoever acts in it does so through
//! [`World::with`]; nothing in here waits.

use crate::builds::Builds;
use crate::draw::{Draw, TraceHash};
use crate::marks::Mark;
use crate::oracle::{Oracle, Violation};
use crate::plan::{Planned, planned};
use crate::process::Process;
use crate::reach::Pair;
use crate::script::{Aim, FaultKind, Hosting, Order, PortFault, ReportFault, Script, StoreFault, TurnFault};
use crate::shelf::Shelf;
use domain_types::{BuildId, CommandId, Timestamp};
use orchestrator::Event;
use runtime::ports::BuildReport;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// When the world begins: the same for every run, so that traces can be compared.
const BEGINNING_MILLISECONDS: i64 = 1_764_000_000_000;

/// Milliseconds within which whoever looks regularly looks again: waits no longer than this are looks, and need not make
/// the world turn unless there is something to see.
pub(crate) const LOOK_MILLISECONDS: u64 = 200;

/// Something that will happen at a time.
#[derive(Debug)]
pub(crate) enum Happening {
    /// Somebody waited for this.
    Wake(oneshot::Sender<()>),
    /// A queued build begins.
    BuildBegins(BuildId),
    /// A build ends.
    BuildEnds(BuildId),
    /// A report arrives.
    Report(BuildId, Event),
    /// Somebody looks whether a report arrived.
    Recheck(BuildId, Event),
    /// A person asks for something.
    Order(Order),
    /// A release is asked for.
    Start(usize),
    /// Whoever looks regularly may see something new: a lease of the dead has run out.
    Look,
    /// A process starts, again.
    Process(u32),
}

/// What went wrong between a report's way out and in, a call's begin and end, two turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Site {
    Store,
    Aim,
    Port,
    Report,
    Turn,
}

/// A moment of a commit at which a process may be cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrashPoint {
    /// Dead before it.
    Before,
    /// Dead after it.
    After,
    /// Told that it failed, and it had not been done.
    UnknownNotDone,
    /// Told that it failed, and it had been done.
    UnknownDone,
}

/// Everything that changes.
pub(crate) struct Inner {
    pub(crate) now: u64,
    pub(crate) jump: i64,
    /// Of these, milliseconds by which the clock will be put back when the next retry is put off.
    pub(crate) ahead: i64,
    /// Milliseconds by which the clock was put back so far.
    pub(crate) put_back: u64,
    sequence: u64,
    pub(crate) queue: BTreeMap<(u64, u64), Happening>,
    /// When the last step was committed.
    pub(crate) committed_at: u64,
    /// Calls of the store that may have changed something.
    pub(crate) calls: u64,
    /// Who looks regularly, by the time of the next look: a wait lasts as long as it was meant to, whatever the clock shows meanwhile.
    looks: BTreeMap<(u64, u64), oneshot::Sender<()>>,
    /// Until when those who look have to be woken: something was written that they may see.
    stirred_until: Option<u64>,
    /// Where the script leads its release, until it got there.
    aim: Option<Aim>,
    faults: BTreeMap<(Site, u32), FaultKind>,
    occasions: BTreeMap<Site, u32>,
    pub(crate) fired: u64,
    pub(crate) hash: TraceHash,
    pub(crate) events: u64,
    story: Option<Vec<String>>,
    pub(crate) marks: BTreeSet<Mark>,
    pub(crate) reached: BTreeSet<(Pair, CrashPoint)>,
    pub(crate) violation: Option<Violation>,
    pub(crate) oracle: Oracle,
    /// Who is stuck with which intent, and does not renew its lease.
    pub(crate) stuck: BTreeSet<(String, CommandId)>,
    /// Milliseconds for which somebody will be stuck as soon as he may.
    pub(crate) postponed: Option<u32>,
    /// Orders that wait for a phase.
    pub(crate) waiting_orders: Vec<Order>,
    pub(crate) builds: Builds,
    pub(crate) shelf: Shelf,
    /// Where living processes take reports.
    pub(crate) channels: BTreeMap<u32, (Arc<Process>, mpsc::Sender<BuildReport>)>,
}

/// The world of one run.
pub(crate) struct World {
    pub(crate) script: Script,
    pub(crate) plans: Vec<Planned>,
    pub(crate) draw: Draw,
    inner: Mutex<Inner>,
}

impl World {
    pub(crate) fn of(script: &Script, told: bool) -> Arc<Self> {
        let plans = planned(script);
        let faults = script
            .faults
            .iter()
            .map(|fault| ((site(fault.what), fault.nth), fault.what))
            .collect();
        let inner = Inner {
            now: 0,
            jump: 0,
            ahead: 0,
            put_back: 0,
            sequence: 0,
            queue: BTreeMap::new(),
            committed_at: 0,
            calls: 0,
            looks: BTreeMap::new(),
            stirred_until: None,
            aim: script.aim.clone(),
            faults,
            occasions: BTreeMap::new(),
            fired: 0,
            hash: TraceHash::new(),
            events: 0,
            story: told.then(Vec::new),
            marks: BTreeSet::new(),
            reached: BTreeSet::new(),
            violation: None,
            oracle: Oracle::new(&plans),
            stuck: BTreeSet::new(),
            postponed: None,
            waiting_orders: Vec::new(),
            builds: Builds::default(),
            shelf: Shelf::default(),
            channels: BTreeMap::new(),
        };
        Arc::new(Self {
            script: script.clone(),
            plans,
            draw: Draw::of(script.seed),
            inner: Mutex::new(inner),
        })
    }

    /// The only way to touch what changes. Never held across a wait.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the clock shows.
    pub(crate) fn clock(&self) -> Timestamp {
        self.with(|inner| inner.clock())
    }

    /// Returns so many milliseconds later.
    pub(crate) async fn sleep(&self, milliseconds: u64) {
        let (wake, woken) = oneshot::channel();
        self.with(|inner| inner.after(milliseconds, Happening::Wake(wake)));
        // An error means that the run is over.
        if woken.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Returns after as long as it is until the clock should show `due`, or a little later when nothing was to be seen.
    pub(crate) async fn wait_until(&self, due: Timestamp) {
        let (wake, woken) = oneshot::channel();
        let own = self.script.hosting == Hosting::Own;
        self.with(|inner| {
            let sleep = due.milliseconds_since(inner.clock());
            if own && sleep > LOOK_MILLISECONDS {
                let what = format!("somebody sleeps for {sleep} ms, and hears no order meanwhile");
                inner.violated(Violation::of("E9", what));
            }
            inner.wait(due, wake);
        });
        if woken.await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn site(what: FaultKind) -> Site {
    match what {
        FaultKind::Store(_) => Site::Store,
        FaultKind::Aimed(_) => Site::Aim,
        FaultKind::Port(_) => Site::Port,
        FaultKind::Report(_) => Site::Report,
        FaultKind::Turn(_) => Site::Turn,
    }
}

impl Inner {
    pub(crate) fn clock(&self) -> Timestamp {
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        Timestamp::from_milliseconds(BEGINNING_MILLISECONDS + now + self.jump)
    }

    /// The clock jumps by so many milliseconds.
    pub(crate) fn jump(&mut self, milliseconds: i64) {
        self.jump += milliseconds;
        if milliseconds < 0 {
            self.mark(Mark::ClockBack);
            self.put_back += milliseconds.unsigned_abs();
        }
        // What was to come is due now, and whoever looks sees it.
        self.stir();
    }

    /// Puts a clock that runs ahead back, if it is time for that.
    pub(crate) fn fit_ends(&mut self) -> bool {
        let ends = self.ahead > 0 && self.oracle.waits_to_retry();
        if ends {
            let ahead = std::mem::take(&mut self.ahead);
            self.jump(-ahead);
        }
        ends
    }

    /// The time of the world at which the clock shows this.
    pub(crate) fn time_of(&self, shown: Timestamp) -> u64 {
        let ahead = shown.milliseconds() - BEGINNING_MILLISECONDS - self.jump;
        u64::try_from(ahead).unwrap_or(0)
    }

    pub(crate) fn after(&mut self, milliseconds: u64, happening: Happening) {
        self.sequence += 1;
        let key = (self.now.saturating_add(milliseconds), self.sequence);
        self.queue.insert(key, happening);
    }

    fn wait(&mut self, due: Timestamp, wake: oneshot::Sender<()>) {
        let ahead = due.milliseconds_since(self.clock());
        // What is overdue, because something took its time meanwhile, is due at once.
        if ahead == 0 || ahead > LOOK_MILLISECONDS {
            return self.after(ahead, Happening::Wake(wake));
        }
        self.sequence += 1;
        self.looks.insert((self.now + ahead, self.sequence), wake);
    }

    /// When those who look have to be woken because of what was written.
    pub(crate) fn next_stirred_look(&mut self) -> Option<u64> {
        self.stirred_until.and(self.next_look())
    }

    /// Wakes everybody whose look is due.
    pub(crate) fn wake_lookers(&mut self) {
        if self.stirred_until.is_some_and(|until| until <= self.now) {
            self.stirred_until = None;
        }
        while let Some(entry) = self.looks.first_entry() {
            if entry.key().0 > self.now {
                break;
            }
            // Whoever is gone does not look any more.
            let _ = entry.remove().send(());
        }
    }

    /// The time of the next look of whoever looks regularly.
    pub(crate) fn next_look(&self) -> Option<u64> {
        let ((due, _), _) = self.looks.first_key_value()?;
        Some((*due).max(self.now))
    }

    /// A row that waits while somebody sleeps until he looks again, and nothing has happened that would make him look soon: who has
    /// the store to himself has forgotten it.
    pub(crate) fn forgotten(&self) -> Option<&str> {
        let sleeps = self.looks.values().any(|wake| !wake.is_closed());
        let row = self.oracle.waiting.row()?;
        (sleeps && self.stirred_until.is_none()).then_some(row)
    }

    /// Something was written that others may see.
    pub(crate) fn stir(&mut self) {
        self.stirred_until = Some(self.now + LOOK_MILLISECONDS);
    }

    fn fault(&mut self, site: Site) -> Option<FaultKind> {
        if self.aim.is_some() {
            return None;
        }
        let occasion = self.occasions.entry(site).or_default();
        let fault = self.faults.get(&(site, *occasion)).copied();
        *occasion += 1;
        if fault.is_some() {
            self.fired += 1;
            self.tell("fault", &[&format!("{fault:?}")]);
        }
        fault
    }

    /// Whether the script leads its release somewhere, and it has not been there.
    pub(crate) fn has_aim(&self) -> bool {
        self.aim.is_some()
    }

    /// What goes wrong with a step of this kind, if it is the first one of the script's aim.
    pub(crate) fn aimed_fault(&mut self, pair: &Pair) -> Option<StoreFault> {
        self.aim.take_if(|aim| aim.is(pair))?;
        match self.fault(Site::Aim) {
            Some(FaultKind::Aimed(fault)) => Some(fault),
            Some(FaultKind::Store(_) | FaultKind::Port(_) | FaultKind::Report(_) | FaultKind::Turn(_))
            | None => None,
        }
    }

    pub(crate) fn store_fault(&mut self) -> Option<StoreFault> {
        match self.fault(Site::Store) {
            Some(FaultKind::Store(fault)) => Some(fault),
            Some(FaultKind::Aimed(_) | FaultKind::Port(_) | FaultKind::Report(_) | FaultKind::Turn(_))
            | None => None,
        }
    }

    pub(crate) fn port_fault(&mut self) -> Option<PortFault> {
        match self.fault(Site::Port) {
            Some(FaultKind::Port(fault)) => Some(fault),
            Some(FaultKind::Store(_) | FaultKind::Aimed(_) | FaultKind::Report(_) | FaultKind::Turn(_))
            | None => None,
        }
    }

    pub(crate) fn report_fault(&mut self) -> Option<ReportFault> {
        match self.fault(Site::Report) {
            Some(FaultKind::Report(fault)) => Some(fault),
            Some(FaultKind::Store(_) | FaultKind::Aimed(_) | FaultKind::Port(_) | FaultKind::Turn(_))
            | None => None,
        }
    }

    pub(crate) fn turn_fault(&mut self) -> Option<TurnFault> {
        match self.fault(Site::Turn) {
            Some(FaultKind::Turn(fault)) => Some(fault),
            Some(FaultKind::Store(_) | FaultKind::Aimed(_) | FaultKind::Port(_) | FaultKind::Report(_))
            | None => None,
        }
    }

    /// Records that something happened: into the sum, and into the story if one is told.
    pub(crate) fn tell(&mut self, what: &str, words: &[&str]) {
        self.events += 1;
        self.hash.add(what);
        words.iter().for_each(|word| self.hash.add(word));
        self.hash.add_number(self.now);
        if let Some(story) = &mut self.story {
            let seconds = self.now / 1_000;
            let line = format!("{seconds:>6}.{:03} {what} {}", self.now % 1_000, words.join(" "));
            story.push(line);
        }
    }

    pub(crate) fn take_story(&mut self) -> Vec<String> {
        self.story.take().unwrap_or_default()
    }

    /// The first violation counts.
    pub(crate) fn violated(&mut self, violation: Violation) {
        self.tell("VIOLATION", &[violation.invariant, &violation.what]);
        self.violation.get_or_insert(violation);
    }

    /// Notes what a check found.
    pub(crate) fn check(&mut self, outcome: Result<(), Violation>) {
        if let Err(violation) = outcome {
            self.violated(violation);
        }
    }

    pub(crate) fn mark(&mut self, mark: Mark) {
        self.marks.insert(mark);
    }
}
