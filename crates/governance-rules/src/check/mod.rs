//! What is doubtful in rules that can be read. Each file asks one thing; everything is reckoned from the rules themselves.

mod attestations;
mod between;
mod controls;
mod emergencies;
mod files;
mod keys;
mod layers;
mod meta;
mod people;
mod pools;
mod tiers;
mod versions;

use crate::finding::Findings;
use crate::{Finding, Mode, Ruleset};

type Check = fn(&Ruleset, &mut Findings);

const CHECKS: &[Check] = &[
    files::missing_and_unread,
    keys::each_key,
    keys::each_person,
    keys::one_login_other_keys,
    people::status_in_two_files,
    pools::thresholds,
    pools::people,
    pools::tiers_in_layers,
    pools::controls_in_layers,
    pools::repositories_in_layers,
    pools::keyholders,
    meta::maintainers,
    meta::tiers_of_own_files,
    layers::days_of_emergencies,
    layers::repositories,
    layers::own_files,
    layers::spellings,
    layers::ids,
    between::validations,
    between::requirements,
    attestations::words,
    tiers::known,
    tiers::workflow_files,
    tiers::scores,
    controls::below_their_tier,
    emergencies::copies,
    versions::references,
    versions::ages,
];

pub(crate) use attestations::all as all_attestations;

/// Everything that is doubtful in these rules, in the order of the files.
pub fn check(rules: &Ruleset, mode: Mode) -> Vec<Finding> {
    let mut findings = Findings::default();
    CHECKS.iter().for_each(|check| check(rules, &mut findings));
    findings.finish(mode)
}
