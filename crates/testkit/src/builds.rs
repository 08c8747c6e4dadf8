//! The builds of the world, whoever asked for them. Nothing is asked for twice without being recorded twice: this is the
//! truth that is compared with what the store believes.

use crate::draw::Draw;
use crate::marks::Mark;
use crate::oracle::Violation;
use crate::plan::{build_milliseconds, output_of, reuse_key};
use crate::script::{Fate, Hosting, NodeScript, Outcome};
use crate::world::{Happening, Inner, World};
use domain_types::{BuildId, NodeId, ReleaseId};
use orchestrator::{Event, Failure, FailureKind, State};
use runtime::ports::{Begun, BuildOrder, Recovered};
use std::collections::{BTreeMap, BTreeSet};

/// Where a build of the world stands.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Standing {
    Queued,
    Running,
    Ended(Event),
    Stopped,
}

#[derive(Debug, Clone)]
struct WorldBuild {
    order: BuildOrder,
    /// The process whose child it is, and which start of it.
    parent: (u32, u32),
    standing: Standing,
    outcome: Outcome,
    milliseconds: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Builds {
    all: BTreeMap<BuildId, WorldBuild>,
    /// Whose output exists: built, or taken from an earlier release.
    pub(crate) given: BTreeSet<(ReleaseId, NodeId)>,
    /// Whose end was told to whoever listens.
    pub(crate) told: BTreeSet<BuildId>,
    /// Looks at a node's builds that failed because nobody could see them.
    blind_looks: BTreeMap<(ReleaseId, NodeId), u32>,
}

impl Builds {
    fn alive(&self) -> impl Iterator<Item = (&BuildId, &WorldBuild)> {
        self.all
            .iter()
            .filter(|(_, build)| matches!(build.standing, Standing::Queued | Standing::Running))
    }

    /// Builds that run or wait for a runner.
    pub(crate) fn alive_ids(&self) -> impl Iterator<Item = &BuildId> {
        self.alive().map(|(id, _)| id)
    }

    /// The first build of a release whose node is in this state, if it runs or waits for a runner.
    pub(crate) fn of_node_in(&self, state: &State, label: &str) -> Option<BuildId> {
        let release = &state.spec()?.id;
        let mut nodes = state.nodes().filter(|(_, node)| node.state.label() == label);
        nodes.find_map(|(spec, node)| {
            let build = BuildId {
                release: release.clone(),
                node: spec.id.clone(),
                attempt: node.attempt_number(),
            };
            self.alive().any(|(id, _)| *id == build).then_some(build)
        })
    }

    /// The process whose child it was, and which start of it, if it ended by itself and that was told.
    pub(crate) fn ended_under(&self, build: &BuildId) -> Option<(u32, u32)> {
        let found = self.all.get(build)?;
        let is_told = matches!(found.standing, Standing::Ended(_)) && self.told.contains(build);
        is_told.then_some(found.parent)
    }

    /// The process that asked for it, and which start of it.
    pub(crate) fn parent(&self, build: &BuildId) -> Option<(u32, u32)> {
        self.all.get(build).map(|found| found.parent)
    }

    /// Attempts of a node that ended and were not cut off.
    pub(crate) fn ended(&self, release: &ReleaseId, node: &NodeId) -> u64 {
        let same = |id: &BuildId| id.release == *release && id.node == *node;
        let ended = self.all.iter().filter(|(id, other)| {
            same(id) && (matches!(other.standing, Standing::Ended(_)) || other.outcome != Outcome::Succeeds)
        });
        ended.count() as u64
    }
}

fn script_of<'a>(world: &'a World, build: &BuildId) -> Option<&'a NodeScript> {
    let mut plans = world.plans.iter();
    let release = plans.position(|plan| plan.spec.id == build.release)?;
    let position = *world.plans[release].positions.get(&build.node)?;
    world.script.releases[release].nodes.get(position)
}

/// A look at a build that nobody can see yet.
pub(crate) fn look_fails(world: &World, build: &BuildId) -> bool {
    let blind = script_of(world, build).map_or(0, |script| script.blind);
    world.with(|inner| {
        let node = (build.release.clone(), build.node.clone());
        let failed = inner.builds.blind_looks.entry(node).or_default();
        *failed += 1;
        *failed <= blind
    })
}

fn outcome(world: &World, order: &BuildOrder, nth: u64) -> Outcome {
    let Some(script) = script_of(world, &order.build) else {
        return Outcome::Succeeds;
    };
    // A process of our own waits for nobody: it starts, and a script that says otherwise says nothing.
    let own = world.script.hosting == Hosting::Own;
    let succeeds = |outcome: &Outcome| match outcome {
        Outcome::Succeeds => true,
        Outcome::NeverStarts => own,
        Outcome::Fails(_) | Outcome::Hangs => false,
    };
    let nth = usize::try_from(nth).unwrap_or(usize::MAX);
    // What has succeeded once succeeds again, though nobody may have heard of it: otherwise what a release comes to would
    // depend on who was listening, and could not be compared.
    if script.outcomes.iter().take(nth.saturating_add(1)).any(succeeds) {
        return Outcome::Succeeds;
    }
    let listed = script.outcomes.get(nth).copied();
    listed.unwrap_or_else(|| script.forever.map_or(Outcome::Succeeds, Outcome::Fails))
}

/// A build takes effect. It may never do so twice, nor before all that it needs.
pub(crate) fn begin(world: &World, order: &BuildOrder, parent: (u32, u32)) -> Begun {
    world.with(|inner| {
        let checked = check_begin(world, inner, order);
        inner.check(checked);
        let nth = inner.builds.ended(&order.build.release, &order.build.node);
        let outcome = outcome(world, order, nth);
        let queued = world.script.hosting == Hosting::Elsewhere
            && (outcome == Outcome::NeverStarts || draw(world, order, nth).named("queued").percent(50));
        let milliseconds = build_milliseconds(world.draw, &order.build.node, nth);
        let build = WorldBuild {
            order: order.clone(),
            parent,
            standing: if queued {
                Standing::Queued
            } else {
                Standing::Running
            },
            outcome,
            milliseconds,
        };
        inner.builds.all.insert(order.build.clone(), build);
        if queued && outcome != Outcome::NeverStarts {
            let wait = draw(world, order, nth).named("wait").between(100, 30_000);
            inner.after(wait, Happening::BuildBegins(order.build.clone()));
        } else if !queued && outcome != Outcome::Hangs {
            inner.after(milliseconds, Happening::BuildEnds(order.build.clone()));
        }
        let over = inner.oracle.over_capacity(&inner.builds, world.script.runners);
        inner.check(over);
        if queued { Begun::Queued } else { Begun::Running }
    })
}

fn draw(world: &World, order: &BuildOrder, nth: u64) -> Draw {
    world
        .draw
        .named(order.build.node.repository.as_str())
        .named(order.build.release.as_str())
        .nth(nth)
}

fn check_begin(world: &World, inner: &Inner, order: &BuildOrder) -> Result<(), Violation> {
    let build = &order.build;
    if inner.builds.all.contains_key(build) {
        return Err(Violation::of("F3", format!("{build} takes effect twice")));
    }
    inner.oracle.check_asked(build)?;
    let plan = world.plans.iter().find(|plan| plan.spec.id == build.release);
    let node = plan.and_then(|plan| plan.spec.nodes.iter().find(|node| node.id == build.node));
    let (Some(plan), Some(node)) = (plan, node) else {
        return Err(Violation::of("E2", format!("{build} is in no plan")));
    };
    for need in &node.needs {
        if !inner
            .builds
            .given
            .contains(&(build.release.clone(), need.clone()))
        {
            return Err(Violation::of(
                "E2",
                format!("{build} begins before {need} is there"),
            ));
        }
    }
    let expected: BTreeMap<_, _> = node
        .needs
        .iter()
        .map(|need| (need.clone(), plan.outputs[need].digest()))
        .collect();
    let given: BTreeMap<_, _> = order.needs.iter().cloned().collect();
    if expected != given || order.commit != node.commit {
        return Err(Violation::of(
            "G1",
            format!("{build} is built upon something else than planned"),
        ));
    }
    Ok(())
}

/// A queued build gets its runner.
pub(crate) fn begins(world: &World, build: &BuildId) {
    world.with(|inner| {
        let Some(found) = inner.builds.all.get_mut(build) else {
            return;
        };
        if found.standing != Standing::Queued {
            return;
        }
        found.standing = Standing::Running;
        let (hangs, milliseconds) = (found.outcome == Outcome::Hangs, found.milliseconds);
        if !hangs {
            inner.after(milliseconds, Happening::BuildEnds(build.clone()));
        }
        let event = Event::BuildStarted {
            node: build.node.clone(),
            attempt: build.attempt,
        };
        report(inner, build, event);
    });
}

/// A running build ends by itself.
pub(crate) fn ends(world: &World, build: &BuildId) {
    world.with(|inner| {
        let Some(found) = inner.builds.all.get_mut(build) else {
            return;
        };
        if found.standing != Standing::Running {
            return;
        }
        let event = end_of(found);
        found.standing = Standing::Ended(event.clone());
        let parent = found.parent;
        if matches!(event, Event::BuildSucceeded { .. }) {
            let given = (build.release.clone(), build.node.clone());
            inner.builds.given.insert(given);
        }
        inner.tell("build ends", &[&build.to_string(), event.label()]);
        let orphan = world.script.hosting == Hosting::Own
            && !inner
                .channels
                .values()
                .any(|(process, _)| (process.number, process.incarnation) == parent && process.is_alive());
        if orphan {
            inner.mark(Mark::OrphanEnded);
        } else {
            report(inner, build, event);
        }
    });
}

fn end_of(build: &WorldBuild) -> Event {
    let BuildId { node, attempt, .. } = build.order.build.clone();
    match build.outcome {
        Outcome::Fails(kind) => failed(&build.order.build, kind),
        Outcome::Succeeds | Outcome::Hangs | Outcome::NeverStarts => {
            let key = reuse_key(&node, &build.order.commit, &build.order.needs);
            Event::BuildSucceeded {
                node,
                attempt,
                output: output_of(key),
            }
        }
    }
}

/// A build meets the fate that the script has for it.
pub(crate) fn meet(world: &World, build: &BuildId, fate: Fate) {
    if fate == Fate::Begins {
        return begins(world, build);
    }
    world.with(|inner| {
        let Some(found) = inner.builds.all.get_mut(build) else {
            return;
        };
        let (node, attempt) = (build.node.clone(), build.attempt);
        let event = match fate {
            Fate::Begins | Fate::Succeeds => end_of(found),
            Fate::Fails(kind) => failed(build, kind),
            Fate::IsInterrupted => Event::BuildInterrupted { node, attempt },
        };
        found.standing = match fate {
            Fate::IsInterrupted => Standing::Stopped,
            Fate::Begins | Fate::Succeeds | Fate::Fails(_) => Standing::Ended(event.clone()),
        };
        if fate == Fate::Succeeds {
            let given = (build.release.clone(), build.node.clone());
            inner.builds.given.insert(given);
        }
        inner.tell("build meets its fate", &[&build.to_string(), event.label()]);
        report(inner, build, event);
    });
}

fn failed(build: &BuildId, kind: FailureKind) -> Event {
    Event::BuildFailed {
        node: build.node.clone(),
        attempt: build.attempt,
        failure: Failure::new(kind, "as the script says"),
    }
}

fn report(inner: &mut Inner, build: &BuildId, event: Event) {
    inner.after(0, Happening::Report(build.clone(), event));
}

/// What became of a build, as a successor finds it.
pub(crate) fn recover(world: &World, order: &BuildOrder) -> Recovered {
    let own = world.script.hosting == Hosting::Own;
    world.with(|inner| {
        let Some(found) = inner.builds.all.get_mut(&order.build) else {
            // Its gate was never opened; whether that can be told differs from backend to backend.
            return match own
                && world
                    .draw
                    .named("gate")
                    .nth(order.build.attempt.into())
                    .percent(50)
            {
                true => Recovered::Interrupted,
                false => Recovered::NotBegun,
            };
        };
        match (found.standing.clone(), own) {
            (Standing::Ended(event), _) => Recovered::Ended(event),
            (Standing::Queued, false) => Recovered::Alive(Begun::Queued),
            (Standing::Running, false) => Recovered::Alive(Begun::Running),
            (Standing::Queued | Standing::Running, true) => {
                found.standing = Standing::Stopped;
                found.outcome = Outcome::Succeeds;
                inner.mark(Mark::OrphanStopped);
                Recovered::Interrupted
            }
            (Standing::Stopped, _) => Recovered::Interrupted,
        }
    })
}

/// Ends a build, if it is not over.
pub(crate) fn stop(world: &World, build: &BuildId) {
    world.with(|inner| {
        if let Some(found) = inner.builds.all.get_mut(build)
            && matches!(found.standing, Standing::Queued | Standing::Running)
        {
            found.standing = Standing::Stopped;
            if matches!(found.outcome, Outcome::Fails(_)) {
                found.outcome = Outcome::Succeeds;
            }
            inner.tell("build is stopped", &[&build.to_string()]);
        }
    });
}

/// Ends all children of a process; answers those that were not over.
pub(crate) fn stop_children(world: &World, parent: (u32, u32)) -> Vec<BuildId> {
    let children: Vec<BuildId> = world.with(|inner| {
        let alive = inner.builds.alive();
        alive
            .filter(|(_, build)| build.parent == parent)
            .map(|(id, _)| id.clone())
            .collect()
    });
    for build in &children {
        stop(world, build);
        world.with(|inner| {
            if let Some(found) = inner.builds.all.get_mut(build) {
                found.outcome = Outcome::Succeeds;
            }
        });
    }
    children
}

/// An earlier release's output is taken in place of a build.
pub(crate) fn take(world: &World, order: &BuildOrder) {
    world.with(|inner| {
        let given = (order.build.release.clone(), order.build.node.clone());
        inner.builds.given.insert(given);
        inner.mark(Mark::Reused);
    });
}
