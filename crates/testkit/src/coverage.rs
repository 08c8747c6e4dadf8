//! Which steps a campaign was cut off at, held against all that a small release can take.

use crate::reach::{Pair, reachable_pairs};
use crate::world::CrashPoint;
use std::collections::BTreeSet;

/// The ways in which a commit goes wrong.
pub(crate) const POINTS: [CrashPoint; 4] = [
    CrashPoint::Before,
    CrashPoint::After,
    CrashPoint::UnknownNotDone,
    CrashPoint::UnknownDone,
];

/// Pairs that the search finds and no real release takes, with the reason. One that is reached all the same fails a campaign.
pub(crate) const UNREACHABLE: [(Pair, &str); 0] = [];

/// What was reached of what can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Reachable ones that were reached.
    pub reached: usize,
    /// All that can be reached.
    pub reachable: usize,
    /// Reachable ones that were not reached.
    pub missing: BTreeSet<(Pair, CrashPoint)>,
    /// Pairs that were reached although no real release should take them, by the reason that does not hold.
    pub impossible: BTreeSet<(Pair, &'static str)>,
    /// States that the search for the reachable ones visited.
    pub states: usize,
}

/// Holds what was reached against what can be reached.
pub fn coverage(reached: &BTreeSet<(Pair, CrashPoint)>) -> Coverage {
    let reachable = reachable_pairs();
    let is_never = |pair: &&Pair| UNREACHABLE.iter().any(|(never, _)| never == *pair);
    let all: BTreeSet<(Pair, CrashPoint)> = reachable
        .pairs
        .iter()
        .filter(|pair| !is_never(pair))
        .flat_map(|pair| POINTS.map(|point| (*pair, point)))
        .collect();
    Coverage {
        reached: all.intersection(reached).count(),
        reachable: all.len(),
        missing: all.difference(reached).copied().collect(),
        impossible: impossible(reached),
        states: reachable.states,
    }
}

/// Pairs that were reached and are called unreachable.
pub(crate) fn impossible(reached: &BTreeSet<(Pair, CrashPoint)>) -> BTreeSet<(Pair, &'static str)> {
    let was_reached = |pair: &Pair| POINTS.iter().any(|point| reached.contains(&(*pair, *point)));
    let never = UNREACHABLE.iter().filter(|(pair, _)| was_reached(pair));
    never.copied().collect()
}
