//! What lies between two commits: the files that differ, the commits, and where they parted.

use super::Repository;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a pull request does to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileChange {
    pub(crate) path: String,
    /// What it was called before it was renamed.
    pub(crate) previous: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) blob: String,
    pub(crate) additions: usize,
    pub(crate) deletions: usize,
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
    let mut renamed = renames(before, after);
    let gone: BTreeSet<String> = renamed.values().cloned().collect();
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path) && !gone.contains(*path))
        .map(|path| match renamed.remove(path) {
            Some(previous) => FileChange {
                path: path.clone(),
                previous: Some(previous),
                status: "renamed",
                blob: after.get(path).cloned().unwrap_or_default(),
                additions: 0,
                deletions: 0,
            },
            None => change(repository, path, before.get(path), after.get(path)),
        })
        .collect()
}

/// Files that only have another name: the new one to the old one. What was changed as well counts as removed and added here.
fn renames(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut removed: BTreeMap<&String, &String> = before
        .iter()
        .filter(|(path, _)| !after.contains_key(*path))
        .map(|(path, blob)| (blob, path))
        .collect();
    let added = after.iter().filter(|(path, _)| !before.contains_key(*path));
    added
        .filter_map(|(path, blob)| Some((path.clone(), removed.remove(blob)?.clone())))
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
        previous: None,
        status,
        blob: after.or(before).cloned().unwrap_or_default(),
        additions: new.iter().filter(|line| !old.contains(line)).count(),
        deletions: old.iter().filter(|line| !new.contains(line)).count(),
    }
}

/// The newest commit that both have behind them.
pub(crate) fn merge_base(repository: &Repository, one: &str, other: &str) -> Option<String> {
    let mut open = VecDeque::from([other.to_owned()]);
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
