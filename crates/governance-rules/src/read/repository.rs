//! `config/repos/<name>.yml`: what one repository asks for beyond its layer.

use super::meta::LAYER_MAX;
use super::walk::{At, Walk};
use super::{between, flags, gate};
use crate::error::RulesetErrorKind;
use crate::model::{ConsensusRule, Demand, RepositoryRules};
use crate::names::Repository;
use crate::{Located, Ruleset};

/// Numbers of tiers.
pub(super) const TIER_MAX: u32 = 99;

pub(super) fn name_of_file(path: &str) -> Option<Repository> {
    let name = path.strip_prefix("config/repos/")?.strip_suffix(".yml")?;
    name.parse().ok()
}

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    let Some(name) = name_of_file(&at.spot.file) else {
        return;
    };
    if let Some(first) = rules.repositories.get(&name) {
        let first = first.spot.file.to_string();
        walk.note(&at.spot, RulesetErrorKind::SecondFile { first });
        return;
    }
    for list in ["synchronized_with", "dependencies"] {
        let items = walk.items(at, list);
        rules
            .mentions
            .extend(items.iter().filter_map(|item| walk.repository(item)));
    }
    let companions = between::companions(walk, rules, at);
    rules.mentions.push(Located {
        value: name.clone(),
        spot: at.spot.clone(),
    });
    let number = |walk: &mut Walk, name, max| {
        let found = walk.field(at, name)?;
        walk.number(&found, max)
    };
    let (of_flags, attestations) = flags::read(walk, at);
    let (requirements, references) = requirements(walk, at);
    let own = Demand::of(
        walk.threshold(at, "signature_threshold"),
        walk.days(at, "review_period_days"),
    );
    let repository = RepositoryRules {
        spot: at.spot.clone(),
        layer: number(walk, "layer", LAYER_MAX),
        demand: own.max(of_flags),
        attestations,
        action_tier: number(walk, "action_tier", TIER_MAX),
        auto: match walk.section(at, "auto_classification") {
            Some(auto) => walk.some_patterns(&auto, "patterns"),
            None => Default::default(),
        },
        consensus: consensus(walk, at),
        references,
        requirements,
        verification: gate::read(walk, at),
        companions,
    };
    rules.repositories.insert(name, repository);
}

/// Both ways to say which paths touch consensus.
fn consensus(walk: &mut Walk, at: &At<'_>) -> Vec<ConsensusRule> {
    let changes = walk.section(at, "consensus_rule_changes");
    let paths = walk.section(at, "paths");
    let changes = changes.and_then(|changes| rule_changes(walk, &changes));
    let paths = paths.and_then(|paths| critical_paths(walk, &paths));
    changes.into_iter().chain(paths).collect()
}

/// `detection` says which paths, `repository_requirements` what they ask for. Whatever asks for something has paths.
fn rule_changes(walk: &mut Walk, changes: &At<'_>) -> Option<ConsensusRule> {
    let (mut demand, mut attestations) = flags::read(walk, changes);
    let numbers = walk.section(changes, "repository_requirements");
    if let Some(numbers) = &numbers {
        let own = Demand::of(
            walk.threshold(numbers, "maintainer_threshold"),
            walk.days(numbers, "review_period_days"),
        );
        let (of_flags, more) = flags::read(walk, numbers);
        demand = demand.max(own).max(of_flags);
        attestations.extend(more);
    }
    let asks = numbers.is_some() || !demand.is_empty() || !attestations.is_empty();
    if !asks && !changes.has("detection") {
        return None;
    }
    let detection = walk.required(changes, "detection")?;
    Some(ConsensusRule {
        patterns: walk.some_patterns(&detection, "patterns"),
        demand,
        attestations,
    })
}

/// `consensus_critical` says which paths, the flags beside it what they ask for.
fn critical_paths(walk: &mut Walk, paths: &At<'_>) -> Option<ConsensusRule> {
    let (demand, attestations) = flags::read(walk, paths);
    let asks = !demand.is_empty() || !attestations.is_empty();
    if !asks && !paths.has("consensus_critical") {
        return None;
    }
    Some(ConsensusRule {
        patterns: walk.some_patterns(paths, "consensus_critical"),
        demand,
        attestations,
    })
}

/// What `validation_requirements` name, each item with one key; and the references to versions among them.
fn requirements(walk: &mut Walk, at: &At<'_>) -> (Vec<Located<String>>, Vec<Located<String>>) {
    let (mut names, mut references) = (Vec::new(), Vec::new());
    for item in walk.items(at, "validation_requirements") {
        for (name, value) in walk.entries(&item) {
            if name.value == "must_reference_version" {
                references.extend(walk.text(&value));
            }
            names.push(name);
        }
    }
    (names, references)
}
