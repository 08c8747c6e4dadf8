//! Looking at runs and their jobs.

use super::Repository;
use crate::pages::Rows;
use crate::transfer::TailWriter;
use crate::{GitHubError, Job, JobId, RunQuery, WorkflowRun, WorkflowRunId};
use domain_types::Timestamp;
use http::Method;
use serde::Deserialize;

/// Largest log that is read for its tail, in bytes: a job that writes more is stopped reading there.
const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[derive(Deserialize)]
struct RunPage {
    total_count: u64,
    workflow_runs: Vec<WorkflowRun>,
}

#[derive(Deserialize)]
struct JobPage {
    total_count: u64,
    jobs: Vec<Job>,
}

impl Rows for RunPage {
    type Row = WorkflowRun;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<WorkflowRun>) {
        (Some(self.total_count), self.workflow_runs)
    }
    fn key(row: &WorkflowRun) -> u64 {
        row.id.0
    }
}

impl Rows for JobPage {
    type Row = Job;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<Job>) {
        (Some(self.total_count), self.jobs)
    }
    fn key(row: &Job) -> u64 {
        row.id.0
    }
}

impl Repository {
    /// All runs that fit, newest first.
    ///
    /// # Errors
    ///
    /// As for every read; [`GitHubError::TooLarge`] where GitHub has more than it shows (1,000 with a filter): an
    /// incomplete list would read as "there is no such run".
    pub async fn runs(&self, query: &RunQuery) -> Result<Vec<WorkflowRun>, GitHubError> {
        let call = match &query.workflow {
            Some(workflow) => {
                let template = "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs";
                self.call(Method::GET, template, &[workflow])
            }
            None => self.call(Method::GET, "/repos/{owner}/{repo}/actions/runs", &[]),
        };
        let created = created(query.created_since, query.created_until);
        let call = call
            .query_if("event", query.event.as_deref())
            .query_if("created", created.as_deref())
            .query_if("actor", query.actor.as_deref())
            .query_if("head_sha", query.head_sha.as_ref().map(AsRef::as_ref))
            .query_if("branch", query.branch.as_deref())
            .query_if("status", query.status.as_deref());
        self.client.read_pages::<RunPage>(call).await
    }

    /// A run; none if there is none.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn run(&self, run: WorkflowRunId) -> Result<Option<WorkflowRun>, GitHubError> {
        let template = "/repos/{owner}/{repo}/actions/runs/{run_id}";
        let call = self.call(Method::GET, template, &[&run.to_string()]);
        self.client.read_optional(&call).await
    }

    /// The jobs of a run's latest attempt.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn jobs(&self, run: WorkflowRunId) -> Result<Vec<Job>, GitHubError> {
        let template = "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs";
        let call = self
            .call(Method::GET, template, &[&run.to_string()])
            .query("filter", "latest");
        self.client.read_pages::<JobPage>(call).await
    }

    /// The last bytes of a job's log, `bytes_max` at most; none if there is no log (yet, or any more).
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn job_log_tail(&self, job: JobId, bytes_max: usize) -> Result<Option<Vec<u8>>, GitHubError> {
        let template = "/repos/{owner}/{repo}/actions/jobs/{job_id}/logs";
        let call = self.call(Method::GET, template, &[&job.to_string()]);
        let mut tail = TailWriter::new(bytes_max);
        match self.client.download(&call, &mut tail, LOG_BYTES_MAX).await {
            // The tail of what was read is more use than nothing.
            Ok(_) | Err(GitHubError::TooLarge { .. }) => Ok(Some(tail.into_bytes())),
            Err(error) if matches!(error.status(), Some(404 | 410)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// GitHub's own comparison, in whole seconds.
fn created(since: Option<Timestamp>, until: Option<Timestamp>) -> Option<String> {
    match (since.map(to_the_second), until.map(to_the_second)) {
        (Some(since), Some(until)) => Some(format!("{since}..{until}")),
        (Some(since), None) => Some(format!(">={since}")),
        (None, Some(until)) => Some(format!("<={until}")),
        (None, None) => None,
    }
}

/// A time as GitHub's questions want it.
pub(super) fn to_the_second(time: Timestamp) -> String {
    let text = time.to_string();
    let seconds = text.split('.').next().unwrap_or(&text).trim_end_matches('Z');
    format!("{seconds}Z")
}
