//! Starting workflows by hand: `workflow_dispatch` and `repository_dispatch`.

use super::permissions::Level;
use super::{Call, GitHub, Handled};
use crate::exchange::Answer;
use crate::truth::Happened;
use crate::workflow::{WorkflowFile, plain};
use http::Method;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How many inputs a `workflow_dispatch` may carry, and how long they may be together, in characters.
const INPUTS_MAX: usize = 25;
const INPUTS_LENGTH_MAX: usize = 65_535;

/// The bounds of a `repository_dispatch`: characters of its type, keys and characters of its payload.
const EVENT_TYPE_LENGTH_MAX: usize = 100;
const PAYLOAD_KEYS_MAX: usize = 10;
const PAYLOAD_LENGTH_MAX: usize = 65_535;

/// A run that is about to be.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) repository: u64,
    pub(crate) path: String,
    pub(crate) event: &'static str,
    /// The branch or tag, in short.
    pub(crate) branch: String,
    pub(crate) commit: String,
    pub(crate) actor: String,
    pub(crate) inputs: BTreeMap<String, String>,
    /// The type of a `repository_dispatch`.
    pub(crate) activity: Option<String>,
}

impl Start {
    pub(crate) fn of_event(repository: u64, path: String, event: &'static str) -> Self {
        Self {
            repository,
            path,
            event,
            branch: String::new(),
            commit: String::new(),
            actor: String::new(),
            inputs: BTreeMap::new(),
            activity: None,
        }
    }

    pub(crate) fn on(&mut self, name: &str, commit: &str, actor: &str) {
        let short = name
            .trim_start_matches("refs/heads/")
            .trim_start_matches("refs/tags/");
        self.branch = short.to_owned();
        self.commit = commit.to_owned();
        self.actor = actor.to_owned();
    }
}

impl GitHub {
    pub(crate) fn dispatch_workflow(&mut self, call: &Call<'_>, repository: u64, workflow: &str) -> Handled {
        self.permit(call, repository, "actions", Level::Write)?;
        let (path, _) = self.workflow_on_default(repository, workflow)?;
        let wanted = call.needed_text("WorkflowDispatch", "ref")?;
        let known = self.known(repository)?;
        if known.actions.state(&path) != "active" {
            let message = "Cannot trigger a 'workflow_dispatch' on a disabled workflow";
            return Err(Answer::refusal(422, message));
        }
        let commit = known
            .resolve(wanted)
            .filter(|_| !is_commit_name(wanted))
            .ok_or_else(|| Answer::refusal(422, &format!("No ref found for: {wanted}")))?;
        let file = known
            .objects
            .file(&commit, &path)
            .and_then(|text| WorkflowFile::read(text))
            .filter(|file| file.trigger("workflow_dispatch").is_some())
            .ok_or_else(|| Answer::refusal(422, "Workflow does not have 'workflow_dispatch' trigger"))?;
        let mut start = Start::of_event(repository, path, "workflow_dispatch");
        start.inputs = checked_inputs(&call.body["inputs"], &file)?;
        start.on(wanted, &commit, &self.actor(&call.asker));
        let runs = self.start_dispatched(start);
        let is_later = call.header("x-github-api-version") == Some("2026-03-10");
        let wants_details = is_later || call.flag("return_run_details").unwrap_or(false);
        let Some(run) = runs.first().filter(|_| wants_details) else {
            return Ok(Answer::empty(204));
        };
        let known = self.known(repository)?;
        let body = json!({
            "workflow_run_id": run,
            "run_url": format!("{}/actions/runs/{run}", self.repository_url(known)),
            "html_url": format!("{}/actions/runs/{run}", self.repository_page(known)),
        });
        Ok(Answer::json(200, &body))
    }

    /// Starts what one manual start sets off: one run, unless a fault makes it two, or one that no runner ever takes.
    fn start_dispatched(&mut self, start: Start) -> Vec<u64> {
        let on = format!("{} {}", start.path, start.commit);
        let mut runs = Vec::new();
        if self.random.chance(self.faults.run_never_starts) {
            self.fault("run_never_starts", &on);
            self.suppress_next = true;
        }
        if !self.suppress_next && self.random.chance(self.faults.run_starts_twice) {
            self.fault("run_starts_twice", &on);
            runs.extend(self.start_run(start.clone()));
        }
        let event = start.event.to_owned();
        let repository = start.repository;
        runs.extend(self.start_run(start));
        let full_name = self.repositories.get(&repository).map(|known| known.full_name());
        self.happened(Happened::Dispatched {
            repository: full_name.unwrap_or_default(),
            event,
            started: runs.clone(),
        });
        runs
    }

    pub(crate) fn dispatch_repository(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        if call.request.method != Method::POST {
            return Err(Answer::not_found());
        }
        self.permit(call, repository, "contents", Level::Write)?;
        let kind = call.needed_text("RepositoryDispatch", "event_type")?.to_owned();
        let payload = call.body["client_payload"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        check_payload(&kind, &payload)?;
        let actor = self.actor(&call.asker);
        self.dispatched(repository, (&kind, &payload), &actor)
    }

    /// Tells of an event that somebody sent, and starts what listens for it.
    pub(crate) fn dispatched(
        &mut self,
        repository: u64,
        (kind, payload): (&str, &Map<String, Value>),
        actor: &str,
    ) -> Handled {
        let known = self.known(repository)?;
        let (branch, head) = (known.default_branch.clone(), known.head());
        let notice = json!({"action": kind, "branch": branch, "client_payload": payload});
        self.emit("repository_dispatch", repository, actor, notice);
        let Some(head) = head else {
            return Ok(Answer::empty(204));
        };
        if self.random.chance(self.faults.run_never_starts) {
            self.fault("run_never_starts", kind);
            return Ok(Answer::empty(204));
        }
        let mut any = false;
        for (path, file) in self.workflow_files(repository, &head) {
            if !file.listens("repository_dispatch", kind) {
                continue;
            }
            let mut start = Start::of_event(repository, path, "repository_dispatch");
            start.on(&branch, &head, actor);
            start.activity = Some(kind.to_owned());
            start.inputs = payload
                .iter()
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect();
            self.start_dispatched(start);
            any = true;
        }
        if !any {
            let repository = self.known(repository)?.full_name();
            self.happened(Happened::Dispatched {
                repository,
                event: kind.to_owned(),
                started: Vec::new(),
            });
        }
        Ok(Answer::empty(204))
    }

    /// The workflow of this file name or id: its path and id. Workflows are known by what is on the default branch.
    pub(crate) fn workflow_on_default(
        &mut self,
        repository: u64,
        named: &str,
    ) -> Result<(String, u64), Answer> {
        let known = self.known(repository)?;
        let head = known.head().ok_or_else(Answer::not_found)?;
        for path in known.workflow_paths(&head) {
            let id = self.workflow_id(repository, &path);
            if path.ends_with(&format!("/{named}")) || path == named || id.to_string() == named {
                return Ok((path, id));
            }
        }
        Err(Answer::not_found())
    }

    pub(crate) fn workflow_id(&mut self, repository: u64, path: &str) -> u64 {
        let known = self
            .repositories
            .get(&repository)
            .and_then(|known| known.workflow_ids.get(path));
        if let Some(id) = known {
            return *id;
        }
        let id = self.id();
        if let Some(known) = self.repositories.get_mut(&repository) {
            known.workflow_ids.insert(path.to_owned(), id);
        }
        id
    }
}

fn is_commit_name(words: &str) -> bool {
    words.len() == 40 && words.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn checked_inputs(given: &Value, file: &WorkflowFile) -> Result<BTreeMap<String, String>, Answer> {
    let empty = Map::new();
    let given = given.as_object().unwrap_or(&empty);
    let declared = file.inputs();
    let unexpected: Vec<String> = given
        .keys()
        .filter(|name| !declared.iter().any(|input| input.name == **name))
        .map(|name| format!("\"{name}\""))
        .collect();
    if !unexpected.is_empty() {
        let message = format!("Unexpected inputs provided: [{}]", unexpected.join(", "));
        return Err(Answer::refusal(422, &message));
    }
    if given.len() > INPUTS_MAX || Value::Object(given.clone()).to_string().len() > INPUTS_LENGTH_MAX {
        return Err(Answer::refusal(422, "inputs are too large."));
    }
    let mut inputs = BTreeMap::new();
    for input in declared {
        let value = given.get(&input.name).map(plain).or(input.default);
        match value {
            Some(value) => {
                inputs.insert(input.name, value);
            }
            None if input.is_required => {
                let message = format!("Required input '{}' not provided", input.name);
                return Err(Answer::refusal(422, &message));
            }
            None => {}
        }
    }
    Ok(inputs)
}

fn check_payload(kind: &str, payload: &Map<String, Value>) -> Result<(), Answer> {
    if kind.chars().count() > EVENT_TYPE_LENGTH_MAX {
        return Err(Answer::refusal(
            422,
            "Invalid request.\n\nevent_type is too long.",
        ));
    }
    if payload.len() > PAYLOAD_KEYS_MAX {
        let message = "Invalid request.\n\nNo more than 10 properties are allowed; client_payload has more.";
        return Err(Answer::refusal(422, message));
    }
    if Value::Object(payload.clone()).to_string().len() > PAYLOAD_LENGTH_MAX {
        return Err(Answer::refusal(422, "client_payload is too large."));
    }
    Ok(())
}
