//! Who may sign a change, and with which keys.

use crate::model::Register;
use crate::{Login, Ruleset, pool};
use domain_types::RepoName;
use signatures::{KeyIdentity, PublicKey, Registry};
use std::collections::{BTreeMap, BTreeSet};

/// Those who can sign: maintainers of every layer that the repository is in, and keyholders. A key of two people is nobody's, wherever
/// the second one is listed.
#[derive(Debug, Clone)]
pub struct Electorate {
    pub(crate) maintainers: Registry,
    pub(crate) keyholders: Registry,
    keys: BTreeMap<KeyIdentity, (Login, PublicKey)>,
    people: BTreeSet<Login>,
    /// Keyholders who can sign.
    holders: BTreeSet<Login>,
}

impl Electorate {
    /// Of a repository. Nobody, where no layer has it.
    pub fn of(rules: &Ruleset, repository: &RepoName) -> Self {
        let layers = rules.layers_of(repository);
        let owners = pool::KeyOwners::of(rules);
        let people = crate::obstacles::able_by(&owners, rules, &layers);
        let mut electorate = Self {
            maintainers: Registry::new(),
            keyholders: Registry::new(),
            keys: BTreeMap::new(),
            people,
            holders: crate::obstacles::able_keyholders_by(&owners, rules),
        };
        let registers: Vec<&Register> = layers
            .iter()
            .flat_map(|layer| pool::registers(rules, *layer))
            .collect();
        electorate.enrol(&registers, rules.keyholders.as_ref());
        electorate.bar_shared(&owners);
        electorate
    }

    fn enrol(&mut self, registers: &[&Register], keyholders: Option<&Register>) {
        for person in registers.iter().flat_map(|register| &register.people) {
            let login = &person.login.value;
            if !person.active || person.test_note || !self.people.contains(login) {
                continue;
            }
            for (key, identities) in person.usable_keys() {
                self.maintainers.add(login.clone(), identities.clone());
                self.keys.insert(key.identity(), (login.clone(), key.clone()));
            }
        }
        for person in keyholders.into_iter().flat_map(|register| &register.people) {
            if !person.active || person.test_note {
                continue;
            }
            let login = &person.login.value;
            for (key, identities) in person.usable_keys() {
                self.keyholders.add(login.clone(), identities.clone());
                self.keys.insert(key.identity(), (login.clone(), key.clone()));
            }
        }
    }

    /// A key that is listed for two people anywhere counts nowhere, also where one of them is of another layer, or is not active.
    fn bar_shared(&mut self, owners: &pool::KeyOwners<'_>) {
        for identity in owners.shared() {
            self.maintainers.bar(identity.clone());
            self.keyholders.bar(identity.clone());
        }
    }

    /// Lets a key stand for those that somebody has. Who cannot sign cannot sign with it either.
    pub(crate) fn stand_in(&mut self, login: &Login, key: &PublicKey) {
        for registry in [&mut self.maintainers, &mut self.keyholders] {
            if registry.able().contains(login) {
                registry.add(login.clone(), key.identities());
                self.keys.insert(key.identity(), (login.clone(), key.clone()));
            }
        }
    }

    /// Whether somebody could give a signature that counts, were the change not theirs.
    pub fn can_sign(&self, login: &Login) -> bool {
        self.maintainers.able().contains(login) || self.holds_key(login)
    }

    /// Whether somebody is a maintainer who can sign.
    pub fn knows(&self, login: &Login) -> bool {
        self.people.contains(login)
    }

    /// Whether somebody holds a key for emergencies.
    pub fn holds_key(&self, login: &Login) -> bool {
        self.keyholders.able().contains(login)
    }

    /// Whether somebody may attest something: a maintainer or a keyholder who can sign.
    pub fn may_attest(&self, login: &Login) -> bool {
        self.people.contains(login) || self.holders.contains(login)
    }

    /// Everybody who may attest something.
    pub(crate) fn attesters(&self) -> BTreeSet<&Login> {
        self.people.iter().chain(&self.holders).collect()
    }

    /// Every key, with whose it is.
    pub fn keys(&self) -> impl Iterator<Item = (&Login, &PublicKey)> {
        self.keys.values().map(|(login, key)| (login, key))
    }

    /// The key of this identity.
    pub fn key(&self, identity: &str) -> Option<&PublicKey> {
        let identity: KeyIdentity = identity.parse().ok()?;
        self.keys.get(&identity).map(|(_, key)| key)
    }

    /// Whose the key of this identity is.
    pub fn owner(&self, identity: &str) -> Option<&Login> {
        let identity: KeyIdentity = identity.parse().ok()?;
        self.keys.get(&identity).map(|(login, _)| login)
    }
}
