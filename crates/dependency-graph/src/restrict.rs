//! `--changed`: the part of a plan that a change makes necessary.

use crate::names::nearest_name;
use crate::{Component, Plan, PlanError};
use domain_types::RepoName;
use std::collections::{BTreeMap, BTreeSet};

impl Plan {
    /// The plan of these components and everything downstream of them.
    ///
    /// What they require but is not downstream is not built; it stays in [`Plan::sources_only`], transitively.
    /// What only precedes them in time (`[release.after]`) is dropped from their `after`.
    ///
    /// # Errors
    /// [`PlanError::UnknownComponents`] with all names that are not in the plan.
    pub fn restrict_to_changed(&self, changed: &[RepoName]) -> Result<Self, PlanError> {
        let unknown = self.unknown_names(changed);
        if !unknown.is_empty() {
            return Err(PlanError::UnknownComponents { unknown });
        }
        let mut kept = self.downstream(changed);
        kept.extend(changed.iter().cloned());
        let sources = self.sources_required_by(&kept);
        let built = self
            .components()
            .iter()
            .filter(|component| kept.contains(&component.name));
        let laid_out = self
            .sources()
            .into_iter()
            .filter(|component| sources.contains(&component.name));
        let components = built.map(|component| following(component, &kept)).collect();
        let sources_only = laid_out.map(|component| following(component, &kept)).collect();
        Self::new(
            self.release().clone(),
            self.version().cloned(),
            components,
            sources_only,
        )
    }

    fn unknown_names(&self, names: &[RepoName]) -> Vec<(RepoName, Option<RepoName>)> {
        let unknown: BTreeSet<&RepoName> = names.iter().filter(|name| self.index(name).is_none()).collect();
        let known = || self.components().iter().map(|component| component.name.as_str());
        let nearest =
            |name: &RepoName| nearest_name(name.as_str(), known()).and_then(|name| name.parse().ok());
        unknown
            .into_iter()
            .map(|name| (name.clone(), nearest(name)))
            .collect()
    }

    /// What the kept components require, transitively, without themselves.
    fn sources_required_by(&self, kept: &BTreeSet<RepoName>) -> BTreeSet<RepoName> {
        let all: BTreeMap<&RepoName, &Component> = self
            .sources()
            .into_iter()
            .map(|component| (&component.name, component))
            .collect();
        let mut from: Vec<&RepoName> = kept.iter().collect();
        let mut required = BTreeSet::new();
        while let Some(name) = from.pop() {
            for need in all
                .get(name)
                .map_or(&[] as &[RepoName], |component| &component.requires)
            {
                if !kept.contains(need) && required.insert(need.clone()) {
                    from.push(need);
                }
            }
        }
        required
    }
}

fn following(component: &Component, kept: &BTreeSet<RepoName>) -> Component {
    let after = component
        .after
        .iter()
        .filter(|name| kept.contains(*name))
        .cloned()
        .collect();
    Component {
        after,
        ..component.clone()
    }
}
