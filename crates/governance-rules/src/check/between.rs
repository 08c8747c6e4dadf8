//! What repositories owe each other, where nobody can say what is meant, or nobody asks for it.

use crate::finding::Findings;
use crate::model::Validation;
use crate::wording::one_line;
use crate::{Code, Ruleset};

/// What is meant by words of `validation_requirements`, as checks between repositories.
const MEANT: &[(&str, &str)] = &[
    ("must_reference_version", "references_latest_version"),
    ("no_consensus_modifications", "no_consensus_modifications"),
    ("no_consensus_impact", "no_consensus_modifications"),
    ("equivalence_proof_required", "equivalence_proof_exists"),
];

/// What a repository's own file requires without saying of which paths, or beside what: it holds nobody back.
pub(super) fn requirements(rules: &Ruleset, findings: &mut Findings) {
    for required in rules.repositories.values().flat_map(|own| &own.requirements) {
        let message = format!("`{}` decides nothing here", one_line(&required.value));
        let meant = MEANT.iter().find(|(word, _)| *word == required.value);
        let remedy = match meant {
            Some((_, check)) => format!(
                "write a rule with `validation: {check}` into config/cross-layer-rules.yml, which says for which paths it holds"
            ),
            None => "leave it out, or name a check of the repository that looks for it in `required_checks`"
                .to_owned(),
        };
        findings.say(Code::RequirementNotUsed, &required.spot, message, &remedy);
    }
}

/// A check that nobody knows holds of nothing, so no change that it is about can be merged.
pub(super) fn validations(rules: &Ruleset, findings: &mut Findings) {
    let of_rules = rules.cross_layer.iter().map(|rule| &rule.validation);
    let own = rules.repositories.values().flat_map(|own| &own.companions);
    for validation in of_rules.chain(own.filter_map(|companion| companion.validation.as_ref())) {
        if let Validation::NotKnown(word) = &validation.value {
            let message = format!("`{}` is no check between repositories", one_line(word));
            let known: Vec<&str> = Validation::KNOWN.iter().map(|(word, _)| *word).collect();
            let remedy = format!("write one of {}", known.join(", "));
            findings.say(Code::UnknownValidation, &validation.spot, message, &remedy);
        }
    }
}
