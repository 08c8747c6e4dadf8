//! What can be seen of how the App is set up, for whoever looks for mistakes in it.

use super::{Budget, GitHub, check_owner};
use crate::call::{Account, Call, Priority};
use crate::pages::Rows;
use crate::{GitHubError, HookConfig, Installation, RepositoryInfo};
use domain_types::RepoName;
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
struct RateLimit {
    resources: Resources,
}

#[derive(Deserialize)]
struct Resources {
    core: Resource,
}

#[derive(Deserialize)]
struct Resource {
    limit: u64,
    remaining: u64,
    reset: u64,
}

#[derive(Deserialize)]
struct ReachedPage {
    total_count: u64,
    repositories: Vec<RepositoryInfo>,
}

impl Rows for ReachedPage {
    type Row = RepositoryInfo;
    type Key = u64;

    fn into_rows(self) -> (Option<u64>, Vec<RepositoryInfo>) {
        (Some(self.total_count), self.repositories)
    }

    fn key(row: &RepositoryInfo) -> u64 {
        row.id
    }
}

impl GitHub {
    /// The repositories that the installation reaches which reaches this one: a request for a hundred of them, if they are so many at most.
    ///
    /// # Errors
    ///
    /// As for every read; none is left out without one. [`GitHubError::TooLarge`], after one request, where there are more.
    pub async fn reached_with(
        &self,
        (owner, name): (&str, &str),
        repositories_max: u64,
    ) -> Result<Vec<RepositoryInfo>, GitHubError> {
        let account = Account::Owner {
            owner: owner.to_owned(),
            repository: name.to_owned(),
        };
        let call = Call::new(account, Method::GET, "/installation/repositories", &[]);
        self.client
            .read_pages_of_at_most::<ReachedPage>(call, repositories_max)
            .await
    }

    /// The App's installation that reaches a repository; none if it is not installed there.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn installation(&self, owner: &str, name: &str) -> Result<Option<Installation>, GitHubError> {
        let name: RepoName = name.parse()?;
        check_owner(owner)?;
        let template = "/repos/{owner}/{repo}/installation";
        let call = Call::new(Account::App, Method::GET, template, &[owner, name.as_str()]);
        self.client.read_optional(&call.priority(Priority::Comment)).await
    }

    /// Where the App's webhook leads.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn hook_config(&self) -> Result<HookConfig, GitHubError> {
        let call = Call::new(Account::App, Method::GET, "/app/hook/config", &[]);
        self.client.read(&call.priority(Priority::Comment)).await
    }

    /// The hourly budget of the installation that reaches a repository. Asking costs none of it.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn rate_limit(&self, owner: &str, name: &str) -> Result<Budget, GitHubError> {
        let account = Account::Owner {
            owner: owner.to_owned(),
            repository: name.to_owned(),
        };
        let call = Call::new(account, Method::GET, "/rate_limit", &[]);
        let found: RateLimit = self.client.read(&call.priority(Priority::Comment)).await?;
        let core = found.resources.core;
        Ok(Budget {
            limit: Some(core.limit),
            remaining: Some(core.remaining),
            reset_seconds: Some(core.reset),
        })
    }

    /// How many seconds our clock is ahead of GitHub's, by the last answer that told its time; negative if it is behind.
    pub fn clock_ahead_seconds(&self) -> Option<i64> {
        self.client.clock_ahead_seconds()
    }
}
