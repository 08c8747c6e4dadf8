//! What a forge says of a pull request, as one value. Nothing in it is judged.

use super::beside::Beside;
use super::queue::FoundGroup;
use super::recalled::Merges;
use domain_types::{CommitSha, PullRequestId, RepoName, Sha256Digest, Timestamp, TreeSha};
use governance_rules::{ChangedPath, CheckFact, Wanted};
use serde::{Deserialize, Serialize};

/// What is asked for: one pull request, and its comments since a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Which.
    pub id: PullRequestId,
    /// Its repository as last heard: `owner/name`.
    pub repository: String,
    /// Comments that were written or changed since then; all of them where none is named.
    pub comments_since: Option<Timestamp>,
    /// The context under which the gate's status is looked for on the head.
    pub gate: GateMode,
    /// What some rule wants to know beside that.
    pub wanted: Wanted,
    /// Whether groups of a merge queue are looked for, because it is green or was; and the commits of those of its own that were found before.
    pub groups: Option<Vec<CommitSha>>,
    /// What the last look found, if there was one: what is as it was then need not be asked twice.
    pub known: Option<Known>,
    /// Of which moment what was merged is judged.
    pub merges: Merges,
}

impl Asked {
    /// The moment of which checks are asked for, of a pull request that was merged at this time, or was not: now, where none is answered.
    pub(crate) fn as_of(&self, merged_at: Option<Timestamp>) -> Option<Timestamp> {
        match self.merges {
            Merges::Recalled => merged_at,
            Merges::Seen => None,
        }
    }
}

/// What a look found that was sure to be of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The commit at the head.
    pub head: CommitSha,
    /// The tree of that commit, where it was kept.
    pub head_tree: Option<TreeSha>,
    /// The base.
    pub base: String,
    /// What the change amounted to; none where nobody could tell.
    pub fingerprint: Option<Sha256Digest>,
    /// Whether it was told who pushed the head.
    pub is_pusher_known: bool,
}

impl Known {
    /// Whether a list of files is that of this head and base: then it is no other moment's.
    pub fn is_of(&self, (head, base): (&CommitSha, &str), files: &[FoundFile]) -> bool {
        let is_same = self.head == *head && self.base == base;
        is_same && self.fingerprint == Some(fingerprint_of(base, files))
    }
}

/// What a change into a base amounts to: each file, where it was, and its content after the change.
pub(crate) fn fingerprint_of(base: &str, files: &[FoundFile]) -> Sha256Digest {
    let mut lines: Vec<String> = files.iter().map(line).collect();
    lines.sort_unstable();
    Sha256Digest::of(format!("{base}\n{}", lines.join("\n")).as_bytes())
}

fn line(file: &FoundFile) -> String {
    // Debug forms keep what is in a path apart from what parts the fields.
    format!(
        "{:?} {:?} {:?} {:?}",
        file.path.path, file.path.previous, file.status, file.blob
    )
}

/// Whether what we say holds anybody back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateMode {
    /// It does.
    Enforce,
    /// It only says what it would do.
    DryRun,
}

/// A pull request as it was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// When the look began, by our clock: nothing that came later is missed by the next one.
    pub observed_at: Timestamp,
    /// The owner of its repository now.
    pub owner: String,
    /// The bare name of its repository now.
    pub name: RepoName,
    /// Whether it is open.
    pub is_open: bool,
    /// Whether its author calls it unfinished.
    pub is_draft: bool,
    /// Who opened it.
    pub author: String,
    /// Its title.
    pub title: String,
    /// What its author says about it.
    pub body: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// The branch that it is to be merged into, without `refs/heads/`.
    pub base: String,
    /// The commit at its head.
    pub head: CommitSha,
    /// The tree of that commit.
    pub head_tree: TreeSha,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last marked as ready for review.
    pub ready_at: Option<Timestamp>,
    /// When it was last opened again.
    pub reopened_at: Option<Timestamp>,
    /// When its base was last changed.
    pub retargeted_at: Option<Timestamp>,
    /// When the forge took its head, where it says so.
    pub pushed_at: Option<Timestamp>,
    /// Its files.
    pub files: Vec<FoundFile>,
    /// There are more files than the forge lists.
    pub more_files: bool,
    /// Its comments, as far as they were asked for.
    pub comments: Vec<FoundComment>,
    /// Checks and statuses of its head.
    pub checks: Vec<CheckFact>,
    /// The newest status that we set on its head under the gate's context.
    pub status: Option<ShownStatus>,
    /// Other open pull requests with this head and this base.
    pub twins: Vec<PullRequestId>,
    /// How many statuses the head has under the gate's context, by whomever.
    pub statuses: u32,
    /// Who pushed its head, where the forge says so.
    pub pushed_by: Option<String>,
    /// The pushes of its branch before that, from the one that it was opened with, as far as the forge was asked and tells.
    pub pushed_before: Vec<FoundPush>,
    /// How it was merged, if it was.
    pub merged: Option<FoundMerge>,
    /// What was asked for beside that.
    pub beside: Beside,
    /// The groups that wait in the merge queue of its base.
    pub groups: Vec<FoundGroup>,
}

/// A push of the branch of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPush {
    /// What it led to.
    pub head: CommitSha,
    /// When the forge took it, or when the pull request was opened, whichever is later.
    pub at: Timestamp,
    /// Who did it; none where the account is gone.
    pub by: Option<String>,
}

/// How a pull request was merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundMerge {
    /// When.
    pub at: Timestamp,
    /// Who did it; none where the account is gone.
    pub by: Option<String>,
    /// The commit that came of it, where the forge says so.
    pub commit: Option<CommitSha>,
}

/// A file of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Where it is, and where it was.
    pub path: ChangedPath,
    /// Added, removed, modified, renamed.
    pub status: String,
    /// Its content after the change, as git names it; none where it is removed.
    pub blob: Option<String>,
}

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundComment {
    /// Its number.
    pub id: u64,
    /// Who wrote it.
    pub author: String,
    /// Whether that is us.
    pub is_own: bool,
    /// When.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// What it says.
    pub body: String,
}

/// A status as it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownStatus {
    /// `success`, `pending`, `failure` or `error`.
    pub state: String,
    /// Its line.
    pub description: String,
}

impl ShownStatus {
    /// Whether it lets a merge through.
    pub(crate) fn is_green(&self) -> bool {
        self.state == "success"
    }
}
