//! What rules between repositories ask of a change of one of them, in whichever file they stand, and in both directions.

use crate::model::{Companion, CrossLayerRule, Validation};
use crate::names::Repository;
use crate::pattern::Patterns;
use crate::wording::one_line;
use crate::{Change, ReferenceFormat, Ruleset, Spot, WantedReferences};

/// One of them, seen from one repository.
pub(super) struct Owed<'r> {
    /// What people call it.
    pub(super) name: String,
    pub(super) spot: &'r Spot,
    pub(super) validation: Option<&'r Validation>,
    /// The repository on its other side.
    pub(super) other: Option<&'r Repository>,
    /// Paths of the other that have to be changed as well; nothing stands for any of them.
    pub(super) patterns: Option<&'r Patterns>,
    /// Whether something has to be changed on the other side as well.
    pub(super) wants_update: bool,
    /// Whether the verification of the repository must have passed.
    pub(super) wants_verification: bool,
    /// Whether it holds in both directions.
    pub(super) is_mutual: bool,
    /// Whether lines that only import do no harm.
    pub(super) imports_only: bool,
    /// How a version of the other is referred to, where the rule says it.
    reference: Option<&'r str>,
    /// What its author is told.
    pub(super) message: Option<&'r str>,
    /// Paths of the repository that it is about; nothing stands for all of them.
    when: Option<&'r Patterns>,
}

impl Owed<'_> {
    /// Whether a change falls under it.
    pub(super) fn is_hit(&self, change: &Change) -> bool {
        let takes = |patterns: &Patterns| change.touched().any(|path| patterns.takes(path));
        change.more_than_listed || self.when.is_none_or(takes)
    }

    /// Whether a path of the repository is one that it is about.
    pub(super) fn is_about(&self, path: &str) -> bool {
        self.when.is_none_or(|patterns| patterns.takes(path))
    }

    /// How a version of the other side is referred to; none where the rule says so in words that have no place for a version.
    pub(super) fn reference_format(&self, other: &Repository) -> Option<ReferenceFormat> {
        match self.reference {
            Some(text) => ReferenceFormat::parse(text),
            None => Some(ReferenceFormat::of(other)),
        }
    }

    /// The references that it wants, if it wants any.
    pub(super) fn wanted_references(&self) -> Option<WantedReferences> {
        let other = self
            .other
            .filter(|_| self.is(&Validation::ReferencesLatestVersion))?;
        Some(WantedReferences {
            repository: other.as_written().clone(),
            format: self.reference_format(other)?,
            paths: self.when.cloned(),
        })
    }

    /// Whether it is one of these.
    pub(super) fn is(&self, validation: &Validation) -> bool {
        self.validation == Some(validation)
    }
}

/// Everything that holds a change of a repository back, whether it touches the paths or not.
pub(super) fn owed<'r>(rules: &'r Ruleset, repository: &Repository) -> Vec<Owed<'r>> {
    let between = rules.cross_layer.iter().filter(|rule| rule.blocking);
    let from = between.clone().filter(|rule| rule.source.value == *repository);
    let into = between.filter(|rule| {
        let target = rule.target.as_ref();
        rule.bidirectional && target.is_some_and(|target| target.value == *repository)
    });
    let own = rules.repositories.get(repository);
    let own = own.iter().flat_map(|own| &own.companions);
    let back = rules.repositories.iter().flat_map(|(of, rules)| {
        let companions = rules.companions.iter();
        companions.filter_map(move |companion| returned(companion, of, repository))
    });
    let owed = from.map(forth).chain(into.map(turned)).chain(
        own.filter(|companion| companion.blocking)
            .map(of_own_file)
            .chain(back),
    );
    owed.collect()
}

fn wants_update(validation: &Validation) -> bool {
    match validation {
        Validation::CorrespondingFileExists
        | Validation::CorrespondingRuleExists
        | Validation::EquivalenceProofExists => true,
        Validation::ReferencesLatestVersion
        | Validation::NoConsensusModifications
        | Validation::SpecLockVerified
        | Validation::NotKnown(_) => false,
    }
}

/// A rule between two repositories, as its source sees it.
fn forth(rule: &CrossLayerRule) -> Owed<'_> {
    Owed {
        name: rule
            .name
            .as_ref()
            .map_or_else(|| rule.spot.key.clone(), |name| one_line(&name.value)),
        spot: &rule.spot,
        validation: Some(&rule.validation.value),
        other: rule.target.as_ref().map(|target| &target.value),
        patterns: rule.target_patterns.as_ref(),
        wants_update: wants_update(&rule.validation.value),
        wants_verification: rule.validation.value == Validation::SpecLockVerified,
        is_mutual: rule.bidirectional,
        imports_only: rule.imports_only,
        reference: rule.reference.as_ref().map(|text| text.value.as_str()),
        message: None,
        when: rule.source_patterns.as_ref(),
    }
}

/// The same, as its target sees it.
fn turned(rule: &CrossLayerRule) -> Owed<'_> {
    Owed {
        other: Some(&rule.source.value),
        patterns: rule.source_patterns.as_ref(),
        // It says how the target is referred to.
        reference: None,
        when: rule.target_patterns.as_ref(),
        ..forth(rule)
    }
}

/// A rule of a repository's own file, as that repository sees it.
fn of_own_file(companion: &Companion) -> Owed<'_> {
    let validation = companion.validation.as_ref().map(|validation| &validation.value);
    Owed {
        name: companion.spot.key.clone(),
        spot: &companion.spot,
        validation,
        other: companion.update.as_ref().map(|(other, _)| &other.value),
        patterns: companion.update.as_ref().map(|(_, patterns)| patterns),
        wants_update: companion.update.is_some() || validation.is_some_and(wants_update),
        wants_verification: companion.verification || validation == Some(&Validation::SpecLockVerified),
        is_mutual: companion.bidirectional,
        imports_only: false,
        reference: None,
        message: companion
            .error_message
            .as_ref()
            .map(|message| message.value.as_str()),
        when: Some(&companion.if_changed),
    }
}

/// A rule of another repository's file that holds in both directions, as the repository sees it whose files are to be changed.
fn returned<'r>(companion: &'r Companion, of: &'r Repository, here: &Repository) -> Option<Owed<'r>> {
    let (other, patterns) = companion.update.as_ref()?;
    let is_it = companion.blocking && companion.bidirectional && other.value == *here;
    is_it.then(|| Owed {
        other: Some(of),
        patterns: Some(&companion.if_changed),
        when: Some(patterns),
        ..of_own_file(companion)
    })
}
