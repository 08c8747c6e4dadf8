//! Which tiers, controls and consensus rules a change falls under. Only paths decide; whatever its author writes can only raise it.
//!
//! Every tier that any file hits counts, for none is stricter than another in every number.

use crate::model::{ClassificationRules, ConsensusRule, Control};
use crate::names::Repository;
use crate::wording::one_line;
use crate::{Change, Ruleset, Spot, TierId};
use domain_types::RepoName;
use std::collections::BTreeMap;

/// Words in brackets that raise a change, and the number of the tier.
const MARKERS: &[(&str, u32)] = &[
    ("[GOVERNANCE]", 5),
    ("[CONSENSUS-ADJACENT]", 3),
    ("[CONSENSUS]", 3),
    ("[EMERGENCY]", 4),
    ("[EMERGENCY-TIER-", 4),
];

/// Reasons that are kept for one tier: one would do, and a change may have thousands of files.
const REASONS_MAX: usize = 20;

/// Why a change falls under a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// A fragment, such as "docs/a.md matches `docs/**`".
    pub because: String,
    /// The rule, where a file says it.
    pub spot: Option<Spot>,
}

/// What a change falls under, each with its reasons.
#[derive(Debug, Clone, Default)]
pub struct Classification<'r> {
    /// The tiers, all of which count.
    pub tiers: BTreeMap<TierId, Vec<Reason>>,
    pub(crate) controls: Vec<(&'r Control, Reason)>,
    pub(crate) consensus: Vec<(&'r ConsensusRule, Reason)>,
}

impl Classification<'_> {
    /// Ids of the security controls that are touched.
    pub fn control_ids(&self) -> impl Iterator<Item = &str> {
        self.controls.iter().map(|(control, _)| control.id.value.as_str())
    }

    /// Whether paths are touched that consensus rests on.
    pub fn touches_consensus(&self) -> bool {
        !self.consensus.is_empty()
    }

    /// Each rule says the same thing once, for the first file that it takes.
    fn hit(&mut self, tier: &TierId, because: String, spot: Option<&Spot>) {
        let reasons = self.tiers.entry(tier.clone()).or_default();
        let is_same =
            |reason: &Reason| reason.because == because || (spot.is_some() && reason.spot.as_ref() == spot);
        if reasons.len() < REASONS_MAX && !reasons.iter().any(is_same) {
            reasons.push(Reason {
                because,
                spot: spot.cloned(),
            });
        }
    }
}

/// Sorts a change of a repository.
pub fn classify<'r>(rules: &'r Ruleset, repository: &RepoName, change: &Change) -> Classification<'r> {
    let repository = &Repository::from(repository);
    let mut found = Classification::default();
    match &rules.classification {
        None => every_tier(rules, &mut found, "no rules say which paths belong to which tier"),
        Some(_) if change.more_than_listed => {
            let because = "there are more files than could be listed";
            every_tier(rules, &mut found, because);
            own_default(rules, repository, because, &mut found);
        }
        Some(classification) => by_paths(rules, classification, (repository, change), &mut found),
    }
    by_words(rules, change, &mut found);
    for tier in &change.raised {
        found.hit(tier, "a maintainer raised it".to_owned(), None);
    }
    touched_controls(rules, repository, change, &mut found);
    touched_consensus(rules, repository, change, &mut found);
    if let Some(tiers) = &change.lowered {
        found.tiers.clear();
        for tier in tiers {
            found.hit(
                tier,
                "enough have signed that it holds instead of others".to_owned(),
                None,
            );
        }
    }
    found
}

/// Every tier that there is, and every one that a pattern names: one that is not there is said later, and keeps the change back.
fn every_tier(rules: &Ruleset, found: &mut Classification<'_>, because: &str) {
    let named = rules.classification.iter().flat_map(|rules| &rules.tiers);
    for tier in rules.tier_ids().chain(named.map(|tier| &tier.id.value)) {
        found.hit(tier, because.to_owned(), None);
    }
}

fn by_paths(
    rules: &Ruleset,
    classification: &ClassificationRules,
    (repository, change): (&Repository, &Change),
    found: &mut Classification<'_>,
) {
    for path in change.touched() {
        let mut is_taken = false;
        for tier in &classification.tiers {
            if let Some(pattern) = tier.hit(path) {
                // What may be meant to be excluded counts here, and as a file that no tier takes.
                is_taken |= !tier.excluded.takes(path);
                let because = matches(path, &pattern.value);
                found.hit(&tier.id.value, because, Some(&pattern.spot));
            }
        }
        own_patterns(rules, repository, path, found);
        if !is_taken {
            let because = format!("{} matches no pattern of any tier", one_line(path));
            unmatched(rules, classification, (repository, &because), found);
        }
    }
    if change.paths.is_empty() {
        unmatched(rules, classification, (repository, "no files are known"), found);
    }
}

fn matches(path: &str, pattern: &str) -> String {
    format!("{} matches `{}`", one_line(path), one_line(pattern))
}

/// What no pattern takes falls into the usual tier, and into the repository's own.
fn unmatched(
    rules: &Ruleset,
    classification: &ClassificationRules,
    (repository, because): (&Repository, &str),
    found: &mut Classification<'_>,
) {
    match rules.default_tier(classification) {
        Some(tier) => {
            let spot = classification.default_tier.as_ref().map(|number| &number.spot);
            found.hit(&tier.id, because.to_owned(), spot);
        }
        None => every_tier(rules, found, &format!("{because}, and no usual tier is named")),
    }
    own_default(rules, repository, because, found);
}

/// The usual tier of the repository, by its own file.
fn own_default(rules: &Ruleset, repository: &Repository, because: &str, found: &mut Classification<'_>) {
    let own = rules.repositories.get(repository);
    if let Some(number) = own.and_then(|own| own.action_tier.as_ref()) {
        let because = format!("{because}, and this is the usual tier of {repository}");
        own_tier(rules, number.value, (because, &number.spot), found);
    }
}

/// The paths that a repository's own file names.
fn own_patterns(rules: &Ruleset, repository: &Repository, path: &str, found: &mut Classification<'_>) {
    let Some(own) = rules.repositories.get(repository) else {
        return;
    };
    if let (Some(pattern), Some(number)) = (own.auto.hits(path).next(), &own.action_tier) {
        own_tier(
            rules,
            number.value,
            (matches(path, &pattern.value), &pattern.spot),
            found,
        );
    }
}

/// A tier that a repository names by number. One that is not there is looked for in vain later, and said.
fn own_tier(rules: &Ruleset, number: u32, (because, spot): (String, &Spot), found: &mut Classification<'_>) {
    let id = rules.find_tier(&number.to_string()).cloned();
    let id = id.or_else(|| format!("tier_{number}").parse().ok());
    if let Some(id) = id {
        found.hit(&id, because, Some(spot));
    }
}

/// Title, body and labels.
fn by_words(rules: &Ruleset, change: &Change, found: &mut Classification<'_>) {
    for (words, place) in [(&change.title, "title"), (&change.body, "body")] {
        let words = words.to_ascii_uppercase();
        let told = MARKERS.iter().filter(|(marker, _)| words.contains(marker));
        for (marker, number) in told {
            if let Some(tier) = rules.find_tier(&number.to_string()) {
                found.hit(tier, format!("its {place} says {marker}"), None);
            }
        }
    }
    for label in &change.labels {
        if let Some(tier) = tier_of_label(rules, label) {
            found.hit(tier, format!("it bears the label {}", one_line(label)), None);
        }
    }
}

/// `tier-5`, the id of a tier, or the word of a marker.
fn tier_of_label<'r>(rules: &'r Ruleset, label: &str) -> Option<&'r TierId> {
    let lower = label.trim().to_ascii_lowercase();
    let number = lower
        .strip_prefix("tier")
        .map(|rest| rest.trim_start_matches([' ', '-', '_', ':']));
    let in_brackets = format!("[{}]", lower.to_ascii_uppercase());
    let marker = MARKERS.iter().find(|(marker, _)| *marker == in_brackets);
    let of_marker = marker.and_then(|(_, number)| rules.find_tier(&number.to_string()));
    let of_number = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let by_id = |id: &&TierId| id.as_str().eq_ignore_ascii_case(&lower);
    of_marker
        .or_else(|| of_number.and_then(|number| rules.find_tier(number)))
        .or_else(|| rules.tier_ids().find(by_id))
}

fn touched_controls<'r>(
    rules: &'r Ruleset,
    repository: &Repository,
    change: &Change,
    found: &mut Classification<'r>,
) {
    for control in &rules.controls {
        let Some(patterns) = control.files.get(repository) else {
            continue;
        };
        if let Some(reason) = touched(patterns, change) {
            let name = one_line(&control.id.value);
            if let Some(tier) = control.tier() {
                let because = format!("control {name}: {}", reason.because);
                found.hit(&tier, because, reason.spot.as_ref());
            }
            found.controls.push((control, reason));
        }
    }
}

fn touched_consensus<'r>(
    rules: &'r Ruleset,
    repository: &Repository,
    change: &Change,
    found: &mut Classification<'r>,
) {
    let own = rules.repositories.get(repository);
    for rule in own.iter().flat_map(|own| &own.consensus) {
        if let Some(reason) = touched(&rule.patterns, change) {
            found.consensus.push((rule, reason));
        }
    }
}

/// The first path that the patterns take; with more files than listed, they are taken to take one.
fn touched(patterns: &crate::pattern::Patterns, change: &Change) -> Option<Reason> {
    let hit = change
        .touched()
        .find_map(|path| patterns.hits(path).next().map(|pattern| (path, pattern)));
    match (hit, patterns.texts().first()) {
        (Some((path, pattern)), _) => Some(Reason {
            because: matches(path, &pattern.value),
            spot: Some(pattern.spot.clone()),
        }),
        (None, Some(pattern)) if change.more_than_listed => Some(Reason {
            because: format!(
                "there are more files than could be listed, and `{}` may take one",
                one_line(&pattern.value)
            ),
            spot: Some(pattern.spot.clone()),
        }),
        (None, _) => None,
    }
}
