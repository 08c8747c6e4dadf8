//! A change is looked at for so many days, counted from the last event that made it another one.

use crate::facts::{Push, PushEffect, ReviewClock};
use crate::settings::{Restart, Settings};
use crate::verdict::asked::Asked;
use crate::verdict::counting::agreed;
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::days;
use domain_types::Timestamp;

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;

/// Milliseconds that GitHub's clock may be ahead of the one that the facts were gathered by: more than that, and one of them is wrong.
const AHEAD_MILLISECONDS_MAX: u64 = 60_000;
/// The same, to count back from a time.
const AHEAD_MILLISECONDS: i64 = 60_000;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let (clock, settings) = (&asked.facts.clock, &asked.rules.settings);
    let now = asked.facts.observed_at;
    let (start, why) = start(clock, settings);
    if start.milliseconds_since(now) > AHEAD_MILLISECONDS_MAX {
        return Some(ahead(start, now));
    }
    // Who signed for a longer review agreed to no shorter one.
    let told = agreed(asked)
        .into_iter()
        .map(|approval| approval.statement.review_days);
    let review = told.fold(asked.requirement.review_days, u32::max);
    let due = start.plus_seconds(u64::from(review) * DAY_SECONDS);
    let mut parts = vec![period(("review", review), (why, start), due, now)];
    if let Some((quiet, pushed)) = settings.quiet_days.as_ref().zip(last_push(clock)) {
        let due = pushed.plus_seconds(u64::from(quiet.value) * DAY_SECONDS);
        parts.push(period(
            ("quiet", quiet.value),
            ("the last push", pushed),
            due,
            now,
        ));
    }
    let because = match parts.len() {
        1 => parts[0].because.clone(),
        _ => "time to look at it".to_owned(),
    };
    let ruling = match parts.len() {
        1 => parts.remove(0),
        _ => Ruling::of_parts("review period", because, parts),
    };
    Some(ruling.by(asked.requirement.sources.review_days.clone()))
}

/// From when the review is counted, and what happened then.
fn start(clock: &ReviewClock, settings: &Settings) -> (Timestamp, &'static str) {
    let restarts = |push: &&Push| match settings.restart {
        Restart::AnyPush => true,
        Restart::Diff => push.effect != PushEffect::SameChange,
        Restart::Never => false,
    };
    let pushed = clock.pushes.iter().filter(restarts).map(|push| push.at).max();
    let events = [
        (Some(clock.opened_at), "it was opened"),
        (clock.ready_at, "it was marked as ready for review"),
        (clock.reopened_at, "it was opened again"),
        (clock.retargeted_at, "it was given another base"),
        (pushed, "the last push that changed it"),
    ];
    let happened = events
        .into_iter()
        .filter_map(|(at, what)| at.map(|at| (at, what)));
    happened
        .max_by_key(|(at, _)| *at)
        .unwrap_or((clock.opened_at, "it was opened"))
}

fn last_push(clock: &ReviewClock) -> Option<Timestamp> {
    clock.pushes.iter().map(|push| push.at).max()
}

fn period(
    (what, needed): (&'static str, u32),
    (why, start): (&str, Timestamp),
    due: Timestamp,
    now: Timestamp,
) -> Ruling {
    let name = match what {
        "quiet" => "quiet days",
        _ => "review period",
    };
    if now >= due {
        return Ruling::success(name, format!("{} since {why} are over", days(needed)));
    }
    let remedy = Remedy::new(
        format!("time, until {due}"),
        Who::one(Giver::Time),
        Typed::only_ask(),
        Turns::At(due),
    );
    let because = format!("{} since {why} ({start}) end {due}", days(needed));
    Ruling::unmet(name, Outcome::Pending, because, remedy)
}

fn ahead(start: Timestamp, now: Timestamp) -> Ruling {
    let because = format!("GitHub says {start}, and here it is {now}: one of the clocks is wrong");
    let remedy = Remedy::new(
        "a clock that is right",
        Who::one(Giver::Operator),
        Typed::one("timedatectl timesync-status"),
        Turns::At(Timestamp::from_milliseconds(
            start.milliseconds() - AHEAD_MILLISECONDS,
        )),
    );
    Ruling::unmet("review period", Outcome::Error, because, remedy)
}
