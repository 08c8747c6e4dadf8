//! What a change needs: component by component the largest number that any rule asks for, each with its source.
//!
//! Nothing is ever lowered because it cannot be reached: that is said, and stays.

use crate::model::{Demand, Tier};
use crate::names::Repository;
use crate::obstacles::{able, obstacles};
use crate::{Change, Classification, Located, Ruleset, Spot, Threshold, TierId, classify};
use domain_types::RepoName;
use serde::Serialize;
use std::collections::BTreeSet;
use thiserror::Error;

/// Why no numbers can be given at all.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unanswerable {
    /// There is no such layer.
    #[error("there is no layer {0}")]
    UnknownLayer(u32),
    /// There is no such tier.
    #[error("there is no tier {0}")]
    UnknownTier(String),
    /// No file says which layer the repository is in.
    #[error("{0} is in no layer")]
    UnknownRepository(RepoName),
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The rule, such as `Layer 3` or `Tier 5`.
    pub rule: String,
    /// The file, relative to the folder of the rules.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The way to the number.
    pub key: String,
}

/// The sources of each number: every rule that asks for as much.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sources {
    /// Of `required`.
    pub required: Vec<Source>,
    /// Of `total`.
    pub total: Vec<Source>,
    /// Of `review_days`.
    pub review_days: Vec<Source>,
    /// Of `keyholders`.
    pub keyholders: Vec<Source>,
}

/// What a change needs. Its fields are those of the schema `governance/requirement/v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// Signatures of different maintainers.
    pub required: u32,
    /// Maintainers that the rules have in mind.
    pub total: u32,
    /// Days of review.
    pub review_days: u32,
    /// Signatures of emergency keyholders beside them.
    pub keyholders: Option<Threshold>,
    /// Where each number comes from.
    pub sources: Sources,
    /// Whether as many people as are needed can sign at all.
    pub satisfiable: bool,
    /// Maintainers who can sign: active, with a key that is theirs alone.
    pub pool: usize,
    /// Why these rules, and what is in the way.
    pub reasons: Vec<String>,
    /// What is in the way alone.
    #[serde(skip)]
    pub(crate) obstacles: Vec<String>,
    /// Whether these are the numbers of an activated emergency.
    #[serde(skip)]
    pub(crate) is_emergency: bool,
}

impl Requirement {
    fn obstructed_by(&mut self, obstacle: String) {
        self.satisfiable = false;
        self.reasons.push(obstacle.clone());
        self.obstacles.push(obstacle);
    }
}

/// A rule by name, with what it asks for.
struct Part<'r> {
    rule: String,
    demand: &'r Demand,
}

/// What any change of a tier needs in a layer; 0 is the layer of the rules themselves.
///
/// # Errors
///
/// There is no such layer, or no such tier.
pub fn requirement_of_tier(rules: &Ruleset, layer: u32, tier: &TierId) -> Result<Requirement, Unanswerable> {
    let known = rules
        .tier(tier)
        .ok_or_else(|| Unanswerable::UnknownTier(tier.as_str().to_owned()))?;
    let mut parts = layer_parts(rules, layer);
    if parts.is_empty() {
        return Err(Unanswerable::UnknownLayer(layer));
    }
    parts.push(Part {
        rule: tier.to_string(),
        demand: &known.demand,
    });
    Ok(strictest(rules, &BTreeSet::from([layer]), &parts, Vec::new()))
}

/// What a change of a repository needs.
///
/// # Errors
///
/// No file says which layer the repository is in.
pub fn requirement(
    rules: &Ruleset,
    repository: &RepoName,
    change: &Change,
) -> Result<Requirement, Unanswerable> {
    requirement_of(rules, (repository, change), &classify(rules, repository, change))
}

/// The same, where it is known already what the change is.
pub(crate) fn requirement_of(
    rules: &Ruleset,
    (repository, change): (&RepoName, &Change),
    found: &Classification<'_>,
) -> Result<Requirement, Unanswerable> {
    let layers = rules.layers_of(repository);
    if layers.is_empty() {
        return Err(Unanswerable::UnknownRepository(repository.clone()));
    }
    let mut reasons = reasons(found);
    let consensus = consensus_parts(rules, (repository, &layers), found);
    let meta = layers.iter().filter(|layer| **layer == 0);
    let meta = meta.flat_map(|layer| layer_parts(rules, *layer));
    let emergency = emergency_part(rules, change, found, &mut reasons);
    let is_emergency = emergency.is_some();
    let parts: Vec<Part<'_>> = match emergency {
        Some(emergency) => consensus.into_iter().chain(meta).chain([emergency]).collect(),
        None => usual_parts(rules, (repository, &layers), found, &mut reasons)
            .into_iter()
            .chain(consensus)
            .collect(),
    };
    let mut needed = strictest(rules, &layers, &parts, reasons);
    needed.is_emergency = is_emergency;
    for tier in found.tiers.keys().filter(|tier| rules.tier(tier).is_none()) {
        let why = format!("{} is no tier of config/action-tiers.yml", tier.as_str());
        needed.obstructed_by(why);
    }
    for layer in layers
        .iter()
        .filter(|layer| layer_parts(rules, **layer).is_empty())
    {
        needed.obstructed_by(format!("there is no layer {layer}"));
    }
    Ok(needed)
}

/// What is said of a layer, in the file of the layers and in that of the rules themselves: neither takes the other's place.
fn layer_parts(rules: &Ruleset, number: u32) -> Vec<Part<'_>> {
    let listed = rules.layer(number).map(|layer| Part {
        rule: format!("Layer {number}"),
        demand: &layer.demand,
    });
    let meta = rules.meta.as_ref().filter(|meta| meta.layer.value == number);
    let meta = meta.map(|meta| Part {
        rule: format!("Layer {number} (.governance.yml)"),
        demand: &meta.demand,
    });
    listed.into_iter().chain(meta).collect()
}

/// Layers, the repository's own file, tiers and controls.
fn usual_parts<'r>(
    rules: &'r Ruleset,
    (repository, layers): (&RepoName, &BTreeSet<u32>),
    found: &Classification<'r>,
    reasons: &mut Vec<String>,
) -> Vec<Part<'r>> {
    let mut parts: Vec<Part<'r>> = layers
        .iter()
        .flat_map(|layer| layer_parts(rules, *layer))
        .collect();
    if let Some(own) = rules.repositories.get(&Repository::from(repository)) {
        let rule = repository.to_string();
        let demand = &own.demand;
        parts.push(Part { rule, demand });
    }
    for id in found.tiers.keys() {
        let Some(tier) = rules.tier(id) else { continue };
        let rule = id.to_string();
        let demand = &tier.demand;
        parts.push(Part { rule, demand });
        if tier.emergency_override {
            parts.extend(claimed(rules, id, reasons));
        }
    }
    parts.extend(found.controls.iter().map(|(control, _)| Part {
        rule: format!("Control {}", crate::wording::one_line(&control.id.value)),
        demand: &control.demand,
    }));
    parts
}

/// What counts beside a tier that is only claimed, as long as no emergency is activated: the usual tier, or every tier where none is named.
fn claimed<'r>(rules: &'r Ruleset, id: &TierId, reasons: &mut Vec<String>) -> Vec<Part<'r>> {
    let patterns = rules.classification.as_ref();
    let usual = patterns.and_then(|patterns| rules.default_tier(patterns));
    let beside: Vec<&Tier> = match usual {
        Some(usual) => vec![usual],
        None => rules.tiers.iter().collect(),
    };
    let counted = match usual {
        Some(usual) => usual.id.to_string(),
        None => "every tier, as no usual one is named".to_owned(),
    };
    reasons.push(format!(
        "{counted}: {id} is a claim as long as no emergency is activated"
    ));
    let parts = beside.into_iter().map(|tier| Part {
        rule: tier.id.to_string(),
        demand: &tier.demand,
    });
    parts.collect()
}

/// What touching consensus asks for, which nothing shortens: everything that the repository's own file says of it, in whatever place.
fn consensus_parts<'r>(
    rules: &'r Ruleset,
    (repository, layers): (&RepoName, &BTreeSet<u32>),
    found: &Classification<'r>,
) -> Vec<Part<'r>> {
    if !found.touches_consensus() {
        return Vec::new();
    }
    let own = rules.repositories.get(&Repository::from(repository));
    let own = own.into_iter().flat_map(|own| &own.consensus).map(|rule| Part {
        rule: "Consensus".to_owned(),
        demand: &rule.demand,
    });
    let known = layers.iter().filter_map(|number| rules.layer(*number));
    let of_layers = known.map(|layer| Part {
        rule: format!("Layer {} (consensus)", layer.number),
        demand: &layer.consensus,
    });
    own.chain(of_layers).collect()
}

/// An activated emergency takes the place of the usual numbers, for changes of a tier that allows it.
fn emergency_part<'r>(
    rules: &'r Ruleset,
    change: &Change,
    found: &Classification<'r>,
    reasons: &mut Vec<String>,
) -> Option<Part<'r>> {
    let id = change.emergency.as_ref()?;
    let allows = |tier: &TierId| rules.tier(tier).is_some_and(|tier| tier.emergency_override);
    let Some(emergency) = rules.emergencies.iter().find(|emergency| emergency.id == *id) else {
        reasons.push(format!(
            "the emergency {} is not known and changes nothing",
            id.as_str()
        ));
        return None;
    };
    if !found.tiers.keys().any(allows) {
        reasons.push("an emergency is activated, and no tier of this change lets it count".to_owned());
        return None;
    }
    let rule = format!("Emergency {}", id.as_str());
    reasons.push(format!("{rule}: it is activated for this change"));
    let demand = &emergency.demand;
    Some(Part { rule, demand })
}

fn reasons(found: &Classification<'_>) -> Vec<String> {
    let mut said = Vec::new();
    let mut say = |rule: &str, reason: &crate::Reason| {
        let place = reason
            .spot
            .as_ref()
            .map_or_else(String::new, |spot| format!(" ({spot})"));
        said.push(format!("{rule}: {}{place}", reason.because));
    };
    for (tier, reasons) in &found.tiers {
        reasons.iter().for_each(|reason| say(&tier.to_string(), reason));
    }
    for (control, reason) in &found.controls {
        say(
            &format!("Control {}", crate::wording::one_line(&control.id.value)),
            reason,
        );
    }
    found
        .consensus
        .iter()
        .for_each(|(_, reason)| say("Consensus", reason));
    said
}

/// The largest of each number, with everybody who asks for it, and whether so many can sign.
fn strictest(
    rules: &Ruleset,
    layers: &BTreeSet<u32>,
    parts: &[Part<'_>],
    mut reasons: Vec<String>,
) -> Requirement {
    let (required, required_by) = largest(parts, |demand| demand.required.as_ref());
    let (total, total_by) = largest(parts, |demand| demand.total.as_ref());
    let (review_days, review_days_by) = largest(parts, |demand| demand.days.as_ref());
    let asked = parts
        .iter()
        .filter_map(|part| part.demand.keyholders.as_ref().map(|asked| (part, asked)));
    let keyholders = asked.clone().map(|(_, asked)| asked.value).reduce(Threshold::max);
    let keyholders_by = asked.map(|(part, asked)| source(part, asked)).collect();
    let pool = able(rules, layers);
    let obstacles = obstacles(rules, layers, (required, pool.len()), keyholders);
    let satisfiable = obstacles.is_empty();
    reasons.extend(obstacles.iter().cloned());
    Requirement {
        required,
        total,
        review_days,
        keyholders,
        sources: Sources {
            required: required_by,
            total: total_by,
            review_days: review_days_by,
            keyholders: keyholders_by,
        },
        satisfiable,
        pool: pool.len(),
        reasons,
        obstacles,
        is_emergency: false,
    }
}

fn largest<'r>(
    parts: &[Part<'r>],
    number: impl Fn(&'r Demand) -> Option<&'r Located<u32>>,
) -> (u32, Vec<Source>) {
    let asked = || {
        parts
            .iter()
            .filter_map(|part| number(part.demand).map(|asked| (part, asked)))
    };
    let most = asked().map(|(_, asked)| asked.value).max().unwrap_or(0);
    let mut sources: Vec<Source> = Vec::new();
    for (part, asked) in asked().filter(|(_, asked)| asked.value == most) {
        let source = source(part, asked);
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    (most, sources)
}

fn source<T>(part: &Part<'_>, asked: &Located<T>) -> Source {
    source_of(&part.rule, &asked.spot)
}

/// A rule, and where it stands.
pub(crate) fn source_of(rule: &str, spot: &Spot) -> Source {
    Source {
        rule: rule.to_owned(),
        file: spot.file.to_string(),
        line: spot.place.line,
        column: spot.place.column,
        key: spot.key.clone(),
    }
}
