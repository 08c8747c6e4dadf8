//! A maintainer may ask for time: for so many days, and for so many pull requests at once.

use crate::Hold;
use crate::verdict::asked::Asked;
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::one_line;
use domain_types::Timestamp;

/// Seconds of a day.
const DAY_SECONDS: u64 = 86_400;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let days = u64::from(asked.rules.settings.hold_days_max);
    let end = |hold: &Hold| hold.since.plus_seconds(days * DAY_SECONDS);
    let counts = |hold: &&Hold| asked.electorate.knows(&hold.by) && end(hold) > asked.facts.observed_at;
    let parts: Vec<Ruling> = asked
        .facts
        .holds
        .iter()
        .filter(counts)
        .map(|hold| held(hold, end(hold)))
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts("holds", "a maintainer asked to wait", parts))
}

fn held(hold: &Hold, until: Timestamp) -> Ruling {
    let remedy = Remedy::new(
        format!("that {} lets it go, or that the hold runs out", hold.by),
        Who::one(Giver::Person(hold.by.clone())),
        Typed::one("/governance-hold off"),
        Turns::At(until),
    );
    let because = format!("{} holds it until {until}: {}", hold.by, one_line(&hold.reason));
    Ruling::unmet("hold", Outcome::Pending, because, remedy)
}
