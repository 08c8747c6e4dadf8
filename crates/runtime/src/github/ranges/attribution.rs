//! Which commit came in by which pull request. The book proves a merge by its commit, and by git's own links what that merge brought; where
//! it does not know the commit, GitHub names the pull request, and the book says what it was worth.

use super::known_merges::KnownMerge;
use crate::gate::{GateMode, ShownStatus};
use artifact_verify::{Landing, RangeCommit, commit_title, evidence_line};
use domain_types::CommitSha;
use github_client::Commit;
use std::collections::{BTreeMap, BTreeSet};

/// The merged pull requests of commits, as GitHub names them.
pub(super) type Named = BTreeMap<CommitSha, Vec<u64>>;

/// What is known of pull requests.
pub(super) struct Book {
    merges: BTreeMap<u64, KnownMerge>,
    /// Why what was decided about a pull request cannot be read.
    unreadable: BTreeMap<u64, String>,
    named: Named,
    is_closed: bool,
}

impl Book {
    /// What the gate has written down, by number, and what GitHub says.
    pub(super) fn of(merges: BTreeMap<u64, KnownMerge>, named: Named) -> Self {
        Self {
            merges,
            unreadable: BTreeMap::new(),
            named,
            is_closed: false,
        }
    }

    /// The same, with why pull requests cannot be read of: what they brought is no yes.
    pub(super) fn with_unreadable(self, unreadable: BTreeMap<u64, String>) -> Self {
        Self { unreadable, ..self }
    }

    /// Where no gate judges anything.
    pub(super) fn closed() -> Self {
        Self {
            merges: BTreeMap::new(),
            unreadable: BTreeMap::new(),
            named: Named::new(),
            is_closed: true,
        }
    }
}

/// The commits of a range by their names.
type Commits<'c> = BTreeMap<&'c CommitSha, &'c Commit>;

/// The commits whose pull request GitHub has to be asked for, the newest first: those on the way along first parents from the head that no
/// merge of the book brought. What lies beside that way came with one of them.
pub(super) fn to_ask(commits: &[Commit], head: &CommitSha, book: &Book) -> Vec<CommitSha> {
    let by_name = by_name(commits);
    let covered = covered(commits, &by_name, book);
    let way = way(head, &by_name).into_iter();
    way.filter(|commit| !covered.contains_key(commit))
        .cloned()
        .collect()
}

/// The commits with what stands behind them, the newest first.
pub(super) fn attributed(commits: &[Commit], book: &Book) -> Vec<RangeCommit> {
    let by_name = by_name(commits);
    let covered = covered(commits, &by_name, book);
    let head = commits.last().map(|commit| &commit.sha);
    let named = brought_with(head, &by_name, book);
    let newest_first = commits.iter().rev();
    newest_first
        .map(|commit| match covered.get(&commit.sha) {
            Some(merge) => judged(commit, merge),
            None => unproven(commit, named.get(&commit.sha).copied(), book),
        })
        .collect()
}

fn by_name(commits: &[Commit]) -> Commits<'_> {
    commits.iter().map(|commit| (&commit.sha, commit)).collect()
}

/// What each merge of the book brought, the oldest merge first: its own commit, and what its other parents have behind them and its first
/// has not.
fn covered<'b>(
    commits: &[Commit],
    by_name: &Commits<'_>,
    book: &'b Book,
) -> BTreeMap<CommitSha, &'b KnownMerge> {
    let mut covered = BTreeMap::new();
    for commit in commits {
        let Some(merge) = proven(commit, by_name, book) else {
            continue;
        };
        covered.entry(commit.sha.clone()).or_insert(merge);
        for sha in brought(commit, by_name) {
            covered.entry(sha.clone()).or_insert(merge);
        }
        for sha in rebased(commit, merge, by_name, book) {
            covered.entry(sha).or_insert(merge);
        }
    }
    covered
}

/// The merge of the book that a commit is.
fn proven<'b>(commit: &Commit, by_name: &Commits<'_>, book: &'b Book) -> Option<&'b KnownMerge> {
    let by_commit = |merge: &&KnownMerge| merge.commit.as_ref() == Some(&commit.sha);
    let found = book.merges.values().find(by_commit);
    let named = || {
        let numbers = book.named.get(&commit.sha)?;
        let mut merges = numbers.iter().filter_map(|number| book.merges.get(number));
        // Newer versions of GitHub's API do not say which commit a merge was.
        merges.find(|merge| merge.commit.is_none())
    };
    found
        .or_else(named)
        .filter(|merge| brings_its_head(commit, merge, by_name))
}

/// A merge has to bring exactly the head that was judged, and nothing beside it. Without a second parent only the book can say that a commit
/// is the merge: where the judged head itself came in, nothing was squashed or rebased, and the merge is that head.
fn brings_its_head(commit: &Commit, merge: &KnownMerge, by_name: &Commits<'_>) -> bool {
    match commit.parents.get(1..) {
        None | Some([]) => {
            let is_named = merge.commit.as_ref() == Some(&commit.sha);
            is_named && (commit.sha == merge.head || !by_name.contains_key(&merge.head))
        }
        Some(others) => others == std::slice::from_ref(&merge.head),
    }
}

/// What the other parents of a commit have behind them, within the range, that its first has not.
fn brought<'c>(commit: &Commit, by_name: &Commits<'c>) -> Vec<&'c CommitSha> {
    let Some((first, others)) = commit.parents.split_first() else {
        return Vec::new();
    };
    if others.is_empty() {
        return Vec::new();
    }
    let of_first = behind(std::slice::from_ref(first), by_name);
    let of_others = behind(others, by_name);
    of_others.difference(&of_first).copied().collect()
}

/// These commits and all behind them, as far as the range goes.
fn behind<'c>(starts: &[CommitSha], by_name: &Commits<'c>) -> BTreeSet<&'c CommitSha> {
    let mut seen = BTreeSet::new();
    let mut open: Vec<&CommitSha> = starts.iter().collect();
    while let Some(sha) = open.pop() {
        let Some((name, commit)) = by_name.get_key_value(sha) else {
            continue;
        };
        if seen.insert(*name) {
            open.extend(&commit.parents);
        }
    }
    seen
}

/// The commits right before a merge without a second parent that GitHub says came with the same pull request: it was rebased.
fn rebased(commit: &Commit, merge: &KnownMerge, by_name: &Commits<'_>, book: &Book) -> Vec<CommitSha> {
    let mut found = Vec::new();
    let mut at = commit;
    while let [parent] = at.parents.as_slice() {
        let Some(before) = by_name.get(parent) else { break };
        let is_named = book
            .named
            .get(parent)
            .is_some_and(|numbers| numbers.contains(&merge.number));
        if !is_named || before.parents.len() > 1 || proven(before, by_name, book).is_some() {
            break;
        }
        found.push(parent.clone());
        at = before;
    }
    found
}

/// The way along first parents, from the head.
fn way<'c>(head: &CommitSha, by_name: &Commits<'c>) -> Vec<&'c CommitSha> {
    let mut way = Vec::new();
    let mut at = by_name.get_key_value(head);
    while let Some((name, commit)) = at {
        way.push(*name);
        at = commit
            .parents
            .first()
            .and_then(|parent| by_name.get_key_value(parent));
    }
    way
}

/// For every commit the one on the way that it came with: itself, or the oldest merge there that brings it.
fn brought_with<'c>(
    head: Option<&CommitSha>,
    by_name: &Commits<'c>,
    book: &Book,
) -> BTreeMap<&'c CommitSha, &'c CommitSha> {
    let mut with = BTreeMap::new();
    if book.is_closed {
        return with;
    }
    let way = head.map(|head| way(head, by_name)).unwrap_or_default();
    for name in way.into_iter().rev() {
        with.insert(name, name);
        let Some(commit) = by_name.get(name) else { continue };
        for sha in brought(commit, by_name) {
            with.entry(sha).or_insert(name);
        }
    }
    with
}

/// A commit that a merge of the book brought.
fn judged(commit: &Commit, merge: &KnownMerge) -> RangeCommit {
    let is_green = merge.status.as_ref().is_some_and(ShownStatus::is_green);
    let said = match &merge.status {
        Some(status) => format!("{}: {}", status.state, status.description),
        None => "merged before the gate had said anything of its head".to_owned(),
    };
    RangeCommit {
        landing: match (is_green, merge.is_being_compared) {
            (true, _) => Landing::Governed,
            (false, true) => Landing::Unwritten,
            (false, false) => Landing::PastTheGate,
        },
        signers: merge.signers.iter().map(|login| evidence_line(login)).collect(),
        more_signers: merge.more_signers,
        is_dry_run: merge.mode == GateMode::DryRun,
        ..bare(commit, (Some(merge.number), Landing::Governed), &said)
    }
}

/// A commit of which the book does not know that it was let through.
fn unproven(commit: &Commit, with: Option<&CommitSha>, book: &Book) -> RangeCommit {
    if book.is_closed {
        return bare(
            commit,
            (None, Landing::Unasked),
            "no gate judges pull requests here",
        );
    }
    let named = with.and_then(|with| book.named.get(with));
    let Some(numbers) = named else {
        let said = "it was not asked for, since too many commits stand in no book";
        return bare(commit, (None, Landing::Unasked), said);
    };
    let Some(number) = numbers.first().copied() else {
        return bare(commit, (None, Landing::Pushed), "no pull request brought it");
    };
    let said = match book.merges.get(&number) {
        None => match book.unreadable.get(&number) {
            Some(why) => format!("what was decided about its pull request cannot be read: {why}"),
            None => "the gate has written down no merge of its pull request".to_owned(),
        },
        Some(KnownMerge {
            commit: Some(merge), ..
        }) => {
            format!("its pull request was merged as {merge}, which did not bring it as it was judged")
        }
        Some(KnownMerge { head, .. }) => {
            format!("its pull request was judged at {head}, and nothing proves that this is what was merged")
        }
    };
    bare(commit, (Some(number), Landing::Unwritten), &said)
}

fn bare(commit: &Commit, (pull_request, landing): (Option<u64>, Landing), said: &str) -> RangeCommit {
    RangeCommit {
        commit: commit.sha.clone(),
        title: commit_title(&commit.message),
        pull_request,
        landing,
        said: evidence_line(said),
        signers: Vec::new(),
        more_signers: 0,
        is_dry_run: false,
    }
}

#[cfg(test)]
mod tests;
