//! Why a change is proposed: where the rules ask for it, its author says so in the text of the pull request.

use crate::commands::own_text;
use crate::model::Attestations;
use crate::names::Repository;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::ruling::{Outcome, Remedy, Ruling};
use crate::{Spot, classify};
use std::collections::BTreeMap;

/// The attestation that is looked for here.
pub(super) const RATIONALE: &str = "rationale";

/// Characters of a reason: less says nothing.
const RATIONALE_CHARS_MIN: usize = 100;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let wanted = wanted_attestations(asked);
    let spot = wanted
        .iter()
        .find(|(words, _)| words.as_str() == RATIONALE)
        .map(|(_, spot)| *spot)?;
    let sources = vec![source_of(&spot.key, spot)];
    let said = own_text(&asked.facts.change.body);
    let letters = said.chars().filter(|letter| !letter.is_whitespace()).count();
    if letters >= RATIONALE_CHARS_MIN {
        return Some(Ruling::success(RATIONALE, "the text of the pull request says why").by(sources));
    }
    let remedy = Remedy {
        missing: format!(
            "a reason of at least {RATIONALE_CHARS_MIN} characters in the text of the pull request"
        ),
        who: asked.facts.author.iter().map(ToString::to_string).collect(),
        ..Remedy::default()
    };
    Some(
        Ruling::unmet(
            RATIONALE,
            Outcome::Pending,
            "the text of the pull request does not say why",
            remedy,
        )
        .by(sources),
    )
}

/// What tiers, controls, the repository, touching consensus and the rules for the rules want attested: each once, wherever it is asked for.
pub(super) fn wanted_attestations<'q>(asked: &Asked<'q>) -> BTreeMap<&'q String, &'q Spot> {
    let rules = asked.rules;
    let repository = Repository::from(&asked.facts.subject.repository);
    let found = classify(rules, &asked.facts.subject.repository, &asked.facts.change);
    let own = rules.repositories.get(&repository);
    let tiers = found
        .tiers
        .keys()
        .filter_map(|id| rules.tier(id))
        .map(|tier| &tier.attestations);
    let controls = found.controls.iter().map(|(control, _)| &control.attestations);
    let touched = own.into_iter().filter(|_| found.touches_consensus());
    let consensus = touched
        .flat_map(|own| &own.consensus)
        .map(|rule| &rule.attestations);
    let is_meta = rules.layers_with(&repository).contains(&0);
    let meta = rules
        .meta
        .iter()
        .filter(|_| is_meta)
        .map(|meta| &meta.attestations);
    let all: Vec<&Attestations> = tiers
        .chain(controls)
        .chain(own.map(|own| &own.attestations))
        .chain(consensus)
        .chain(meta)
        .collect();
    all.into_iter().flatten().collect()
}
