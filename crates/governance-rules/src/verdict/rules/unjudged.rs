//! What the rules ask for and this version does not judge: verification gates, rules between repositories, attestations. Whoever asks for it is
//! held back, for what nobody looked at is never fulfilled.

use super::rationale::{RATIONALE, wanted_attestations};
use crate::Spot;
use crate::model::{Companion, CrossLayerRule};
use crate::names::Repository;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::ruling::{Outcome, Remedy, Ruling};
use crate::wording::one_line;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let repository = Repository::from(&asked.facts.subject.repository);
    let mut parts = verifications(asked, &repository);
    parts.extend(attestations(asked));
    parts.extend(companions(asked, &repository));
    parts.extend(between(asked, &repository));
    if parts.is_empty() {
        return None;
    }
    Some(Ruling::of_parts(
        "not judged yet",
        "rules that this version cannot judge",
        parts,
    ))
}

fn unjudged(what: String, spot: &Spot) -> Ruling {
    let remedy = Remedy {
        missing:
            "a version that judges it; until then keep the repository in dry run, or take it out of the rules"
                .to_owned(),
        ..Remedy::default()
    };
    let ruling = Ruling::unmet("not judged", Outcome::Error, what, remedy);
    ruling.by(vec![source_of(&spot.key, spot)])
}

/// Gates of the layers and of the repository itself.
fn verifications(asked: &Asked<'_>, repository: &Repository) -> Vec<Ruling> {
    let layers = asked.rules.layers_with(repository);
    let of_layers = layers
        .iter()
        .filter_map(|number| asked.rules.layer(*number)?.verification.as_ref());
    let own = asked.rules.repositories.get(repository);
    let own = own.and_then(|rules| rules.verification.as_ref());
    let required = of_layers.chain(own).filter(|verification| verification.required);
    required
        .map(|verification| {
            let workflow = verification
                .workflow
                .as_ref()
                .map_or("", |workflow| &workflow.value);
            unjudged(
                format!("the verification gate {}", one_line(workflow)),
                &verification.spot,
            )
        })
        .collect()
}

/// What has to be attested, but for what is judged elsewhere.
fn attestations(asked: &Asked<'_>) -> Vec<Ruling> {
    let wanted = wanted_attestations(asked);
    let unjudged_ones = wanted
        .into_iter()
        .filter(|(words, _)| words.as_str() != RATIONALE);
    unjudged_ones
        .map(|(words, spot)| unjudged(format!("the attestation {}", one_line(words)), spot))
        .collect()
}

/// What a change of some paths brings along, by the repository's own file.
fn companions(asked: &Asked<'_>, repository: &Repository) -> Vec<Ruling> {
    let Some(own) = asked.rules.repositories.get(repository) else {
        return Vec::new();
    };
    let change = &asked.facts.change;
    let is_hit = |companion: &&Companion| {
        companion.blocking
            && (change.more_than_listed || change.touched().any(|path| companion.if_changed.takes(path)))
    };
    let hit = own.companions.iter().filter(is_hit);
    hit.map(|companion| {
        unjudged(
            "what this change brings along elsewhere".to_owned(),
            &companion.spot,
        )
    })
    .collect()
}

/// Rules between two repositories that are about this one.
fn between(asked: &Asked<'_>, repository: &Repository) -> Vec<Ruling> {
    let change = &asked.facts.change;
    let takes = |patterns: &Option<crate::pattern::Patterns>| {
        patterns.as_ref().is_none_or(|patterns| {
            change.more_than_listed || change.touched().any(|path| patterns.takes(path))
        })
    };
    let is_hit = |rule: &&CrossLayerRule| {
        let from = rule.source.value == *repository && takes(&rule.source_patterns);
        let to = rule
            .target
            .as_ref()
            .is_some_and(|target| target.value == *repository);
        rule.blocking && (from || (rule.bidirectional && to && takes(&rule.target_patterns)))
    };
    let hit = asked.rules.cross_layer.iter().filter(is_hit);
    hit.map(|rule| {
        let name = rule.name.as_ref().map_or("", |name| &name.value);
        unjudged(
            format!("the rule between repositories {}", one_line(name)),
            &rule.spot,
        )
    })
    .collect()
}
