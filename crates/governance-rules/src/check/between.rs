//! What repositories owe each other, where nobody can say what is meant.

use crate::finding::Findings;
use crate::model::Validation;
use crate::wording::one_line;
use crate::{Code, Ruleset};

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
