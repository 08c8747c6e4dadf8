//! Who can sign where: people who are listed, and those of them who have a key to do it with.

use crate::key::{Judged, judge};
use crate::model::{Layer, Person, Register};
use crate::{Login, Ruleset};
use signatures::KeyIdentity;
use std::collections::{BTreeMap, BTreeSet};

/// The files of people who maintain a layer.
///
/// Where none is for the rules' own layer, those of the first layer maintain it: nobody stands above them.
pub(crate) fn registers(rules: &Ruleset, layer: u32) -> Vec<&Register> {
    let named = |number: u32| -> Vec<&Register> {
        let is_for = |register: &&Register| register.layers.contains(&number);
        rules.registers.iter().filter(is_for).collect()
    };
    let own = named(layer);
    if !own.is_empty() || layer != 0 {
        return own;
    }
    let layers = rules.registers.iter().flat_map(|register| &register.layers);
    layers.min().map_or_else(Vec::new, |first| named(*first))
}

/// Active people of a layer, each once. Whoever is not active in one of the files is not active.
pub(crate) fn listed(registers: &[&Register]) -> BTreeSet<Login> {
    active(registers)
        .into_iter()
        .map(|person| person.login.value.clone())
        .collect()
}

fn active<'r>(registers: &[&'r Register]) -> Vec<&'r Person> {
    let people = || registers.iter().flat_map(|register| &register.people);
    let left: BTreeSet<&Login> = people()
        .filter(|person| !person.active)
        .map(|person| &person.login.value)
        .collect();
    people()
        .filter(|person| !left.contains(&person.login.value))
        .collect()
}

/// How many people there would be if every key were good: those listed, or without a file those that the layer names itself.
pub(crate) fn seats(rules: &Ruleset, layer: &Layer) -> usize {
    let registers = registers(rules, layer.number);
    if !registers.is_empty() {
        return listed(&registers).len();
    }
    let ids: BTreeSet<&str> = layer.maintainers.iter().map(|id| id.value.as_str()).collect();
    match ids.len() {
        0 => layer
            .demand
            .total
            .as_ref()
            .map_or(0, |total| total.value as usize),
        ids => ids,
    }
}

/// Every key that can be used, with all who are listed with it.
#[derive(Debug)]
pub(crate) struct KeyOwners<'r>(BTreeMap<&'r KeyIdentity, BTreeSet<&'r Login>>);

impl<'r> KeyOwners<'r> {
    pub(crate) fn of(rules: &'r Ruleset) -> Self {
        let mut owners: BTreeMap<&KeyIdentity, BTreeSet<&Login>> = BTreeMap::new();
        let registers = rules.registers.iter().chain(&rules.keyholders);
        for person in registers.flat_map(|register| &register.people) {
            for key in &person.keys {
                let Judged::Usable(identities) = judge(&key.value) else {
                    continue;
                };
                for identity in identities {
                    owners.entry(identity).or_default().insert(&person.login.value);
                }
            }
        }
        Self(owners)
    }

    /// Keys of more than one person.
    pub(crate) fn shared(&self) -> impl Iterator<Item = &'r KeyIdentity> {
        let shared = self.0.iter().filter(|(_, owners)| owners.len() > 1);
        shared.map(|(identity, _)| *identity)
    }

    /// Everybody who is listed with this key.
    pub(crate) fn owners(&self, key: &BTreeSet<KeyIdentity>) -> BTreeSet<&'r Login> {
        key.iter()
            .filter_map(|identity| self.0.get(&identity))
            .flatten()
            .copied()
            .collect()
    }

    /// Active people with a key that is theirs alone, each once. A key of two people is nobody's.
    pub(crate) fn able(&self, registers: &[&Register]) -> BTreeSet<Login> {
        active(registers)
            .into_iter()
            .filter(|person| self.can_sign(person))
            .map(|person| person.login.value.clone())
            .collect()
    }

    fn can_sign(&self, person: &Person) -> bool {
        let is_own = |key: &BTreeSet<KeyIdentity>| self.owners(key).len() == 1;
        !person.test_note
            && person
                .keys
                .iter()
                .any(|key| matches!(judge(&key.value), Judged::Usable(key) if is_own(key)))
    }
}
