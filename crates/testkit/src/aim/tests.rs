//! The list of what is aimed at is what can be reached, and an aim is met.

use super::{Goal, aimed, goals};
use crate::campaign::{Player, StoreKind};
use crate::coverage::{POINTS, UNREACHABLE};
use crate::draw::Draw;
use crate::reach::{Pair, reachable_pairs};
use std::collections::BTreeSet;

fn pair(goal: Goal) -> Pair {
    Pair {
        phase: goal.phase,
        node: goal.node,
        event: goal.event,
    }
}

#[test]
fn what_is_aimed_at_is_what_can_be_reached() {
    let aimed_at: BTreeSet<Pair> = goals().map(pair).collect();
    let never: BTreeSet<Pair> = UNREACHABLE.iter().map(|(pair, _)| *pair).collect();
    let reachable: BTreeSet<Pair> = reachable_pairs().pairs.difference(&never).copied().collect();
    assert_eq!(aimed_at, reachable);
}

/// Where a build or a retry ends at a time that is drawn, or an earlier output may be gone, one script may miss.
const TRIES: u64 = 12;

#[test]
fn every_aim_is_met_at_every_crash_point_within_a_few_scripts() {
    let player = Player::new(StoreKind::Model).unwrap();
    let mut missed = Vec::new();
    for goal in goals() {
        for point in POINTS {
            let met = (1..=TRIES).any(|seed| {
                let script = goal.script(seed, Draw::of(seed), point);
                player.play(&script).reached.contains(&(pair(goal), point))
            });
            if !met {
                missed.push((goal, point));
            }
        }
    }
    assert_eq!(missed, []);
}

#[test]
fn a_seed_gives_the_same_aim_for_ever() {
    let script = aimed(7, Draw::of(7));
    assert_eq!(script, aimed(7, Draw::of(7)));
    let text = serde_json::to_string(&script).unwrap();
    assert_eq!(serde_json::from_str::<crate::Script>(&text).unwrap(), script);
    assert!(
        script.without_faults().aim.is_some(),
        "both runs are led to the same place"
    );
}
