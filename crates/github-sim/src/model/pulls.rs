//! Pull requests: opened, pushed to, reviewed, closed and merged. Head and base are branches of the same repository.

use super::{GitHub, Repository};
use crate::exchange::Answer;
use domain_types::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A pull request.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub(crate) id: u64,
    pub(crate) repository: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) head: String,
    pub(crate) base: String,
    pub(crate) author: String,
    pub(crate) is_draft: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) merged: Option<Merge>,
    /// The commit at its head; after it was closed the last one.
    pub(crate) head_sha: String,
    pub(crate) reviews: Vec<Review>,
}

/// How a pull request was merged.
#[derive(Debug, Clone)]
pub(crate) struct Merge {
    pub(crate) at: Timestamp,
    pub(crate) sha: String,
    pub(crate) by: String,
}

/// What somebody said to a pull request.
#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) id: u64,
    pub(crate) user: String,
    pub(crate) state: String,
    pub(crate) body: String,
    /// The commit that was looked at: a review does not follow the head.
    pub(crate) commit: String,
    pub(crate) at: Timestamp,
}

/// What a pull request does to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileChange {
    pub(crate) path: String,
    pub(crate) status: &'static str,
    pub(crate) blob: String,
    pub(crate) additions: usize,
    pub(crate) deletions: usize,
}

impl GitHub {
    /// Opens a pull request.
    pub(crate) fn open_pull(&mut self, pull: Pull) -> Result<u64, Answer> {
        let known = self.known(pull.repository)?;
        let branch = |name: &str| known.commit_of_ref(&format!("refs/heads/{name}"));
        let head = branch(&pull.head).ok_or_else(|| Answer::invalid("PullRequest", "head", "invalid"))?;
        let base = branch(&pull.base).ok_or_else(|| Answer::invalid("PullRequest", "base", "invalid"))?;
        if known.objects.is_behind(&head, &base) {
            let message = format!("No commits between {} and {}", pull.base, pull.head);
            return Err(Answer::refusal(422, &message));
        }
        let is_same = |other: &&Pull| {
            other.repository == pull.repository
                && other.closed.is_none()
                && other.head == pull.head
                && other.base == pull.base
        };
        if self.pulls.values().any(|other| is_same(&other)) {
            return Err(Answer::refusal(
                422,
                "A pull request already exists for this head and base.",
            ));
        }
        let (id, author) = (pull.id, pull.author.clone());
        self.pulls.insert(
            id,
            Pull {
                head_sha: head,
                ..pull
            },
        );
        self.tell_of_pull(id, "opened", &author, json!({}));
        Ok(id)
    }

    /// Lets the open pull requests of a branch follow what was pushed to it.
    pub(crate) fn follow_push(&mut self, repository: u64, branch: &str, actor: &str) {
        let whole = format!("refs/heads/{branch}");
        let Some(after) = self
            .repositories
            .get(&repository)
            .and_then(|known| known.commit_of_ref(&whole))
        else {
            return;
        };
        let now = self.now;
        let mut moved = Vec::new();
        for pull in self.pulls.values_mut() {
            if pull.repository == repository && pull.closed.is_none() && pull.head == branch {
                let before = std::mem::replace(&mut pull.head_sha, after.clone());
                pull.updated = now;
                moved.push((pull.id, before));
            }
        }
        for (id, before) in moved {
            let more = json!({"before": before, "after": after});
            self.tell_of_pull(id, "synchronize", actor, more);
        }
    }

    pub(crate) fn close_pull(&mut self, id: u64, merged: Option<Merge>, actor: &str) {
        let now = self.now;
        if let Some(pull) = self.pulls.get_mut(&id) {
            pull.closed = Some(now);
            pull.updated = now;
            pull.merged = merged;
        }
        self.tell_of_pull(id, "closed", actor, json!({}));
    }

    pub(crate) fn tell_of_pull(&mut self, id: u64, action: &str, actor: &str, more: Value) {
        let Some(pull) = self.pulls.get(&id) else {
            return;
        };
        let repository = pull.repository;
        let mut payload = json!({
            "action": action,
            "number": pull.number,
            "pull_request": self.pull_view(pull),
        });
        super::views::merge(&mut payload, more);
        self.emit("pull_request", repository, actor, payload);
    }
}

/// What lies between two commits, seen from where they parted.
pub(crate) fn changes(repository: &Repository, base: &str, head: &str) -> Vec<FileChange> {
    let empty = BTreeMap::new();
    let parted = merge_base(repository, base, head);
    let before = parted
        .as_deref()
        .and_then(|commit| repository.objects.files(commit))
        .unwrap_or(&empty);
    let after = repository.objects.files(head).unwrap_or(&empty);
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path))
        .map(|path| change(repository, path, before.get(path), after.get(path)))
        .collect()
}

fn change(
    repository: &Repository,
    path: &str,
    before: Option<&String>,
    after: Option<&String>,
) -> FileChange {
    let lines = |blob: Option<&String>| -> Vec<String> {
        let content = blob.and_then(|blob| repository.objects.blob(blob));
        let text = content.map(|content| String::from_utf8_lossy(content).into_owned());
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    };
    let (old, new) = (lines(before), lines(after));
    let status = match (before, after) {
        (None, _) => "added",
        (Some(_), None) => "removed",
        (Some(_), Some(_)) => "modified",
    };
    FileChange {
        path: path.to_owned(),
        status,
        blob: after.or(before).cloned().unwrap_or_default(),
        additions: new.iter().filter(|line| !old.contains(line)).count(),
        deletions: old.iter().filter(|line| !new.contains(line)).count(),
    }
}

/// The newest commit that both have behind them.
pub(crate) fn merge_base(repository: &Repository, one: &str, other: &str) -> Option<String> {
    let mut open = std::collections::VecDeque::from([other.to_owned()]);
    let mut seen = BTreeSet::new();
    while let Some(sha) = open.pop_front() {
        if repository.objects.is_behind(&sha, one) {
            return Some(sha);
        }
        if seen.insert(sha.clone()) {
            let commit = repository.objects.commit(&sha);
            open.extend(commit.into_iter().flat_map(|commit| commit.parents.clone()));
        }
    }
    None
}

/// The commits of a pull request, oldest first.
pub(crate) fn commits_between(repository: &Repository, base: &str, head: &str) -> Vec<String> {
    let mut open = vec![head.to_owned()];
    let mut found = Vec::new();
    while let Some(sha) = open.pop() {
        if repository.objects.is_behind(&sha, base) || found.contains(&sha) {
            continue;
        }
        let commit = repository.objects.commit(&sha);
        open.extend(commit.into_iter().flat_map(|commit| commit.parents.clone()));
        found.push(sha);
    }
    found.reverse();
    found
}
