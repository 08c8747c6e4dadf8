//! A repository of GitHub as a handle: one method per question and per deed, and nothing of what they are for.

mod activity;
mod artifacts;
mod assets;
mod checks;
mod comments;
mod commits;
mod contents;
mod dispatch;
mod folders;
mod git;
mod pulls;
mod references;
mod releases;
mod rules;
mod runs;
mod setup;
mod statuses;

pub use commits::CommitAt;
pub use git::GitReading;
pub use references::Reference;

pub use contents::FILE_BYTES_MAX;

use crate::call::{Account, Call};
use crate::client::Client;
use crate::{GitHubError, RepositoryInfo};
use domain_types::Timestamp;
use http::Method;
use std::sync::Arc;

/// A repository, and the way to it. Cheap to clone.
#[derive(Clone)]
pub struct Repository {
    client: Arc<Client>,
    owner: String,
    name: String,
    not_after: Option<Timestamp>,
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Repository({})", self.full_name())
    }
}

impl Repository {
    pub(crate) fn new(client: Arc<Client>, owner: String, name: String) -> Self {
        Self {
            client,
            owner,
            name,
            not_after: None,
        }
    }

    /// The same, for requests that are sent until then or not at all: [`GitHubError::TooLate`] is the answer to one that had to
    /// wait for longer, for a token or for its turn.
    #[must_use]
    pub fn not_after(self, latest: Timestamp) -> Self {
        Self {
            not_after: Some(latest),
            ..self
        }
    }

    /// The account or organisation.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The name within it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// `owner/name`.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// What GitHub says about the repository itself.
    ///
    /// # Errors
    ///
    /// As for every read: see [`GitHubError`].
    pub async fn info(&self) -> Result<RepositoryInfo, GitHubError> {
        self.client
            .read(&self.call(Method::GET, "/repos/{owner}/{repo}", &[]))
            .await
    }

    /// A request about this repository: `template` begins with `/repos/{owner}/{repo}`.
    fn call(&self, method: Method, template: &'static str, values: &[&str]) -> Call {
        let mut all = vec![self.owner.as_str(), self.name.as_str()];
        all.extend_from_slice(values);
        let account = Account::Owner {
            owner: self.owner.clone(),
            repository: self.name.clone(),
        };
        Call::new(account, method, template, &all).not_after(self.not_after)
    }
}
