//! Starting workflows, by their name or by an event.

use super::Repository;
use crate::settings::ApiVersion;
use crate::{GitHubError, WorkflowRunId, Written};
use http::Method;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct RunDetails {
    workflow_run_id: WorkflowRunId,
}

impl Repository {
    /// Starts a workflow by its file on a branch or tag. Where GitHub says which run that made, it is `Done`; else `Accepted`.
    pub async fn dispatch_workflow(
        &self,
        file: &str,
        reference: &str,
        inputs: &BTreeMap<String, String>,
    ) -> Written<WorkflowRunId> {
        let mut body = json!({ "ref": reference, "inputs": inputs });
        if self.client.api_version() == ApiVersion::V2022 {
            // The newer version always answers with the run, and knows this word no longer.
            body["return_run_details"] = json!(true);
        }
        let template = "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";
        let call = self.call(Method::POST, template, &[file]).content();
        let written: Written<RunDetails> = self.client.write(call.json(&body)).await;
        written.map(|details| details.workflow_run_id)
    }

    /// Sends an event to the workflows of the default branch. GitHub never says which runs that made.
    pub async fn dispatch_event(&self, event_type: &str, payload: &serde_json::Value) -> Written<()> {
        let body = json!({ "event_type": event_type, "client_payload": payload });
        let call = self
            .call(Method::POST, "/repos/{owner}/{repo}/dispatches", &[])
            .content();
        match self.client.write_done(call.json(&body)).await {
            Written::Done(()) => Written::Accepted,
            other @ (Written::Accepted | Written::Rejected(_) | Written::Unknown(_)) => other,
        }
    }

    /// Starts what failed in a run again; its number stays, its attempt counts up.
    pub async fn rerun_failed_jobs(&self, run: WorkflowRunId) -> Written<()> {
        self.on_run(
            run,
            "/repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs",
        )
        .await
    }

    /// Asks a run to end. One that has ended is as good as cancelled.
    pub async fn cancel(&self, run: WorkflowRunId) -> Written<()> {
        ended_is_done(
            self.on_run(run, "/repos/{owner}/{repo}/actions/runs/{run_id}/cancel")
                .await,
        )
    }

    /// Ends a run that does not listen.
    pub async fn force_cancel(&self, run: WorkflowRunId) -> Written<()> {
        ended_is_done(
            self.on_run(run, "/repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel")
                .await,
        )
    }

    async fn on_run(&self, run: WorkflowRunId, template: &'static str) -> Written<()> {
        let call = self.call(Method::POST, template, &[&run.to_string()]);
        self.client.write_done(Ok::<_, GitHubError>(call)).await
    }
}

/// GitHub refuses with a conflict to cancel what has ended: what was wanted is so.
fn ended_is_done(written: Written<()>) -> Written<()> {
    match written {
        Written::Rejected(error) if error.status() == Some(409) => Written::Done(()),
        other @ (Written::Done(()) | Written::Accepted | Written::Rejected(_) | Written::Unknown(_)) => other,
    }
}
