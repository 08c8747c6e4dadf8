//! What the rules say, each number with its place. Made by reading only, and never changed.

use crate::pattern::Patterns;
use crate::{Located, Login, Spot, Threshold, TierId};
use domain_types::RepoName;
use std::collections::{BTreeMap, BTreeSet};

/// The rules of an organisation, as one value.
///
/// Made by [`crate::read_ruleset`]; asked by [`crate::check()`], [`crate::classify()`] and [`crate::requirement()`].
#[derive(Debug, Default)]
pub struct Ruleset {
    pub(crate) meta: Option<Meta>,
    pub(crate) tiers: Vec<Tier>,
    pub(crate) emergency_copies: Vec<EmergencyCopy>,
    pub(crate) layers: Vec<Layer>,
    /// Who maintains what; one for each file.
    pub(crate) registers: Vec<Register>,
    pub(crate) keyholders: Option<Register>,
    pub(crate) repositories: BTreeMap<RepoName, RepositoryRules>,
    pub(crate) classification: Option<ClassificationRules>,
    pub(crate) emergencies: Vec<EmergencyTier>,
    pub(crate) cross_layer: Vec<CrossLayerRule>,
    pub(crate) controls: Vec<Control>,
    pub(crate) versions: Option<VersionRules>,
    /// The threshold of keyholders that removes a maintainer at once.
    pub(crate) removal: Option<Located<Threshold>>,
    /// Every place that names a repository, those of the layers aside.
    pub(crate) mentions: Vec<Located<RepoName>>,
    /// The files that were handed over.
    pub(crate) files: BTreeSet<String>,
    /// Those of them that nobody reads.
    pub(crate) unread: Vec<String>,
}

impl Ruleset {
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

    /// Every repository that a layer or a file of its own names.
    pub fn repositories(&self) -> BTreeSet<&RepoName> {
        let listed = self.layers.iter().flat_map(|layer| &layer.repositories);
        listed
            .map(|name| &name.value)
            .chain(self.repositories.keys())
            .collect()
    }

    /// The numbers of all layers, the rules' own (0) aside.
    pub fn layer_numbers(&self) -> impl Iterator<Item = u32> {
        self.layers.iter().map(|layer| layer.number)
    }

    /// The layers that a repository is in: by the layers' list, and by its own file. Two of them are a finding; both count.
    pub fn layers_of(&self, repository: &RepoName) -> BTreeSet<u32> {
        let listed = |layer: &&Layer| layer.repositories.iter().any(|known| known.value == *repository);
        let mut layers: BTreeSet<u32> = self
            .layers
            .iter()
            .filter(listed)
            .map(|layer| layer.number)
            .collect();
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

/// `.governance.yml`: the rules for the rules.
#[derive(Debug)]
pub(crate) struct Meta {
    pub(crate) layer: Located<u32>,
    pub(crate) demand: Demand,
}

/// A tier of actions.
#[derive(Debug)]
pub(crate) struct Tier {
    pub(crate) id: TierId,
    pub(crate) demand: Demand,
    /// An activated emergency may take the place of this tier's numbers.
    pub(crate) emergency_override: bool,
}

/// The short description of an emergency tier in the file of the tiers.
#[derive(Debug)]
pub(crate) struct EmergencyCopy {
    pub(crate) name: String,
    pub(crate) activation: Option<Located<Threshold>>,
    pub(crate) days: Option<Located<u32>>,
    pub(crate) duration_days: Option<Located<u32>>,
    pub(crate) extensions: Option<Located<u32>>,
}

/// A layer of repositories.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) number: u32,
    pub(crate) spot: Spot,
    pub(crate) repositories: Vec<Located<RepoName>>,
    pub(crate) demand: Demand,
    /// Days for changes of consensus paths.
    pub(crate) consensus: Demand,
    /// Ids that stand for people.
    pub(crate) maintainers: Vec<Located<String>>,
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

/// A key as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyText {
    pub(crate) scheme: Scheme,
    pub(crate) text: String,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scheme {
    Ssh,
    OpenPgp,
    Bip340,
    Ed25519,
    Secp256k1,
}

/// The file of one repository.
#[derive(Debug)]
pub(crate) struct RepositoryRules {
    pub(crate) layer: Option<Located<u32>>,
    pub(crate) demand: Demand,
    pub(crate) action_tier: Option<Located<u32>>,
    /// Paths that get `action_tier`.
    pub(crate) auto: Patterns,
    /// Paths that touch consensus, with what they ask for.
    pub(crate) consensus: Vec<ConsensusRule>,
    /// How a version of another repository is referred to.
    pub(crate) references: Vec<Located<String>>,
}

/// Paths that touch consensus.
#[derive(Debug)]
pub(crate) struct ConsensusRule {
    pub(crate) patterns: Patterns,
    pub(crate) demand: Demand,
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

/// A tier of emergencies.
#[derive(Debug)]
pub(crate) struct EmergencyTier {
    pub(crate) id: TierId,
    pub(crate) demand: Demand,
    pub(crate) activation: Located<Threshold>,
    pub(crate) duration_days: Located<u32>,
    pub(crate) extensions: Located<u32>,
    pub(crate) extension_threshold: Option<Located<Threshold>>,
}

/// What a change in one repository demands of another.
#[derive(Debug)]
pub(crate) struct CrossLayerRule {
    pub(crate) target: Option<Located<RepoName>>,
    pub(crate) validation: Located<String>,
    pub(crate) reference: Option<Located<String>>,
}

/// A security control: what holds for certain files.
#[derive(Debug)]
pub(crate) struct Control {
    pub(crate) id: Located<String>,
    pub(crate) priority: Priority,
    pub(crate) files: BTreeMap<RepoName, Patterns>,
    pub(crate) demand: Demand,
    pub(crate) wants_cryptographer: bool,
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
