//! Check runs of commits.

use super::Repository;
use crate::call::Priority;
use crate::pages::Rows;
use crate::shorten::shortened;
use crate::wire::{CheckOutput, CheckRunBody};
use crate::{CheckReport, CheckRun, CheckRunId, GitHubError, RunStatus, Written};
use domain_types::CommitSha;
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
struct CheckRunPage {
    total_count: u64,
    check_runs: Vec<CheckRun>,
}

impl Rows for CheckRunPage {
    type Row = CheckRun;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<CheckRun>) {
        (Some(self.total_count), self.check_runs)
    }
    fn key(row: &CheckRun) -> u64 {
        row.id.0
    }
}

impl Repository {
    /// The check runs of a commit: of each App and name the latest.
    ///
    /// # Errors
    ///
    /// As for every read; [`GitHubError::TooLarge`] where GitHub has more than it shows (1,000).
    pub async fn check_runs(&self, commit: &CommitSha) -> Result<Vec<CheckRun>, GitHubError> {
        self.filtered_check_runs(commit, "latest").await
    }

    /// All check runs of a commit, also those in whose place others came.
    ///
    /// # Errors
    ///
    /// As for [`Repository::check_runs`].
    pub async fn all_check_runs(&self, commit: &CommitSha) -> Result<Vec<CheckRun>, GitHubError> {
        self.filtered_check_runs(commit, "all").await
    }

    async fn filtered_check_runs(
        &self,
        commit: &CommitSha,
        filter: &'static str,
    ) -> Result<Vec<CheckRun>, GitHubError> {
        let template = "/repos/{owner}/{repo}/commits/{ref}/check-runs";
        let call = self
            .call(Method::GET, template, &[commit.as_str()])
            .query("filter", filter);
        self.client.read_pages::<CheckRunPage>(call).await
    }

    /// Makes a check run on a commit. A second one under the same name takes the place of the first in lists.
    pub async fn create_check_run(
        &self,
        commit: &CommitSha,
        name: &str,
        report: &CheckReport,
    ) -> Written<CheckRun> {
        let body = CheckRunBody {
            name: Some(name),
            head_sha: Some(commit),
            ..body(report)
        };
        let call = self
            .call(Method::POST, "/repos/{owner}/{repo}/check-runs", &[])
            .priority(Priority::Comment)
            .content();
        self.client.write(call.json(&body)).await
    }

    /// Changes what a check run of ours says.
    pub async fn update_check_run(&self, check_run: CheckRunId, report: &CheckReport) -> Written<CheckRun> {
        let template = "/repos/{owner}/{repo}/check-runs/{check_run_id}";
        let call = self
            .call(Method::PATCH, template, &[&check_run.to_string()])
            .priority(Priority::Comment);
        self.client.write(call.json(&body(report))).await
    }
}

fn body(report: &CheckReport) -> CheckRunBody<'_> {
    let status = match report.conclusion {
        Some(_) => RunStatus::Completed,
        None => RunStatus::InProgress,
    };
    CheckRunBody {
        name: None,
        head_sha: None,
        status,
        conclusion: report.conclusion.as_ref(),
        external_id: report.external_id.as_deref(),
        details_url: report.details_url.as_deref(),
        output: CheckOutput {
            title: &report.title,
            summary: shortened(&report.summary),
            text: report.text.as_deref().map(shortened),
        },
    }
}
