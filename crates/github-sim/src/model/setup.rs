//! How an App and a repository are set up, as their owners see and change it: the webhook, whether workflows run, and on which
//! runners beside GitHub's.

use super::permissions::Level;
use super::{Call, GitHub, Handled, Installation};
use crate::error::SimError;
use crate::exchange::Answer;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a repository lets its workflows do.
#[derive(Debug, Clone, Default)]
pub(crate) struct ActionsSetup {
    are_off: bool,
    /// Paths of workflows that somebody has turned off.
    disabled: BTreeSet<String>,
    runners: Vec<Runner>,
}

impl ActionsSetup {
    /// The state of a workflow, by the path of its file.
    pub(crate) fn state(&self, path: &str) -> &'static str {
        match self.disabled.contains(path) {
            true => "disabled_manually",
            false => "active",
        }
    }
}

/// A runner that is not GitHub's.
#[derive(Debug, Clone)]
struct Runner {
    id: u64,
    name: String,
    is_online: bool,
    labels: Vec<String>,
}

impl GitHub {
    /// Turns a workflow off or on, by the path of its file.
    pub fn set_workflow_enabled(
        &mut self,
        (owner, name): (&str, &str),
        path: &str,
        is_on: bool,
    ) -> Result<(), SimError> {
        let setup = self.actions_setup(owner, name)?;
        match is_on {
            true => setup.disabled.remove(path),
            false => setup.disabled.insert(path.to_owned()),
        };
        Ok(())
    }

    /// Turns all workflows of a repository off or on.
    pub fn set_actions_enabled(&mut self, owner: &str, name: &str, is_on: bool) -> Result<(), SimError> {
        self.actions_setup(owner, name)?.are_off = !is_on;
        Ok(())
    }

    /// Adds a runner to a repository.
    pub fn add_runner(
        &mut self,
        (owner, name): (&str, &str),
        runner: &str,
        labels: &[&str],
        is_online: bool,
    ) -> Result<(), SimError> {
        let id = self.id();
        let runner = Runner {
            id,
            name: runner.to_owned(),
            is_online,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        };
        self.actions_setup(owner, name)?.runners.push(runner);
        Ok(())
    }

    /// Suspends an App's installation with an account, or lets it be used again.
    pub fn set_suspended(&mut self, app: u64, account: &str, is_suspended: bool) -> Result<(), SimError> {
        let now = self.now;
        self.known_installation(app, account)?.suspended = is_suspended.then_some(now);
        Ok(())
    }

    /// Lets an App's installation reach these repositories of its account, and no other.
    pub fn set_selected(&mut self, app: u64, account: &str, names: &[&str]) -> Result<(), SimError> {
        let ids: Result<BTreeSet<u64>, SimError> =
            names.iter().map(|name| self.find(account, name)).collect();
        self.known_installation(app, account)?.selected = Some(ids?);
        Ok(())
    }

    fn known_installation(&mut self, app: u64, account: &str) -> Result<&mut Installation, SimError> {
        let id = self.installation_on(app, account);
        let known = id.and_then(|id| self.installations.get_mut(&id));
        known.ok_or_else(|| SimError::Unknown {
            what: "installation",
            name: account.to_owned(),
        })
    }

    fn actions_setup(&mut self, owner: &str, name: &str) -> Result<&mut ActionsSetup, SimError> {
        let id = self.find(owner, name)?;
        let known = self.repositories.get_mut(&id);
        let known = known.ok_or_else(|| SimError::Unknown {
            what: "repository",
            name: name.to_owned(),
        })?;
        Ok(&mut known.actions)
    }

    /// Where the App's webhook leads. The secret is never shown.
    pub(crate) fn show_hook_config(&self, app: u64) -> Handled {
        let app = self.apps.get(&app).ok_or_else(Answer::not_found)?;
        let mut body = json!({"content_type": "json", "insecure_ssl": "0"});
        if let Some(webhook) = &app.webhook {
            body["url"] = json!(webhook.url);
            body["secret"] = json!("********");
        }
        Ok(Answer::json(200, &body))
    }

    pub(crate) fn show_actions_permissions(&self, call: &Call<'_>, repository: u64) -> Handled {
        self.permit_administration(call, repository)?;
        let body = match self.known(repository)?.actions.are_off {
            true => json!({"enabled": false}),
            false => json!({"enabled": true, "allowed_actions": "all", "sha_pinning_required": false}),
        };
        Ok(Answer::json(200, &body))
    }

    pub(crate) fn list_runners(&self, call: &Call<'_>, repository: u64) -> Handled {
        self.permit_administration(call, repository)?;
        let runners = self.known(repository)?.actions.runners.iter();
        let views = runners.map(runner_view).collect();
        Ok(call.counted_list(&self.api, "runners", views))
    }

    /// Settings of a public repository are no more public than those of a private one.
    fn permit_administration(&self, call: &Call<'_>, repository: u64) -> Result<(), Answer> {
        match &call.asker {
            super::Asker::Anonymous => Err(Answer::refusal(401, "Requires authentication")),
            super::Asker::User(login) if self.role(login, repository) < super::Role::Admin => {
                Err(Answer::refusal(403, "Must have admin rights to Repository."))
            }
            super::Asker::User(_) | super::Asker::App(_) | super::Asker::Installation { .. } => {
                self.permit(call, repository, "administration", Level::Read)
            }
        }
    }
}

fn runner_view(runner: &Runner) -> Value {
    let labels = runner.labels.iter();
    let labels: Vec<Value> = labels
        .map(|label| json!({"id": runner.id, "name": label, "type": "custom"}))
        .collect();
    json!({
        "id": runner.id,
        "name": runner.name,
        "os": "linux",
        "status": if runner.is_online { "online" } else { "offline" },
        "busy": false,
        "labels": labels,
    })
}
