//! Times in which nothing is merged, an activated emergency aside.

use crate::requirement::source_of;
use crate::settings::Freeze;
use crate::verdict::asked::Asked;
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::one_line;

/// The freeze that comes next, so that what is green turns when it begins.
fn next(asked: &Asked<'_>) -> Option<Ruling> {
    let now = asked.facts.observed_at;
    let freezes = asked.rules.settings.freezes.iter();
    let coming = freezes.filter(|freeze| freeze.from > now && asked.concerns(&freeze.repositories));
    let next = coming.min_by_key(|freeze| freeze.from)?;
    let because = format!("{} has not begun", one_line(&next.name.value));
    Some(Ruling::success("freeze", because).until(Some(next.from)))
}

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let now = asked.facts.observed_at;
    let is_on =
        |freeze: &&Freeze| (freeze.from..freeze.until).contains(&now) && asked.concerns(&freeze.repositories);
    // The longest: until then it is frozen, whatever other windows end before.
    let freeze = asked
        .rules
        .settings
        .freezes
        .iter()
        .filter(is_on)
        .max_by_key(|freeze| freeze.until);
    let Some(freeze) = freeze else {
        return next(asked);
    };
    let name = one_line(&freeze.name.value);
    if asked.requirement.is_emergency {
        let because = format!("{name}: an activated emergency is merged all the same");
        return Some(Ruling::success("freeze", because));
    }
    let remedy = Remedy::new(
        format!("the end of {name}"),
        Who::one(Giver::Time),
        Typed::only_ask(),
        Turns::At(freeze.until),
    );
    let because = format!("nothing is merged during {name}, until {}", freeze.until);
    let ruling = Ruling::unmet("freeze", Outcome::Pending, because, remedy);
    Some(ruling.by(vec![source_of("freeze_windows", &freeze.name.spot)]))
}
