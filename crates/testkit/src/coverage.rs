//! Which steps a campaign was cut off at, held against all that a small release can take.

use crate::reach::{Pair, reachable_pairs};
use crate::world::CrashPoint;
use std::collections::BTreeSet;

const POINTS: [CrashPoint; 4] = [
    CrashPoint::Before,
    CrashPoint::After,
    CrashPoint::UnknownNotDone,
    CrashPoint::UnknownDone,
];

/// What was reached of what can be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Reachable ones that were reached.
    pub reached: usize,
    /// All that can be reached.
    pub reachable: usize,
    /// Reachable ones that were not reached.
    pub missing: BTreeSet<(Pair, CrashPoint)>,
    /// States that the search for the reachable ones visited.
    pub states: usize,
}

/// Holds what was reached against what can be reached.
pub fn coverage(reached: &BTreeSet<(Pair, CrashPoint)>) -> Coverage {
    let reachable = reachable_pairs();
    let all: BTreeSet<(Pair, CrashPoint)> = reachable
        .pairs
        .iter()
        .flat_map(|pair| POINTS.map(|point| (*pair, point)))
        .collect();
    Coverage {
        reached: all.intersection(reached).count(),
        reachable: all.len(),
        missing: all.difference(reached).copied().collect(),
        states: reachable.states,
    }
}
