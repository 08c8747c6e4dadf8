//! Runs of workflows, companions and references of a pull request: asked for only where some rule wants them.

use super::check_facts::run_state;
use super::references::{Head, ReadBefore, references};
use crate::gate::{Asked, Beside, FoundCompanion};
use domain_types::{PullRequestId, RepoName, Timestamp};
use github_client::{
    ChangedFiles, FileStatus, GitHub, GitHubError, PullRequest, PullRequestState, Repository, RunQuery,
    WorkflowRun,
};
use governance_rules::{Change, CheckState, Companion, Named, RunFact, named};

/// What some rule wants to know beside the pull request itself.
pub(super) async fn beside(
    (github, kept): (&GitHub, &ReadBefore),
    repository: &Repository,
    asked: &Asked,
    (pull, files): (&PullRequest, &ChangedFiles),
) -> Result<Beside, GitHubError> {
    let head = Head {
        repository,
        commit: pull.head.sha.as_str(),
        files,
        kept,
    };
    let (runs, companions, references) = tokio::try_join!(
        runs(repository, asked, pull),
        companions(github, repository.owner(), &asked.wanted.companions, pull),
        references(github, &head, &asked.wanted.references)
    )?;
    Ok(Beside {
        runs,
        companions,
        references,
    })
}

async fn runs(
    repository: &Repository,
    asked: &Asked,
    pull: &PullRequest,
) -> Result<Vec<RunFact>, GitHubError> {
    if !asked.wanted.runs {
        return Ok(Vec::new());
    }
    let query = RunQuery {
        head_sha: Some(pull.head.sha.clone()),
        ..RunQuery::default()
    };
    let runs = repository.runs(&query).await?;
    let as_of = asked.as_of(pull.merged_at);
    Ok(runs.iter().filter_map(|run| run_fact(run, pull, as_of)).collect())
}

/// A run in the words of the rules. One in another repository, or on a commit that came from elsewhere than the head, is not its own.
fn run_fact(run: &WorkflowRun, pull: &PullRequest, as_of: Option<Timestamp>) -> Option<RunFact> {
    let base = pull.base.repository.as_ref().map(|repository| repository.id);
    let head = pull.head.repository.as_ref().map(|repository| repository.id);
    Some(RunFact {
        path: run.workflow_path().to_owned(),
        head: run.head_sha.clone(),
        event: run.event.clone(),
        is_own: Some(run.repository_id) == base && head.is_some() && run.head_repository_id == head,
        state: run_state_at(run, as_of)?,
    })
}

/// What a run said at a time, or says now; none if it was not there. GitHub tells of its last attempt alone: what was started again, or
/// changed, after that time was not finished then by all that can be told.
fn run_state_at(run: &WorkflowRun, as_of: Option<Timestamp>) -> Option<CheckState> {
    let now = run_state(&run.status, run.conclusion.as_ref());
    match as_of {
        None => Some(now),
        Some(at) if run.created_at > at => None,
        Some(at) if run.run_started_at.is_some_and(|started| started > at) || run.updated_at > at => {
            Some(CheckState::Running)
        }
        Some(_) => Some(now),
    }
}

/// The pull requests that a text names, of these repositories and of the same owner. One that is not there, or not ours to see, is none.
async fn companions(
    github: &GitHub,
    owner: &str,
    wanted: &[RepoName],
    pull: &PullRequest,
) -> Result<Vec<FoundCompanion>, GitHubError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let is_wanted = |named: &Named| {
        let is_it = |name: &RepoName| name.as_str().eq_ignore_ascii_case(named.repository.as_str());
        named.owner.eq_ignore_ascii_case(owner) && wanted.iter().any(is_it)
    };
    let names = named(pull.body.as_deref().unwrap_or_default());
    let mut found = Vec::new();
    for name in names.into_iter().filter(is_wanted) {
        let repository = github.repository(owner, name.repository.as_str())?;
        match companion(&repository, name).await {
            Ok(companion) => found.extend(companion),
            Err(error) if error.is_retryable() => return Err(error),
            Err(error) => {
                tracing::warn!(repository = repository.full_name(), error = %error, "a companion could not be seen");
            }
        }
    }
    Ok(found)
}

async fn companion(repository: &Repository, name: Named) -> Result<Option<FoundCompanion>, GitHubError> {
    let (pull, files) = tokio::try_join!(
        repository.pull_request(name.number),
        repository.pull_request_files(name.number)
    )?;
    let Some(pull) = pull else { return Ok(None) };
    let Some(base) = &pull.base.repository else {
        return Ok(None);
    };
    let mut change = Change::default();
    match files {
        ChangedFiles::All(files) => {
            let stays = files
                .into_iter()
                .filter(|file| file.status != FileStatus::Removed);
            change.paths = Change::of_paths(stays.map(|file| file.path)).paths;
        }
        ChangedFiles::TooMany => change.more_than_listed = true,
    }
    Ok(Some(FoundCompanion {
        id: PullRequestId::new(base.id, pull.number)?,
        full_name: base.full_name.clone(),
        companion: Companion {
            repository: name.repository,
            number: pull.number,
            is_open_or_merged: pull.state == PullRequestState::Open || pull.is_merged(),
            is_for_default_branch: base.default_branch.as_ref() == Some(&pull.base.reference),
            change,
            names: named(pull.body.as_deref().unwrap_or_default()),
        },
    }))
}
