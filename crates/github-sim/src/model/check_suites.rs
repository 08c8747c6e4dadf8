//! Check suites: what an App says about a commit with all of its check runs together.

use super::checks::CheckRun;
use super::{GitHub, iso};
use crate::exchange::Answer;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Conclusions from the worst to the best: a suite has the worst of its runs, but one that looked at nothing spoils none.
const WORST_FIRST: [&str; 7] = [
    "failure",
    "timed_out",
    "cancelled",
    "action_required",
    "success",
    "neutral",
    "skipped",
];

impl GitHub {
    /// The suite of a check run as its webhooks show it: one per App and commit.
    pub(crate) fn suite_view(&self, check: &CheckRun) -> Value {
        let Some(repository) = self.repositories.get(&check.repository) else {
            return Value::Null;
        };
        json!({
            "id": check.app,
            "node_id": format!("CS_{}", check.app),
            "head_branch": null,
            "head_sha": check.sha,
            "status": check.status,
            "conclusion": check.conclusion,
            "url": format!("{}/check-suites/{}", self.repository_url(repository), check.app),
            "before": null,
            "after": null,
            "pull_requests": [],
            "app": self.apps.get(&check.app).map(|app| self.short_app_view(app)),
            "created_at": iso(check.started),
            "updated_at": iso(check.completed.unwrap_or(check.started)),
        })
    }

    /// Tells that all check runs of an App on a commit have ended, if they have.
    pub(crate) fn tell_of_suite(&mut self, check: u64, sender: &str) -> Result<(), Answer> {
        let check = self.checks.get(&check).ok_or_else(Answer::not_found)?;
        let mut last: BTreeMap<&str, &CheckRun> = BTreeMap::new();
        for run in self.checks.values() {
            if (run.repository, &run.sha, run.app) == (check.repository, &check.sha, check.app) {
                last.insert(&run.name, run);
            }
        }
        if last.values().any(|run| run.conclusion.is_none()) {
            return Ok(());
        }
        let has = |word: &&&str| last.values().any(|run| run.conclusion.as_deref() == Some(**word));
        let conclusion = WORST_FIRST.iter().find(has);
        let repository = self.known(check.repository)?;
        let mut view = self.suite_view(check);
        let more = json!({
            "status": "completed",
            "conclusion": conclusion,
            "latest_check_runs_count": last.len(),
            "check_runs_url": format!("{}/check-suites/{}/check-runs", self.repository_url(repository), check.app),
            "head_commit": self.short_commit_view(repository, &check.sha),
        });
        super::views::merge(&mut view, more);
        let payload = json!({"action": "completed", "check_suite": view});
        self.emit("check_suite", check.repository, sender, payload);
        Ok(())
    }
}
