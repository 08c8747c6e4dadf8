//! A second evaluator that does everything in the plainest way, from the drawn organisation and not from its files.

use super::generated::{Answer, Consensus, Control, Numbers, Org, Own, PATTERNS, People, Several, TIERS};
use crate::{Change, Threshold};
use std::collections::BTreeSet;

fn plainly(patterns: &[usize], path: &str) -> bool {
    patterns.iter().any(|index| PATTERNS[*index].1.contains(&path))
}

fn any_takes(patterns: &[usize], path: &str) -> bool {
    plainly(patterns, path) || patterns.iter().any(|index| PATTERNS[*index].2.contains(&path))
}

fn each((thresholds, days): &Several) -> Vec<Numbers> {
    let thresholds = thresholds.iter().map(|(required, total)| (*required, *total, 0));
    thresholds.chain(days.iter().map(|days| (0, 0, *days))).collect()
}

struct Case<'a> {
    org: &'a Org,
    repository: usize,
    own: Option<&'a Own>,
    change: &'a Change,
    paths: Vec<&'a str>,
}

impl Case<'_> {
    fn tier(&self, index: usize) -> Option<(Numbers, bool)> {
        self.org.tiers.get(index).copied().flatten()
    }

    /// The indices of the tiers that it falls into; one beyond the list stands for one that is not there.
    fn tiers(&self) -> BTreeSet<usize> {
        let mut hit = BTreeSet::new();
        if self.change.more_than_listed {
            hit.extend(self.every().into_iter().chain(self.own_tier()));
        } else if self.paths.is_empty() {
            hit.extend(self.unmatched());
        } else {
            self.paths.iter().for_each(|path| hit.extend(self.of_path(path)));
        }
        let title = self.change.title.to_lowercase();
        for (word, tier) in [("[governance]", 4), ("[consensus]", 2), ("[emergency]", 3)] {
            hit.extend((title.contains(word) && self.tier(tier).is_some()).then_some(tier));
        }
        for tier in &self.change.raised {
            hit.extend(TIERS.iter().position(|known| *known == tier.as_str()));
        }
        for control in self.controls() {
            match (control.2, control.3) {
                (0, _) => hit.insert(5),
                (1, true) => hit.insert(6),
                (1 | 2, _) => hit.insert(7),
                _ => false,
            };
        }
        hit
    }

    fn of_path(&self, path: &str) -> Vec<usize> {
        let tiers = (0..5).filter(|tier| any_takes(&self.org.paths[*tier].0, path));
        let (excluded, mut hit) = (|tier: &usize| &self.org.paths[*tier].1, Vec::new());
        hit.extend(tiers.clone().filter(|tier| !plainly(excluded(tier), path)));
        if tiers.clone().all(|tier| any_takes(excluded(&tier), path)) {
            hit.extend(self.unmatched());
        }
        if self.own.is_some_and(|own| any_takes(&own.auto, path)) {
            hit.extend(self.own_tier());
        }
        hit
    }

    fn own_tier(&self) -> Option<usize> {
        let index = self.own?.action_tier? as usize - 1;
        let is_there = index < 5 && self.tier(index).is_some();
        is_there.then_some(index).or(Some(TIERS.len()))
    }

    fn every(&self) -> Vec<usize> {
        let is_named = |tier: &usize| *tier < 5 || self.tier(*tier).is_some();
        (0..TIERS.len()).filter(is_named).collect()
    }

    fn usual(&self) -> Option<usize> {
        let index = self.org.default_tier? as usize - 1;
        self.tier(index).and(Some(index))
    }

    fn unmatched(&self) -> Vec<usize> {
        let mut hit = self.usual().map_or_else(|| self.every(), |tier| vec![tier]);
        hit.extend(self.own_tier());
        hit
    }

    fn controls(&self) -> Vec<&Control> {
        let all = self.change.more_than_listed;
        let is_hit = |pattern| all || self.paths.iter().any(|path| any_takes(&[pattern], path));
        let is_hit = |control: &&Control| control.0 == self.repository && is_hit(control.1);
        self.org.controls.iter().filter(is_hit).collect()
    }

    fn consensus(&self, layers: &BTreeSet<u32>) -> Vec<Numbers> {
        let rules = |own: &Own| [own.consensus.clone(), own.critical.clone()];
        let rules: Vec<Consensus> = self.own.map(rules).into_iter().flatten().flatten().collect();
        let taken = |path: &&str| rules.iter().any(|rule| any_takes(&rule.0, path));
        if !self.paths.iter().any(taken) && (rules.is_empty() || !self.change.more_than_listed) {
            return Vec::new();
        }
        let mut asked: Vec<Numbers> = rules.iter().flat_map(|rule| each(&rule.1)).collect();
        let layers = self.known_layers(layers);
        asked.extend(layers.map(|layer| (0, 0, layer.1.unwrap_or(0))));
        asked
    }

    fn known_layers(&self, layers: &BTreeSet<u32>) -> impl Iterator<Item = &(Numbers, Option<u32>)> {
        let layers = layers.clone().into_iter();
        layers.filter_map(|layer| self.org.layers.get((layer as usize).wrapping_sub(1)))
    }

    fn usual_numbers(&self, layers: &BTreeSet<u32>, hit: &BTreeSet<usize>, is_claim: bool) -> Vec<Numbers> {
        let mut asked: Vec<Numbers> = self.known_layers(layers).map(|layer| layer.0).collect();
        asked.extend(self.own.into_iter().flat_map(|own| each(&own.several)));
        let beside = self.usual().map_or_else(|| self.every(), |tier| vec![tier]);
        for tier in hit.iter().copied().chain(beside.into_iter().filter(|_| is_claim)) {
            asked.extend(self.tier(tier).map(|tier| tier.0));
        }
        asked.extend(self.controls().iter().map(|control| control.4));
        asked
    }
}

/// Everybody with a key of their own, in these files.
fn able(org: &Org, files: &[&People]) -> BTreeSet<u32> {
    let mut all: People = org.keyholders.clone();
    org.people.iter().for_each(|(_, people)| all.extend(people));
    let is_shared = |login, key| all.iter().any(|other| other.1 == key && other.0 != login);
    let people = || files.iter().copied().flatten();
    let mut can: BTreeSet<u32> = people()
        .filter(|person| person.1 != 0 && !is_shared(person.0, person.1))
        .map(|person| person.0)
        .collect();
    can.retain(|login| people().all(|person| person.0 != *login || person.2));
    can
}

fn able_in_layer(org: &Org, layer: u32) -> BTreeSet<u32> {
    let named = org.people.iter().any(|(layers, _)| layers.contains(&layer));
    let first = org.people.iter().flat_map(|(layers, _)| layers).min();
    let layer = *first.filter(|_| layer == 0 && !named).unwrap_or(&layer);
    let files = org.people.iter().filter(|(layers, _)| layers.contains(&layer));
    able(org, &files.map(|(_, people)| people).collect::<Vec<_>>())
}

pub(super) fn evaluate(org: &Org, repository: usize, change: &Change) -> Answer {
    let (own, mut paths) = (org.own[repository].as_ref(), Vec::new());
    for file in &change.paths {
        paths.push(file.path.as_str());
        paths.extend(file.previous.as_deref());
    }
    let case = Case {
        org,
        repository,
        own,
        change,
        paths,
    };
    let mut layers = BTreeSet::from([repository as u32 + 1]);
    layers.extend(own.and_then(|own| own.layer));
    let hit = case.tiers();
    let is_claim = hit.iter().any(|tier| case.tier(*tier).is_some_and(|tier| tier.1));
    let mut asked = case.consensus(&layers);
    asked.extend(layers.contains(&0).then_some(org.meta.0));
    match change.emergency.as_ref().filter(|_| is_claim) {
        Some(id) => asked.push(org.emergencies[usize::from(id.as_str() == "tier_2_urgent")]),
        None => asked.extend(case.usual_numbers(&layers, &hit, is_claim)),
    }
    let largest = |part: fn(&Numbers) -> u32| asked.iter().map(part).max().unwrap_or(0);
    let (required, total, days) = (largest(|all| all.0), largest(|all| all.1), largest(|all| all.2));
    let of_meta = org.meta.1.filter(|_| layers.contains(&0));
    let keyholders = of_meta.map(|(required, total)| Threshold { required, total });
    let sets = layers.iter().map(|layer| able_in_layer(org, *layer));
    let pool = sets
        .reduce(|one, other| &one & &other)
        .map_or(0, |people| people.len());
    let reaches = |required: u32, people: usize| required > 0 && required as usize <= people;
    let keys = able(org, &[&org.keyholders]).len();
    let satisfiable = reaches(required, pool)
        && keyholders.is_none_or(|keyholders| reaches(keyholders.required, keys))
        && hit.iter().all(|tier| case.tier(*tier).is_some())
        && layers.iter().all(|layer| *layer <= 3);
    Answer {
        required,
        total,
        days,
        keyholders,
        pool,
        satisfiable,
    }
}
