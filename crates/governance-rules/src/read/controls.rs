//! `config/security-control-mapping.yml`: files that security rests on.

use super::between::repository_and_pattern;
use super::flags;
use super::walk::{At, Walk};
use crate::model::{Control, Demand, Priority};
use crate::names::Repository;
use crate::pattern::Patterns;
use crate::{Located, Ruleset};
use std::collections::BTreeMap;

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    for item in walk.some_items(at, "security_controls") {
        let id = walk.required(&item, "id").and_then(|found| walk.text(&found));
        let priority = walk
            .required(&item, "priority")
            .and_then(|found| priority(walk, &found));
        for name in ["required_signatures", "review_period_days"] {
            walk.required(&item, name);
        }
        let (of_flags, attestations) = flags::read(walk, &item);
        let demand = Demand::of(
            walk.threshold(&item, "required_signatures"),
            walk.days(&item, "review_period_days"),
        );
        let files = files(walk, rules, &item);
        let wants_cryptographer = walk.flag(&item, "requires_cryptography_expert");
        rules
            .controls
            .extend(id.zip(priority).map(|(id, priority)| Control {
                id,
                priority,
                files,
                demand: demand.max(of_flags),
                wants_cryptographer,
                attestations,
            }));
    }
}

fn priority(walk: &mut Walk, at: &At<'_>) -> Option<Priority> {
    let priority = match walk.text(at)?.value.as_str() {
        "P0" => Some(Priority::P0),
        "P1" => Some(Priority::P1),
        "P2" => Some(Priority::P2),
        "P3" => Some(Priority::P3),
        _ => None,
    };
    if priority.is_none() {
        walk.wrong(at, "`P0`, `P1`, `P2` or `P3`");
    }
    priority
}

/// The patterns of a control by repository: the first part of each is the repository's name. Without any it would never be touched.
fn files(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) -> BTreeMap<Repository, Patterns> {
    let mut texts: BTreeMap<Repository, Vec<Located<String>>> = BTreeMap::new();
    for item in walk.some_items(at, "files") {
        if let Some((repository, pattern)) = repository_and_pattern(walk, &item) {
            texts.entry(repository.value.clone()).or_default().push(pattern);
            rules.mentions.push(repository);
        }
    }
    let compiled = texts.into_iter().map(|(name, texts)| (name, walk.compile(texts)));
    compiled.collect()
}
