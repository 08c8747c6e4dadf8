//! What a change in one repository demands of another.

use crate::names::Repository;
use crate::pattern::Patterns;
use crate::{Located, Spot};

/// A rule between two repositories, of `config/cross-layer-rules.yml`.
#[derive(Debug)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct CrossLayerRule {
    pub(crate) spot: Spot,
    pub(crate) name: Option<Located<String>>,
    pub(crate) source: Located<Repository>,
    /// Paths of the source that it is about; nothing stands for all of them.
    pub(crate) source_patterns: Option<Patterns>,
    pub(crate) target: Option<Located<Repository>>,
    /// Paths of the target that have to be changed as well; nothing stands for any of them.
    pub(crate) target_patterns: Option<Patterns>,
    pub(crate) validation: Located<Validation>,
    pub(crate) bidirectional: bool,
    pub(crate) blocking: bool,
    /// How a version of the target is referred to.
    pub(crate) reference: Option<Located<String>>,
    /// Lines that only import do no harm.
    pub(crate) imports_only: bool,
}

/// What a change of some paths brings along, by a repository's own file.
#[derive(Debug)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct Companion {
    pub(crate) spot: Spot,
    pub(crate) if_changed: Patterns,
    /// Another repository, and the paths of it that have to be changed as well.
    pub(crate) update: Option<(Located<Repository>, Patterns)>,
    /// The verification of the repository must have passed.
    pub(crate) verification: bool,
    pub(crate) validation: Option<Located<Validation>>,
    pub(crate) bidirectional: bool,
    pub(crate) blocking: bool,
    /// What its author is told.
    pub(crate) error_message: Option<Located<String>>,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Validation {
    /// A change in the target that belongs to this one.
    CorrespondingFileExists,
    /// The same, where the target holds rules.
    CorrespondingRuleExists,
    /// The same, where the target holds proofs.
    EquivalenceProofExists,
    /// The latest version of the target is referred to.
    ReferencesLatestVersion,
    /// No path that touches consensus is changed.
    NoConsensusModifications,
    /// The verification of the repository has passed.
    SpecLockVerified,
    /// A word that nobody knows: it holds of nothing.
    NotKnown(String),
}

impl Validation {
    /// Every word that is known.
    pub(crate) const KNOWN: &[(&str, Self)] = &[
        ("corresponding_file_exists", Self::CorrespondingFileExists),
        ("corresponding_rule_exists", Self::CorrespondingRuleExists),
        ("equivalence_proof_exists", Self::EquivalenceProofExists),
        ("references_latest_version", Self::ReferencesLatestVersion),
        ("no_consensus_modifications", Self::NoConsensusModifications),
        ("spec_lock_verified", Self::SpecLockVerified),
    ];

    /// What a word stands for.
    pub(crate) fn named(word: &str) -> Self {
        let known = Self::KNOWN.iter().find(|(known, _)| *known == word);
        known.map_or_else(
            || Self::NotKnown(word.to_owned()),
            |(_, validation)| validation.clone(),
        )
    }

    /// Whether it says nothing without another repository.
    pub(crate) fn needs_target(&self) -> bool {
        match self {
            Self::CorrespondingFileExists
            | Self::CorrespondingRuleExists
            | Self::EquivalenceProofExists
            | Self::ReferencesLatestVersion => true,
            Self::NoConsensusModifications | Self::SpecLockVerified | Self::NotKnown(_) => false,
        }
    }
}
