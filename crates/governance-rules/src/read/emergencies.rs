//! `config/emergency-tiers.yml`: what an activated emergency puts in the place of the usual numbers.

use super::actions::tier_id;
use super::walk::{At, DAYS_MAX, Walk};
use crate::model::{Demand, EmergencyTier};
use crate::{Located, Ruleset};

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    for (name, tier) in walk.entries_of(at, "tiers") {
        let id = tier_id(walk, &name);
        let tier = id.and_then(|id| {
            let numbers = walk.required(&tier, "requirements")?;
            for name in [
                "signature_threshold",
                "review_period_days",
                "activation_threshold",
            ] {
                walk.required(&numbers, name);
            }
            let demand = Demand::of(
                walk.threshold(&numbers, "signature_threshold"),
                walk.days(&numbers, "review_period_days"),
            );
            let activation = walk.threshold(&numbers, "activation_threshold");
            let duration = walk.required(&numbers, "max_duration_days");
            let duration_days = duration.and_then(|found| walk.number(&found, DAYS_MAX));
            let (extensions, extension_threshold) = extension(walk, &tier);
            Some(EmergencyTier {
                id,
                demand,
                activation: activation?,
                duration_days: duration_days?,
                extensions,
                extension_threshold,
            })
        });
        rules.emergencies.extend(tier);
    }
}

/// How often it can be extended, and by whom: not at all where nothing is said.
fn extension(walk: &mut Walk, tier: &At<'_>) -> (Located<u32>, Option<Located<crate::Threshold>>) {
    let none = |spot: &crate::Spot| Located {
        value: 0,
        spot: spot.clone(),
    };
    let Some(extension) = walk.field(tier, "extension") else {
        return (none(&tier.spot), None);
    };
    if !walk.flag(&extension, "allowed") {
        return (none(&extension.spot), None);
    }
    let times = walk.required(&extension, "max_extensions");
    let times = times.and_then(|found| walk.number(&found, 1000));
    let threshold = walk.threshold(&extension, "extension_threshold");
    (times.unwrap_or_else(|| none(&extension.spot)), threshold)
}
