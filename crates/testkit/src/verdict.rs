//! What a run came to: what must hold at its end, and what must be the same without faults.

use crate::oracle::{Oracle, Violation};
use crate::plan::Planned;
use crate::script::{FaultKind, Hosting, PortFault, ReportFault, Script, StoreFault, TurnFault};
use crate::shadow::Shadow;
use crate::standstill::at_once;
use crate::world::World;
use domain_types::{NodeId, ReleaseId, Sha256Digest};
use orchestrator::Phase;
use std::collections::{BTreeMap, BTreeSet};
use storage::{InboxState, IntentState, Store};

/// What a release came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Its last phase; none if it was never begun.
    pub phase: Option<&'static str>,
    /// It stalled on its way.
    pub was_stalled: bool,
    /// Nodes with a build that ran into a limit in time.
    pub timed_out: BTreeSet<NodeId>,
    /// The outputs that it holds.
    pub outputs: BTreeMap<NodeId, Sha256Digest>,
}

/// Checks the whole world at its end, and tells what each release came to.
pub(crate) fn ends(world: &World, store: &dyn Store) -> Vec<End> {
    let whole = world.with(|inner| inner.violation.is_none());
    if whole {
        let begun = |plan: &&Planned| world.with(|inner| is_expected(&inner.oracle, &plan.spec.id));
        for plan in world.plans.iter().filter(begun) {
            let checked = check_release(world, store, &plan.spec.id);
            world.with(|inner| inner.check(checked));
        }
        let checked = check_inbox(world, store).and_then(|()| check_timers(store));
        world.with(|inner| inner.check(checked));
    }
    let end = |id: &ReleaseId| world.with(|inner| inner.oracle.shadows.get(id).map(end_of));
    let nothing = End {
        phase: None,
        was_stalled: false,
        timed_out: BTreeSet::new(),
        outputs: BTreeMap::new(),
    };
    world
        .plans
        .iter()
        .map(|plan| end(&plan.spec.id).unwrap_or_else(|| nothing.clone()))
        .collect()
}

/// Of two releases of one version only one can be; every other one was begun.
fn is_expected(oracle: &Oracle, id: &ReleaseId) -> bool {
    oracle.state(id).is_some() || oracle.rival_of(id).is_none()
}

fn end_of(shadow: &Shadow) -> End {
    let outputs = shadow
        .state
        .nodes()
        .filter_map(|(spec, node)| Some((spec.id.clone(), node.output.as_ref()?.digest())));
    End {
        phase: Some(shadow.state.phase().label()),
        was_stalled: shadow.was_stalled,
        timed_out: shadow.timed_out.clone(),
        outputs: outputs.collect(),
    }
}

fn breach(invariant: &'static str, what: String) -> Result<(), Violation> {
    Err(Violation::of(invariant, what))
}

fn check_release(world: &World, store: &dyn Store, id: &ReleaseId) -> Result<(), Violation> {
    // The rows are what the journal folds to, by the real check.
    let folded = at_once(runtime::check_release(store, id));
    folded.map_err(|error| Violation::of("E7", format!("{id}: {error:?}")))?;
    let stored = at_once(runtime::load(store, id)).ok().flatten();
    let Some(state) = stored else {
        return breach("H1", format!("{id} is not stored"));
    };
    let same = world.with(|inner| inner.oracle.state(id) == Some(&state));
    if !same {
        return breach("H1", format!("{id} is stored otherwise than its commits said"));
    }
    world.with(|inner| inner.oracle.check_outputs(id))?;
    let published = world.with(|inner| inner.shelf.published(id));
    let should = matches!(state.phase(), Phase::Published | Phase::Withdrawn);
    // Where publishing has failed, a release is withdrawn by whoever cannot tell whether it is public.
    let is_right = match (state.phase(), published) {
        (Phase::Withdrawn, visible) => world.with(|inner| inner.oracle.may_be_visible(id, visible)),
        (_, Some(manifest)) => should && state.header().manifest == Some(manifest),
        (_, None) => !should,
    };
    if !is_right {
        return breach(
            "E4",
            format!("{id} is {}, and visible is {published:?}", state.phase()),
        );
    }
    if state.phase().is_given_up() && world.with(|inner| inner.shelf.has_leftovers(id)) {
        return breach("E6", format!("{id} is given up, and its draft is left"));
    }
    check_intents(world, store, id, state.phase())
}

fn check_intents(world: &World, store: &dyn Store, id: &ReleaseId, phase: &Phase) -> Result<(), Violation> {
    let rows = at_once(store.intents(id)).map_err(|error| Violation::of("H1", error.to_string()))?;
    for row in rows {
        let open = matches!(
            row.state,
            IntentState::Intent | IntentState::Sending | IntentState::Unknown
        );
        if open {
            return breach(
                "F1",
                format!("{id} is {phase}, and {} is {:?}", row.intent.id, row.state),
            );
        }
        if row.slot_held {
            return breach("E2", format!("{} still holds a runner", row.intent.id));
        }
    }
    // Where builds are our own, nobody is left to end what runs on.
    let alive = world.with(|inner| inner.builds.alive_ids().any(|build| build.release == *id));
    match alive && world.script.hosting == Hosting::Own {
        true => breach("E6", format!("{id} is at rest, and a build of it runs on")),
        false => Ok(()),
    }
}

/// Nothing that was acknowledged is lost, and everything was decided.
fn check_inbox(world: &World, store: &dyn Store) -> Result<(), Violation> {
    let stored = world.with(|inner| inner.oracle.stored.clone());
    for (key, id) in stored {
        match at_once(store.inbox_row(id)) {
            Ok(Some(row)) if row.row.key == key && row.state != InboxState::Pending => {}
            other => return breach("H1", format!("{key} was stored as {id}, and is {other:?}")),
        }
    }
    Ok(())
}

fn check_timers(store: &dyn Store) -> Result<(), Violation> {
    match at_once(store.next_timer()) {
        Ok(None) => Ok(()),
        left => breach(
            "E9",
            format!("everything is at rest, and a timer is left: {left:?}"),
        ),
    }
}

/// Nothing makes a build fail that would not have: processes die, calls are slow or in doubt, reports come twice.
fn is_gentle(script: &Script) -> bool {
    let mut nodes = script.releases.iter().flat_map(|release| &release.nodes);
    if nodes.any(|node| node.blind > 0) {
        return false;
    }
    script.faults.iter().all(|fault| match fault.what {
        // Who is stuck for long may come behind a limit of time.
        FaultKind::Store(fault) => !matches!(fault, StoreFault::Stuck(_)),
        FaultKind::Aimed(_) => true,
        FaultKind::Port(fault) => !matches!(fault, PortFault::Fails(_)),
        FaultKind::Report(fault) => matches!(fault, ReportFault::Twice(_)),
        FaultKind::Turn(fault) => !matches!(fault, TurnFault::Jump(_) | TurnFault::Fit(_)),
    })
}

/// What must be the same without faults: what was published, as far as it does not depend on when somebody came.
pub(crate) fn compare(script: &Script, faulty: &[End], reference: &[End]) -> Result<(), Violation> {
    for (index, (faulty, reference)) in faulty.iter().zip(reference).enumerate() {
        let given_up = script
            .orders
            .iter()
            .any(|order| order.release == index && order.what.gives_up());
        // Whether a release takes over what another one built, or builds and fails itself, depends on when it comes.
        let mut nodes = script.releases.iter().flat_map(|release| &release.nodes);
        let troubled = nodes.any(|node| node.forever.is_some() || !node.outcomes.is_empty());
        // Of two releases of one version the first to be begun is the one, and their builds are not told apart by it.
        let rivals = script.releases.iter().any(|release| release.rival);
        let given_up = given_up || rivals || (script.releases.len() > 1 && troubled);
        if !given_up && faulty.phase != reference.phase {
            let what = format!(
                "release {index} comes to {:?}, without faults to {:?}",
                faulty.phase, reference.phase
            );
            return breach("E5", what);
        }
        for (node, output) in &faulty.outputs {
            if reference.outputs.get(node).is_some_and(|other| other != output) {
                return breach(
                    "G1",
                    format!("{node} of release {index} differs from the run without faults"),
                );
            }
        }
        let both = faulty.phase == Some("published") && reference.phase == Some("published");
        // A limit in time that only one of the two ran into is a failure that only one of them had.
        let in_time = faulty.timed_out.is_subset(&reference.timed_out);
        let smooth =
            !given_up && in_time && !faulty.was_stalled && !reference.was_stalled && is_gentle(script);
        if both && smooth && faulty.outputs.len() != reference.outputs.len() {
            return breach(
                "E5",
                format!("release {index} holds other components than without faults"),
            );
        }
    }
    Ok(())
}
