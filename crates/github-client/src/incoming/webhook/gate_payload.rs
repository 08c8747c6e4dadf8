//! The payloads that tell of something a pull request is judged by. Each shows how things were when it was sent; it may come late, twice
//! or never.

use crate::{CheckRun, Comment, Conclusion, PullRequest, PullRequestState, Review, RunStatus, StatusState};
use domain_types::CommitSha;
use serde::{Deserialize, Deserializer};

/// The pull request that something happened to. The action says what: `opened`, `synchronize`, `edited`, `closed` and others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequestChange {
    /// Its number in its repository.
    pub number: u64,
    /// The pull request.
    pub pull_request: PullRequest,
    /// With `synchronize`: the commit that was its head.
    #[serde(default)]
    pub before: Option<CommitSha>,
    /// With `synchronize`: the commit that is its head.
    #[serde(default)]
    pub after: Option<CommitSha>,
    /// With `edited`: what it was before.
    #[serde(default)]
    pub changes: Edits,
    /// With `labeled` and `unlabeled`: the label.
    #[serde(default, deserialize_with = "label_name")]
    pub label: Option<String>,
}

/// What was edited, each as it was before; none where it was not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "EditsWire")]
pub struct Edits {
    /// The title.
    pub title_before: Option<String>,
    /// The text.
    pub body_before: Option<String>,
    /// The branch that the pull request was proposed for.
    pub base_before: Option<String>,
    /// The commit of that branch.
    pub base_sha_before: Option<CommitSha>,
}

#[derive(Deserialize)]
struct Was<T> {
    from: Option<T>,
}

impl<T> Was<T> {
    fn value(was: Option<Self>) -> Option<T> {
        was.and_then(|was| was.from)
    }
}

#[derive(Deserialize)]
struct EditsWire {
    #[serde(default)]
    title: Option<Was<String>>,
    #[serde(default)]
    body: Option<Was<String>>,
    #[serde(default)]
    base: Option<BaseWire>,
}

#[derive(Deserialize)]
struct BaseWire {
    #[serde(rename = "ref")]
    reference: Option<Was<String>>,
    sha: Option<Was<CommitSha>>,
}

impl From<EditsWire> for Edits {
    fn from(wire: EditsWire) -> Self {
        let (reference, sha) = wire.base.map_or((None, None), |base| (base.reference, base.sha));
        Self {
            title_before: Was::value(wire.title),
            body_before: Was::value(wire.body),
            base_before: Was::value(reference),
            base_sha_before: Was::value(sha),
        }
    }
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

fn label_name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Label>::deserialize(from)?.map(|label| label.name))
}

/// The review that something happened to: `submitted`, `edited` or `dismissed`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReviewChange {
    /// The review.
    pub review: Review,
    /// The pull request.
    pub pull_request: PullRequest,
}

/// The comment that something happened to: `created`, `edited` or `deleted`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CommentChange {
    /// Where it was written.
    pub issue: IssueHint,
    /// The comment; of a deleted one as it was.
    pub comment: Comment,
    /// With `edited`: what it was before.
    #[serde(default)]
    pub changes: Edits,
}

/// What a comment was written on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct IssueHint {
    /// Its number in its repository.
    pub number: u64,
    /// Whether it is closed.
    pub state: PullRequestState,
    /// Whether it is a pull request.
    #[serde(rename = "pull_request", default, deserialize_with = "is_there")]
    pub is_pull_request: bool,
}

fn is_there<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    Ok(Option::<serde::de::IgnoredAny>::deserialize(from)?.is_some())
}

/// The check run that something happened to: `created`, `completed`, `rerequested` or `requested_action`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckRunChange {
    /// The check run.
    pub check_run: CheckRun,
    /// With `requested_action`: the button that somebody pressed.
    #[serde(rename = "requested_action", default, deserialize_with = "button")]
    pub button: Option<String>,
}

#[derive(Deserialize)]
struct Button {
    #[serde(default)]
    identifier: String,
}

fn button<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Button>::deserialize(from)?.map(|button| button.identifier))
}

/// The check runs of one App on a commit: `completed`, `requested` or `rerequested`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CheckSuiteHint {
    /// Its number.
    pub id: u64,
    /// The commit.
    pub head_sha: CommitSha,
    /// The branch that the commit was pushed to.
    #[serde(default)]
    pub head_branch: Option<String>,
    /// Where it stands; none before a check run has begun.
    #[serde(default)]
    pub status: Option<RunStatus>,
    /// How it ended, by its worst check run.
    #[serde(default)]
    pub conclusion: Option<Conclusion>,
    /// The number of the App.
    #[serde(rename = "app", default, deserialize_with = "number_or_none")]
    pub app_id: Option<u64>,
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

fn number_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(Option::<Numbered>::deserialize(from)?.map(|numbered| numbered.id))
}

#[derive(Deserialize)]
pub(super) struct CheckSuiteWire {
    pub(super) check_suite: CheckSuiteHint,
}

/// A status that was set on a commit. Who set it is the delivery's sender.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StatusHint {
    /// Its number.
    pub id: u64,
    /// The commit.
    pub sha: CommitSha,
    /// Under which name.
    pub context: String,
    /// What it says.
    pub state: StatusState,
    /// One line.
    #[serde(default)]
    pub description: Option<String>,
}

/// Pull requests that the merge queue wants to merge together: `checks_requested` or `destroyed`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MergeGroup {
    /// The commit that would be merged; a status on it lets the queue go on.
    pub head_sha: CommitSha,
    /// The branch that the queue made for it, `refs/heads/gh-readonly-queue/BASE/pr-NUMBER-SHA`.
    pub head_ref: String,
    /// The branch that it would be merged into, `refs/heads/...`.
    pub base_ref: String,
    /// The commit that it would be merged onto.
    pub base_sha: CommitSha,
}

impl MergeGroup {
    /// The number of the pull request that joined last, as the name of the branch tells it; none if it tells another thing.
    pub fn last_pull_request(&self) -> Option<u64> {
        let base = self
            .base_ref
            .strip_prefix("refs/heads/")
            .unwrap_or(&self.base_ref);
        let head = self
            .head_ref
            .strip_prefix("refs/heads/")
            .unwrap_or(&self.head_ref);
        let queued = head.strip_prefix("gh-readonly-queue/")?.strip_prefix(base)?;
        let (number, _) = queued.strip_prefix("/pr-")?.split_once('-')?;
        number.parse().ok()
    }
}

#[derive(Deserialize)]
pub(super) struct MergeGroupWire {
    pub(super) merge_group: MergeGroup,
}

/// The repository was `renamed`, `transferred`, `edited`, `archived`, `deleted` and so on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositoryChange {
    /// What it was before.
    #[serde(default)]
    pub changes: RepositoryBefore,
}

/// What a repository was before, as far as it was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "RepositoryBeforeWire")]
pub struct RepositoryBefore {
    /// With `renamed`: its name.
    pub name: Option<String>,
    /// With `transferred`: whose it was.
    pub owner: Option<String>,
    /// With `edited`: its default branch.
    pub default_branch: Option<String>,
}

#[derive(Deserialize)]
struct RepositoryBeforeWire {
    #[serde(default)]
    repository: Option<NameWire>,
    #[serde(default)]
    owner: Option<Was<OwnerWire>>,
    #[serde(default)]
    default_branch: Option<Was<String>>,
}

#[derive(Deserialize)]
struct NameWire {
    #[serde(default)]
    name: Option<Was<String>>,
}

#[derive(Deserialize)]
struct OwnerWire {
    #[serde(default)]
    user: Option<LoginWire>,
    #[serde(default)]
    organization: Option<LoginWire>,
}

#[derive(Deserialize)]
struct LoginWire {
    login: String,
}

impl From<RepositoryBeforeWire> for RepositoryBefore {
    fn from(wire: RepositoryBeforeWire) -> Self {
        let owner = Was::value(wire.owner).and_then(|owner| owner.user.or(owner.organization));
        Self {
            name: Was::value(wire.repository.and_then(|repository| repository.name)),
            owner: owner.map(|owner| owner.login),
            default_branch: Was::value(wire.default_branch),
        }
    }
}
