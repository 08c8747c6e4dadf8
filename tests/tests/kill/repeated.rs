//! One release that is killed again and again until it is there.

use crate::chance::Chance;
use crate::moment::{Moment, kill_at};
use crate::stage::{Seen, Stage};
use house_tests::{Contents, ReleaseFolder};
use std::collections::BTreeMap;
use std::time::Duration;

/// Kills that one release has to stand.
const KILLS: usize = 20;
/// The longest that a run lives, as a fraction of an undisturbed release: a start, a few steps, sometimes a build or two.
const LIFE: f64 = 0.22;

#[test]
fn one_release_killed_twenty_times_in_a_row_costs_no_retry_and_no_finished_build() {
    let mut chance = Chance::of(100);
    let (reference, time) = Stage::long().undisturbed();
    let mut life = LIFE;
    // A machine that becomes quicker meanwhile may let it through before its time: then anew, with shorter lives.
    while !killed_until_done(&mut chance, time.mul_f64(life), &reference) {
        life *= 0.7;
    }
}

/// Whether it was killed often enough.
fn killed_until_done(chance: &mut Chance, longest: Duration, reference: &Contents) -> bool {
    let stage = Stage::long();
    let mut phases = BTreeMap::<String, usize>::new();
    let mut before = Seen::default();
    for kills in 0.. {
        // From the twentieth on each run lives longer than the one before, so that the release is there in the end.
        let growth = 1.05_f64.powi(i32::try_from(kills.max(KILLS) - KILLS).unwrap_or(i32::MAX));
        let life = longest.mul_f64(chance.between(0.05, 1.0) * growth);
        if !kill_at(&Moment::After(life), &stage, stage.start()) {
            println!("{kills} kills: {phases:?}\n{}", stage.log());
            stage.finish();
            break;
        }
        let seen = stage.see();
        *phases.entry(seen.phase.clone()).or_default() += 1;
        stage.repositories_are_as_they_were();
        stage.nothing_finished_began_again(&before, &seen);
        before = seen;
    }
    assert_eq!(&ReleaseFolder::at(&stage.organisation.out()).what(), reference);
    stage.nothing_finished_began_again(&before, &stage.see());
    stage.is_left_in_order();
    phases.values().sum::<usize>() >= KILLS
}
