//! A second evaluator that does everything in the plainest way, from the drawn organisation and not from its files.

use super::generated::{Answer, Org, Own, PATTERNS, People, TIERS};
use crate::{Change, Threshold};
use std::collections::BTreeSet;

#[derive(Default)]
struct Max {
    required: u32,
    total: u32,
    days: u32,
}

impl Max {
    fn ask(&mut self, threshold: Option<(u32, u32)>, days: Option<u32>) {
        if let Some((required, total)) = threshold {
            self.required = self.required.max(required);
            self.total = self.total.max(total);
        }
        self.days = self.days.max(days.unwrap_or(0));
    }

    fn ask_all(&mut self, (required, total, days): (u32, u32, u32)) {
        self.ask(Some((required, total)), Some(days));
    }
}

fn glob(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (["**"], rest) => !rest.is_empty(),
        (["**", after @ ..], rest) => (0..rest.len()).any(|skipped| glob(after, &rest[skipped..])),
        ([name, after @ ..], [part, rest @ ..]) => part_fits(name, part) && glob(after, rest),
        (_, _) => false,
    }
}

fn part_fits(name: &str, part: &str) -> bool {
    match name.split_once('*') {
        None => name == part,
        Some((before, after)) => {
            part.len() >= before.len() + after.len() && part.starts_with(before) && part.ends_with(after)
        }
    }
}

fn takes(index: usize, path: &str, in_control: bool) -> bool {
    let pattern = PATTERNS[index];
    let pattern = if in_control {
        pattern.trim_start_matches('/')
    } else {
        pattern
    };
    let full = match (pattern.strip_prefix('/'), pattern.strip_suffix('/')) {
        (Some(rooted), _) => rooted.to_owned(),
        (_, Some(folder)) => format!("{folder}/**"),
        (None, None) if pattern.contains('/') => pattern.to_owned(),
        (None, None) => format!("**/{pattern}"),
    };
    let pattern: Vec<&str> = full.split('/').collect();
    glob(&pattern, &path.split('/').collect::<Vec<_>>())
}

fn any_takes(patterns: &[usize], path: &str) -> bool {
    patterns.iter().any(|index| takes(*index, path, false))
}

fn there(org: &Org, tier: u32) -> bool {
    org.tiers[tier as usize - 1].is_some()
}

/// The indices of the tiers that a change falls into; beyond the list stands for one that is not there.
fn tiers_hit(
    org: &Org,
    own: Option<&Own>,
    repository: usize,
    change: &Change,
    paths: &[&str],
) -> BTreeSet<usize> {
    let mut hit = BTreeSet::new();
    let every: Vec<usize> = (0..TIERS.len())
        .filter(|tier| org.tiers[*tier].is_some())
        .collect();
    let usual = org.default_tier.filter(|tier| there(org, *tier));
    let own_tier = own.and_then(|own| own.action_tier).map(|tier| match tier {
        1..=5 if there(org, tier) => tier as usize - 1,
        _ => TIERS.len(),
    });
    let unmatched = || match usual {
        Some(tier) => vec![tier as usize - 1],
        None => every.clone(),
    };
    if change.more_than_listed {
        hit.extend(&every);
    } else {
        for path in paths {
            let taken: Vec<usize> = (0..5)
                .filter(|tier| any_takes(&org.paths[*tier].0, path) && !any_takes(&org.paths[*tier].1, path))
                .collect();
            if taken.is_empty() {
                hit.extend(unmatched());
                hit.extend(own_tier);
            }
            hit.extend(taken);
            if own.is_some_and(|own| any_takes(&own.auto, path)) {
                hit.extend(own_tier);
            }
        }
        if paths.is_empty() {
            hit.extend(unmatched());
            hit.extend(own_tier);
        }
    }
    let title = change.title.to_lowercase();
    for (word, tier) in [("[governance]", 4), ("[consensus]", 2), ("[emergency]", 3)] {
        if title.contains(word) && org.tiers[tier].is_some() {
            hit.insert(tier);
        }
    }
    for tier in &change.raised {
        hit.extend(TIERS.iter().position(|known| *known == tier.as_str()));
    }
    for (_, _, priority, crypto, _) in controls_hit(org, repository, change, paths) {
        hit.extend(match (priority, crypto) {
            (0, _) => Some(5),
            (1, true) => Some(6),
            (1 | 2, _) => Some(7),
            _ => None,
        });
    }
    hit
}

fn controls_hit(
    org: &Org,
    repository: usize,
    change: &Change,
    paths: &[&str],
) -> Vec<(usize, usize, u32, bool, (u32, u32, u32))> {
    let hits = |control: &&(usize, usize, u32, bool, (u32, u32, u32))| {
        control.0 == repository
            && (change.more_than_listed || paths.iter().any(|path| takes(control.1, path, true)))
    };
    org.controls.iter().filter(hits).copied().collect()
}

/// Everybody with a key of their own, in these files.
fn able(org: &Org, files: &[&People]) -> BTreeSet<u32> {
    let all = || {
        org.people
            .iter()
            .flat_map(|(_, people)| people)
            .chain(&org.keyholders)
    };
    let is_own =
        |login: u32, key: u32| key != 0 && all().all(|(other, known, _)| *known != key || *other == login);
    let people = files.iter().flat_map(|people| people.iter());
    let can = people.filter(|(login, key, active)| *active && is_own(*login, *key));
    can.map(|(login, _, _)| *login).collect()
}

fn able_in_layer(org: &Org, layer: u32) -> BTreeSet<u32> {
    let of = |layer: u32| -> Vec<&People> {
        org.people
            .iter()
            .filter(|(layers, _)| layers.contains(&layer))
            .map(|(_, people)| people)
            .collect()
    };
    let first = org
        .people
        .iter()
        .flat_map(|(layers, _)| layers)
        .min()
        .copied()
        .unwrap_or(0);
    let files = of(layer);
    able(
        org,
        &if layer == 0 && files.is_empty() {
            of(first)
        } else {
            files
        },
    )
}

pub(super) fn evaluate(org: &Org, repository: usize, change: &Change) -> Answer {
    let names = change
        .paths
        .iter()
        .flat_map(|file| [Some(&file.path), file.previous.as_ref()]);
    let paths: Vec<&str> = names.flatten().map(String::as_str).collect();
    let own = org.own[repository].as_ref();
    let mut layers = BTreeSet::from([repository as u32 + 1]);
    layers.extend(own.and_then(|own| own.layer));
    let hit = tiers_hit(org, own, repository, change, &paths);
    let mut fixed = Max::default();
    let mut touches_consensus = false;
    for (patterns, threshold, days) in own
        .iter()
        .flat_map(|own| own.consensus.iter().chain(&own.critical))
    {
        let is_hit = paths.iter().any(|path| any_takes(patterns, path));
        if is_hit || (change.more_than_listed && !patterns.is_empty()) {
            touches_consensus = true;
            fixed.ask(*threshold, *days);
        }
    }
    let known: Vec<usize> = layers
        .iter()
        .filter(|layer| (1..=3).contains(*layer))
        .map(|layer| *layer as usize - 1)
        .collect();
    if touches_consensus {
        known
            .iter()
            .for_each(|layer| fixed.ask(None, org.layers[*layer].1));
    }
    if layers.contains(&0) {
        fixed.ask_all(org.meta.0);
    }
    let found = |tier: &usize| org.tiers.get(*tier).copied().flatten();
    let overrides = hit.iter().any(|tier| found(tier).is_some_and(|(_, flag)| flag));
    match change.emergency.as_ref().filter(|_| overrides) {
        Some(id) => fixed.ask_all(org.emergencies[usize::from(id.as_str() == "tier_2_urgent")]),
        None => {
            known.iter().for_each(|layer| fixed.ask_all(org.layers[*layer].0));
            own.iter().for_each(|own| fixed.ask(own.threshold, own.days));
            hit.iter()
                .filter_map(found)
                .for_each(|(numbers, _)| fixed.ask_all(numbers));
            if let (true, Some(tier)) = (overrides, org.default_tier) {
                found(&(tier as usize - 1))
                    .iter()
                    .for_each(|(numbers, _)| fixed.ask_all(*numbers));
            }
            controls_hit(org, repository, change, &paths)
                .iter()
                .for_each(|control| fixed.ask_all(control.4));
        }
    }
    let keyholders = org.meta.1.filter(|_| layers.contains(&0));
    let sets = layers.iter().map(|layer| able_in_layer(org, *layer));
    let pool = sets.reduce(|one, other| &one & &other).unwrap().len();
    let keys = able(org, &[&org.keyholders]).len();
    let satisfiable = fixed.required > 0
        && fixed.required as usize <= pool
        && keyholders.is_none_or(|(required, _)| required > 0 && required as usize <= keys)
        && hit.iter().all(|tier| found(tier).is_some())
        && layers.iter().all(|layer| *layer <= 3);
    Answer {
        required: fixed.required,
        total: fixed.total,
        days: fixed.days,
        keyholders: keyholders.map(|(required, total)| Threshold { required, total }),
        pool,
        satisfiable,
    }
}
