//! The one place where signatures are counted: persons, not keys and not signatures, and only here is a number compared with a threshold.

use crate::{KeyIdentity, Verified};
use domain_types::{Login, Sha256Digest, Threshold};
use std::collections::{BTreeMap, BTreeSet};

/// Who can sign, and with which keys. People who are not active are not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    keys: BTreeMap<Login, BTreeSet<KeyIdentity>>,
    owners: BTreeMap<KeyIdentity, BTreeSet<Login>>,
    barred: BTreeSet<KeyIdentity>,
}

impl Registry {
    /// Nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// A person, and keys of theirs: of an OpenPGP certificate all of [`crate::PublicKey::identities`]. Several calls add up.
    pub fn add(&mut self, person: Login, keys: impl IntoIterator<Item = KeyIdentity>) {
        let own = self.keys.entry(person.clone()).or_default();
        for key in keys {
            self.owners.entry(key.clone()).or_default().insert(person.clone());
            own.insert(key);
        }
    }

    /// A key counts for nobody: it was revoked, or is somebody's who is not active. Nobody else can have it then.
    pub fn bar(&mut self, key: KeyIdentity) {
        self.barred.insert(key);
    }

    /// Whose a key is: none if it is nobody's, several persons', or barred.
    pub fn owner(&self, key: &KeyIdentity) -> Option<&Login> {
        let owners = self.owners.get(key)?;
        match (owners.first(), owners.len()) {
            (Some(owner), 1) if !self.barred.contains(key) => Some(owner),
            (_, _) => None,
        }
    }

    /// Everybody who has a key that is theirs alone.
    pub fn able(&self) -> BTreeSet<&Login> {
        let is_able = |(person, keys): &(&Login, &BTreeSet<KeyIdentity>)| {
            keys.iter().any(|key| self.owner(key) == Some(*person))
        };
        let able = self.keys.iter().filter(is_able);
        able.map(|(person, _)| person).collect()
    }

    /// Who signed: whoever has the registered key alone, if the key that made the signature is not somebody else's too.
    fn signer(&self, verified: &Verified) -> Option<&Login> {
        let person = self.owner(verified.key())?;
        let others = self.owners.get(verified.signer());
        let is_own = others.is_none_or(|owners| owners.iter().all(|owner| owner == person));
        (is_own && !self.barred.contains(verified.signer())).then_some(person)
    }
}

/// What is counted: signatures of which statements, against which threshold, and who may not give one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ballot {
    /// The statements whose signatures count, by their digests, and how many signatures each told its signers that there must be. A
    /// signature of any other statement counts for nothing.
    pub statements: BTreeMap<Sha256Digest, u32>,
    /// What holds now.
    pub threshold: Threshold,
    /// Who may not count, such as the author of a change.
    pub excluded: BTreeSet<Login>,
}

/// How many of those who are asked have signed. Only [`count`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Quorum {
    counted: BTreeSet<Login>,
    required: u32,
    total: u32,
    could_still: BTreeSet<Login>,
}

impl Quorum {
    /// Everybody whose signature counts.
    pub fn counted(&self) -> &BTreeSet<Login> {
        &self.counted
    }

    /// How many must sign: what holds now, or more if those who signed were told more.
    pub fn required(&self) -> u32 {
        self.required
    }

    /// How many people the rule has in mind.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// How many signatures are missing.
    pub fn missing(&self) -> u32 {
        let counted = u32::try_from(self.counted.len()).unwrap_or(u32::MAX);
        self.required.saturating_sub(counted)
    }

    /// Everybody who can sign, may, and has not.
    pub fn could_still(&self) -> &BTreeSet<Login> {
        &self.could_still
    }

    /// Whether enough have signed.
    pub fn is_reached(&self) -> bool {
        self.missing() == 0
    }

    /// Whether enough could sign, if everybody did who still can.
    pub fn is_reachable(&self) -> bool {
        usize::try_from(self.missing()).is_ok_and(|missing| missing <= self.could_still.len())
    }
}

/// Counts persons. A person counts once, whatever and however often they signed; those who are excluded count for nothing.
///
/// Who signed a statement that asks for more than the threshold agreed to no less: such a signature counts once that many have signed.
/// Therefore another signature never makes less of those that are there.
pub fn count(registry: &Registry, ballot: &Ballot, votes: &[Verified]) -> Quorum {
    let told = told(registry, ballot, votes);
    let now = ballot.threshold.required;
    let first = at_level(registry, ballot, &told, now);
    let levels: BTreeSet<u32> = told.values().copied().filter(|level| *level > now).collect();
    let others = levels
        .into_iter()
        .map(|level| at_level(registry, ballot, &told, level));
    // The first of those that miss the least.
    others.fold(first, |best, other| match other.missing() < best.missing() {
        true => other,
        false => best,
    })
}

/// Who signed, and the least that any of their statements told them.
fn told<'a>(registry: &'a Registry, ballot: &Ballot, votes: &[Verified]) -> BTreeMap<&'a Login, u32> {
    let mut told: BTreeMap<&Login, u32> = BTreeMap::new();
    for vote in votes {
        let (Some(person), Some(required)) =
            (registry.signer(vote), ballot.statements.get(&vote.statement()))
        else {
            continue;
        };
        if !ballot.excluded.contains(person) {
            let least = told.entry(person).or_insert(*required);
            *least = (*least).min(*required);
        }
    }
    told
}

/// The count of those who agreed to so many signatures or fewer.
fn at_level(registry: &Registry, ballot: &Ballot, told: &BTreeMap<&Login, u32>, level: u32) -> Quorum {
    let agree = told.iter().filter(|(_, told)| **told <= level);
    let counted: BTreeSet<Login> = agree.map(|(person, _)| (*person).clone()).collect();
    let is_open = |person: &&Login| !counted.contains(*person) && !ballot.excluded.contains(*person);
    Quorum {
        could_still: registry.able().into_iter().filter(is_open).cloned().collect(),
        counted,
        required: level,
        total: ballot.threshold.total,
    }
}
