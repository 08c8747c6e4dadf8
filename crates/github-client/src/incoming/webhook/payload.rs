//! The payloads that somebody here listens to, each with what is listened for. Everything else GitHub sends is `Unknown`.

use super::RepositoryRef;
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
    /// `pull_request`: something happened to a pull request.
    PullRequest(Box<PullRequestChange>),
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
            "pull_request" => Self::PullRequest(of(body)?),
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

/// The pull request that something happened to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequestChange {
    /// Its number in its repository.
    pub number: u64,
    /// The pull request.
    pub pull_request: PullRequestHint,
}

/// A pull request as it was when this was sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequestHint {
    /// The commit that is proposed.
    pub head: Branch,
    /// What it is proposed for.
    pub base: Branch,
    /// Not ready for review.
    #[serde(default)]
    pub draft: bool,
    /// `open` or `closed`.
    pub state: String,
    /// It was merged.
    #[serde(default)]
    pub merged: bool,
}

/// One side of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Branch {
    /// The branch.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Its commit.
    pub sha: CommitSha,
}

/// The webhook was set up.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ping {
    /// The webhook's number.
    pub hook_id: u64,
}
