//! What a rule is asked about: the rules, the facts, and the numbers that follow from both.

use crate::names::Repository;
use crate::{Classification, Electorate, PullRequestFacts, Requirement, Ruleset};

/// One question, the same for every rule.
pub(super) struct Asked<'q> {
    pub(super) rules: &'q Ruleset,
    pub(super) facts: &'q PullRequestFacts,
    pub(super) requirement: &'q Requirement,
    /// What the change is.
    pub(super) found: &'q Classification<'q>,
    /// Who may sign, and with which keys.
    pub(super) electorate: &'q Electorate,
}

impl Asked<'_> {
    /// Whether a rule that names these repositories, or none and so all of them, is about this one.
    pub(super) fn concerns(&self, repositories: &[Repository]) -> bool {
        let this = Repository::from(&self.facts.subject.repository);
        repositories.is_empty() || repositories.contains(&this)
    }
}
