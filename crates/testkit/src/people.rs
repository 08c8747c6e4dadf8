//! The people of the world: they start releases, give orders, and at the end repair and approve whatever still waits for them.

use crate::builds::{self, Builds};
use crate::oracle::Violation;
use crate::reach::phase_label;
use crate::script::{Fate, FaultKind, NodeScript, Order, OrderKind, Script};
use crate::stage::Stage;
use crate::standstill::at_once;
use crate::world::{Inner, World};
use domain_types::{ReleaseId, Sha256Digest};
use orchestrator::{BuildState, Event, Phase, Stage as Step, State};
use runtime::inbox_row;
use std::sync::Arc;
use storage::InboxState;

/// What people are called: as many as any release needs.
const PERSONS: [&str; 4] = ["alice", "bob", "carol", "dave"];

/// Retries that people ask for at the end: each failed outcome may need one, and each fault may have failed something.
pub(crate) fn retries(script: &Script) -> u32 {
    let outcomes = |node: &NodeScript| {
        node.outcomes.len() + usize::from(node.forever.is_some()) + usize::from(node.blind > 0)
    };
    let listed: usize = script
        .releases
        .iter()
        .flat_map(|release| &release.nodes)
        .map(outcomes)
        .sum();
    let stages: usize = script.releases.iter().map(|release| release.stages.len()).sum();
    let faults = script.faults.iter().filter(|fault| {
        matches!(
            fault.what,
            FaultKind::Port(_) | FaultKind::Report(_) | FaultKind::Turn(_)
        )
    });
    u32::try_from(listed + stages + faults.count()).unwrap_or(u32::MAX) + 4
}

/// Asks for a release.
pub(crate) fn start(stage: &mut Stage, release: usize) {
    let spec = stage.world.plans[release].spec.clone();
    append(stage, release, &Event::Start { spec: Box::new(spec) }, "start");
}

/// Gives an order.
pub(crate) fn order(stage: &mut Stage, order: &Order) {
    match event_of(stage, order.release, order.what) {
        Wanted::Event(event) => {
            let upon = order.upon.as_deref().unwrap_or_default();
            let key = format!("order at {} {upon}", order.at);
            append(stage, order.release, &event, &key);
        }
        Wanted::Fate(fate) => {
            let build = stage.world.with(|inner| {
                let state = inner.oracle.state(&stage.world.plans[order.release].spec.id);
                inner.builds.of_node_in(state?, order.node.as_deref()?)
            });
            if let Some(build) = build {
                builds::meet(&stage.world, &build, fate);
            }
        }
    }
}

/// Gives the orders that waited for the phase in which their release now is.
pub(crate) fn seize_the_moment(stage: &mut Stage) {
    let world = Arc::clone(&stage.world);
    let due: Vec<Order> = world.with(|inner| {
        let Inner {
            oracle,
            builds,
            waiting_orders,
            now,
            ..
        } = inner;
        let is_due = |order: &mut Order| {
            let state = oracle.state(&world.plans[order.release].spec.id);
            *now >= order.at && state.is_some_and(|state| is_moment(&world, builds, state, order))
        };
        waiting_orders.extract_if(.., is_due).collect()
    });
    for due in due {
        order(stage, &due);
    }
}

/// Whether a release is where an order waits for it.
fn is_moment(world: &World, builds: &Builds, state: &State, order: &Order) -> bool {
    let upon = order.upon.as_deref();
    let in_phase = upon == Some(state.phase().label()) || upon == Some(phase_label(state.phase()));
    let in_node = |label: &str| state.nodes().any(|(_, node)| node.state.label() == label);
    let at_node = order.node.as_deref().is_none_or(in_node);
    let possible = match order.what {
        OrderKind::Build(_) => order
            .node
            .as_deref()
            .is_some_and(|label| builds.of_node_in(state, label).is_some()),
        // Who is in no hurry signs when there is something to sign.
        OrderKind::Sign(_) => world.script.aim.is_none() || state.header().manifest.is_some(),
        OrderKind::Approve(_)
        | OrderKind::ApproveAnother
        | OrderKind::Stray
        | OrderKind::Pause
        | OrderKind::Resume
        | OrderKind::Retry
        | OrderKind::Cancel
        | OrderKind::Supersede
        | OrderKind::Withdraw
        | OrderKind::FallBack => true,
    };
    in_phase && at_node && possible
}

/// What an order comes to.
enum Wanted {
    /// Something that is asked for.
    Event(Event),
    /// Something that happens.
    Fate(Fate),
}

fn event_of(stage: &Stage, release: usize, what: OrderKind) -> Wanted {
    let actor = "operator".to_owned();
    let person = |number: u8| PERSONS[usize::from(number) % PERSONS.len()].to_owned();
    let spec = &stage.world.plans[release].spec;
    Wanted::Event(match what {
        OrderKind::Build(fate) => return Wanted::Fate(fate),
        OrderKind::Approve(number) => Event::Approve {
            actor: person(number),
            plan_digest: spec.plan_digest,
        },
        OrderKind::Sign(number) => Event::Sign {
            actor: person(number),
            manifest: manifest(stage, release).unwrap_or(spec.plan_digest),
        },
        OrderKind::ApproveAnother => Event::Approve {
            actor,
            plan_digest: Sha256Digest::of(b"another plan"),
        },
        OrderKind::Stray => Event::StageDone {
            stage: Step::Verify,
            manifest: Some(Sha256Digest::of(b"another manifest")),
        },
        OrderKind::Pause => Event::Pause { actor },
        OrderKind::Resume => Event::Resume { actor },
        OrderKind::Retry => Event::Retry { actor },
        OrderKind::Cancel => Event::Cancel { actor },
        OrderKind::Supersede => Event::Supersede {
            by: successor(stage, release),
        },
        OrderKind::Withdraw => Event::Withdraw { actor },
        OrderKind::FallBack => Event::FallBack {
            actor,
            at_revision: None,
        },
    })
}

/// The release in whose favour another one is ended: one of the script, or one that is still to come.
fn successor(stage: &Stage, release: usize) -> ReleaseId {
    let plans = &stage.world.plans;
    let spec = &plans[(release + 1) % plans.len()].spec;
    match plans.len() {
        1 => ReleaseId::new(&spec.name, &spec.version, &Sha256Digest::of(b"another plan")),
        _ => spec.id.clone(),
    }
}

fn manifest(stage: &Stage, release: usize) -> Option<Sha256Digest> {
    let id = &stage.world.plans[release].spec.id;
    stage
        .world
        .with(|inner| inner.oracle.state(id)?.header().manifest)
}

/// Into the inbox, as whoever types a command does; people's own calls do not fail.
fn append(stage: &mut Stage, release: usize, event: &Event, key: &str) {
    let id = stage.world.plans[release].spec.id.clone();
    let key = format!("{key}/{id}/{}", event.label());
    let Ok(row) = inbox_row(&id, key.clone(), event, "operator") else {
        return;
    };
    let rows = [row];
    let appended = at_once(stage.store.append_inbox(&rows, stage.world.clock()));
    stage.world.with(|inner| {
        inner.calls += 1;
        inner.tell("somebody asks", &[&key]);
        let appended = appended.unwrap_or_default();
        inner.oracle.waiting.appended(&rows, &appended);
        match appended.first() {
            Some(appended) => _ = inner.oracle.stored.insert(key.clone(), appended.id()),
            None => inner.violated(Violation::of("H1", format!("{key} is not stored"))),
        }
        inner.stir();
    });
    stage.processes.want(release);
}

/// Repairs, approves and retries whatever waits for people. False: everything is at rest.
pub(crate) fn heal(stage: &mut Stage) -> bool {
    let mut acted = false;
    let mut stuck = None;
    for release in 0..stage.world.plans.len() {
        let id = stage.world.plans[release].spec.id.clone();
        let phase = stage
            .world
            .with(|inner| inner.oracle.state(&id).map(|state| state.phase().clone()));
        let Some(phase) = phase else {
            let refused = stage.world.with(|inner| inner.oracle.rival_of(&id).is_some());
            if refused {
                continue;
            }
            stuck.get_or_insert_with(|| format!("{id} was never begun"));
            continue;
        };
        match remedy(stage, release, &phase) {
            Remedy::Order(event, round) => {
                append(stage, release, &event, &format!("healing {round}"));
                acted = true;
            }
            Remedy::None if is_owed(stage, release) && stage.visits_left > 0 => {
                stage.visits_left -= 1;
                stage.processes.want_later(release);
                acted = true;
            }
            Remedy::None => {}
            Remedy::Stuck if !stage.processes.works_on(release) => {
                stage.processes.want(release);
                acted |= stage.world.with(|inner| !inner.queue.is_empty());
                stuck.get_or_insert_with(|| format!("{id} stays {phase}, and nobody works on it"));
            }
            Remedy::Stuck => {
                stuck.get_or_insert_with(|| format!("{id} stays {phase} and waits for nothing"));
            }
        }
    }
    if let (false, Some(what)) = (acted, stuck) {
        stage
            .world
            .with(|inner| inner.violated(Violation::of("E9", what)));
    }
    acted
}

enum Remedy {
    Order(Event, u64),
    /// Nothing is wanted of anybody.
    None,
    /// It should go on by itself.
    Stuck,
}

fn remedy(stage: &mut Stage, release: usize, phase: &Phase) -> Remedy {
    let id = &stage.world.plans[release].spec.id;
    let (round, approvals, signatures) = stage.world.with(|inner| {
        let state = inner.oracle.state(id);
        let header = state.map(|state| state.header());
        (
            state.map_or(0, |state| state.revision()),
            header.map_or(0, |header| header.approvals.len()),
            header.map_or(0, |header| header.signatures.len()),
        )
    });
    let next = |kind: fn(u8) -> OrderKind, counted: usize| kind(u8::try_from(counted).unwrap_or(0));
    let order = match phase {
        Phase::Paused { .. } => OrderKind::Resume,
        Phase::Stalled { .. } if is_hopeless(stage, release) => return Remedy::None,
        Phase::Stalled { .. } if stage.retries_left > 0 => {
            stage.retries_left -= 1;
            OrderKind::Retry
        }
        Phase::AwaitingApproval => next(OrderKind::Approve, free_person(stage, release, approvals, false)),
        Phase::AwaitingSignatures
            if stage.world.script.releases[release].signatures > 0 && !awaits(stage, release) =>
        {
            next(OrderKind::Sign, free_person(stage, release, signatures, true))
        }
        Phase::Stalled { .. } => return Remedy::None,
        phase if phase.is_ended() => return Remedy::None,
        Phase::Unplanned
        | Phase::Planned
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted
        | Phase::Published
        | Phase::Withdrawn
        | Phase::Rehearsed
        | Phase::Cancelled
        | Phase::Superseded { .. }
        | Phase::FellBack => return Remedy::Stuck,
    };
    match event_of(stage, release, order) {
        Wanted::Event(event) => Remedy::Order(event, round),
        Wanted::Fate(_) => Remedy::Stuck,
    }
}

/// Something required fails for ever, and has shown it.
fn is_hopeless(stage: &Stage, release: usize) -> bool {
    let (plan, script) = (&stage.world.plans[release], &stage.world.script.releases[release]);
    stage.world.with(|inner| {
        let Some(state) = inner.oracle.state(&plan.spec.id) else {
            return false;
        };
        state.nodes().any(|(spec, node)| {
            let script = &script.nodes[plan.positions[&spec.id]];
            let shown = inner.builds.ended(&plan.spec.id, &spec.id) > script.outcomes.len() as u64;
            node.state == BuildState::Failed && !spec.optional && script.forever.is_some() && shown
        })
    })
}

/// What a dead process had begun to carry out, or to decide, waits for somebody who comes back.
fn is_owed(stage: &Stage, release: usize) -> bool {
    let id = &stage.world.plans[release].spec.id;
    let intents = at_once(stage.store.intents(id));
    if intents.is_ok_and(|rows| rows.iter().any(|row| row.settled_at.is_none())) {
        return true;
    }
    let stored = stage.world.with(|inner| inner.oracle.stored.clone());
    stored.values().any(|row| {
        let row = at_once(stage.store.inbox_row(*row)).ok().flatten();
        row.is_some_and(|row| row.state == InboxState::Pending && row.row.release.as_ref() == Some(id))
    })
}

/// A stage is under way.
fn awaits(stage: &Stage, release: usize) -> bool {
    let id = &stage.world.plans[release].spec.id;
    stage.world.with(|inner| {
        inner
            .oracle
            .state(id)
            .is_some_and(|state| state.header().awaited.is_some())
    })
}

/// A person who has not been counted.
fn free_person(stage: &Stage, release: usize, counted: usize, signs: bool) -> usize {
    let id = &stage.world.plans[release].spec.id;
    let found = stage.world.with(|inner| {
        let header = inner.oracle.state(id)?.header();
        let taken = if signs {
            &header.signatures
        } else {
            &header.approvals
        };
        PERSONS.iter().position(|person| !taken.contains(*person))
    });
    found.unwrap_or(counted)
}
