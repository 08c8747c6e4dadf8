//! Check runs: made by Apps alone, about a commit and not about a pull request.

use super::permissions::Level;
use super::rulesets::RequiredCheck;
use super::{Asker, Call, GitHub, Handled, iso};
use crate::exchange::Answer;
use crate::truth::Happened;
use domain_types::Timestamp;
use http::Method;
use serde_json::{Value, json};

/// A check run.
#[derive(Debug, Clone)]
pub(crate) struct CheckRun {
    id: u64,
    pub(crate) repository: u64,
    pub(crate) app: u64,
    pub(crate) sha: String,
    pub(crate) name: String,
    pub(crate) status: String,
    pub(crate) conclusion: Option<String>,
    external_id: Option<String>,
    details_url: Option<String>,
    output: Value,
    pub(crate) started: Timestamp,
    pub(crate) completed: Option<Timestamp>,
}

/// What a conclusion may be when an App says it.
const CONCLUSIONS: [&str; 7] = [
    "action_required",
    "cancelled",
    "failure",
    "neutral",
    "skipped",
    "success",
    "timed_out",
];

/// How long a summary or a text may be, in characters.
const OUTPUT_LENGTH_MAX: usize = 65_535;

impl GitHub {
    pub(crate) fn route_check_runs(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        let level = if call.request.method == Method::GET {
            Level::Read
        } else {
            Level::Write
        };
        self.permit(call, repository, "checks", level)?;
        match (call.request.method.as_str(), rest) {
            ("POST", []) => self.create_check(call, repository),
            ("GET", [id]) => self.answer_check(repository, Call::number(id)?, 200),
            ("PATCH", [id]) => {
                let id = Call::number(id)?;
                self.write_check(call, id)?;
                self.answer_check(repository, id, 200)
            }
            _ => Err(Answer::not_found()),
        }
    }

    fn create_check(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        let Asker::Installation { installation, .. } = call.asker else {
            return Err(Answer::refusal(403, "You must authenticate via a GitHub App."));
        };
        let app = self.installations.get(&installation).map_or(0, |known| known.app);
        let sha = call.needed_text("CheckRun", "head_sha")?;
        let name = call.needed_text("CheckRun", "name")?;
        let id = self.new_check(repository, sha, name, app)?;
        self.write_check(call, id)?;
        self.answer_check(repository, id, 201)
    }

    fn new_check(&mut self, repository: u64, sha: &str, name: &str, app: u64) -> Result<u64, Answer> {
        let check = CheckRun {
            id: self.id(),
            repository,
            app,
            sha: self.commit_named(repository, sha)?,
            name: name.to_owned(),
            status: "queued".to_owned(),
            conclusion: None,
            external_id: None,
            details_url: None,
            output: json!({}),
            started: self.now,
            completed: None,
        };
        let id = check.id;
        self.checks.insert(id, check);
        Ok(id)
    }

    /// An App says something about a commit, without a request; without a conclusion it is in progress.
    pub(crate) fn set_check(
        &mut self,
        repository: u64,
        sha: &str,
        (name, conclusion): (&str, Option<&str>),
        app: u64,
    ) -> Result<u64, Answer> {
        let bot = self.apps.get(&app).ok_or_else(Answer::not_found)?.bot();
        let id = self.new_check(repository, sha, name, app)?;
        let now = self.now;
        if let Some(check) = self.checks.get_mut(&id) {
            check.status = conclusion.map_or("in_progress", |_| "completed").to_owned();
            check.conclusion = conclusion.map(str::to_owned);
            check.completed = conclusion.map(|_| now);
        }
        self.tell_of_check(id, &bot)?;
        Ok(id)
    }

    fn write_check(&mut self, call: &Call<'_>, id: u64) -> Result<(), Answer> {
        let now = self.now;
        for field in ["summary", "text"] {
            let text = call.body["output"][field].as_str().unwrap_or_default();
            if text.chars().count() > OUTPUT_LENGTH_MAX {
                return Err(Answer::invalid("CheckRun", field, "too_long"));
            }
        }
        let check = self.checks.get_mut(&id).ok_or_else(Answer::not_found)?;
        if let Some(status) = call.text("status") {
            status.clone_into(&mut check.status);
        }
        if let Some(conclusion) = call.text("conclusion") {
            if !CONCLUSIONS.contains(&conclusion) {
                return Err(Answer::invalid("CheckRun", "conclusion", "invalid"));
            }
            // A conclusion completes the check, whatever the status says.
            check.conclusion = Some(conclusion.to_owned());
            "completed".clone_into(&mut check.status);
            check.completed = Some(now);
        }
        check.external_id = call
            .text("external_id")
            .map(str::to_owned)
            .or(check.external_id.take());
        check.details_url = call
            .text("details_url")
            .map(str::to_owned)
            .or(check.details_url.take());
        if call.body["output"].is_object() {
            check.output = call.body["output"].clone();
        }
        self.tell_of_check(id, &self.actor(&call.asker))
    }

    fn tell_of_check(&mut self, id: u64, sender: &str) -> Result<(), Answer> {
        let check = self.checks.get(&id).ok_or_else(Answer::not_found)?;
        let (repository, sha, name) = (check.repository, check.sha.clone(), check.name.clone());
        let conclusion = check.conclusion.clone();
        let action = if conclusion.is_some() {
            "completed"
        } else {
            "created"
        };
        let mut payload = json!({"action": action, "check_run": self.check_view(check)});
        payload["check_run"]["check_suite"] = self.suite_view(check);
        let full_name = self.known(repository)?.full_name();
        self.happened(Happened::CheckRunWritten {
            repository: full_name,
            sha: sha.clone(),
            name,
            conclusion,
        });
        self.emit("check_run", repository, sender, payload);
        if action == "completed" {
            self.tell_of_suite(id, sender)?;
        }
        self.settle_groups(repository, &sha)
    }

    /// Whether the last check run that counts is good; none if there is none.
    pub(crate) fn last_check(&self, repository: u64, sha: &str, check: &RequiredCheck) -> Option<bool> {
        let found = self.counting_check(repository, sha, check)?;
        let conclusion = found.conclusion.as_deref();
        Some(conclusion.is_some_and(|word| ["neutral", "skipped", "success"].contains(&word)))
    }

    /// Whether the last check run that counts has ended.
    pub(crate) fn is_concluded(&self, repository: u64, sha: &str, check: &RequiredCheck) -> bool {
        let found = self.counting_check(repository, sha, check);
        found.is_some_and(|check| check.conclusion.is_some())
    }

    fn counting_check(&self, repository: u64, sha: &str, required: &RequiredCheck) -> Option<&CheckRun> {
        self.checks.values().rev().find(|check| {
            check.repository == repository
                && check.sha == sha
                && check.name == required.context
                && required.app.is_none_or(|app| app == check.app)
        })
    }

    fn answer_check(&self, repository: u64, id: u64, status: u16) -> Handled {
        let check = self
            .checks
            .get(&id)
            .filter(|check| check.repository == repository);
        Ok(Answer::json(
            status,
            &self.check_view(check.ok_or_else(Answer::not_found)?),
        ))
    }

    pub(crate) fn list_checks(&self, call: &Call<'_>, repository: u64, words: &str) -> Handled {
        self.permit(call, repository, "checks", Level::Read)?;
        let sha = self.commit_named(repository, words)?;
        let name = call.query("check_name");
        let app = call.query("app_id").and_then(|id| id.parse::<u64>().ok());
        let mut views: Vec<Value> = Vec::new();
        let mut names = std::collections::BTreeSet::new();
        for check in self.checks.values().rev() {
            let fits = check.repository == repository
                && check.sha == sha
                && name.is_none_or(|name| check.name == name)
                && app.is_none_or(|app| check.app == app)
                && call.query("status").is_none_or(|status| check.status == status);
            // Of each name the latest counts, unless all are asked for.
            let is_new = call.query("filter") == Some("all") || !names.contains(&(check.app, &check.name));
            if fits && is_new {
                names.insert((check.app, &check.name));
                views.push(self.check_view(check));
            }
        }
        Ok(call.counted_list(&self.api, "check_runs", views))
    }

    fn check_view(&self, check: &CheckRun) -> Value {
        let Some(repository) = self.repositories.get(&check.repository) else {
            return Value::Null;
        };
        let url = format!("{}/check-runs/{}", self.repository_url(repository), check.id);
        let page = format!("{}/runs/{}", self.repository_page(repository), check.id);
        let app = self.apps.get(&check.app).map(|app| self.short_app_view(app));
        // Without details of its own a check run leads to its App.
        let details = match &check.details_url {
            Some(url) => json!(url),
            None => app
                .as_ref()
                .map(|app| app["external_url"].clone())
                .unwrap_or_default(),
        };
        json!({
            "id": check.id,
            "head_sha": check.sha,
            "node_id": format!("CR_{}", check.id),
            "external_id": check.external_id.as_deref().unwrap_or_default(),
            "url": url,
            "html_url": page,
            "details_url": details,
            "status": check.status,
            "conclusion": check.conclusion,
            "started_at": iso(check.started),
            "completed_at": check.completed.map(iso),
            "output": {
                "title": check.output["title"],
                "summary": check.output["summary"],
                "text": check.output["text"],
                "annotations_count": check.output["annotations"].as_array().map_or(0, Vec::len),
                "annotations_url": format!("{url}/annotations"),
            },
            "name": check.name,
            "check_suite": {"id": check.app},
            "app": app,
            "pull_requests": [],
        })
    }
}
