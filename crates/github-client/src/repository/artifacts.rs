//! What runs leave behind.

use super::Repository;
use crate::pages::Rows;
use crate::transfer::Downloaded;
use crate::{Artifact, ArtifactId, GitHubError, WorkflowRunId};
use http::Method;
use serde::Deserialize;
use tokio::io::AsyncWrite;

#[derive(Deserialize)]
struct ArtifactPage {
    total_count: u64,
    artifacts: Vec<Artifact>,
}

impl Rows for ArtifactPage {
    type Row = Artifact;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<Artifact>) {
        (Some(self.total_count), self.artifacts)
    }
    fn key(row: &Artifact) -> u64 {
        row.id.0
    }
}

impl Repository {
    /// The artifacts of a run, those of all its attempts.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn artifacts(&self, run: WorkflowRunId) -> Result<Vec<Artifact>, GitHubError> {
        let template = "/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts";
        let call = self.call(Method::GET, template, &[&run.to_string()]);
        self.client.read_pages::<ArtifactPage>(call).await
    }

    /// Writes an artifact's zip, as it comes, and says what came.
    ///
    /// # Errors
    ///
    /// As for every read; [`GitHubError::TooLarge`] above `bytes_max`, [`GitHubError::Local`] if the writer failed. What was
    /// written until then is worth nothing.
    pub async fn download_artifact(
        &self,
        artifact: ArtifactId,
        writer: &mut (dyn AsyncWrite + Unpin + Send),
        bytes_max: u64,
    ) -> Result<Downloaded, GitHubError> {
        let template = "/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}";
        let call = self.call(Method::GET, template, &[&artifact.to_string(), "zip"]);
        self.client.download(&call, writer, bytes_max).await
    }
}
