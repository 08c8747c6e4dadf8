//! Commits by any name.

use super::Repository;
use crate::GitHubError;
use domain_types::{CommitSha, Timestamp};
use http::Method;
use serde::Deserialize;

/// A commit, and when it was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitAt {
    /// Its name.
    pub sha: CommitSha,
    /// The committer's time.
    pub committed: Timestamp,
}

#[derive(Deserialize)]
struct CommitWire {
    sha: CommitSha,
    commit: Inner,
}

#[derive(Deserialize)]
struct Inner {
    committer: Option<Committer>,
}

#[derive(Deserialize)]
struct Committer {
    date: Timestamp,
}

impl Repository {
    /// The commit that a reference names: `tags/NAME`, `heads/NAME` or a commit; annotated tags are peeled by GitHub. None if
    /// there is no such reference.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn commit_at(&self, reference: &str) -> Result<Option<CommitAt>, GitHubError> {
        let call = self.call(Method::GET, "/repos/{owner}/{repo}/commits/{ref}", &[reference]);
        let found = match self.client.read_optional::<CommitWire>(&call).await {
            // GitHub's answer for a name that is neither a reference nor a commit.
            Err(error) if error.status() == Some(422) => None,
            found => found?,
        };
        Ok(found.map(|wire| CommitAt {
            sha: wire.sha,
            committed: wire
                .commit
                .committer
                .map_or(Timestamp::EPOCH, |committer| committer.date),
        }))
    }
}
