//! `config/action-tiers.yml`: the tiers, and a short copy of the emergency tiers.

use super::flags;
use super::walk::{At, DAYS_MAX, Walk};
use crate::model::{Demand, EmergencyCopy, Tier};
use crate::{Located, Ruleset, SIGNATURES_MAX, Threshold, TierId};

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    walk.required(at, "tiers");
    tiers_once(walk, at);
    for (name, tier) in walk.entries_of(at, "tiers") {
        let id = tier_id(walk, &name);
        let (of_flags, attestations) = flags::read(walk, &tier);
        let demand = signatures(walk, &tier).max(of_flags);
        let emergency_override = walk.flag(&tier, "emergency_override");
        rules.tiers.extend(id.map(|id| Tier {
            id,
            demand,
            emergency_override,
            attestations,
        }));
    }
    for (name, copy) in walk.entries_of(at, "emergency_tiers") {
        let copy = emergency_copy(walk, &name.value, &copy);
        rules.emergency_copies.push(copy);
    }
}

/// Whoever names a tier by its number means one.
pub(super) fn tiers_once(walk: &mut Walk, at: &At<'_>) {
    let tiers = walk.entries_of(at, "tiers");
    let numbered = tiers.iter().filter_map(|(name, _)| {
        let id: TierId = name.value.parse().ok()?;
        Some((id.number()?, &name.spot))
    });
    walk.once_each("tier", numbered);
}

/// The key of a tier as its id.
pub(super) fn tier_id(walk: &mut Walk, name: &Located<String>) -> Option<TierId> {
    let id = name.value.parse().ok();
    if id.is_none() {
        let kind = crate::RulesetErrorKind::WrongType {
            found: format!("`{}`", crate::wording::one_line(&name.value)),
            expected: "the id of a tier, 1 to 64 of a-z A-Z 0-9 _ -,".to_owned(),
        };
        walk.note(&name.spot, kind);
    }
    id
}

/// `signatures: {required, total}` and `review_period_days`, all of which must be there.
pub(super) fn signatures(walk: &mut Walk, at: &At<'_>) -> Demand {
    let signatures = walk.required(at, "signatures");
    let mut number = |name| {
        let part = walk.required(signatures.as_ref()?, name)?;
        walk.number(&part, SIGNATURES_MAX)
    };
    let (required, total) = (number("required"), number("total"));
    walk.required(at, "review_period_days");
    Demand {
        required,
        total,
        days: walk.days(at, "review_period_days"),
        keyholders: None,
    }
}

fn emergency_copy(walk: &mut Walk, name: &str, at: &At<'_>) -> EmergencyCopy {
    let mut number = |name| {
        let part = walk.field(at, name)?;
        walk.number(&part, DAYS_MAX)
    };
    let required = number("activation_threshold");
    let total = number("activation_total");
    let activation = required.zip(total).map(|(required, total)| Located {
        value: Threshold {
            required: required.value,
            total: total.value,
        },
        spot: required.spot,
    });
    EmergencyCopy {
        name: name.to_owned(),
        activation,
        days: number("review_period_days"),
        duration_days: number("max_duration_days"),
        extensions: number("extensions_allowed"),
    }
}
