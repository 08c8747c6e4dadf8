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
        impossible: impossible(&UNREACHABLE, reached),
        states: reachable.states,
    }
}

/// Pairs of this table that were reached all the same.
pub(crate) fn impossible(
    never: &[(Pair, &'static str)],
    reached: &BTreeSet<(Pair, CrashPoint)>,
) -> BTreeSet<(Pair, &'static str)> {
    let was_reached = |pair: &Pair| POINTS.iter().any(|point| reached.contains(&(*pair, *point)));
    let never = never.iter().filter(|(pair, _)| was_reached(pair));
    never.copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_called_unreachable_and_is_reached_is_named() {
        let pair = |event| Pair {
            phase: "published",
            node: None,
            event,
        };
        let never = [(pair("withdraw"), "nobody would"), (pair("pause"), "too late")];
        let reached = BTreeSet::from([(pair("withdraw"), CrashPoint::After)]);
        assert_eq!(impossible(&never, &reached), BTreeSet::from([never[0]]));
        assert_eq!(impossible(&never, &BTreeSet::new()), BTreeSet::new());
    }

    #[test]
    fn what_is_called_unreachable_is_something_that_the_search_finds() {
        let pairs = reachable_pairs().pairs;
        for (pair, reason) in UNREACHABLE {
            assert!(pairs.contains(&pair) && !reason.is_empty(), "{pair:?}");
        }
    }
}
