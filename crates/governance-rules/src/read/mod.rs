//! From the texts of the files to the rules. Keys that nobody asks for are passed over: the files are full of prose.

mod actions;
mod between;
mod classification;
mod controls;
mod emergencies;
mod flags;
mod gate;
mod layers;
mod meta;
mod people;
mod pull_requests;
mod repository;
mod versions;
mod walk;

use crate::error::{RulesetError, RulesetErrorKind};
use crate::yaml;
use crate::{Ruleset, RulesetDigest, Spot};
use std::collections::BTreeMap;
use walk::{At, Walk};

/// Files of a set of rules: one for each repository and a few more.
pub const FILES_MAX: usize = 2000;

const TIERS: &str = "config/action-tiers.yml";
const LAYERS: &str = "config/repository-layers.yml";
const KEYHOLDERS: &str = "config/maintainers/emergency.yml";

/// The files that stand alone, and who reads each.
const READERS: &[(&str, Reader)] = &[
    (".governance.yml", meta::read),
    (TIERS, actions::read),
    (LAYERS, layers::read),
    ("config/tier-classification-rules.yml", classification::read),
    ("config/emergency-tiers.yml", emergencies::read),
    ("config/cross-layer-rules.yml", between::read),
    ("config/security-control-mapping.yml", controls::read),
    (KEYHOLDERS, people::read_keyholders),
    ("config/version-manifest.yml", versions::read),
    ("config/pull-requests.yml", pull_requests::read),
    ("config/governance-review-policy.yml", people::read_removal),
];

/// Files that are for people, or that nothing rests on.
const DOCUMENTS: &[&str] = &[
    "config/commons-contributor-thresholds.yml",
    "config/governance-fork.yml",
    "config/ruleset-export-template.yml",
    "config/ruleset-export-template-expanded.yml",
    "config/security-control-status.yml",
    "config/test-vectors.yml",
];

type Reader = fn(&mut Walk, &mut Ruleset, &At<'_>);

/// Reads the rules from the texts of their files: `.governance.yml` and everything below `config/`, by path.
///
/// # Errors
///
/// Everything that makes a text no rule: no YAML, a key given twice, a value of another kind, a number that is missing. Each with
/// its place, at most a hundred of them.
pub fn read_ruleset(files: &BTreeMap<String, String>) -> Result<Ruleset, Vec<RulesetError>> {
    let mut walk = Walk::default();
    let mut rules = Ruleset {
        digest: RulesetDigest::of(files),
        files: files.keys().cloned().collect(),
        ..Ruleset::default()
    };
    if files.len() > FILES_MAX {
        walk.note(&Spot::start("config"), RulesetErrorKind::TooManyFiles);
        return Err(walk.finish());
    }
    for path in [TIERS, LAYERS] {
        if !files.contains_key(path) {
            walk.note(&Spot::start(path), RulesetErrorKind::MissingFile);
        }
    }
    for (path, text) in files {
        match reader(path) {
            Some(read) => read_file(&mut walk, &mut rules, path, (text, read)),
            None if DOCUMENTS.contains(&path.as_str()) => {}
            None => rules.unread.push(path.clone()),
        }
    }
    let errors = walk.finish();
    if errors.is_empty() { Ok(rules) } else { Err(errors) }
}

/// Who reads a file, if anybody does.
fn reader(path: &str) -> Option<Reader> {
    let alone = READERS.iter().find(|(known, _)| *known == path);
    if let Some((_, read)) = alone {
        return Some(*read);
    }
    if people::layers_of_file(path).is_some() {
        return Some(people::read);
    }
    repository::name_of_file(path).map(|_| repository::read as Reader)
}

fn read_file(walk: &mut Walk, rules: &mut Ruleset, path: &str, (text, read): (&str, Reader)) {
    let spot = Spot::start(path);
    match yaml::read(text) {
        Err((place, kind)) => walk.note(&Spot { place, ..spot }, kind),
        Ok(root) => read(walk, rules, &At { node: &root, spot }),
    }
}
