//! What the configuration contributes to a plan: names, aliases, platforms and weights. Read elsewhere; data here.

use crate::names::Names;
use crate::{Component, Plan};
use domain_types::{Platform, ReleaseName, ReleaseVersion, RepoName};
use std::collections::BTreeMap;

/// Everything besides the manifest that a plan is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanOptions {
    /// `[release] name`.
    pub release: ReleaseName,
    /// The version of the release, where one is being made.
    pub version: Option<ReleaseVersion>,
    /// Platforms of every component that has none of its own.
    pub platforms: Vec<Platform>,
    /// `[repositories.NAME]`, by the name used there, which may be an alias of the manifest's name.
    pub repositories: BTreeMap<RepoName, RepositoryOptions>,
    /// `[release.after]`: components that begin only after others, although they do not require them.
    pub after: BTreeMap<RepoName, Vec<RepoName>>,
}

/// What `[repositories.NAME]` says about planning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RepositoryOptions {
    /// Other names of the same repository, as older manifests and `requires` may have them.
    pub aliases: Vec<RepoName>,
    /// Whether its failure leaves the release possible.
    pub optional: bool,
    /// Platforms, if not the default ones.
    pub platforms: Option<Vec<Platform>>,
    /// How long its build is expected to take, in seconds; the weight on the critical path.
    pub expected_seconds: Option<u64>,
}

impl PlanOptions {
    /// The options of a configuration that says nothing but the release's name and platforms.
    pub fn new(release: ReleaseName, platforms: Vec<Platform>) -> Self {
        Self {
            release,
            version: None,
            platforms,
            repositories: BTreeMap::new(),
            after: BTreeMap::new(),
        }
    }

    /// The entry of the configuration that is about this repository: by its name there, else by an alias.
    ///
    /// The work grows with the number of configured aliases: for single questions, not for loops over a plan.
    pub fn repository(&self, name: &RepoName) -> Option<(&RepoName, &RepositoryOptions)> {
        let by_alias = || {
            self.repositories
                .iter()
                .find(|(_, options)| options.aliases.contains(name))
        };
        self.repositories.get_key_value(name).or_else(by_alias)
    }

    /// The component of a plan that a person's or a manifest's name means: its own name, else an alias of the same
    /// repository. For what is typed by hand, such as `--changed`.
    pub fn component<'p>(&self, plan: &'p Plan, name: &RepoName) -> Option<&'p Component> {
        let names = Names::new(self);
        let same = |component: &&Component| names.group(&component.name) == names.group(name);
        plan.component(name)
            .or_else(|| plan.components().iter().find(same))
    }
}
