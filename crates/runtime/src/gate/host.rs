//! The boundary to the forge: a pull request is looked at, and what is said of it is shown.

use super::found::{Asked, Found};
use super::order::Order;
use crate::ports::Unfinished;
use async_trait::async_trait;
use domain_types::{CommitSha, PullRequestId, RepoName, Timestamp};

/// A forge that has pull requests.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait PullRequestHost: Send + Sync + 'static {
    /// Everything about a pull request that a verdict rests on, as of one head; none if there is no such pull request.
    ///
    /// # Errors
    /// Why it could not be learnt, in one sentence: nothing may be concluded then, and it is asked again later.
    async fn look(&self, asked: &Asked) -> Result<Option<Found>, String>;

    /// Shows something. The same twice shows once.
    ///
    /// # Errors
    /// That it certainly does not show, or that nobody can tell: then [`PullRequestHost::shows`] is asked.
    async fn show(&self, order: &Order) -> Result<(), Unfinished>;

    /// Whether something shows.
    ///
    /// # Errors
    /// Why nobody can tell.
    async fn shows(&self, order: &Order) -> Result<bool, String>;

    /// The open pull requests of these repositories, so that none is missed for want of a webhook. A repository that is not there has none.
    ///
    /// # Errors
    /// Why they could not be listed.
    async fn open_pull_requests(&self, repositories: &[RepoName]) -> Result<Vec<Listed>, String>;

    /// The open pull requests of one repository, and those that were merged since a time, if one is named. None for a repository that is not
    /// there.
    ///
    /// # Errors
    /// Why they could not be listed.
    async fn pull_requests_of(
        &self,
        repository: &RepoName,
        merged_since: Option<Timestamp>,
    ) -> Result<Vec<Listed>, String>;
}

/// A pull request in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub id: PullRequestId,
    /// `owner/name`.
    pub repository: String,
    /// The commit at its head.
    pub head: CommitSha,
    /// When anything of it changed last.
    pub updated_at: Timestamp,
}
