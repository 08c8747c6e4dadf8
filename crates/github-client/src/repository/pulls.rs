//! Pull requests: as they are, which of them are open, and what they change.

use super::Repository;
use crate::call::Call;
use crate::pages::Rows;
use crate::{ChangedFile, ChangedFiles, Commit, GitHubError, PullRequest, Review};
use domain_types::{CommitSha, Timestamp};
use http::Method;
use serde::Deserialize;

/// Files of a pull request that GitHub lists at most.
const FILES_SHOWN_MAX: usize = 3_000;
/// Commits of a pull request that GitHub lists at most.
const COMMITS_SHOWN_MAX: usize = 250;

#[derive(Deserialize)]
#[serde(transparent)]
struct PullRequestPage(Vec<PullRequest>);

impl Rows for PullRequestPage {
    type Row = PullRequest;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<PullRequest>) {
        (None, self.0)
    }
    fn key(row: &PullRequest) -> u64 {
        row.number
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct FilePage(Vec<ChangedFile>);

impl Rows for FilePage {
    type Row = ChangedFile;
    type Key = String;
    fn into_rows(self) -> (Option<u64>, Vec<ChangedFile>) {
        (None, self.0)
    }
    fn key(row: &ChangedFile) -> String {
        row.path.clone()
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct CommitPage(Vec<Commit>);

impl Rows for CommitPage {
    type Row = Commit;
    type Key = CommitSha;
    fn into_rows(self) -> (Option<u64>, Vec<Commit>) {
        (None, self.0)
    }
    fn key(row: &Commit) -> CommitSha {
        row.sha.clone()
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct ReviewPage(Vec<Review>);

impl Rows for ReviewPage {
    type Row = Review;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<Review>) {
        (None, self.0)
    }
    fn key(row: &Review) -> u64 {
        row.id
    }
}

impl Repository {
    /// A pull request by its number; none if there is none.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn pull_request(&self, number: u64) -> Result<Option<PullRequest>, GitHubError> {
        let call = self.of_pull("/repos/{owner}/{repo}/pulls/{pull_number}", number);
        self.client.read_optional(&call).await
    }

    /// All open pull requests, the oldest first: one that is opened meanwhile comes last, one that is closed meanwhile may hide
    /// another until the next look.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn open_pull_requests(&self) -> Result<Vec<PullRequest>, GitHubError> {
        let call = self
            .call(Method::GET, "/repos/{owner}/{repo}/pulls", &[])
            .query("state", "open")
            .query("sort", "created")
            .query("direction", "asc");
        self.client.read_pages::<PullRequestPage>(call).await
    }

    /// All pull requests, closed ones too, of which something has changed since then, the last changed first.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn pull_requests_changed_since(
        &self,
        since: Timestamp,
    ) -> Result<Vec<PullRequest>, GitHubError> {
        let call = self
            .call(Method::GET, "/repos/{owner}/{repo}/pulls", &[])
            .query("state", "all")
            .query("sort", "updated")
            .query("direction", "desc");
        let is_past = |pull: &PullRequest| pull.updated_at < since;
        self.client
            .read_pages_until::<PullRequestPage>(call, is_past)
            .await
    }

    /// The pull requests that a commit belongs to: of one on the default branch that which brought it there, of another the open
    /// and the merged ones.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn pull_requests_of_commit(&self, commit: &CommitSha) -> Result<Vec<PullRequest>, GitHubError> {
        let template = "/repos/{owner}/{repo}/commits/{commit_sha}/pulls";
        let call = self.call(Method::GET, template, &[commit.as_str()]);
        self.client.read_pages::<PullRequestPage>(call).await
    }

    /// The files that a pull request changes, seen from where its branches parted. They are those of one moment only if its head
    /// was the same before and after.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn pull_request_files(&self, number: u64) -> Result<ChangedFiles, GitHubError> {
        let call = self.of_pull("/repos/{owner}/{repo}/pulls/{pull_number}/files", number);
        let files = self.client.read_pages::<FilePage>(call).await?;
        if files.len() >= FILES_SHOWN_MAX {
            return Ok(ChangedFiles::TooMany);
        }
        Ok(ChangedFiles::All(files))
    }

    /// The commits of a pull request, oldest first.
    ///
    /// # Errors
    ///
    /// As for every read; [`GitHubError::TooLarge`] where there are as many as GitHub lists at most (250), or more.
    pub async fn pull_request_commits(&self, number: u64) -> Result<Vec<Commit>, GitHubError> {
        let call = self.of_pull("/repos/{owner}/{repo}/pulls/{pull_number}/commits", number);
        let operation = call.operation();
        let commits = self.client.read_pages::<CommitPage>(call).await?;
        if commits.len() >= COMMITS_SHOWN_MAX {
            return Err(GitHubError::TooLarge {
                operation,
                unit: "rows",
                max: COMMITS_SHOWN_MAX as u64,
            });
        }
        Ok(commits)
    }

    /// All reviews of a pull request, oldest first.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn pull_request_reviews(&self, number: u64) -> Result<Vec<Review>, GitHubError> {
        let call = self.of_pull("/repos/{owner}/{repo}/pulls/{pull_number}/reviews", number);
        self.client.read_pages::<ReviewPage>(call).await
    }

    /// A question about a pull request: `template` says which.
    fn of_pull(&self, template: &'static str, number: u64) -> Call {
        self.call(Method::GET, template, &[&number.to_string()])
    }
}
