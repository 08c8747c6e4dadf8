//! The payloads that somebody here listens to, each with what is listened for. Everything else GitHub sends is `Unknown`.

use super::RepositoryRef;
use super::gate_payload::{
    CheckRunChange, CheckSuiteHint, CheckSuiteWire, CommentChange, MergeGroup, MergeGroupWire,
    PullRequestChange, RepositoryChange, ReviewChange, StatusHint,
};
use crate::wire::word_enum;
use crate::{Actor, Job, ReleaseNumber, WorkflowRun, WorkflowRunId};
use domain_types::CommitSha;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// What a delivery tells. The action, the repository and the sender stand in the delivery itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// `push`: a branch or tag was made, moved or deleted.
    Push(Push),
    /// `create`: a branch or tag was made.
    Create(Create),
    /// `release`: something happened to a release.
    Release(ReleaseHint),
    /// `workflow_run`: a run was asked for, has begun or has ended.
    WorkflowRun(Box<RunChange>),
    /// `workflow_job`: a job was queued, has begun or has ended.
    WorkflowJob(Box<JobChange>),
    /// `repository_dispatch`: somebody sent an event of their own; its type is the action.
    RepositoryDispatch(RepositoryDispatch),
    /// `installation`: the App was installed, removed, suspended or given other permissions.
    Installation(InstallationChange),
    /// `installation_repositories`: the App may see other repositories now.
    InstallationRepositories(RepositoriesChange),
    /// `repository`: the repository was renamed, transferred or changed in another way.
    Repository(RepositoryChange),
    /// `pull_request`: something happened to a pull request.
    PullRequest(Box<PullRequestChange>),
    /// `pull_request_review`: somebody reviewed one, or a review was changed.
    PullRequestReview(Box<ReviewChange>),
    /// `issue_comment`: somebody commented on a pull request or issue, or a comment was changed or deleted.
    IssueComment(Box<CommentChange>),
    /// `check_run`: something happened to a check run of an App.
    CheckRun(Box<CheckRunChange>),
    /// `check_suite`: something happened to the check runs of an App together.
    CheckSuite(CheckSuiteHint),
    /// `status`: a status was set on a commit.
    Status(StatusHint),
    /// `merge_group`: the merge queue wants to know whether a group may be merged, or has given it up.
    MergeGroup(MergeGroup),
    /// `ping`: the webhook was set up.
    Ping(Ping),
    /// Any other event.
    Unknown,
}

impl Payload {
    pub(super) fn read(event: &str, body: &[u8]) -> Result<Self, serde_json::Error> {
        fn of<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
            serde_json::from_slice(body)
        }
        Ok(match event {
            "push" => Self::Push(of(body)?),
            "create" => Self::Create(of(body)?),
            "release" => Self::Release(of::<ReleaseWire>(body)?.release),
            "workflow_run" => Self::WorkflowRun(of(body)?),
            "workflow_job" => Self::WorkflowJob(Box::new(of::<JobWire>(body)?.workflow_job)),
            "repository_dispatch" => Self::RepositoryDispatch(of(body)?),
            "installation" => Self::Installation(of(body)?),
            "installation_repositories" => Self::InstallationRepositories(of(body)?),
            "repository" => Self::Repository(of(body)?),
            "pull_request" => Self::PullRequest(of(body)?),
            "pull_request_review" => Self::PullRequestReview(of(body)?),
            "issue_comment" => Self::IssueComment(of(body)?),
            "check_run" => Self::CheckRun(of(body)?),
            "check_suite" => Self::CheckSuite(of::<CheckSuiteWire>(body)?.check_suite),
            "status" => Self::Status(of(body)?),
            "merge_group" => Self::MergeGroup(of::<MergeGroupWire>(body)?.merge_group),
            "ping" => Self::Ping(of(body)?),
            _ => Self::Unknown,
        })
    }
}

/// A branch or tag was made, moved or deleted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Push {
    /// `refs/heads/...` or `refs/tags/...`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What it led to before; zeros if it is new.
    pub before: CommitSha,
    /// What it leads to, a tag object for an annotated tag; zeros if it is gone.
    pub after: CommitSha,
    /// It is new.
    pub created: bool,
    /// It is gone.
    pub deleted: bool,
    /// It was moved to something that does not follow.
    pub forced: bool,
}

impl Push {
    /// The tag that was pushed; none if it was a branch.
    pub fn tag(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/tags/")
    }

    /// The branch that was pushed; none if it was a tag.
    pub fn branch(&self) -> Option<&str> {
        self.reference.strip_prefix("refs/heads/")
    }
}

word_enum! {
    /// What was made.
    RefKind {
        /// A branch.
        Branch = "branch",
        /// A tag.
        Tag = "tag",
        /// A repository.
        Repository = "repository",
    }
}

/// A branch or tag was made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Create {
    /// Its short name.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// What it is.
    #[serde(rename = "ref_type")]
    pub kind: RefKind,
}

#[derive(Deserialize)]
struct ReleaseWire {
    release: ReleaseHint,
}

/// The release that something happened to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReleaseHint {
    /// Its number.
    pub id: ReleaseNumber,
    /// Its tag.
    pub tag_name: String,
    /// What the tag is made on if it does not exist.
    #[serde(default)]
    pub target_commitish: String,
    /// Not published yet.
    pub draft: bool,
    /// Not for production.
    pub prerelease: bool,
    /// Who made it.
    pub author: Option<Actor>,
}

/// The run that something happened to, as it was when this was sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RunChange {
    /// The run.
    pub workflow_run: WorkflowRun,
}

#[derive(Deserialize)]
struct JobWire {
    workflow_job: JobChange,
}

/// The job that something happened to, as it was when this was sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct JobChange {
    /// The run that it belongs to.
    pub run_id: WorkflowRunId,
    /// The job.
    #[serde(flatten)]
    pub job: Job,
}

/// Somebody sent an event of their own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct RepositoryDispatch {
    /// The branch whose workflows hear it.
    #[serde(default)]
    pub branch: String,
    /// Whatever the sender wrote.
    #[serde(default)]
    pub client_payload: serde_json::Value,
}

/// The App was installed, removed, suspended or given other permissions.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InstallationChange {
    /// The repositories that it began with.
    #[serde(default)]
    pub repositories: Vec<RepositoryRef>,
}

/// The App may see other repositories now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositoriesChange {
    /// Those that it may see from now on.
    pub repositories_added: Vec<RepositoryRef>,
    /// Those that it may see no longer.
    pub repositories_removed: Vec<RepositoryRef>,
}

/// The webhook was set up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ping {
    /// The webhook's number.
    pub hook_id: u64,
}
