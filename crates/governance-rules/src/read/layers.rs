//! `config/repository-layers.yml` and `config/cross-layer-rules.yml`: which repositories belong together, and what they owe each other.

use super::actions::signatures;
use super::meta::LAYER_MAX;
use super::walk::{At, Walk};
use crate::model::{CrossLayerRule, Demand, Layer};
use crate::names::numbers_in;
use crate::wording::one_line;
use crate::{Located, Ruleset, RulesetErrorKind};

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    walk.required(at, "layers");
    for (name, layer) in walk.entries_of(at, "layers") {
        let number = number(walk, &name);
        let repositories = walk.items(&layer, "repositories");
        let repositories = repositories
            .iter()
            .filter_map(|item| walk.repository(item))
            .collect();
        let demand = signatures(walk, &layer);
        let consensus = Demand::of(None, walk.days(&layer, "consensus_review_period_days"));
        let maintainers = walk.texts(&layer, "maintainers");
        rules.layers.extend(number.map(|number| Layer {
            number,
            spot: name.spot,
            repositories,
            demand,
            consensus,
            maintainers,
        }));
    }
    rules.layers.sort_by_key(|layer| layer.number);
    if let Some(pair) = rules
        .layers
        .windows(2)
        .find(|pair| pair[0].number == pair[1].number)
    {
        let key = format!("layer {}", pair[1].number);
        let first_line = pair[0].spot.place.line;
        walk.note(&pair[1].spot, RulesetErrorKind::DuplicateKey { key, first_line });
    }
}

/// The digits of `layer_<n>_<word>`.
fn number(walk: &mut Walk, name: &Located<String>) -> Option<u32> {
    let number = numbers_in(&name.value)
        .first()
        .copied()
        .filter(|number| *number <= LAYER_MAX);
    if number.is_none() {
        let kind = RulesetErrorKind::WrongType {
            found: format!("`{}`", one_line(&name.value)),
            expected: "a key such as `layer_1_name`, with a number of at most 99,".to_owned(),
        };
        walk.note(&name.spot, kind);
    }
    number
}

pub(super) fn read_cross_layer(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    for rule in walk.items(at, "rules") {
        let mut repository = |name| {
            let found = walk.field(&rule, name)?;
            walk.repository(&found)
        };
        let (source, target) = (repository("source_repo"), repository("target_repo"));
        rules.mentions.extend(source);
        rules.mentions.extend(target.clone());
        walk.required(&rule, "source_repo");
        let pattern = |walk: &mut Walk, name| {
            let found = walk.field(&rule, name);
            let texts = found.and_then(|found| walk.text(&found)).into_iter().collect();
            walk.compile(texts);
        };
        pattern(walk, "source_pattern");
        pattern(walk, "target_pattern");
        let validation = walk.required(&rule, "validation");
        let validation = validation.and_then(|found| walk.text(&found));
        let reference = walk.field(&rule, "required_reference_format");
        let reference = reference.and_then(|found| walk.text(&found));
        rules
            .cross_layer
            .extend(validation.map(|validation| CrossLayerRule {
                target,
                validation,
                reference,
            }));
    }
}
