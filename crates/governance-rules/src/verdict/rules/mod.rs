//! The rules, each in a file of its own: a function from what the rules and the facts say to one ruling.

mod checks;
mod draft;
mod emergency;
mod freeze;
mod holds;
mod rationale;
mod reachable;
mod review_period;
mod signatures;
mod unjudged;

use super::asked::Asked;
use super::ruling::Ruling;

type Rule = fn(&Asked<'_>) -> Option<Ruling>;

/// All of them, in the order in which they are shown. One that has nothing to say of a pull request answers nothing.
const RULES: &[Rule] = &[
    reachable::judge,
    emergency::judge,
    signatures::judge,
    review_period::judge,
    checks::judge,
    rationale::judge,
    unjudged::judge,
    draft::judge,
    freeze::judge,
    holds::judge,
];

/// What every rule says.
pub(super) fn judge_all(asked: &Asked<'_>) -> Vec<Ruling> {
    RULES.iter().filter_map(|judge| judge(asked)).collect()
}
