//! What visitors want of GitHub: who may see a repository, and comments that keep signatures which were handed in.

use super::as_found::is_by;
use super::pull_requests::GithubPullRequests;
use super::said::{made, unfinished};
use crate::error::sentence;
use crate::gate::{MirrorOrder, VisitorsHost};
use crate::ports::Unfinished;
use async_trait::async_trait;
use github_client::{Comment, GitHubError};

impl GithubPullRequests {
    async fn is_repository_public(&self, id: u64, full_name: &str) -> Result<bool, GitHubError> {
        match self.repository(full_name)?.info().await {
            Ok(info) => Ok(info.id == id && !info.private),
            // It is gone, or not ours to see.
            Err(error) if error.status() == Some(404) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn shows_mirror(&self, order: &MirrorOrder) -> Result<bool, GitHubError> {
        let repository = self.repository(&order.repository)?;
        let comments = repository.issue_comments(order.number, None).await?;
        let own = self.own_login(&order.repository).await?;
        let is_it = |comment: &Comment| {
            is_by(comment.author.as_ref(), own) && comment.body.trim_end().ends_with(&order.mark)
        };
        Ok(comments.iter().any(is_it))
    }
}

#[async_trait]
impl VisitorsHost for GithubPullRequests {
    async fn is_public(&self, repository_id: u64, repository: &str) -> Result<bool, String> {
        let told = self.is_repository_public(repository_id, repository).await;
        told.map_err(|error| sentence(&error))
    }

    async fn mirror(&self, order: &MirrorOrder) -> Result<(), Unfinished> {
        let repository = self
            .repository(&order.repository)
            .map_err(|error| unfinished(&error))?;
        made(repository.create_comment(order.number, &order.body).await).map(|_| ())
    }

    async fn is_mirrored(&self, order: &MirrorOrder) -> Result<bool, String> {
        self.shows_mirror(order).await.map_err(|error| sentence(&error))
    }
}
