//! Merging: what a branch demands first, and the commits that it makes.

use super::changes::{changes, commits_between};
use super::pulls::{Merge, Pull};
use super::rulesets::RequiredCheck;
use super::{GitHub, Repository};
use crate::exchange::Answer;
use bytes::Bytes;
use std::collections::BTreeMap;

/// How a pull request is merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeMethod {
    /// A commit with two parents.
    Merge,
    /// One commit with all changes.
    Squash,
    /// Each commit again, on top of the base.
    Rebase,
}

impl GitHub {
    /// Refuses a merge that the rules of the base do not allow.
    pub(crate) fn permit_merge(&self, id: u64) -> Result<(), Answer> {
        let pull = self.known_pull(id)?;
        let violated =
            |what: &str| Answer::refusal(405, &format!("Repository rule violations found\n\n{what}\n\n"));
        if self.wants_queue(pull.repository, &pull.base)? {
            return Err(violated("Changes must be made through the merge queue"));
        }
        for check in self.required_checks(pull.repository, &pull.base)? {
            if !self.has_succeeded(pull.repository, &pull.head_sha, &check)? {
                let what = format!("Required status check \"{}\" is expected.", check.context);
                return Err(violated(&what));
            }
        }
        Ok(())
    }

    /// Whether a commit has what is required: of the App that must say it, or of anybody.
    pub(crate) fn has_succeeded(
        &self,
        repository: u64,
        sha: &str,
        check: &RequiredCheck,
    ) -> Result<bool, Answer> {
        let said = [
            self.last_status(repository, sha, check)?,
            self.last_check(repository, sha, check),
        ];
        let said: Vec<bool> = said.into_iter().flatten().collect();
        Ok(!said.is_empty() && said.iter().all(|is_good| *is_good))
    }

    /// Merges a pull request, whatever the rules say. Answers the commit to which the base moved.
    pub(crate) fn merge_pull(&mut self, id: u64, method: MergeMethod, actor: &str) -> Result<String, Answer> {
        let pull = self.known_pull(id)?.clone();
        if pull.closed.is_some() || pull.is_draft {
            return Err(Answer::refusal(405, "Pull Request is not mergeable"));
        }
        let known = self.known_mut(pull.repository)?;
        let base = known.branch(&pull.base).ok_or_else(Answer::not_found)?;
        let sha = match method {
            MergeMethod::Merge => merge_commit(known, &base, &pull),
            MergeMethod::Squash => {
                let tree = merged_tree(known, &base, &pull.head_sha);
                let message = format!("{} (#{})", pull.title, pull.number);
                known.objects.add_commit_of(tree, vec![base], &message)
            }
            MergeMethod::Rebase => rebased(known, &base, &pull.head_sha),
        };
        let whole = format!("refs/heads/{}", pull.base);
        self.set_ref(pull.repository, &whole, &sha, actor)?;
        self.last_was_merge(pull.repository, &whole, "pr_merge");
        // A head that has come into its base was closed by that already.
        if self.known_pull(id)?.closed.is_none() {
            let merge = Merge {
                at: self.now,
                sha: sha.clone(),
                by: actor.to_owned(),
            };
            self.close_pull(id, Some(merge), actor);
        }
        Ok(sha)
    }
}

/// A commit that has the base and the head of a pull request as its parents.
pub(crate) fn merge_commit(repository: &mut Repository, base: &str, pull: &Pull) -> String {
    let message = format!("Merge pull request #{} from {}", pull.number, pull.head);
    commit_merging(repository, base, &pull.head_sha, &message)
}

/// A commit that has these two as its parents.
pub(crate) fn commit_merging(repository: &mut Repository, base: &str, head: &str, message: &str) -> String {
    let tree = merged_tree(repository, base, head);
    let parents = vec![base.to_owned(), head.to_owned()];
    repository.objects.add_commit_of(tree, parents, message)
}

/// The same with files that neither of them has, or as neither of them has them.
pub(crate) fn merge_by_hand(
    repository: &mut Repository,
    (base, head): (&str, &str),
    files: &[(&str, Option<&[u8]>)],
) -> String {
    let merged = commit_merging(repository, base, head, "Merge by hand");
    let files: Vec<(String, Option<Bytes>)> = files
        .iter()
        .map(|(path, content)| ((*path).to_owned(), content.map(Bytes::copy_from_slice)))
        .collect();
    let changed = repository.objects.add_commit(Some(&merged), &files, "Change it");
    let tree = repository.objects.files(&changed).cloned().unwrap_or_default();
    let parents = vec![base.to_owned(), head.to_owned()];
    repository.objects.add_commit_of(tree, parents, "Merge by hand")
}

/// The base with the changes of the head. Where both changed a file, that of the head is taken.
fn merged_tree(repository: &Repository, base: &str, head: &str) -> BTreeMap<String, String> {
    let mut tree = repository.objects.files(base).cloned().unwrap_or_default();
    apply(repository, &mut tree, base, head);
    tree
}

fn apply(repository: &Repository, tree: &mut BTreeMap<String, String>, from: &str, to: &str) {
    for file in changes(repository, from, to) {
        if let Some(previous) = &file.previous {
            tree.remove(previous);
        }
        match file.status {
            "removed" => tree.remove(&file.path),
            _ => tree.insert(file.path, file.blob),
        };
    }
}

/// The commits of the head, each again on top of the base.
fn rebased(repository: &mut Repository, base: &str, head: &str) -> String {
    let mut top = base.to_owned();
    for sha in commits_between(repository, base, head) {
        let Some(commit) = repository.objects.commit(&sha).cloned() else {
            continue;
        };
        let mut tree = repository.objects.files(&top).cloned().unwrap_or_default();
        if let Some(parent) = commit.parents.first() {
            apply(repository, &mut tree, parent, &sha);
        }
        top = repository.objects.add_commit_of(tree, vec![top], &commit.message);
    }
    top
}
