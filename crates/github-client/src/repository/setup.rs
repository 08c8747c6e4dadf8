//! What can be seen of how a repository is set up, for whoever looks for mistakes in it.

use super::Repository;
use crate::call::{Call, Priority};
use crate::pages::Rows;
use crate::{ActionsPermissions, GitHubError, Ruleset, Runner, WorkflowInfo};
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
struct RunnerPage {
    total_count: u64,
    runners: Vec<Runner>,
}

impl Rows for RunnerPage {
    type Row = Runner;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<Runner>) {
        (Some(self.total_count), self.runners)
    }
    fn key(row: &Runner) -> u64 {
        row.id
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct RulesetPage(Vec<Ruleset>);

impl Rows for RulesetPage {
    type Row = Ruleset;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<Ruleset>) {
        (None, self.0)
    }
    fn key(row: &Ruleset) -> u64 {
        row.id
    }
}

#[derive(Deserialize)]
struct ImmutableReleases {
    enabled: bool,
}

impl Repository {
    /// A workflow by the name of its file; none if the default branch has none. Wants `actions: read`.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn workflow(&self, file: &str) -> Result<Option<WorkflowInfo>, GitHubError> {
        let template = "/repos/{owner}/{repo}/actions/workflows/{workflow_id}";
        self.client.read_optional(&self.look(template, &[file])).await
    }

    /// What the repository lets its workflows do. Wants `administration: read`.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn actions_permissions(&self) -> Result<ActionsPermissions, GitHubError> {
        let template = "/repos/{owner}/{repo}/actions/permissions";
        self.client.read(&self.look(template, &[])).await
    }

    /// The runners of the repository that are not GitHub's. Wants `administration: read`.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn runners(&self) -> Result<Vec<Runner>, GitHubError> {
        let template = "/repos/{owner}/{repo}/actions/runners";
        self.client
            .read_pages::<RunnerPage>(self.look(template, &[]))
            .await
    }

    /// All rulesets that hold for the repository, those of its organisation too, without their rules.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn rulesets(&self) -> Result<Vec<Ruleset>, GitHubError> {
        let template = "/repos/{owner}/{repo}/rulesets";
        self.client
            .read_pages::<RulesetPage>(self.look(template, &[]))
            .await
    }

    /// A ruleset with its rules; none if there is none.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn ruleset(&self, id: u64) -> Result<Option<Ruleset>, GitHubError> {
        let template = "/repos/{owner}/{repo}/rulesets/{ruleset_id}";
        let call = self.look(template, &[&id.to_string()]);
        self.client.read_optional(&call).await
    }

    /// Whether what is published here cannot be changed any more. Wants `administration: read`.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn has_immutable_releases(&self) -> Result<bool, GitHubError> {
        let template = "/repos/{owner}/{repo}/immutable-releases";
        let call = self.look(template, &[]);
        let found: Option<ImmutableReleases> = self.client.read_optional(&call).await?;
        Ok(found.is_some_and(|found| found.enabled))
    }

    /// A look that may wait for everything else.
    fn look(&self, template: &'static str, values: &[&str]) -> Call {
        self.call(Method::GET, template, values)
            .priority(Priority::Comment)
    }
}
