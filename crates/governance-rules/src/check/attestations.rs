//! `requires_*` keys that nobody knows.

use crate::finding::Findings;
use crate::model::{Attestations, KNOWN_ATTESTATIONS};
use crate::wording::one_line;
use crate::{Code, Ruleset};

/// Somebody has to attest them by these very words. Most often another word was meant.
pub(super) fn words(rules: &Ruleset, findings: &mut Findings) {
    for (words, spot) in all(rules).into_iter().flatten() {
        if !KNOWN_ATTESTATIONS.contains(&words.as_str()) {
            let message = format!("`requires_{}` has no meaning of its own", one_line(words));
            let remedy = "correct the key, such as `requires_security_audit`, `requires_6_of_7` or `requires_365_days`; \
                          until then somebody has to attest it by these words";
            findings.say(Code::ValueNotKnown, spot, message, remedy);
        }
    }
}

/// Whatever has to be attested anywhere.
pub(crate) fn all(rules: &Ruleset) -> Vec<&Attestations> {
    let repositories = rules.repositories.values();
    let consensus = repositories.clone().flat_map(|repository| &repository.consensus);
    let meta = rules.meta.iter().map(|meta| &meta.attestations);
    meta.chain(rules.tiers.iter().map(|tier| &tier.attestations))
        .chain(rules.controls.iter().map(|control| &control.attestations))
        .chain(repositories.map(|repository| &repository.attestations))
        .chain(consensus.map(|rule| &rule.attestations))
        .collect()
}
