//! The boundary to the forge on behalf of visitors: may everybody see a repository, and a comment of ours with a signature that somebody
//! handed in.

use crate::ports::Unfinished;
use async_trait::async_trait;

/// What is asked of a forge, and said there, for people who come to our door.
#[async_trait]
pub trait VisitorsHost: Send + Sync + 'static {
    /// Whether everybody may see a repository: the one of this number, under this name (`owner/name`). Another one that has the name now is
    /// not it.
    ///
    /// # Errors
    /// Why nobody can tell.
    async fn is_public(&self, repository_id: u64, repository: &str) -> Result<bool, String>;

    /// Writes a comment. The same twice shows twice: look first when in doubt.
    ///
    /// # Errors
    /// That it certainly does not show, or that nobody can tell.
    async fn mirror(&self, order: &MirrorOrder) -> Result<(), Unfinished>;

    /// Whether a comment of ours with this mark shows.
    ///
    /// # Errors
    /// Why nobody can tell.
    async fn is_mirrored(&self, order: &MirrorOrder) -> Result<bool, String>;
}

/// A signature that was handed in, as a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorOrder {
    /// `owner/name`.
    pub repository: String,
    /// The pull request.
    pub number: u64,
    /// Markdown.
    pub body: String,
    /// The line of it by which it is found again.
    pub mark: String,
}
