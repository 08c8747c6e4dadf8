//! What a branch demands before it is changed.

use super::Repository;
use crate::pages::Rows;
use crate::{BranchRule, GitHubError};
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(transparent)]
struct RulePage(Vec<BranchRule>);

impl Rows for RulePage {
    type Row = BranchRule;
    /// Its ruleset, its kind, and what it demands: a ruleset may have two rules of one kind.
    type Key = (Option<u64>, String, Vec<(String, Option<u64>)>);
    fn into_rows(self) -> (Option<u64>, Vec<BranchRule>) {
        (None, self.0)
    }
    fn key(row: &BranchRule) -> Self::Key {
        let checks = row.required_checks.iter();
        let checks = checks.map(|check| (check.context.clone(), check.integration_id));
        (row.ruleset_id, row.kind.clone(), checks.collect())
    }
}

impl Repository {
    /// The rules in force on a branch, of all active rulesets, those of the organisation too. Who may pass by them,
    /// [`Repository::ruleset`] says. What the older protection of branches demands is not among them.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn branch_rules(&self, branch: &str) -> Result<Vec<BranchRule>, GitHubError> {
        let template = "/repos/{owner}/{repo}/rules/branches/{branch}";
        let call = self.call(Method::GET, template, &[branch]);
        self.client.read_pages::<RulePage>(call).await
    }
}
