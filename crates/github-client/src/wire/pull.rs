//! Pull requests, and what changes with them.

use super::{Actor, word_enum};
use crate::webhook::RepositoryRef;
use domain_types::{CommitSha, Timestamp};
use serde::{Deserialize, Deserializer};

word_enum! {
    /// Whether a pull request can still be merged.
    PullRequestState {
        /// It can.
        Open = "open",
        /// It cannot: it was merged, or somebody has closed it.
        Closed = "closed",
    }
}

word_enum! {
    /// What GitHub says an author has to do with the repository. What an account may do, its permission says.
    Association {
        /// Owns it.
        Owner = "OWNER",
        /// Belongs to the organisation that owns it.
        Member = "MEMBER",
        /// Was invited to it.
        Collaborator = "COLLABORATOR",
        /// Has had a commit merged.
        Contributor = "CONTRIBUTOR",
        /// Has never had a commit merged anywhere.
        FirstTimer = "FIRST_TIMER",
        /// Has never had a commit merged here.
        FirstTimeContributor = "FIRST_TIME_CONTRIBUTOR",
        /// Is what is left of an account.
        Mannequin = "MANNEQUIN",
        /// Nothing.
        None = "NONE",
    }
}

/// A pull request as GitHub shows it, whether by itself, in a list or in a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequest {
    /// Its number among all pull requests of GitHub.
    pub id: u64,
    /// Its name in GraphQL.
    #[serde(default)]
    pub node_id: String,
    /// Its number in its repository.
    pub number: u64,
    /// Whether it can still be merged.
    pub state: PullRequestState,
    /// Not ready for review.
    #[serde(default)]
    pub draft: bool,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Its description.
    #[serde(default)]
    pub body: Option<String>,
    /// Who opened it; none where the account is gone.
    #[serde(rename = "user")]
    pub author: Option<Actor>,
    /// What the author has to do with the repository.
    #[serde(default)]
    pub author_association: Option<Association>,
    /// What is proposed.
    pub head: PullRequestSide,
    /// What it is proposed for.
    pub base: PullRequestSide,
    /// The names of its labels.
    #[serde(default, deserialize_with = "label_names")]
    pub labels: Vec<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When anything of it changed last.
    pub updated_at: Timestamp,
    /// When it was closed, by a merge too.
    #[serde(default)]
    pub closed_at: Option<Timestamp>,
    /// When it was merged.
    #[serde(default)]
    pub merged_at: Option<Timestamp>,
    /// Who merged it; lists do not say.
    #[serde(default)]
    pub merged_by: Option<Actor>,
    /// The commit that merged it. As long as it is open, GitHub's own trial of a merge stands here; versions of the API from
    /// 2026-03-10 on leave it out, and then the event of the merge has it alone.
    #[serde(default)]
    pub merge_commit_sha: Option<CommitSha>,
    /// Whether those who may write to the base may push to the head, which lies in a fork; lists do not say.
    #[serde(default)]
    pub maintainer_can_modify: Option<bool>,
    /// How many files it changes; lists do not say.
    #[serde(default)]
    pub changed_files: Option<u64>,
    /// How many commits it has; lists do not say.
    #[serde(default)]
    pub commits: Option<u64>,
    /// Its page.
    #[serde(default)]
    pub html_url: String,
}

impl PullRequest {
    /// Whether it was merged; lists say so by the time alone.
    pub fn is_merged(&self) -> bool {
        self.merged_at.is_some()
    }

    /// Whether its head lies in another repository than its base, or in one that is gone.
    pub fn is_from_fork(&self) -> bool {
        let id = |side: &PullRequestSide| side.repository.as_ref().map(|repository| repository.id);
        id(&self.head).is_none() || id(&self.head) != id(&self.base)
    }
}

/// One side of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequestSide {
    /// The branch, with its owner before it; none where the owner is gone.
    #[serde(default)]
    pub label: Option<String>,
    /// The branch.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Its commit. Of the base it is the one that GitHub saw last when something changed at the pull request, not the branch as it is.
    pub sha: CommitSha,
    /// The repository that the branch lies in; none where it is gone.
    #[serde(rename = "repo", default)]
    pub repository: Option<RepositoryRef>,
}

#[derive(Deserialize)]
struct Label {
    #[serde(default)]
    name: String,
}

fn label_names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    let labels = Option::<Vec<Label>>::deserialize(from)?.unwrap_or_default();
    Ok(labels.into_iter().map(|label| label.name).collect())
}

word_enum! {
    /// What a pull request does to a file.
    FileStatus {
        /// Makes it.
        Added = "added",
        /// Removes it.
        Removed = "removed",
        /// Changes what is in it.
        Modified = "modified",
        /// Gives it another name, and perhaps other content.
        Renamed = "renamed",
        /// Makes it from another one, which stays.
        Copied = "copied",
        /// Changes something else, such as its mode.
        Changed = "changed",
        /// Nothing.
        Unchanged = "unchanged",
    }
}

/// A file that a pull request changes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ChangedFile {
    /// Where it is, or was if it is removed.
    #[serde(rename = "filename")]
    pub path: String,
    /// Where it was, or what it was made from.
    #[serde(rename = "previous_filename", default)]
    pub previous_path: Option<String>,
    /// What becomes of it.
    pub status: FileStatus,
    /// git's name of its content; a submodule has the name of a commit here, and GitHub may leave it out.
    #[serde(rename = "sha", default)]
    pub blob_sha: Option<String>,
}

/// The files that a pull request changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedFiles {
    /// All of them.
    All(Vec<ChangedFile>),
    /// As many as GitHub lists at most, or more: which others there are, it does not say.
    TooMany,
}

/// A commit with what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "CommitWire")]
pub struct Commit {
    /// Its name.
    pub sha: CommitSha,
    /// The name of its tree.
    pub tree: CommitSha,
    /// The commits that it follows, the first one first.
    pub parents: Vec<CommitSha>,
    /// The committer's time, which is whatever the committer wrote.
    pub committed: Timestamp,
    /// Its message.
    pub message: String,
}

#[derive(Deserialize)]
struct Named {
    sha: CommitSha,
}

#[derive(Deserialize)]
struct Signature {
    #[serde(default)]
    date: Option<Timestamp>,
}

/// GitHub has two forms: git's own, and one in which that lies within.
#[derive(Deserialize)]
#[serde(untagged)]
enum CommitWire {
    Around {
        sha: CommitSha,
        commit: InnerCommit,
        #[serde(default)]
        parents: Vec<Named>,
    },
    Plain {
        sha: CommitSha,
        #[serde(flatten)]
        commit: InnerCommit,
        #[serde(default)]
        parents: Vec<Named>,
    },
}

#[derive(Deserialize)]
struct InnerCommit {
    tree: Named,
    #[serde(default)]
    message: String,
    #[serde(default)]
    committer: Option<Signature>,
}

impl From<CommitWire> for Commit {
    fn from(wire: CommitWire) -> Self {
        let (CommitWire::Around { sha, commit, parents } | CommitWire::Plain { sha, commit, parents }) = wire;
        Self {
            sha,
            tree: commit.tree.sha,
            parents: parents.into_iter().map(|parent| parent.sha).collect(),
            committed: commit
                .committer
                .and_then(|committer| committer.date)
                .unwrap_or(Timestamp::EPOCH),
            message: commit.message,
        }
    }
}

word_enum! {
    /// How one commit lies to another.
    ComparisonStatus {
        /// It has commits that the other has not.
        Ahead = "ahead",
        /// It lacks commits that the other has.
        Behind = "behind",
        /// Both.
        Diverged = "diverged",
        /// It is the other.
        Identical = "identical",
    }
}

/// How a head lies to a base.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Comparison {
    /// In a word.
    pub status: ComparisonStatus,
    /// How many commits the head has that the base has not.
    pub ahead_by: u64,
    /// How many commits the base has that the head has not.
    pub behind_by: u64,
    /// The commit from which both come.
    #[serde(rename = "merge_base_commit")]
    pub merge_base: Commit,
}

/// The commits that a head has and a base has not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRange {
    /// How the head lies to the base.
    pub status: ComparisonStatus,
    /// How many commits there are.
    pub total: u64,
    /// How many commits the base has that the head has not.
    pub behind_by: u64,
    /// The newest of them, as many as are read at most, the oldest of these first.
    pub commits: Vec<Commit>,
}
