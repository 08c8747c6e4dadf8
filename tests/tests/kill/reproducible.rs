//! Killed while a component is built a second time to be compared: the first tree comes back, the first build is not begun
//! again, the comparison is made anew.

use crate::moment::{Moment, Sight, kill_at};
use crate::stage::{Stage, count};
use house_tests::{Contents, ReleaseFolder};
use std::time::Duration;

/// In the order in which they come to pass: the first tree moved away, the second one half made, the second build at its
/// gate, begun, ended; each for a component without and with others that need it.
const SIGHTS: [Sight; 8] = [
    Sight::Own("compare/base-first"),
    Sight::Own("compare/base-run/group"),
    Sight::Line("second base"),
    Sight::Own("compare/base-run/status"),
    Sight::Line("second other"),
    Sight::Own("compare/top-first"),
    Sight::Line("second top"),
    Sight::Own("compare/top-run/status"),
];

fn stage() -> Stage {
    Stage::new().with_option("--verify-reproducible")
}

#[test]
fn killed_while_it_builds_a_second_time_to_compare() {
    let (reference, _) = stage().undisturbed();
    let (once, _) = Stage::new().undisturbed();
    assert_eq!(reference, once, "to compare changes nothing of a release");
    let killed = SIGHTS
        .iter()
        .filter(|sight| killed_at(**sight, &reference))
        .count();
    assert!(killed >= SIGHTS.len() / 2, "only {killed} were killed in time");
}

fn killed_at(sight: Sight, reference: &Contents) -> bool {
    let stage = stage();
    let killed = kill_at(&Moment::Seen(sight, Duration::ZERO), &stage, stage.start());
    let seen = stage.see();
    println!(
        "{sight:?}: killed: {killed}, {:?}, finished {:?}\n{}",
        seen.phase,
        seen.finished,
        stage.log()
    );
    stage.finish();
    assert_eq!(
        &ReleaseFolder::at(&stage.organisation.out()).what(),
        reference,
        "{sight:?}"
    );
    let after = stage.see();
    stage.nothing_finished_began_again(&seen, &after);
    for name in &after.finished {
        let (earlier, later) = (count(&seen.seconds, name), count(&after.seconds, name));
        // One is killed; of one that was just beginning the line may come after the look.
        assert!(
            (1..=earlier + 2).contains(&later),
            "{name} was compared {later} times\n{}",
            stage.log()
        );
    }
    stage.is_left_in_order();
    killed
}
