//! Statuses of commits, and who may do what.

use super::Repository;
use crate::call::Priority;
use crate::pages::Rows;
use crate::{CommitStatus, GitHubError, NewStatus, Permission, Written};
use domain_types::CommitSha;
use http::Method;
use serde::Deserialize;

/// Characters of a description that GitHub takes.
const DESCRIPTION_CHARS_MAX: usize = 140;

#[derive(Deserialize)]
#[serde(transparent)]
struct StatusPage(Vec<CommitStatus>);

impl Rows for StatusPage {
    type Row = CommitStatus;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<CommitStatus>) {
        (None, self.0)
    }
    fn key(row: &CommitStatus) -> u64 {
        row.id
    }
}

#[derive(Deserialize)]
struct Collaborator {
    permission: Permission,
}

impl Repository {
    /// Sets a status on a commit; the latest under its name counts.
    pub async fn create_status(&self, commit: &CommitSha, status: &NewStatus) -> Written<()> {
        let shortened = NewStatus {
            description: status.description.chars().take(DESCRIPTION_CHARS_MAX).collect(),
            ..status.clone()
        };
        let call = self
            .call(
                Method::POST,
                "/repos/{owner}/{repo}/statuses/{sha}",
                &[commit.as_str()],
            )
            .priority(Priority::Status)
            .content();
        self.client.write_done(call.json(&shortened)).await
    }

    /// All statuses of a commit, newest first.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn statuses(&self, commit: &CommitSha) -> Result<Vec<CommitStatus>, GitHubError> {
        let template = "/repos/{owner}/{repo}/commits/{ref}/statuses";
        let call = self.call(Method::GET, template, &[commit.as_str()]);
        self.client.read_pages::<StatusPage>(call).await
    }

    /// What an account may do here; nothing, if GitHub does not know it.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn permission_of(&self, login: &str) -> Result<Permission, GitHubError> {
        let template = "/repos/{owner}/{repo}/collaborators/{username}/permission";
        let call = self.call(Method::GET, template, &[login]);
        let found = self.client.read_optional::<Collaborator>(&call).await?;
        Ok(found.map_or(Permission::None, |collaborator| collaborator.permission))
    }
}
