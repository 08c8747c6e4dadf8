//! `config/repository-layers.yml`: which repositories belong together.

use super::actions::signatures;
use super::gate;
use super::meta::LAYER_MAX;
use super::walk::{At, Walk};
use crate::model::{Demand, Layer};
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
        let verification = gate::read(walk, &layer);
        rules.layers.extend(number.map(|number| Layer {
            number,
            spot: name.spot,
            repositories,
            demand,
            consensus,
            maintainers,
            verification,
        }));
    }
    rules.layers.sort_by_key(|layer| layer.number);
    walk.once_each(
        "layer",
        rules.layers.iter().map(|layer| (layer.number, &layer.spot)),
    );
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
