//! Which (state x event) pairs a release can take, found by walking every way through small releases.
//!
//! Simulated releases are held against this set: a pair that is in it and that no seed ever met is a hole in the
//! simulation. The search asks [`orchestrator::decide`] itself, so the set follows the code; the snapshot in the tests
//! shows what changed. It says nothing of refusals: a refused event makes no revision.

mod environment;
mod label;
mod likeness;
mod plans;
#[cfg(test)]
mod tests;

pub use label::pair_of;
pub(crate) use label::phase_label;

use environment::Situation;
use likeness::Likeness;
use orchestrator::ReleaseSpec;
use std::collections::{BTreeSet, VecDeque};

/// What a release was, and what it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// The phase before the event. A pause or stall is named with what is behind it: `paused(building)`.
    pub phase: &'static str,
    /// The state, before the event, of the node that the event is about; none for an event about the release.
    pub node: Option<&'static str>,
    /// The event.
    pub event: &'static str,
}

/// The answer of the search.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reachable {
    /// Every pair that some release takes.
    pub pairs: BTreeSet<Pair>,
    /// How many states were visited, over all releases.
    pub states: usize,
}

/// Walks every way through releases of one and two nodes under small policies.
///
/// # Panics
/// If a decision leads to facts that cannot follow: a bug of the orchestrator.
pub fn reachable_pairs() -> Reachable {
    let mut reachable = Reachable::default();
    for spec in plans::all() {
        walk(spec, &mut reachable);
    }
    reachable
}

/// Visits every state of one release once, the nearest first. Two states that are alike take the same events and lead to
/// states that are alike, so the walk ends without a bound on attempts.
fn walk(spec: ReleaseSpec, reachable: &mut Reachable) {
    let mut known: BTreeSet<Likeness> = BTreeSet::new();
    let mut open = VecDeque::from([Situation::before(spec)]);
    while let Some(situation) = open.pop_front() {
        reachable.states += 1;
        for event in situation.offers() {
            if let Some(next) = situation.take(&event) {
                reachable.pairs.insert(pair_of(situation.state(), &event));
                if known.insert(Likeness::of(&next)) {
                    open.push_back(next);
                }
            }
        }
    }
}
