//! `config/tier-classification-rules.yml`: which paths belong to which tier.

use super::actions::tier_id;
use super::repository::TIER_MAX;
use super::walk::{At, Walk};
use crate::model::{ClassificationRules, TierPatterns};
use crate::{Located, Ruleset, Spot};

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    walk.required(at, "classification_rules");
    let (mut tiers, mut scores) = (Vec::new(), Vec::new());
    for (name, tier) in walk.entries_of(at, "classification_rules") {
        let files = walk.some_patterns(&tier, "file_patterns");
        let excluded = walk.patterns(&tier, "exclude_patterns");
        scores.extend(["confidence_threshold", "keywords"].map(|score| spot_of(walk, &tier, score)));
        tiers.extend(tier_id(walk, &name).map(|value| TierPatterns {
            id: Located {
                value,
                spot: name.spot,
            },
            files,
            excluded,
        }));
    }
    scores.push(spot_of(walk, at, "confidence_scoring"));
    let fallback = walk.field(at, "fallback");
    let default_tier = fallback.and_then(|fallback| {
        let tier = walk.required(&fallback, "default_tier")?;
        walk.number(&tier, TIER_MAX)
    });
    rules.classification = Some(ClassificationRules {
        tiers,
        default_tier,
        scores: scores.into_iter().flatten().collect(),
    });
}

fn spot_of(walk: &mut Walk, at: &At<'_>, name: &str) -> Option<Spot> {
    walk.field(at, name).map(|found| found.spot)
}
