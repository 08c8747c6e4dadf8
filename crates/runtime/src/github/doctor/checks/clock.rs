//! Our clock is GitHub's: what the App signs carries our time, and GitHub refuses what is a minute off.

use crate::github::doctor::facts::Facts;
use crate::github::doctor::finding::{Code, Finding, Severity};

/// Seconds that clocks may differ: half of what GitHub bears.
const SECONDS_OFF_MAX: u64 = 30;

pub(super) fn check(facts: &Facts) -> Vec<Finding> {
    let place = ("this machine", "clock");
    let finding = match facts.clock_ahead_seconds {
        None => Finding::of_setting(
            (Severity::Note, Code::Unread),
            place,
            "GitHub has not told its time",
            "compare the clock of this machine yourself",
        ),
        Some(seconds) if seconds.unsigned_abs() <= SECONDS_OFF_MAX => return Vec::new(),
        Some(seconds) => {
            let side = if seconds > 0 { "ahead of" } else { "behind" };
            let text = format!("the clock is {} s {side} GitHub's", seconds.unsigned_abs());
            let remedy = "let the machine set its clock, by systemd-timesyncd or chrony: GitHub refuses an App whose clock is 60 s off";
            Finding::of_setting((Severity::Error, Code::ClockOff), place, text, remedy)
        }
    };
    vec![finding]
}
