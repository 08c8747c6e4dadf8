//! How long a release will still take, from what is known: expected seconds, and how long its builds took so far.

use dependency_graph::Plan;
use domain_types::{RepoName, Timestamp};
use orchestrator::BuildState;
use runtime::{NodeProgress, Progress};
use std::collections::BTreeMap;

/// What an estimate needs of a plan: its repositories in order, who waits for whom, expectations, and the runners.
#[derive(Debug)]
pub(crate) struct Pace {
    repositories: Vec<Repository>,
    runners: u64,
}

#[derive(Debug)]
struct Repository {
    name: RepoName,
    expected_milliseconds: Option<u64>,
    needed_by: Vec<RepoName>,
}

impl Pace {
    /// The pace of this plan with so many builds at the same time.
    pub(crate) fn new(plan: &Plan, runners: u32) -> Self {
        let of = |name: &RepoName| Repository {
            name: name.clone(),
            expected_milliseconds: plan
                .component(name)
                .and_then(|component| component.expected_seconds)
                .map(|seconds| seconds.saturating_mul(1000)),
            needed_by: plan.needed_by(name).into_iter().cloned().collect(),
        };
        let repositories = plan.order().into_iter().map(of).collect();
        Self {
            repositories,
            runners: u64::from(runners.max(1)),
        }
    }

    /// Milliseconds that are left: the longest chain that is left, or all work over the runners, whichever is more.
    /// Nothing while there is neither an expectation nor a finished build to learn from.
    pub(crate) fn milliseconds_left(&self, progress: &Progress, now: Timestamp) -> Option<u64> {
        let mean = mean_milliseconds(progress);
        let mut left: BTreeMap<&RepoName, (u64, u64)> = BTreeMap::new();
        for node in progress.nodes.iter().filter(|node| !node.state.is_settled()) {
            let repository = self
                .repositories
                .iter()
                .find(|repository| repository.name == node.id.repository)?;
            let own = node_milliseconds_left(node, repository.expected_milliseconds.or(mean)?, now);
            let (longest, sum) = left.entry(&repository.name).or_default();
            *longest = own.max(*longest);
            *sum += own;
        }
        let work: u64 = left.values().map(|(_, sum)| sum).sum();
        Some(self.longest_chain(&left).max(work / self.runners))
    }

    fn longest_chain(&self, left: &BTreeMap<&RepoName, (u64, u64)>) -> u64 {
        let mut chains: BTreeMap<&RepoName, u64> = BTreeMap::new();
        for repository in self.repositories.iter().rev() {
            let behind = repository
                .needed_by
                .iter()
                .filter_map(|name| chains.get(name))
                .max()
                .copied()
                .unwrap_or(0);
            let own = left.get(&repository.name).map_or(0, |(longest, _)| *longest);
            chains.insert(&repository.name, own + behind);
        }
        chains.into_values().max().unwrap_or(0)
    }
}

fn node_milliseconds_left(node: &NodeProgress, whole: u64, now: Timestamp) -> u64 {
    match (node.state, node.started) {
        (BuildState::Running, Some(started)) => whole.saturating_sub(now.milliseconds_since(started)),
        _ => whole,
    }
}

fn mean_milliseconds(progress: &Progress) -> Option<u64> {
    let took = |node: &NodeProgress| match (node.state, node.started, node.ended) {
        (BuildState::Succeeded, Some(started), Some(ended)) => Some(ended.milliseconds_since(started)),
        _ => None,
    };
    let finished: Vec<u64> = progress.nodes.iter().filter_map(took).collect();
    finished.iter().sum::<u64>().checked_div(finished.len() as u64)
}
