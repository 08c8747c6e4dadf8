//! Commits by any name.

use super::Repository;
use crate::{Commit, Comparison, ComparisonStatus, GitHubError};
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

#[derive(Deserialize)]
struct Standing {
    status: ComparisonStatus,
}

impl Repository {
    /// Whether a branch has a commit. GitHub keeps the commits of all forks of a repository together, and answers to any name of them: that a
    /// commit is found does not mean that anybody has merged it. None if the branch or the commit is not there.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn has_on_branch(&self, branch: &str, commit: &CommitSha) -> Result<Option<bool>, GitHubError> {
        let range = format!("{branch}...{commit}");
        let template = "/repos/{owner}/{repo}/compare/{basehead}";
        // What lies between them is not asked for.
        let call = self.call(Method::GET, template, &[&range]).query("per_page", "1");
        let found = self.client.read_optional::<Standing>(&call).await?;
        Ok(found.map(|found| {
            matches!(
                found.status,
                ComparisonStatus::Behind | ComparisonStatus::Identical
            )
        }))
    }

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

    /// A commit with its tree and its parents; none if there is none.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn commit(&self, commit: &CommitSha) -> Result<Option<Commit>, GitHubError> {
        let template = "/repos/{owner}/{repo}/git/commits/{commit_sha}";
        let call = self.call(Method::GET, template, &[commit.as_str()]);
        self.client.read_optional(&call).await
    }

    /// How a head lies to a base, each a branch, a tag or a commit; none if one of them is not there. GitHub finds commits of forks too.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn compare(&self, base: &str, head: &str) -> Result<Option<Comparison>, GitHubError> {
        let range = format!("{base}...{head}");
        let template = "/repos/{owner}/{repo}/compare/{basehead}";
        // What lies between them is not asked for.
        let call = self.call(Method::GET, template, &[&range]).query("per_page", "1");
        self.client.read_optional(&call).await
    }
}
