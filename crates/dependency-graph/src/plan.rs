//! The plan of a release: components in name order and every question about their order.
//!
//! A `Plan` is acyclic and complete by construction, also when it is read back from storage.

use crate::graph::Graph;
use crate::{Component, PinDiffers, PlanError};
use domain_types::{Channel, CommitSha, ReleaseName, ReleaseVersion, RepoName};
use std::collections::{BTreeMap, BTreeSet};

/// What is released, in which order it can be.
///
/// Serialised as its components; what follows from them is computed again when it is read, and a stored plan that
/// does not hold together is refused.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "StoredPlan", into = "StoredPlan")]
pub struct Plan {
    release: ReleaseName,
    version: Option<ReleaseVersion>,
    components: Vec<Component>,
    sources_only: Vec<Component>,
    graph: Graph,
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct StoredPlan {
    release: ReleaseName,
    version: Option<ReleaseVersion>,
    components: Vec<Component>,
    #[serde(default)]
    sources_only: Vec<Component>,
}

impl TryFrom<StoredPlan> for Plan {
    type Error = PlanError;
    fn try_from(stored: StoredPlan) -> Result<Self, PlanError> {
        Self::new(
            stored.release,
            stored.version,
            stored.components,
            stored.sources_only,
        )
    }
}

impl From<Plan> for StoredPlan {
    fn from(plan: Plan) -> Self {
        let Plan {
            release,
            version,
            components,
            sources_only,
            ..
        } = plan;
        Self {
            release,
            version,
            components,
            sources_only,
        }
    }
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        (&self.release, &self.version, &self.components, &self.sources_only)
            == (
                &other.release,
                &other.version,
                &other.components,
                &other.sources_only,
            )
    }
}

impl Eq for Plan {}

impl Plan {
    /// The plan of these components, in whichever order they come.
    ///
    /// `sources_only` are not built: their sources are needed by those that are.
    ///
    /// # Errors
    /// A name given twice, something required that is in neither list, a cycle, a component without a platform.
    pub fn new(
        release: ReleaseName,
        version: Option<ReleaseVersion>,
        components: Vec<Component>,
        sources_only: Vec<Component>,
    ) -> Result<Self, PlanError> {
        let (components, sources_only) = (normalised(components), normalised(sources_only));
        let names = unique_names(&components, &sources_only)?;
        let platformless = components.iter().find(|component| component.platforms.is_empty());
        if let Some(component) = platformless {
            return Err(PlanError::NoPlatform {
                name: component.name.clone(),
            });
        }
        let needs: Result<Vec<Vec<usize>>, PlanError> = components
            .iter()
            .map(|component| needs_of(component, &names))
            .collect();
        let weights = components.iter().map(Component::weight).collect();
        let graph = Graph::new(&needs?, weights).map_err(|cycle| cycle_of(&components, &cycle))?;
        Ok(Self {
            release,
            version,
            components,
            sources_only,
            graph,
        })
    }

    /// The name of the release.
    pub fn release(&self) -> &ReleaseName {
        &self.release
    }

    /// The version of the release, where one is being made.
    pub fn version(&self) -> Option<&ReleaseVersion> {
        self.version.as_ref()
    }

    /// The channel that the version decides.
    pub fn channel(&self) -> Option<Channel> {
        self.version.as_ref().map(ReleaseVersion::channel)
    }

    /// What is built, in name order.
    pub fn components(&self) -> &[Component] {
        &self.components
    }

    /// What is not built, but laid out, because something that is built needs its sources; in name order.
    pub fn sources_only(&self) -> &[Component] {
        &self.sources_only
    }

    /// Everything whose sources are needed, in name order.
    pub fn sources(&self) -> Vec<&Component> {
        let mut all: Vec<&Component> = self.components.iter().chain(&self.sources_only).collect();
        all.sort_unstable_by_key(|component| &component.name);
        all
    }

    /// The component of this name, if it is built.
    pub fn component(&self, name: &RepoName) -> Option<&Component> {
        self.index(name).map(|index| &self.components[index])
    }

    /// What must have succeeded before this component begins (`requires` and `after`, as far as it is built), in
    /// name order; nothing for an unknown name.
    pub fn needs(&self, name: &RepoName) -> Vec<&RepoName> {
        self.index(name)
            .map_or_else(Vec::new, |index| self.names(self.graph.needs(index)))
    }

    /// What directly waits for this component, in name order; nothing for an unknown name.
    pub fn needed_by(&self, name: &RepoName) -> Vec<&RepoName> {
        self.index(name)
            .map_or_else(Vec::new, |index| self.names(self.graph.needed_by(index)))
    }

    /// A total order in which everything comes after what it needs: of all ready names the smallest comes next.
    pub fn order(&self) -> Vec<&RepoName> {
        self.names(self.graph.order().iter().copied())
    }

    /// Groups that could begin together if all builds took equally long; each in name order.
    pub fn waves(&self) -> Vec<Vec<&RepoName>> {
        let mut waves: Vec<Vec<&RepoName>> = Vec::new();
        for (index, component) in self.components.iter().enumerate() {
            let wave = self.graph.wave(index);
            if waves.len() <= wave {
                waves.resize_with(wave + 1, Vec::new);
            }
            waves[wave].push(&component.name);
        }
        waves
    }

    /// The wave of a component: its position in [`Plan::waves`], counted from 0.
    pub fn wave(&self, name: &RepoName) -> Option<usize> {
        self.index(name).map(|index| self.graph.wave(index))
    }

    /// The chain that bounds the duration from below, first to last: by expected seconds where given, else 1 each.
    /// Among equally long chains the one with the smaller names.
    pub fn critical_path(&self) -> Vec<&RepoName> {
        self.names(self.graph.critical_path())
    }

    /// What can begin now: not done itself, and everything it needs is done; in name order.
    pub fn ready(&self, done: &BTreeSet<RepoName>) -> Vec<&RepoName> {
        let is_done = |index: usize| done.contains(&self.components[index].name);
        let is_ready = |index: &usize| !is_done(*index) && self.graph.needs(*index).into_iter().all(is_done);
        self.names((0..self.components.len()).filter(is_ready))
    }

    /// Everything that transitively waits for one of these names. The names themselves are in it only if they wait
    /// for another of them; unknown names add nothing.
    pub fn downstream(&self, of: &[RepoName]) -> BTreeSet<RepoName> {
        let reached = self
            .graph
            .downstream(of.iter().filter_map(|name| self.index(name)));
        let names = self
            .components
            .iter()
            .zip(reached)
            .filter(|(_, reached)| *reached);
        names.map(|(component, _)| component.name.clone()).collect()
    }

    /// The weight of the longest path from this component to the end, itself included: whoever has more goes first
    /// when runners are scarce. 0 for an unknown name.
    pub fn remaining_path(&self, name: &RepoName) -> u64 {
        self.index(name).map_or(0, |index| self.graph.remaining(index))
    }

    /// The plan frozen to the commits that its tags resolved to, for everything in [`Plan::sources`].
    ///
    /// # Errors
    /// [`PlanError::CommitsMissing`] with all names that have none, or [`PlanError::PinsDiffer`] with all pins (or
    /// commits frozen earlier) that are not the resolved commit.
    pub fn with_commits(&self, commits: &BTreeMap<RepoName, CommitSha>) -> Result<Self, PlanError> {
        let missing = self
            .sources()
            .into_iter()
            .filter(|component| !commits.contains_key(&component.name));
        let names: Vec<RepoName> = missing.map(|component| component.name.clone()).collect();
        if !names.is_empty() {
            return Err(PlanError::CommitsMissing { names });
        }
        let pins: Vec<PinDiffers> = self
            .sources()
            .into_iter()
            .filter_map(|component| pin_differs(component, commits))
            .collect();
        if !pins.is_empty() {
            return Err(PlanError::PinsDiffer { pins });
        }
        let mut frozen = self.clone();
        for component in frozen.components.iter_mut().chain(&mut frozen.sources_only) {
            component.commit = commits.get(&component.name).cloned();
        }
        Ok(frozen)
    }

    pub(crate) fn index(&self, name: &RepoName) -> Option<usize> {
        self.components
            .binary_search_by(|component| component.name.cmp(name))
            .ok()
    }

    fn names(&self, indices: impl IntoIterator<Item = usize>) -> Vec<&RepoName> {
        indices
            .into_iter()
            .map(|index| &self.components[index].name)
            .collect()
    }
}

fn normalised(mut components: Vec<Component>) -> Vec<Component> {
    for component in &mut components {
        sort_and_dedup(&mut component.requires);
        sort_and_dedup(&mut component.after);
        sort_and_dedup(&mut component.binaries);
        sort_and_dedup(&mut component.platforms);
    }
    components.sort_unstable_by(|left, right| left.name.cmp(&right.name));
    components
}

fn sort_and_dedup<T: Ord>(items: &mut Vec<T>) {
    items.sort_unstable();
    items.dedup();
}

/// Every known name, with its index if it is built.
fn unique_names<'c>(
    components: &'c [Component],
    sources_only: &'c [Component],
) -> Result<BTreeMap<&'c RepoName, Option<usize>>, PlanError> {
    let built = components
        .iter()
        .enumerate()
        .map(|(index, component)| (&component.name, Some(index)));
    let laid_out = sources_only.iter().map(|component| (&component.name, None));
    let mut names = BTreeMap::new();
    for (name, index) in built.chain(laid_out) {
        if names.insert(name, index).is_some() {
            return Err(PlanError::Duplicate { name: name.clone() });
        }
    }
    Ok(names)
}

fn needs_of(
    component: &Component,
    names: &BTreeMap<&RepoName, Option<usize>>,
) -> Result<Vec<usize>, PlanError> {
    let unknown = |needs: &RepoName| PlanError::UnknownDependency {
        name: component.name.clone(),
        needs: needs.clone(),
    };
    let mut needs = Vec::new();
    for name in component.waits_for() {
        if *name == component.name {
            return Err(PlanError::Cycle {
                path: vec![name.clone(), name.clone()],
            });
        }
        needs.extend(*names.get(name).ok_or_else(|| unknown(name))?);
    }
    Ok(needs)
}

fn cycle_of(components: &[Component], cycle: &[usize]) -> PlanError {
    let way_round = cycle.iter().chain(cycle.first());
    PlanError::Cycle {
        path: way_round.map(|index| components[*index].name.clone()).collect(),
    }
}

fn pin_differs(component: &Component, commits: &BTreeMap<RepoName, CommitSha>) -> Option<PinDiffers> {
    let (pinned, resolved) = (component.commit.as_ref()?, commits.get(&component.name)?);
    let differs = || PinDiffers {
        name: component.name.clone(),
        pinned: pinned.clone(),
        resolved: resolved.clone(),
    };
    (pinned != resolved).then(differs)
}
