//! The rules, each in a file of its own: a function from what the rules and the facts say to one ruling.

mod attestations;
mod checks;
mod companions;
mod consensus_paths;
mod draft;
mod emergency;
mod freeze;
mod holds;
mod rationale;
mod reachable;
mod references;
mod review_period;
mod signatures;
mod unjudged;
mod verification;

pub(super) use attestations::{EQUIVALENCE_PROOF, wanted_attestations};
pub(super) use rationale::RATIONALE;

use super::asked::Asked;
use super::ruling::Ruling;

type Rule = fn(&Asked<'_>) -> Option<Ruling>;

/// All of them, in the order in which they are shown. One that has nothing to say of a pull request answers nothing.
const RULES: &[Rule] = &[
    reachable::judge,
    emergency::judge,
    signatures::judge,
    review_period::judge,
    verification::judge,
    checks::judge,
    rationale::judge,
    attestations::judge,
    companions::judge,
    references::judge,
    consensus_paths::judge,
    unjudged::judge,
    draft::judge,
    freeze::judge,
    holds::judge,
];

/// What every rule says.
pub(super) fn judge_all(asked: &Asked<'_>) -> Vec<Ruling> {
    RULES.iter().filter_map(|judge| judge(asked)).collect()
}
