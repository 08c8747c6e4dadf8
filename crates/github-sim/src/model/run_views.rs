//! Runs and jobs as the API and the webhooks show them.

use super::runs::{Attempt, Job};
use super::{GitHub, Run, iso};
use domain_types::Timestamp;
use serde_json::{Value, json};

impl GitHub {
    /// A run at one of its attempts.
    pub(crate) fn run_view(&self, run: &Run, attempt: &Attempt) -> Value {
        let Some(repository) = self.repositories.get(&run.repository) else {
            return Value::Null;
        };
        let base = self.repository_url(repository);
        let url = format!("{base}/actions/runs/{}", run.id);
        let previous = (attempt.number > 1).then(|| format!("{url}/attempts/{}", attempt.number - 1));
        json!({
            "id": run.id,
            "name": run.name,
            "node_id": format!("WFR_{}", run.id),
            "check_suite_id": run.suite,
            "check_suite_node_id": format!("CS_{}", run.suite),
            "head_branch": run.branch,
            "head_sha": run.commit,
            "path": run.path,
            "run_number": run.number,
            "run_attempt": attempt.number,
            "event": run.event,
            "display_title": run.title,
            "status": attempt.status,
            "conclusion": attempt.conclusion,
            "workflow_id": run.workflow,
            "url": url,
            "html_url": format!("{}/actions/runs/{}", self.repository_page(repository), run.id),
            "pull_requests": [],
            "created_at": iso(run.created),
            "updated_at": iso(attempt.updated),
            "run_started_at": iso(attempt.started),
            "actor": self.user_view(&run.actor),
            "triggering_actor": self.user_view(&attempt.actor),
            "jobs_url": format!("{url}/jobs"),
            "logs_url": format!("{url}/logs"),
            "check_suite_url": format!("{base}/check-suites/{}", run.suite),
            "artifacts_url": format!("{url}/artifacts"),
            "cancel_url": format!("{url}/cancel"),
            "rerun_url": format!("{url}/rerun"),
            "previous_attempt_url": previous,
            "workflow_url": format!("{base}/actions/workflows/{}", run.workflow),
            "referenced_workflows": [],
            "head_commit": self.short_commit_view(repository, &run.commit),
            "repository": self.repository_view(repository),
            "head_repository": self.repository_view(repository),
        })
    }

    pub(crate) fn job_view(&self, run: &Run, attempt: &Attempt, job: &Job) -> Value {
        let Some(repository) = self.repositories.get(&run.repository) else {
            return Value::Null;
        };
        let base = self.repository_url(repository);
        let is_over = attempt.status == "completed";
        let has_runner = attempt.begun.is_some();
        let conclusion = attempt.conclusion.filter(|word| *word != "startup_failure");
        let completed = is_over.then(|| iso(attempt.updated));
        let started = attempt.begun.unwrap_or(attempt.started);
        json!({
            "id": job.id,
            "run_id": run.id,
            "run_url": format!("{base}/actions/runs/{}", run.id),
            "run_attempt": attempt.number,
            "node_id": format!("CR_{}", job.id),
            "head_sha": run.commit,
            "head_branch": run.branch,
            "url": format!("{base}/actions/jobs/{}", job.id),
            "html_url": format!("{}/actions/runs/{}/job/{}", self.repository_page(repository), run.id, job.id),
            "status": attempt.status,
            "conclusion": conclusion.or(is_over.then_some("failure")),
            "created_at": iso(attempt.started),
            "started_at": iso(started),
            "completed_at": completed,
            "name": job.name,
            "steps": self.steps(attempt, started),
            "check_run_url": format!("{base}/check-runs/{}", job.id),
            "labels": job.labels,
            "runner_id": has_runner.then_some(1),
            "runner_name": has_runner.then_some("simulated-1"),
            "runner_group_id": has_runner.then_some(1),
            "runner_group_name": has_runner.then_some("Default"),
            "workflow_name": run.name,
        })
    }

    fn steps(&self, attempt: &Attempt, started: Timestamp) -> Value {
        if attempt.begun.is_none() {
            return json!([]);
        }
        let is_over = attempt.status == "completed";
        json!([{
            "name": "Build",
            "number": 1,
            "status": attempt.status,
            "conclusion": attempt.conclusion,
            "started_at": iso(started),
            "completed_at": is_over.then(|| iso(attempt.updated)),
        }])
    }

    /// The webhook `workflow_run`.
    pub(crate) fn tell_of_run(&mut self, id: u64, action: &str) {
        let Some((run, attempt)) = self.run_and_attempt(id) else {
            return;
        };
        let (repository, sender) = (run.repository, attempt.actor.clone());
        let payload = json!({
            "action": action,
            "workflow_run": self.run_view(run, attempt),
            "workflow": self.workflow_view(repository, &run.path, run.workflow),
        });
        self.emit("workflow_run", repository, &sender, payload);
    }

    /// The webhook `workflow_job`, once per job.
    pub(crate) fn tell_of_jobs(&mut self, id: u64, action: &str) {
        let Some((run, attempt)) = self.run_and_attempt(id) else {
            return;
        };
        let (repository, sender) = (run.repository, attempt.actor.clone());
        let payloads: Vec<Value> = attempt
            .jobs
            .iter()
            .map(|job| json!({"action": action, "workflow_job": self.job_view(run, attempt, job)}))
            .collect();
        for payload in payloads {
            self.emit("workflow_job", repository, &sender, payload);
        }
    }

    fn run_and_attempt(&self, id: u64) -> Option<(&Run, &Attempt)> {
        let run = self.runs.get(&id)?;
        Some((run, run.attempts.last()?))
    }

    pub(crate) fn workflow_view(&self, repository: u64, path: &str, id: u64) -> Value {
        let Some(known) = self.repositories.get(&repository) else {
            return Value::Null;
        };
        let file = known
            .head()
            .and_then(|head| crate::workflow::WorkflowFile::read(known.objects.file(&head, path)?));
        let name = file.as_ref().map_or(path, |file| file.name(path));
        let page = self.repository_page(known);
        json!({
            "id": id,
            "node_id": format!("W_{id}"),
            "name": name,
            "path": path,
            "state": known.actions.state(path),
            "created_at": iso(known.created),
            "updated_at": iso(known.created),
            "url": format!("{}/actions/workflows/{id}", self.repository_url(known)),
            "html_url": format!("{page}/blob/{}/{path}", known.default_branch),
            "badge_url": format!("{page}/workflows/{}/badge.svg", super::call::encoded(name)),
        })
    }
}
