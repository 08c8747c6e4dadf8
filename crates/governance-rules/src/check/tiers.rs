//! Tiers by path: tiers that are named and not there, patterns that take more than was meant, scores that decide nothing.

use crate::finding::Findings;
use crate::model::Tier;
use crate::wording::{days, one_line};
use crate::{Code, Located, Ruleset};

/// Workflow files as every repository has them.
const WORKFLOWS: &[&str] = &[".github/workflows/build.yml", ".github/workflows/build.yaml"];

/// Every tier that is named must be one.
pub(super) fn known(rules: &Ruleset, findings: &mut Findings) {
    let mut say = |located: &Located<String>| {
        let message = format!(
            "{} is no tier of config/action-tiers.yml",
            one_line(&located.value)
        );
        let remedy = "correct the name, or add the tier: a change that hits it can never be merged";
        findings.say(Code::UnknownTier, &located.spot, message, remedy);
    };
    let named = |value: String, spot: &crate::Spot| Located {
        value,
        spot: spot.clone(),
    };
    for patterns in rules.classification.iter().flat_map(|rules| &rules.tiers) {
        if rules.tier(&patterns.id.value).is_none() {
            say(&named(patterns.id.value.as_str().to_owned(), &patterns.id.spot));
        }
    }
    for control in &rules.controls {
        if let Some(id) = control.tier().filter(|id| rules.tier(id).is_none()) {
            say(&named(id.as_str().to_owned(), &control.id.spot));
        }
    }
    let defaults = rules
        .classification
        .iter()
        .filter_map(|rules| rules.default_tier.as_ref());
    let own = rules
        .repositories
        .values()
        .filter_map(|repository| repository.action_tier.as_ref());
    for number in defaults.chain(own) {
        if rules.find_tier(&number.value.to_string()).is_none() {
            say(&named(format!("tier {}", number.value), &number.spot));
        }
    }
}

/// A pattern without a folder that takes workflow files, in a tier that asks more than the usual one.
pub(super) fn workflow_files(rules: &Ruleset, findings: &mut Findings) {
    let Some(classification) = &rules.classification else {
        return;
    };
    let usual = rules.default_tier(classification);
    for patterns in &classification.tiers {
        let Some(tier) = rules
            .tier(&patterns.id.value)
            .filter(|tier| is_stricter(tier, usual))
        else {
            continue;
        };
        for pattern in patterns.files.texts() {
            let is_meant = pattern.value.contains(".github");
            let is_hit = WORKFLOWS.iter().any(|path| {
                !patterns.excluded.plainly_takes(path)
                    && patterns.files.hits(path).any(|hit| hit.spot == pattern.spot)
            });
            if is_hit && !is_meant {
                let message = format!(
                    "`{}` takes every workflow file below .github/workflows: each of its changes is {}, {}",
                    one_line(&pattern.value),
                    tier.id,
                    days(tier.demand.days())
                );
                let remedy =
                    "name the folders that are meant, such as `config/**/*.yml`, or exclude `.github/**`";
                findings.say(Code::PatternTakesWorkflows, &pattern.spot, message, remedy);
            }
        }
    }
}

fn is_stricter(tier: &Tier, usual: Option<&Tier>) -> bool {
    let required = |tier: &Tier| tier.demand.required.as_ref().map_or(0, |required| required.value);
    usual.is_none_or(|usual| required(tier) > required(usual) || tier.demand.days() > usual.demand.days())
}

/// Scores and keywords are read by others; here only paths decide.
pub(super) fn scores(rules: &Ruleset, findings: &mut Findings) {
    for spot in rules.classification.iter().flat_map(|rules| &rules.scores) {
        let name = spot.key.rsplit('.').next().unwrap_or_default();
        let message =
            format!("`{name}` decides nothing: tiers follow from paths, and a title can only raise them");
        let remedy = "keep it for other readers, or leave it out";
        findings.say(Code::ScoringNotUsed, spot, message, remedy);
    }
}
