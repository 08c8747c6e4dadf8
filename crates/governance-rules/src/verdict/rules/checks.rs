//! Checks that the rules ask for, told by name and by the App that ran them.

use crate::facts::{CheckFact, CheckState};
use crate::requirement::source_of;
use crate::settings::RequiredCheck;
use crate::verdict::asked::Asked;
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};
use crate::wording::one_line;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let required = &asked.rules.settings.required_checks;
    let concerns = |check: &&RequiredCheck| asked.concerns(&check.repositories);
    let parts: Vec<Ruling> = required
        .iter()
        .filter(concerns)
        .map(|check| one(asked, check))
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts(
        "checks",
        "checks that must pass on the head",
        parts,
    ))
}

fn one(asked: &Asked<'_>, check: &RequiredCheck) -> Ruling {
    let app = u64::from(check.app.value);
    let is_it = |fact: &&CheckFact| fact.name == check.name.value && fact.app == Some(app);
    // The worst of several of one name.
    let state = asked
        .facts
        .checks
        .iter()
        .filter(is_it)
        .map(|fact| fact.state)
        .max();
    let name = format!("{} of App {app}", one_line(&check.name.value));
    passed(asked, &name, (check.app.value, state)).by(vec![source_of("required_checks", &check.name.spot)])
}

/// What follows from the state of a check.
fn passed(asked: &Asked<'_>, name: &str, (app, state): (u32, Option<CheckState>)) -> Ruling {
    let (outcome, because, missing) = match state {
        Some(CheckState::Passed) => return Ruling::success("check", format!("{name} passed")),
        Some(CheckState::Running) => (Outcome::Pending, "is not finished", "the end of"),
        Some(CheckState::Failed) => (Outcome::Failure, "did not pass", "a successful run of"),
        None => (Outcome::Pending, "is not there yet", "a run of"),
    };
    let who = match outcome {
        Outcome::Failure => Who::author(asked.facts).and(Giver::Writers),
        Outcome::Success | Outcome::Pending | Outcome::Error | Outcome::NotGoverned => {
            Who::one(Giver::App(app))
        }
    };
    let remedy = Remedy::new(
        format!("{missing} {name} on the head"),
        who,
        Typed::page(&asked.facts.subject, "/checks"),
        Turns::OnceGiven,
    );
    Ruling::unmet("check", outcome, format!("{name} {because}"), remedy)
}
