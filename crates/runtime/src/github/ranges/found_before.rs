//! What GitHub said while a plan was made that then had to wait: asked again, a large plan would spend every hour's requests on the same
//! answers and never come to its end. In memory only; a restart asks anew.

use super::seen::{Word, in_lower_case};
use crate::github::frozen::FullName;
use domain_types::{CommitSha, Timestamp};
use github_client::{Commit, CommitRange, PullRequest};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Commits of comparisons that are kept, over all plans: ten times what one release names. What is beyond is asked again.
const COMMITS_MAX: usize = 30_000;

/// Commits whose pull requests are kept: twenty of each of a thousand components.
const ASKED_MAX: usize = 20_000;

/// Repositories of which it is kept who may see them: those of ten thousand components.
const SEEN_MAX: usize = 10_000;

/// Seconds for which that is kept: an hour, after which GitHub takes as many requests again. It may change at any time.
const SEEN_SECONDS: u64 = 3_600;

/// Characters of a commit's first line that are kept: its title has a hundred, and the numbers in it lie near.
const LINE_CHARS_MAX: usize = 1_000;

/// Seconds for which it is kept: a plan that waits for the next hour is asked for again within that.
const KEPT_SECONDS: u64 = 6 * 3_600;

/// A merged pull request that GitHub names for a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedPull {
    /// Its number in the repository of its base.
    pub(super) number: u64,
    /// The number and the name of that repository.
    pub(super) base: (u64, String),
}

/// The merged ones among these of which GitHub says where they were merged to.
pub(super) fn merged(pulls: &[PullRequest]) -> Vec<NamedPull> {
    let merged = pulls.iter().filter(|pull| pull.is_merged());
    let named = merged.filter_map(|pull| {
        let base = pull.base.repository.as_ref()?;
        Some(NamedPull {
            number: pull.number,
            base: (base.id, base.full_name.clone()),
        })
    });
    named.collect()
}

/// A repository, and the commits that are compared in it: what lies between two commits never changes.
type Compared = (FullName, CommitSha, CommitSha);

#[derive(Debug, Default)]
struct Found {
    since: Option<Timestamp>,
    compared: BTreeMap<Compared, CommitRange>,
    asked: BTreeMap<(FullName, CommitSha), Vec<NamedPull>>,
    seen: BTreeMap<String, (Timestamp, Option<Word>)>,
}

/// What was found before.
#[derive(Debug, Default)]
pub(in crate::github) struct FoundBefore(Mutex<Found>);

impl FoundBefore {
    /// Drops what is older than it may be.
    pub(super) fn grow_old(&self, now: Timestamp) {
        let mut found = self.found();
        let is_old = |since: Timestamp| now.milliseconds_since(since) > KEPT_SECONDS * 1000;
        if found.since.is_none_or(is_old) {
            *found = Found {
                since: Some(now),
                ..Found::default()
            };
        }
    }

    /// What lies between two commits.
    pub(super) fn compared(&self, compared: &Compared) -> Option<CommitRange> {
        self.found().compared.get(compared).cloned()
    }

    /// Keeps what lies between two commits.
    pub(super) fn keep_compared(&self, compared: Compared, range: &CommitRange) {
        let mut found = self.found();
        let kept: usize = found.compared.values().map(|range| range.commits.len()).sum();
        if kept + range.commits.len() <= COMMITS_MAX {
            let commits = range.commits.iter().map(first_line_only).collect();
            let range = CommitRange {
                commits,
                ..range.clone()
            };
            found.compared.insert(compared, range);
        }
    }

    /// The pull requests of a commit.
    pub(super) fn asked(&self, source: &FullName, commit: &CommitSha) -> Option<Vec<NamedPull>> {
        self.found().asked.get(&(source.clone(), commit.clone())).cloned()
    }

    /// Keeps the pull requests of a commit.
    pub(super) fn keep_asked(&self, source: &FullName, commit: &CommitSha, pulls: &[NamedPull]) {
        let mut found = self.found();
        if found.asked.len() < ASKED_MAX {
            found
                .asked
                .insert((source.clone(), commit.clone()), pulls.to_vec());
        }
    }

    /// What was said of a repository lately: which it is, and who may see it; none where GitHub did not say.
    pub(super) fn seen(&self, name: &FullName, now: Timestamp) -> Option<Option<Word>> {
        let found = self.found();
        let (at, word) = found.seen.get(&in_lower_case(name))?;
        (now.milliseconds_since(*at) <= SEEN_SECONDS * 1000).then_some(*word)
    }

    /// Keeps what was said of a repository.
    pub(super) fn keep_seen(&self, name: &FullName, word: Option<Word>, now: Timestamp) {
        let mut found = self.found();
        let name = in_lower_case(name);
        if found.seen.len() < SEEN_MAX || found.seen.contains_key(&name) {
            found.seen.insert(name, (now, word));
        }
    }

    /// Forgets what was found of these repositories: their plan is made, or will not be.
    pub(super) fn forget(&self, names: &[&FullName]) {
        let mut found = self.found();
        found.compared.retain(|(source, ..), _| !names.contains(&source));
        found.asked.retain(|(source, _), _| !names.contains(&source));
        for name in names {
            found.seen.remove(&in_lower_case(name));
        }
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn first_line_only(commit: &Commit) -> Commit {
    let line = commit.message.lines().next().unwrap_or_default();
    Commit {
        message: line.chars().take(LINE_CHARS_MAX).collect(),
        ..commit.clone()
    }
}

#[cfg(test)]
mod tests;
