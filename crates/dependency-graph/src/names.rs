//! Which component a name means: its own, else through the aliases of the configuration; and what a misspelt name
//! may have meant.

use crate::PlanOptions;
use domain_types::RepoName;
use std::collections::BTreeMap;

/// The repositories of the configuration, by every name they have. A name that is in none stands for itself.
pub(crate) struct Names<'o> {
    group_of: BTreeMap<&'o RepoName, &'o RepoName>,
    /// Names that belong to two repositories of the configuration: the name, and both.
    pub(crate) clashes: Vec<[&'o RepoName; 3]>,
}

impl<'o> Names<'o> {
    pub(crate) fn new(options: &'o PlanOptions) -> Self {
        let mut names = Self {
            group_of: BTreeMap::new(),
            clashes: Vec::new(),
        };
        for name in options.repositories.keys() {
            names.group_of.insert(name, name);
        }
        for (group, repository) in &options.repositories {
            for alias in &repository.aliases {
                let first = *names.group_of.entry(alias).or_insert(group);
                if first != group {
                    names.clashes.push([alias, first, group]);
                }
            }
        }
        names
    }

    /// The name under which the configuration has this repository; the name itself if it has not.
    pub(crate) fn group<'n>(&self, name: &'n RepoName) -> &'n RepoName
    where
        'o: 'n,
    {
        self.group_of.get(name).copied().unwrap_or(name)
    }
}

/// Edits between a name and what it may have meant: more, and the suggestion would be a guess.
const EDITS_MAX: usize = 3;

/// The most similar of the known names, if it is similar; among equals the first.
pub(crate) fn nearest_name<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let edits_max = EDITS_MAX.min(name.len() / 2);
    let similar = known.filter(|other| other.len().abs_diff(name.len()) <= edits_max);
    let measured = similar.map(|other| (strsim::osa_distance(name, other), other));
    measured
        .filter(|(edits, _)| *edits <= edits_max)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, other)| other)
}
