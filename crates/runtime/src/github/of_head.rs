//! What a look asks about the head of a pull request. A head that is known is asked about at once, beside the pull request itself: then a look
//! takes as long as one answer, not as two after each other.

use crate::gate::Known;
use domain_types::{CommitSha, Timestamp, TreeSha};
use github_client::{CheckRun, CommitStatus, GitHubError, PullRequest, Repository};

/// What hangs on a commit.
pub(super) struct OfHead {
    head: CommitSha,
    pub(super) checks: Vec<CheckRun>,
    pub(super) statuses: Vec<CommitStatus>,
    pub(super) twins: Vec<PullRequest>,
    pub(super) tree: TreeSha,
}

/// What hangs on the head as it was known. A guess that comes to nothing spoils no look: the head may be gone.
pub(super) async fn guessed(
    repository: &Repository,
    known: Option<&Known>,
) -> Result<Option<OfHead>, GitHubError> {
    let Some(known) = known else { return Ok(None) };
    Ok(of_head(repository, &known.head, known.head_tree.as_ref(), None)
        .await
        .ok())
}

/// What hangs on the head: what was guessed, if it is about this one and its present.
pub(super) async fn of_head_unless_guessed(
    repository: &Repository,
    pull: &PullRequest,
    guessed: Option<OfHead>,
    as_of: Option<Timestamp>,
) -> Result<OfHead, GitHubError> {
    match guessed.filter(|guessed| as_of.is_none() && guessed.head == pull.head.sha) {
        Some(guessed) => Ok(guessed),
        None => of_head(repository, &pull.head.sha, None, as_of).await,
    }
}

/// The pull request once more, unless nothing can have changed while it was looked at.
pub(super) async fn again(
    repository: &Repository,
    pull: &PullRequest,
    is_sure: bool,
) -> Result<Option<PullRequest>, GitHubError> {
    match is_sure {
        true => Ok(Some(pull.clone())),
        false => repository.pull_request(pull.number).await,
    }
}

async fn of_head(
    repository: &Repository,
    head: &CommitSha,
    tree: Option<&TreeSha>,
    as_of: Option<Timestamp>,
) -> Result<OfHead, GitHubError> {
    let (checks, statuses, twins, tree) = tokio::try_join!(
        checks_of(repository, head, as_of),
        repository.statuses(head),
        repository.pull_requests_of_commit(head),
        tree_of(repository, head, tree),
    )?;
    Ok(OfHead {
        head: head.clone(),
        checks,
        statuses,
        twins,
        tree,
    })
}

/// Its check runs; of another moment than now also those in whose place others came since.
async fn checks_of(
    repository: &Repository,
    head: &CommitSha,
    as_of: Option<Timestamp>,
) -> Result<Vec<CheckRun>, GitHubError> {
    match as_of {
        None => repository.check_runs(head).await,
        Some(_) => repository.all_check_runs(head).await,
    }
}

/// The tree of a commit never changes.
async fn tree_of(
    repository: &Repository,
    commit: &CommitSha,
    known: Option<&TreeSha>,
) -> Result<TreeSha, GitHubError> {
    if let Some(known) = known {
        return Ok(known.clone());
    }
    let unknown = || GitHubError::Undecodable {
        operation: "GET /repos/{owner}/{repo}/git/commits/{commit_sha}".to_owned(),
        reason: format!("GitHub does not know the commit {commit}"),
    };
    let commit = repository.commit(commit).await?.ok_or_else(unknown)?;
    Ok(commit.tree.as_str().parse()?)
}
