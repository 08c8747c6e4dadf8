//! A repository: its refs and objects, and what hangs on its commits.

use super::activity::Activity;
use super::rulesets::Ruleset;
use super::setup::ActionsSetup;
use super::statuses::Status;
use crate::objects::Objects;
use domain_types::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A repository.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) owner: String,
    pub(crate) name: String,
    /// What it was called before.
    pub(crate) former_names: BTreeSet<String>,
    pub(crate) is_private: bool,
    /// The repository that it was forked from.
    pub(crate) fork_of: Option<u64>,
    pub(crate) default_branch: String,
    pub(crate) created: Timestamp,
    pub(crate) pushed: Timestamp,
    /// Whole names, `refs/…`, and what they name: a commit or an annotated tag.
    pub(crate) refs: BTreeMap<String, String>,
    pub(crate) objects: Objects,
    pub(crate) statuses: Vec<Status>,
    pub(crate) rulesets: Vec<Ruleset>,
    /// What happened to its branches, oldest first.
    pub(crate) activity: Vec<Activity>,
    pub(crate) has_immutable_releases: bool,
    pub(crate) actions: ActionsSetup,
    /// Tags of immutable releases: never to be used by another one, whatever becomes of the release.
    pub(crate) burnt_tags: BTreeSet<String>,
    /// The ids of workflows, by path.
    pub(crate) workflow_ids: BTreeMap<String, u64>,
    /// How many runs each workflow has had.
    pub(crate) run_numbers: BTreeMap<u64, u64>,
}

impl Repository {
    pub(crate) fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Where it lies below the data folder.
    pub(crate) fn folder(&self) -> String {
        format!("{}/{}.git", self.owner, self.name)
    }

    /// The commit that a ref names, annotated tags peeled.
    pub(crate) fn commit_of_ref(&self, whole_name: &str) -> Option<String> {
        self.peeled(self.refs.get(whole_name)?)
    }

    /// The commit that some words name as GitHub reads them: a branch, a tag, or a commit's name or the beginning of it.
    pub(crate) fn resolve(&self, words: &str) -> Option<String> {
        let short = words.strip_prefix("refs/").unwrap_or(words);
        ["refs/heads/", "refs/tags/", "refs/"]
            .iter()
            .find_map(|prefix| self.commit_of_ref(&format!("{prefix}{short}")))
            .or_else(|| self.objects.find_commit(words).map(|commit| commit.sha.clone()))
            .or_else(|| self.peeled(words))
    }

    /// The commit at the head of a branch.
    pub(crate) fn branch(&self, name: &str) -> Option<String> {
        self.commit_of_ref(&format!("refs/heads/{name}"))
    }

    pub(crate) fn head(&self) -> Option<String> {
        self.commit_of_ref(&format!("refs/heads/{}", self.default_branch))
    }

    /// The paths of the workflow files at a commit.
    pub(crate) fn workflow_paths(&self, commit: &str) -> Vec<String> {
        let is_workflow = |path: &&String| {
            path.strip_prefix(".github/workflows/").is_some_and(|name| {
                !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml"))
            })
        };
        let files = self.objects.files(commit);
        files
            .into_iter()
            .flat_map(|files| files.keys().filter(is_workflow).cloned())
            .collect()
    }

    fn peeled(&self, sha: &str) -> Option<String> {
        match self.objects.tag(sha) {
            Some(tag) => Some(tag.target.clone()),
            None => self.objects.commit(sha).map(|commit| commit.sha.clone()),
        }
    }
}
