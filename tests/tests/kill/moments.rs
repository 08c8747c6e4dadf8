//! Fifty moments over the whole course: thirty by time, each in its thirtieth of what an undisturbed release takes, and
//! twenty at things that can be seen. Five tests of ten, so that they can run side by side.

use crate::chance::Chance;
use crate::moment::{Moment, Sight, kill_at};
use crate::stage::{Seen, Stage};
use house_tests::{Contents, ReleaseFolder};
use std::collections::BTreeMap;
use std::time::Duration;

const TESTS: u32 = 5;
const TIMED: u32 = 6;
const SIGHTS: [Sight; 20] = [
    Sight::Own(""),
    Sight::Run("base", "commands.sh"),
    Sight::Line("end side"),
    Sight::Collected("release-evidence.json"),
    Sight::Own("state.db"),
    Sight::Run("side", "group"),
    Sight::Run("base", "status"),
    Sight::Draft(""),
    Sight::Own("source/.lock"),
    Sight::Line("begin base"),
    Sight::Run("other", "status"),
    Sight::Draft("release-evidence.json"),
    Sight::HalfTree,
    Sight::Line("begin other"),
    Sight::Object,
    Sight::Published,
    Sight::Own("source/.marks"),
    Sight::Line("end top"),
    Sight::Run("top", "status"),
    Sight::Collected(""),
];
/// How much later than seen, at most: the next step of the program, or the one after it.
const LATER: f64 = 0.025;

#[test]
fn killed_at_ten_moments_first() {
    play(0);
}

#[test]
fn killed_at_ten_moments_second() {
    play(1);
}

#[test]
fn killed_at_ten_moments_third() {
    play(2);
}

#[test]
fn killed_at_ten_moments_fourth() {
    play(3);
}

#[test]
fn killed_at_ten_moments_fifth() {
    play(4);
}

fn play(test: u32) {
    let mut chance = Chance::of(test.into());
    let (reference, time) = Stage::new().undisturbed();
    println!("undisturbed: {time:?}");
    let mut phases = BTreeMap::<String, usize>::new();
    for moment in moments(test, time, &mut chance) {
        let seen = killed_once(moment, &reference);
        *phases.entry(seen.phase).or_default() += 1;
    }
    println!("killed in: {phases:?}");
}

fn moments(test: u32, time: Duration, chance: &mut Chance) -> Vec<Moment> {
    let all = f64::from(TESTS * TIMED);
    let mut moments: Vec<Moment> = (0..TIMED)
        .map(|index| {
            let place = f64::from(index * TESTS + test);
            Moment::After(time.mul_f64(chance.between(place / all, (place + 1.0) / all)))
        })
        .collect();
    for (index, sight) in SIGHTS.iter().enumerate() {
        if index / 4 == test as usize {
            let later = if chance.between(0.0, 1.0) < 0.5 {
                0.0
            } else {
                chance.between(0.0, LATER)
            };
            moments.push(Moment::Seen(*sight, Duration::from_secs_f64(later)));
        }
    }
    moments
}

/// One release, killed once and begun again. If it was quicker than the moment, an earlier one is taken.
fn killed_once(moment: Moment, reference: &Contents) -> Seen {
    let mut moment = moment;
    loop {
        let stage = Stage::new();
        let killed = kill_at(&moment, &stage, stage.start());
        stage.repositories_are_as_they_were();
        if !killed {
            println!("{moment:?}: too late");
            moment = earlier(&moment);
            continue;
        }
        let seen = stage.see();
        let unfinished = seen.begun.len() - seen.finished.len();
        println!(
            "{moment:?}: {:?}, finished {:?}, {unfinished} begun and not finished",
            seen.phase, seen.finished
        );
        stage.finish();
        assert_eq!(
            &ReleaseFolder::at(&stage.organisation.out()).what(),
            reference,
            "{moment:?}"
        );
        stage.nothing_finished_began_again(&seen, &stage.see());
        stage.is_left_in_order();
        return seen;
    }
}

fn earlier(moment: &Moment) -> Moment {
    match moment {
        Moment::After(time) => Moment::After(time.mul_f64(0.8)),
        Moment::Seen(Sight::Published, later) if later.is_zero() => Moment::Seen(Sight::Draft(""), *later),
        Moment::Seen(sight, _) => Moment::Seen(*sight, Duration::ZERO),
    }
}
