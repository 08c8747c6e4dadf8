//! Killed while a component is built a second time to be compared: the first tree comes back, the first build is not begun
//! again, the comparison is made anew.

use crate::moment::{Moment, Sight, kill_at};
use crate::stage::{BEGIN, END, Stage, count};
use crate::wait::until;
use crate::watch::building;
use house_tests::{Component, Contents, ReleaseFolder, Stop};
use std::fs;
use std::time::Duration;

/// In the order in which they come to pass: the first tree moved away, the second one half made, the second build at its
/// gate, begun, ended; each for a component without and with others that need it.
const SIGHTS: [Sight; 5] = [
    Sight::Own("compare/base-first"),
    Sight::Own("compare/base-run/group"),
    Sight::Line("second other"),
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

/// A second build with a minute ahead of it, unless a file outside says that it may be quick.
const SLOW_SECOND: &str = r#"if [ "$which" = second ] && [ ! -e "$outside/quick" ]; then sleep 60; fi
echo done >slow"#;

fn slow_second(options: &str) -> Stage {
    let script = format!("{BEGIN}\n{SLOW_SECOND}\n{END}");
    let slow = Component::new("slow")
        .building(&script)
        .with_binary("slow")
        .configured(options);
    Stage::of(vec![slow]).with_option("--verify-reproducible")
}

#[test]
fn told_to_end_while_it_builds_a_second_time_it_leaves_nobody_alive() {
    let stage = slow_second("");
    let mut running = stage.start();
    let second = || stage.log().contains("second slow");
    assert!(until("the second build", second, || running.has_ended()));
    running.stop(Stop::Terminate);
    running.ends().ends_with(143);
    assert_eq!(building(&stage.organisation.sources()), []);
    fs::write(stage.outside("quick"), "").unwrap();
    let seen = stage.see();
    stage.finish();
    stage.nothing_finished_began_again(&seen, &stage.see());
    stage.is_left_in_order();
}

#[test]
fn a_second_build_that_hangs_is_ended_when_its_time_is_over() {
    let stage = slow_second("running_seconds_max = 2");
    let answer = stage.command().run().ends_with(1);
    assert!(answer.error.contains("running_seconds_max"), "{answer}");
    assert_eq!(building(&stage.organisation.sources()), []);
}
