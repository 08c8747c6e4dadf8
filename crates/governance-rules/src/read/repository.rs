//! `config/repos/<name>.yml`: what one repository asks for beyond its layer.

use super::meta::LAYER_MAX;
use super::walk::{At, DAYS_MAX, Walk};
use crate::model::{ConsensusRule, Demand, RepositoryRules};
use crate::names::numbers_in;
use crate::{Located, Ruleset, SIGNATURES_MAX, Threshold};
use domain_types::RepoName;

/// Numbers of tiers.
pub(super) const TIER_MAX: u32 = 99;

pub(super) fn name_of_file(path: &str) -> Option<RepoName> {
    let name = path.strip_prefix("config/repos/")?.strip_suffix(".yml")?;
    name.parse().ok()
}

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    let Some(name) = name_of_file(&at.spot.file) else {
        return;
    };
    for list in ["synchronized_with", "dependencies"] {
        let items = walk.items(at, list);
        rules
            .mentions
            .extend(items.iter().filter_map(|item| walk.repository(item)));
    }
    for rule in walk.items(at, "cross_layer_rules") {
        rules.mentions.extend(companion(walk, &rule));
    }
    rules.mentions.push(Located {
        value: name.clone(),
        spot: at.spot.clone(),
    });
    let number = |walk: &mut Walk, name, max| {
        let found = walk.field(at, name)?;
        walk.number(&found, max)
    };
    let repository = RepositoryRules {
        layer: number(walk, "layer", LAYER_MAX),
        demand: Demand::of(
            walk.threshold(at, "signature_threshold"),
            walk.days(at, "review_period_days"),
        ),
        action_tier: number(walk, "action_tier", TIER_MAX),
        auto: match walk.field(at, "auto_classification") {
            Some(auto) => walk.patterns(&auto, "patterns"),
            None => Default::default(),
        },
        consensus: consensus(walk, at),
        references: references(walk, at),
    };
    rules.repositories.insert(name, repository);
}

/// The repository that a change wants a change in: the first part of `then_require_update`.
fn companion(walk: &mut Walk, rule: &At<'_>) -> Option<Located<RepoName>> {
    let found = walk.field(rule, "then_require_update")?;
    let text = walk.text(&found)?;
    let name = text.value.split('/').next().and_then(|name| name.parse().ok());
    if name.is_none() {
        walk.wrong(&found, "REPOSITORY/PATTERN");
    }
    name.map(|value| Located {
        value,
        spot: text.spot,
    })
}

/// Both ways to say which paths touch consensus.
fn consensus(walk: &mut Walk, at: &At<'_>) -> Vec<ConsensusRule> {
    let mut rules = Vec::new();
    if let Some(changes) = walk.field(at, "consensus_rule_changes") {
        let patterns = walk.field(&changes, "detection");
        let patterns = patterns.map(|detection| walk.patterns(&detection, "patterns"));
        let numbers = walk.field(&changes, "repository_requirements");
        let demand = numbers.map(|numbers| {
            Demand::of(
                walk.threshold(&numbers, "maintainer_threshold"),
                walk.days(&numbers, "review_period_days"),
            )
        });
        rules.extend(patterns.map(|patterns| ConsensusRule {
            patterns,
            demand: demand.unwrap_or_default(),
        }));
    }
    if let Some(paths) = walk.field(at, "paths") {
        let patterns = walk.patterns(&paths, "consensus_critical");
        let demand = numbers_in_keys(walk, &paths);
        rules.push(ConsensusRule { patterns, demand });
    }
    rules
}

/// `requires_6_of_7: true` and `requires_365_days: true`.
fn numbers_in_keys(walk: &mut Walk, paths: &At<'_>) -> Demand {
    let (mut threshold, mut days) = (None, None);
    for (key, at) in walk.entries(paths) {
        let Some(words) = key.value.strip_prefix("requires_") else {
            continue;
        };
        if !walk.flag(paths, &key.value) {
            continue;
        }
        let (words, spot) = (words.to_owned(), key.spot);
        match numbers_in(&words).as_slice() {
            [required, total]
                if words == format!("{required}_of_{total}") && *total.max(required) <= SIGNATURES_MAX =>
            {
                let value = Threshold {
                    required: *required,
                    total: *total,
                };
                threshold = Some(Located { value, spot });
            }
            [value] if words == format!("{value}_days") && *value <= DAYS_MAX => {
                days = Some(Located { value: *value, spot });
            }
            _ => walk.wrong(&at, "a flag such as `requires_6_of_7` or `requires_365_days`"),
        }
    }
    Demand::of(threshold, days)
}

fn references(walk: &mut Walk, at: &At<'_>) -> Vec<Located<String>> {
    let mut references = Vec::new();
    for requirement in walk.items(at, "validation_requirements") {
        let found = walk.field(&requirement, "must_reference_version");
        references.extend(found.and_then(|found| walk.text(&found)));
    }
    references
}
