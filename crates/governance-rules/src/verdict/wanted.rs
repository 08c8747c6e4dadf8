//! What has to be asked for before a pull request can be judged, because some rule may want it. What no rule wants nobody has to ask for.

use super::owed::{Owed, owed};
use super::rules::RATIONALE;
use crate::check::all_attestations;
use crate::model::Validation;
use crate::names::Repository;
use crate::{Ruleset, WantedReferences};
use domain_types::RepoName;
use std::collections::BTreeSet;

/// Facts that only some rules want.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Runs of workflows on the head.
    pub runs: bool,
    /// Pull requests that it names, of these repositories.
    pub companions: Vec<RepoName>,
    /// References to versions of other repositories, in its files.
    pub references: Vec<WantedReferences>,
}

/// What the rules may want to know of a pull request of this repository.
pub fn wanted(rules: &Ruleset, repository: &RepoName) -> Wanted {
    let repository = Repository::from(repository);
    let owed = owed(rules, &repository);
    let layers = rules.layers_with(&repository);
    let of_layers = layers
        .iter()
        .filter_map(|number| rules.layer(*number)?.verification.as_ref());
    let own = rules.repositories.get(&repository);
    let mut gates = of_layers.chain(own.and_then(|own| own.verification.as_ref()));
    let others = owed.iter().filter(|owed| owed.wants_update);
    let others: BTreeSet<&Repository> = others.filter_map(|owed| owed.other).collect();
    Wanted {
        runs: gates.any(|gate| gate.required) || owed.iter().any(|owed| owed.wants_verification),
        companions: others
            .into_iter()
            .map(|other| other.as_written().clone())
            .collect(),
        references: owed.iter().filter_map(Owed::wanted_references).collect(),
    }
}

/// The names that somebody may attest by these rules. Why a change is proposed is said by its text.
pub fn attestable(rules: &Ruleset) -> BTreeSet<String> {
    let words = all_attestations(rules).into_iter().flatten();
    let mut names: BTreeSet<String> = words.map(|(words, _)| words.to_ascii_lowercase()).collect();
    let between = rules.cross_layer.iter().map(|rule| &rule.validation.value);
    let own = rules.repositories.values().flat_map(|own| &own.companions);
    let own = own.filter_map(|companion| companion.validation.as_ref());
    let mut validations = between.chain(own.map(|validation| &validation.value));
    if validations.any(|validation| *validation == Validation::EquivalenceProofExists) {
        names.insert(super::rules::EQUIVALENCE_PROOF.to_owned());
    }
    names.remove(RATIONALE);
    names
}
