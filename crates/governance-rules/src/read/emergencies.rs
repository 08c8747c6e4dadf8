//! `config/emergency-tiers.yml`: what an activated emergency puts in the place of the usual numbers.

use super::actions::{tier_id, tiers_once};
use super::walk::{At, DAYS_MAX, Walk};
use crate::model::{Demand, EmergencyTier, FollowUp};
use crate::{Located, Ruleset, Spot, Threshold};

/// Extensions of one emergency.
const EXTENSIONS_MAX: u32 = 1000;

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    tiers_once(walk, at);
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
            let extension = extension(walk, &tier);
            let follow_up = follow_up(walk, &tier);
            Some(EmergencyTier {
                id,
                demand,
                activation: activation?,
                duration_days: duration_days?,
                extensions: extension.times,
                extension_days: extension.days,
                extension_threshold: extension.threshold,
                follow_up,
            })
        });
        rules.emergencies.extend(tier);
    }
}

/// How often it can be extended, for how long, and by whom.
struct Extension {
    times: Located<u32>,
    days: Option<Located<u32>>,
    threshold: Option<Located<Threshold>>,
}

/// Not at all where nothing is said.
fn extension(walk: &mut Walk, tier: &At<'_>) -> Extension {
    let none = |spot: &Spot| Extension {
        times: Located {
            value: 0,
            spot: spot.clone(),
        },
        days: None,
        threshold: None,
    };
    let Some(extension) = walk.field(tier, "extension") else {
        return none(&tier.spot);
    };
    if !walk.flag(&extension, "allowed") {
        return none(&extension.spot);
    }
    let times = walk.required(&extension, "max_extensions");
    let times = times.and_then(|found| walk.number(&found, EXTENSIONS_MAX));
    walk.required(&extension, "extension_duration_days");
    Extension {
        times: times.unwrap_or_else(|| none(&extension.spot).times),
        days: walk.days(&extension, "extension_duration_days"),
        threshold: walk.threshold(&extension, "extension_threshold"),
    }
}

/// What is owed afterwards, each with its days.
fn follow_up(walk: &mut Walk, tier: &At<'_>) -> FollowUp {
    let Some(owed) = walk.section(tier, "post_activation") else {
        return FollowUp::default();
    };
    let mut days = |what: &str| {
        let name = format!("{what}_deadline_days");
        let is_owed = walk.flag_or(&owed, &format!("requires_{what}"), owed.has(&name));
        if !is_owed {
            return None;
        }
        walk.required(&owed, &name);
        walk.days(&owed, &name)
    };
    FollowUp {
        post_mortem_days: days("post_mortem"),
        security_audit_days: days("security_audit"),
    }
}
