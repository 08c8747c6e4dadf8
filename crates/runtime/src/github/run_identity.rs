//! Which run is ours. A run is taken only if nothing about it deviates from what was dispatched.

use super::dispatch::{Call, DispatchId};
use super::frozen::FrozenComponent;
use domain_types::{CommitSha, Timestamp};
use github_client::{GitHubError, Repository, WorkflowRun};
use std::fmt;

/// What a run must be to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRun {
    /// The repository's number on GitHub, where it is known.
    pub repository_id: Option<u64>,
    /// GitHub's name of the event.
    pub event: &'static str,
    /// The login of our App's user, for both actors.
    pub actor: String,
    /// The path of the workflow file.
    pub workflow_path: String,
    /// The commit that the workflow file is of; none where GitHub takes that of the default branch.
    pub head_sha: Option<CommitSha>,
    /// The attempt: a second one is somebody else's re-run.
    pub run_attempt: u32,
    /// The id in its title; none where its worker knows none.
    pub dispatch_id: Option<DispatchId>,
    /// It was made at this time or later; none where its id says enough.
    pub created_since: Option<Timestamp>,
}

/// What about a run is not as dispatched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deviation {
    /// It belongs to another repository.
    Repository,
    /// What it runs comes from another repository, a fork for instance.
    HeadRepository,
    /// Something else began it.
    Event,
    /// Somebody else began it.
    Actor,
    /// Somebody else began this attempt of it.
    TriggeringActor,
    /// It runs another workflow.
    WorkflowPath,
    /// It runs at another commit.
    HeadSha,
    /// The workflow file of the default branch, which it runs, was changed.
    WorkflowFile,
    /// It is not the first attempt.
    Attempt,
    /// It does not bear the id.
    DispatchId,
    /// It was made before the request.
    CreatedAt,
}

impl fmt::Display for Deviation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Repository => "it belongs to another repository",
            Self::HeadRepository => "what it runs comes from another repository",
            Self::Event => "another event began it",
            Self::Actor => "somebody else began it",
            Self::TriggeringActor => "somebody else began this attempt",
            Self::WorkflowPath => "it runs another workflow file",
            Self::HeadSha => "it runs at another commit",
            Self::WorkflowFile => {
                "the workflow file that it runs is not the one that was frozen with the plan, from the default branch"
            }
            Self::Attempt => "it was run again by somebody else",
            Self::DispatchId => "its name does not bear the dispatch id",
            Self::CreatedAt => "it was made before the request",
        })
    }
}

impl ExpectedRun {
    /// Whether this run is the one that was dispatched.
    ///
    /// # Errors
    /// The first thing that deviates.
    pub fn check(&self, run: &WorkflowRun) -> Result<(), Deviation> {
        let is_us = |actor: &Option<github_client::Actor>| {
            actor
                .as_ref()
                .is_some_and(|actor| actor.login == self.actor && actor.kind == github_client::ActorKind::Bot)
        };
        let expectations = [
            (
                self.repository_id.is_none_or(|id| id == run.repository_id),
                Deviation::Repository,
            ),
            (
                run.head_repository_id == Some(run.repository_id),
                Deviation::HeadRepository,
            ),
            (run.event == self.event, Deviation::Event),
            (is_us(&run.actor), Deviation::Actor),
            (is_us(&run.triggering_actor), Deviation::TriggeringActor),
            (run.workflow_path() == self.workflow_path, Deviation::WorkflowPath),
            (
                self.head_sha.as_ref().is_none_or(|sha| *sha == run.head_sha),
                Deviation::HeadSha,
            ),
            (run.run_attempt == self.run_attempt, Deviation::Attempt),
            (
                self.dispatch_id
                    .as_ref()
                    .is_none_or(|id| id.is_in(&run.display_title)),
                Deviation::DispatchId,
            ),
            (
                self.created_since.is_none_or(|since| run.created_at >= since),
                Deviation::CreatedAt,
            ),
        ];
        match expectations.into_iter().find(|(holds, _)| !holds) {
            Some((_, deviation)) => Err(deviation),
            None => Ok(()),
        }
    }
}

/// What about the content of a run's workflow file deviates, of a run that is as expected otherwise. A run of the workflow itself is one at the
/// frozen commit, and so is its file; one that an event began runs what the default branch had at that moment.
///
/// # Errors
/// GitHub's, if the file cannot be read.
pub(super) async fn file_deviation(
    repository: &Repository,
    component: &FrozenComponent,
    run: &WorkflowRun,
) -> Result<Option<Deviation>, GitHubError> {
    if run.event != Call::RepositoryDispatch.event() {
        return Ok(None);
    }
    let file = repository
        .file(run.workflow_path(), run.head_sha.as_str())
        .await?;
    let blob = file.map(|file| file.blob_sha);
    let is_frozen = blob.is_some() && blob == component.workflow_blob;
    Ok((!is_frozen).then_some(Deviation::WorkflowFile))
}
