//! The play of one script: the world turns, processes live in it, and at the end it heals and comes to rest.
//!
//! Everything runs on one thread and in one order. A turn lets everybody go on until all of them wait; then time moves to
//! the next thing that happens.

use crate::builds;
use crate::marks::Mark;
use crate::oracle::Violation;
use crate::people;
use crate::plan::RUNNING_SECONDS_MAX;
use crate::processes::Processes;
use crate::reach::Pair;
use crate::script::{Hosting, ReportFault, Script, TurnFault};
use crate::standstill::at_once;
use crate::verdict;
use crate::world::{CrashPoint, Happening, LOOK_MILLISECONDS, World};
use domain_types::{BuildId, Timestamp};
use orchestrator::Event;
use runtime::ports::BuildReport;
use std::collections::BTreeSet;
use std::sync::Arc;
use storage::Store;

/// Turns of one run: far more than any script needs. A run that gets here goes round in circles.
const TURNS_MAX: u32 = 60_000;

/// Milliseconds that no timer is set for longer.
const TIMER_MILLISECONDS_MAX: u64 = 1_000 * RUNNING_SECONDS_MAX + LOOK_MILLISECONDS;

/// Milliseconds after which a report that did not arrive is looked for, as a reconciler does.
const RECHECK_MILLISECONDS: u64 = 60_000;

/// Milliseconds after which the lease of a dead process on an inbox row has run out.
pub(crate) const INBOX_LEASE_MILLISECONDS: u64 = 31_000;

/// What came of a run.
#[derive(Debug, Clone)]
pub struct Played {
    /// Things that happened.
    pub events: u64,
    /// Faults that came to pass.
    pub faults: u64,
    /// The sum over the whole trace.
    pub hash: u64,
    /// The first invariant that did not hold.
    pub violation: Option<Violation>,
    /// Rare paths taken.
    pub marks: BTreeSet<Mark>,
    /// Steps at which a crash happened.
    pub reached: BTreeSet<(Pair, CrashPoint)>,
    /// What each release came to.
    pub ends: Vec<verdict::End>,
    /// The story, if it was asked for.
    pub story: Vec<String>,
}

/// Whether the story is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telling {
    Silent,
    Told,
}

pub(crate) struct Stage {
    pub(crate) world: Arc<World>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) processes: Processes,
    /// Retries that are still asked for at the end.
    pub(crate) retries_left: u32,
    /// Times that somebody still comes back to a release at rest for what is owed to it.
    pub(crate) visits_left: u32,
    /// What had happened when we last waited for leases to run out: steps, and starts of processes.
    waited_at: Option<(u64, u64)>,
    /// What the store last said that it has for whoever looks.
    foreseen: Option<Foreseen>,
}

/// What the store has for whoever looks, as long as nobody writes.
#[derive(Debug, Clone, Copy)]
struct Foreseen {
    /// Calls of the store before.
    calls: u64,
    /// When it was asked, on the clock's face.
    asked: Timestamp,
    timer: Option<Timestamp>,
    intent: Option<Timestamp>,
}

impl Foreseen {
    /// An answer is good for as long as it is in the future.
    fn is_good(&self, calls: u64, clock: Timestamp) -> bool {
        self.calls == calls && self.asked <= clock && self.intent.is_none_or(|next| clock < next)
    }
}

/// Plays a script on a store that holds nothing yet.
pub(crate) async fn play(script: &Script, store: Arc<dyn Store>, telling: Telling) -> Played {
    let world = World::of(script, telling == Telling::Told);
    let mut stage = Stage {
        processes: Processes::new(Arc::clone(&world), Arc::clone(&store)),
        store,
        retries_left: people::retries(script),
        visits_left: people::retries(script),
        waited_at: None,
        foreseen: None,
        world,
    };
    stage.raise_the_curtain();
    stage.turn_until_rest().await;
    stage.processes.end_all();
    tokio::task::yield_now().await;
    let ends = verdict::ends(&stage.world, &*stage.store);
    stage.world.with(|inner| Played {
        events: inner.events,
        faults: inner.fired,
        hash: inner.hash.value(),
        violation: inner.violation.clone(),
        marks: inner.marks.clone(),
        reached: inner.reached.clone(),
        ends,
        story: inner.take_story(),
    })
}

impl Stage {
    fn raise_the_curtain(&self) {
        let script = &self.world.script;
        self.world.with(|inner| {
            for (index, release) in script.releases.iter().enumerate() {
                inner.after(release.starts_at, Happening::Start(index));
            }
            for order in script.orders.iter().filter(|order| order.upon.is_none()) {
                inner.after(order.at, Happening::Order(order.clone()));
            }
            inner.waiting_orders = script
                .orders
                .iter()
                .filter(|order| order.upon.is_some())
                .cloned()
                .collect();
        });
    }

    async fn turn_until_rest(&mut self) {
        for _ in 0..TURNS_MAX {
            // Returns when everybody waits.
            tokio::task::yield_now().await;
            self.processes.reap();
            if self.world.with(|inner| inner.violation.is_some()) {
                return;
            }
            self.processes.compare_views();
            self.go_wrong();
            people::seize_the_moment(self);
            match self.next() {
                Some(happening) => self.happen(happening),
                None if self.wait_for_leases() => {}
                None => {
                    if !people::heal(self) {
                        return;
                    }
                }
            }
        }
        let what = format!("the releases do not come to rest within {TURNS_MAX} turns");
        self.world.with(|inner| inner.violated(Violation::of("E9", what)));
    }

    /// What befalls processes and clocks between two turns.
    fn go_wrong(&mut self) {
        if self.world.with(|inner| inner.fit_ends()) {
            self.processes.kill(0);
        }
        match self.world.with(|inner| inner.turn_fault()) {
            Some(TurnFault::Kill(number)) => self.processes.kill(number % self.world.script.processes),
            Some(TurnFault::Terminate(number)) => {
                self.processes.terminate(number % self.world.script.processes)
            }
            Some(TurnFault::Jump(milliseconds)) => {
                self.world.with(|inner| inner.jump(i64::from(milliseconds)));
            }
            Some(TurnFault::Fit(milliseconds)) => self.world.with(|inner| {
                inner.ahead += i64::from(milliseconds);
                inner.jump(i64::from(milliseconds));
            }),
            None => {}
        }
    }

    /// Moves time to whatever comes next, and takes it. None: nothing comes any more.
    fn next(&mut self) -> Option<Option<Happening>> {
        let awaited = self.awaited();
        let late = self.lateness();
        let own = self.world.script.hosting == Hosting::Own;
        self.world.with(|inner| {
            if let Some(row) = inner.forgotten().filter(|_| own) {
                let what = format!("{row} waits, and whoever wrote it does not look");
                inner.violated(Violation::of("E9", what));
            }
            let queued = inner.queue.first_key_value().map(|((at, _), _)| *at);
            let stirred = inner.next_stirred_look();
            let awaited = awaited.and_then(|at| inner.next_look().map(|look| at.max(look)));
            let looked = [stirred, awaited].into_iter().flatten().min();
            let at = [queued, looked].into_iter().flatten().min()?;
            if let Some((_, late)) = late.filter(|(due, late)| *due <= at && *late > 0) {
                let what = format!("a timer is due {} s later than anything takes", late / 1_000);
                inner.violated(Violation::of("E9", what));
            }
            inner.now = inner.now.max(at);
            if looked.is_some_and(|at| at <= inner.now) {
                inner.wake_lookers();
            }
            let due = queued.is_some_and(|queued| queued <= inner.now);
            Some(
                due.then(|| inner.queue.pop_first().map(|(_, happening)| happening))
                    .flatten(),
            )
        })
    }

    /// When the store has something for whoever looks: a timer is due, a lease runs out.
    fn awaited(&mut self) -> Option<u64> {
        if !self.processes.any_running() {
            return None;
        }
        let (clock, calls) = self.world.with(|inner| (inner.clock(), inner.calls));
        let foreseen = match self.foreseen {
            Some(foreseen) if foreseen.is_good(calls, clock) => foreseen,
            Some(_) | None => Foreseen {
                calls,
                asked: clock,
                timer: at_once(self.store.next_timer()).ok().flatten(),
                intent: at_once(self.store.next_intent(clock)).ok().flatten(),
            },
        };
        self.foreseen = Some(foreseen);
        let next = [foreseen.timer, foreseen.intent].into_iter().flatten().min()?;
        Some(self.world.with(|inner| inner.time_of(next)))
    }

    /// When the first timer is due, and how much later than whoever has the store to himself would have it: he goes by the clock as
    /// he found it, whatever it showed before.
    fn lateness(&self) -> Option<(u64, u64)> {
        if self.world.script.hosting != Hosting::Own {
            return None;
        }
        let (since, put_back) = self.processes.latest()?;
        let timer = self.foreseen?.timer?;
        self.world.with(|inner| {
            let due = inner.time_of(timer);
            let moved = inner.put_back - put_back;
            let latest = since.max(inner.committed_at) + TIMER_MILLISECONDS_MAX + moved;
            Some((due, due.saturating_sub(latest)))
        })
    }

    /// Rows that a dead process had claimed are nobody's for a while; nothing tells when.
    fn wait_for_leases(&mut self) -> bool {
        let happened = (self.steps(), self.processes.starts());
        if self.waited_at == Some(happened) {
            return false;
        }
        self.waited_at = Some(happened);
        self.world.with(|inner| {
            // A lease lasts longer by what the clock was put back.
            inner.after(INBOX_LEASE_MILLISECONDS + inner.put_back, Happening::Look);
        });
        true
    }

    /// Steps committed so far.
    fn steps(&self) -> u64 {
        self.world.with(|inner| {
            let revisions = inner
                .oracle
                .shadows
                .values()
                .map(|shadow| shadow.state.revision());
            revisions.sum()
        })
    }

    fn happen(&mut self, happening: Option<Happening>) {
        let Some(happening) = happening else { return };
        match happening {
            // Whoever is gone does not wait any more.
            Happening::Wake(wake) => _ = wake.send(()),
            Happening::Look => self.world.with(|inner| inner.stir()),
            Happening::BuildBegins(build) => builds::begins(&self.world, &build),
            Happening::BuildEnds(build) => builds::ends(&self.world, &build),
            Happening::Report(build, event) => self.report(&build, event),
            Happening::Recheck(build, event) => self.recheck(&build, event),
            Happening::Order(order) => people::order(self, &order),
            Happening::Start(release) => people::start(self, release),
            Happening::Process(number) => self.processes.start(number),
        }
    }

    fn report(&self, build: &BuildId, event: Event) {
        let outside = self.world.script.hosting == Hosting::Elsewhere;
        let fault = match outside {
            true => self.world.with(|inner| inner.report_fault()),
            false => None,
        };
        match fault {
            Some(ReportFault::Lost) => self.later(RECHECK_MILLISECONDS, build, event),
            Some(ReportFault::Late(milliseconds)) => self.later(milliseconds.into(), build, event),
            Some(ReportFault::Twice(milliseconds)) => {
                self.world.with(|inner| {
                    inner.mark(Mark::ReportTwice);
                    inner.after(
                        milliseconds.into(),
                        Happening::Report(build.clone(), event.clone()),
                    );
                });
                self.deliver(build, event);
            }
            None => self.deliver(build, event),
        }
    }

    fn later(&self, milliseconds: u64, build: &BuildId, event: Event) {
        self.world
            .with(|inner| inner.after(milliseconds, Happening::Recheck(build.clone(), event)));
    }

    /// As a reconciler does: what is not in the inbox and still awaited is reported again.
    fn recheck(&self, build: &BuildId, event: Event) {
        let key = format!("report/{}/{build}/{}", build.release, event.label());
        let awaited = self.world.with(|inner| {
            let awaited = inner
                .oracle
                .state(&build.release)
                .and_then(|state| state.node(&build.node))
                .is_some_and(|node| node.state.is_in_flight() && node.attempt_number() == build.attempt);
            let missing = !inner.oracle.stored.contains_key(&key);
            if awaited && missing {
                inner.mark(Mark::ReportFoundAgain);
            }
            awaited && missing
        });
        if awaited {
            self.deliver(build, event);
        }
    }

    fn deliver(&self, build: &BuildId, event: Event) {
        let number = self.world.draw.named("door").named(&build.to_string()).below(16);
        let report = BuildReport {
            build: build.clone(),
            event: event.clone(),
        };
        self.world.with(|inner| {
            let alive = || inner.channels.values().filter(|(process, _)| process.is_alive());
            let parent = inner.builds.parent(build);
            // Where the script has an aim, a report comes to somebody else than who waits for the begin, if it can.
            let others = self.world.script.aim.is_some() && alive().count() > 1;
            let doors: Vec<_> = alive()
                .filter(|(process, _)| !others || Some((process.number, process.incarnation)) != parent)
                .map(|(_, sender)| sender.clone())
                .collect();
            let door = doors.get(usize::try_from(number).unwrap_or(0) % doors.len().max(1));
            let words = [build.to_string(), event.label().to_owned()];
            inner.tell("reported", &[&words[0], &words[1]]);
            if matches!(event, Event::BuildSucceeded { .. } | Event::BuildFailed { .. }) {
                inner.builds.told.insert(build.clone());
            }
            // A full or closed door is one that a later look makes good for.
            if let Some(door) = door {
                let _ = door.try_send(report);
            }
        });
        if self.world.script.hosting == Hosting::Elsewhere {
            self.later(RECHECK_MILLISECONDS, build, event);
        }
    }
}
