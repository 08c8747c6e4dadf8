//! What the rules say, each number with its place. Made by reading only, and never changed.

mod between;
mod emergency;
mod gate;

use crate::names::Repository;
use crate::pattern::Patterns;
use crate::settings::Settings;
use crate::{Located, Login, RulesetDigest, Spot, Threshold, TierId};
use domain_types::RepoName;
use signatures::{KeyError, KeyIdentity, PublicKey, Scheme};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use between::{Companion, CrossLayerRule, Validation};
pub(crate) use emergency::{EmergencyCopy, EmergencyTier, FollowUp};
pub(crate) use gate::{Attestations, KNOWN_ATTESTATIONS, Tool, Verification};

/// The layer of the rules themselves.
const META_LAYER: u32 = 0;

/// The rules of an organisation, as one value.
///
/// Made by [`crate::read_ruleset`]; asked by [`crate::check()`], [`crate::classify()`] and [`crate::requirement()`].
#[derive(Debug, Default)]
pub struct Ruleset {
    /// Over all files that were handed over.
    pub(crate) digest: RulesetDigest,
    /// How pull requests are judged beyond numbers.
    pub(crate) settings: Settings,
    pub(crate) meta: Option<Meta>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) emergency_copies: Vec<EmergencyCopy>,
    pub(crate) layers: Vec<Layer>,
    /// Who maintains what; one for each file.
    pub(crate) registers: Vec<Register>,
    pub(crate) keyholders: Option<Register>,
    pub(crate) repositories: BTreeMap<Repository, RepositoryRules>,
    pub(crate) classification: Option<ClassificationRules>,
    pub(crate) emergencies: Vec<EmergencyTier>,
    pub(crate) cross_layer: Vec<CrossLayerRule>,
    pub(crate) controls: Vec<Control>,
    pub(crate) versions: Option<VersionRules>,
    /// The threshold of keyholders that removes a maintainer at once.
    pub(crate) removal: Option<Located<Threshold>>,
    /// Every place that names a repository, those of the layers aside.
    pub(crate) mentions: Vec<Located<Repository>>,
    /// The files that were handed over.
    pub(crate) files: BTreeSet<String>,
    /// Those of them that nobody reads.
    pub(crate) unread: Vec<String>,
}

impl Ruleset {
    /// SHA-256 over all files that were handed over, with their paths: which rules these are.
    pub fn digest(&self) -> RulesetDigest {
        self.digest
    }

    pub(crate) fn tier(&self, id: &TierId) -> Option<&Tier> {
        self.tiers.iter().find(|tier| tier.id == *id)
    }

    /// The tier with this number or id.
    pub fn find_tier(&self, text: &str) -> Option<&TierId> {
        let number = text.parse().ok();
        let named =
            |tier: &&Tier| tier.id.as_str() == text || (number.is_some() && tier.id.number() == number);
        self.tiers.iter().find(named).map(|tier| &tier.id)
    }

    /// The ids of all tiers, in the order of the file.
    pub fn tier_ids(&self) -> impl Iterator<Item = &TierId> {
        self.tiers.iter().map(|tier| &tier.id)
    }

    /// Every repository that a layer or a file of its own names, each in one spelling.
    pub fn repositories(&self) -> BTreeSet<&RepoName> {
        let listed = self.layers.iter().flat_map(|layer| &layer.repositories);
        let named = listed.map(|name| &name.value).chain(self.repositories.keys());
        let once: BTreeSet<&Repository> = named.collect();
        once.into_iter().map(Repository::as_written).collect()
    }

    /// The checks that must have passed on a head anywhere: each by its name, and by the number of the App that must have said so.
    pub fn required_checks(&self) -> impl Iterator<Item = (&str, u32)> {
        let checks = self.settings.required_checks.iter();
        checks.map(|check| (check.name.value.as_str(), check.app.value))
    }

    /// The numbers of all layers, the rules' own (0) aside.
    pub fn layer_numbers(&self) -> impl Iterator<Item = u32> {
        self.layers.iter().map(|layer| layer.number)
    }

    /// The layers that a repository is in: by the layers' list, and by its own file. Two of them are a finding; both count. The case
    /// of the name does not matter.
    pub fn layers_of(&self, repository: &RepoName) -> BTreeSet<u32> {
        self.layers_with(&Repository::from(repository))
    }

    /// Whether signatures of the text of before, which binds to no commit, count in a repository: where the rules say so by its name, and never
    /// where the rules themselves lie.
    pub fn takes_legacy_text(&self, repository: &RepoName) -> bool {
        let named = &self.settings.legacy_text_repositories;
        named.contains(&Repository::from(repository)) && !self.layers_of(repository).contains(&META_LAYER)
    }

    pub(crate) fn layers_with(&self, repository: &Repository) -> BTreeSet<u32> {
        let listed = self.layers.iter().filter(|layer| layer.lists(repository));
        let mut layers: BTreeSet<u32> = listed.map(|layer| layer.number).collect();
        let own = self.repositories.get(repository);
        layers.extend(
            own.and_then(|rules| rules.layer.as_ref())
                .map(|layer| layer.value),
        );
        layers
    }

    /// The tier of a change that no pattern takes.
    pub(crate) fn default_tier(&self, classification: &ClassificationRules) -> Option<&Tier> {
        let number = classification.default_tier.as_ref()?;
        self.tier(self.find_tier(&number.value.to_string())?)
    }

    pub(crate) fn layer(&self, number: u32) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.number == number)
    }
}

/// What one rule asks for: any part may be left to others.
#[derive(Debug, Clone, Default)]
pub(crate) struct Demand {
    pub(crate) required: Option<Located<u32>>,
    pub(crate) total: Option<Located<u32>>,
    pub(crate) days: Option<Located<u32>>,
    pub(crate) keyholders: Option<Located<Threshold>>,
}

impl Demand {
    pub(crate) fn of(threshold: Option<Located<Threshold>>, days: Option<Located<u32>>) -> Self {
        let part = |part: fn(Threshold) -> u32| {
            threshold.as_ref().map(|threshold| Located {
                value: part(threshold.value),
                spot: threshold.spot.clone(),
            })
        };
        Self {
            required: part(|threshold| threshold.required),
            total: part(|threshold| threshold.total),
            days,
            keyholders: None,
        }
    }

    /// Of each part the larger one.
    pub(crate) fn max(self, other: Self) -> Self {
        let keyholders = match (self.keyholders, other.keyholders) {
            (Some(one), Some(other)) => Some(Located {
                value: one.value.max(other.value),
                spot: one.spot,
            }),
            (one, other) => one.or(other),
        };
        Self {
            required: larger(self.required, other.required),
            total: larger(self.total, other.total),
            days: larger(self.days, other.days),
            keyholders,
        }
    }

    /// Whether it asks for nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.required.is_none() && self.total.is_none() && self.days.is_none() && self.keyholders.is_none()
    }

    /// N-of-M, where both are given.
    pub(crate) fn threshold(&self) -> Option<Threshold> {
        Some(Threshold {
            required: self.required.as_ref()?.value,
            total: self.total.as_ref()?.value,
        })
    }

    /// The days, or none.
    pub(crate) fn days(&self) -> u32 {
        self.days.as_ref().map_or(0, |days| days.value)
    }
}

fn larger(one: Option<Located<u32>>, other: Option<Located<u32>>) -> Option<Located<u32>> {
    match (one, other) {
        (Some(one), Some(other)) if other.value > one.value => Some(other),
        (Some(one), _) => Some(one),
        (None, other) => other,
    }
}

/// `.governance.yml`: the rules for the rules.
#[derive(Debug)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct Meta {
    pub(crate) layer: Located<u32>,
    pub(crate) demand: Demand,
    /// Days in which everybody may comment.
    pub(crate) comment_days: Option<Located<u32>>,
    pub(crate) attestations: Attestations,
}

/// A tier of actions.
#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) id: TierId,
    pub(crate) demand: Demand,
    /// An activated emergency may take the place of this tier's numbers.
    pub(crate) emergency_override: bool,
    pub(crate) attestations: Attestations,
}

/// A layer of repositories.
#[derive(Debug)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct Layer {
    pub(crate) number: u32,
    pub(crate) spot: Spot,
    pub(crate) repositories: Vec<Located<Repository>>,
    pub(crate) demand: Demand,
    /// Days for changes of consensus paths.
    pub(crate) consensus: Demand,
    /// Ids that stand for people.
    pub(crate) maintainers: Vec<Located<String>>,
    pub(crate) verification: Option<Verification>,
}

impl Layer {
    /// Whether its list names the repository.
    pub(crate) fn lists(&self, repository: &Repository) -> bool {
        self.repositories.iter().any(|known| known.value == *repository)
    }
}

/// A file of people.
#[derive(Debug)]
pub(crate) struct Register {
    pub(crate) layers: Vec<u32>,
    pub(crate) people: Vec<Person>,
}

/// Somebody who may sign.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) login: Located<Login>,
    pub(crate) keys: Vec<Located<KeyText>>,
    pub(crate) active: bool,
    /// Marks the keys as keys for tests.
    pub(crate) test_note: bool,
    pub(crate) spot: Spot,
}

impl Person {
    /// The keys that can verify at all, with their identities.
    pub(crate) fn usable_keys(&self) -> impl Iterator<Item = (&PublicKey, &BTreeSet<KeyIdentity>)> {
        let keys = self.keys.iter();
        keys.filter_map(|key| Some((key.value.read.as_ref().ok()?, &key.value.identities)))
    }
}

/// A key as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyText {
    pub(crate) text: String,
    /// What it turns out to be: found out once, for points of curves are costly and every verdict asks.
    pub(crate) read: Result<PublicKey, KeyError>,
    /// Its identities, if it can verify: the same for every way to write it, so that two people with one key are seen.
    pub(crate) identities: BTreeSet<KeyIdentity>,
}

impl KeyText {
    /// A key of a scheme, as it is written.
    pub(crate) fn new(scheme: Scheme, text: String) -> Self {
        let read = PublicKey::parse(scheme, &text);
        let identities = read
            .as_ref()
            .map_or_else(|_| BTreeSet::new(), PublicKey::identities);
        Self {
            text,
            read,
            identities,
        }
    }
}

/// The file of one repository.
#[derive(Debug)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct RepositoryRules {
    pub(crate) spot: Spot,
    pub(crate) layer: Option<Located<u32>>,
    pub(crate) demand: Demand,
    pub(crate) attestations: Attestations,
    pub(crate) action_tier: Option<Located<u32>>,
    /// Paths that get `action_tier`.
    pub(crate) auto: Patterns,
    /// Paths that touch consensus, with what they ask for.
    pub(crate) consensus: Vec<ConsensusRule>,
    /// How a version of another repository is referred to.
    pub(crate) references: Vec<Located<String>>,
    /// What its own file requires beside that, in words of `validation_requirements`. No rule asks for it.
    pub(crate) requirements: Vec<Located<String>>,
    pub(crate) verification: Option<Verification>,
    pub(crate) companions: Vec<Companion>,
}

/// Paths that touch consensus.
#[derive(Debug)]
pub(crate) struct ConsensusRule {
    pub(crate) patterns: Patterns,
    pub(crate) demand: Demand,
    pub(crate) attestations: Attestations,
}

/// How a change is sorted into tiers.
#[derive(Debug)]
pub(crate) struct ClassificationRules {
    pub(crate) tiers: Vec<TierPatterns>,
    pub(crate) default_tier: Option<Located<u32>>,
    /// Scores, which decide nothing.
    pub(crate) scores: Vec<Spot>,
}

/// The paths of a tier.
#[derive(Debug)]
pub(crate) struct TierPatterns {
    pub(crate) id: Located<TierId>,
    pub(crate) files: Patterns,
    pub(crate) excluded: Patterns,
}

impl TierPatterns {
    /// The pattern that takes this path, unless it is excluded. An exclusion counts as it is written, and as nothing more.
    pub(crate) fn hit(&self, path: &str) -> Option<&Located<String>> {
        let hit = self.files.hits(path).next();
        hit.filter(|_| !self.excluded.plainly_takes(path))
    }
}

/// A security control: what holds for certain files.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) id: Located<String>,
    pub(crate) priority: Priority,
    pub(crate) files: BTreeMap<Repository, Patterns>,
    pub(crate) demand: Demand,
    pub(crate) wants_cryptographer: bool,
    pub(crate) attestations: Attestations,
}

/// How much a control matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    P0,
    P1,
    P2,
    P3,
}

impl Control {
    /// The id of the tier that a file of this control falls into.
    pub(crate) fn tier(&self) -> Option<TierId> {
        let id = match (self.priority, self.wants_cryptographer) {
            (Priority::P0, _) => "security_critical",
            (Priority::P1, true) => "cryptographic",
            (Priority::P1, false) | (Priority::P2, _) => "security_enhancement",
            (Priority::P3, _) => return None,
        };
        id.parse().ok()
    }
}

/// The list of versions of a specification.
#[derive(Debug)]
pub(crate) struct VersionRules {
    pub(crate) repository: Option<Located<String>>,
    pub(crate) reference: Option<Located<String>>,
    pub(crate) age_days_max: Option<Located<u32>>,
}
