//! Checks that the rules ask for, told by name and by the App that ran them.

use crate::facts::{CheckFact, CheckState};
use crate::requirement::source_of;
use crate::settings::RequiredCheck;
use crate::verdict::asked::Asked;
use crate::verdict::ruling::{Outcome, Remedy, Ruling};
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
    let state = worst(asked.facts.checks.iter().filter(is_it));
    let name = format!("{} of App {app}", one_line(&check.name.value));
    passed("check", &name, state).by(vec![source_of("required_checks", &check.name.spot)])
}

/// The worst of several of one name; none if there is none.
pub(super) fn worst<'f>(facts: impl Iterator<Item = &'f CheckFact>) -> Option<CheckState> {
    facts.map(|fact| fact.state).max()
}

/// What follows from the state of something that must have passed.
pub(super) fn passed(rule: &'static str, name: &str, state: Option<CheckState>) -> Ruling {
    let (outcome, because, missing) = match state {
        Some(CheckState::Passed) => return Ruling::success(rule, format!("{name} passed")),
        Some(CheckState::Running) => (Outcome::Pending, "is not finished", "the end of"),
        Some(CheckState::Failed) => (Outcome::Failure, "did not pass", "a successful run of"),
        None => (Outcome::Pending, "is not there yet", "a run of"),
    };
    let remedy = Remedy {
        missing: format!("{missing} {name} on the head"),
        ..Remedy::default()
    };
    Ruling::unmet(rule, outcome, format!("{name} {because}"), remedy)
}
