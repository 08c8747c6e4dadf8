//! Commit statuses: anybody with the right may set any context, and the last one of a context counts.

use super::permissions::Level;
use super::rulesets::RequiredCheck;
use super::{Call, GitHub, Handled, Repository, iso};
use crate::exchange::Answer;
use crate::truth::Happened;
use domain_types::Timestamp;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A status of a commit.
#[derive(Debug, Clone)]
pub(crate) struct Status {
    id: u64,
    sha: String,
    state: String,
    context: String,
    description: Option<String>,
    target_url: Option<String>,
    creator: String,
    at: Timestamp,
}

/// How long a description may be, in characters.
const DESCRIPTION_LENGTH_MAX: usize = 140;

/// How many statuses a commit may have under one context.
const STATUSES_PER_CONTEXT_MAX: usize = 1_000;

impl GitHub {
    pub(crate) fn create_status(&mut self, call: &Call<'_>, repository: u64, sha: &str) -> Handled {
        if call.request.method != Method::POST {
            return Err(Answer::not_found());
        }
        self.permit(call, repository, "statuses", Level::Write)?;
        let sha = self.commit_named(repository, sha)?;
        let state = call.needed_text("Status", "state")?.to_owned();
        if !["error", "failure", "pending", "success"].contains(&state.as_str()) {
            return Err(Answer::invalid("Status", "state", "invalid"));
        }
        let description = call.text("description").map(str::to_owned);
        if description
            .as_ref()
            .is_some_and(|text| text.chars().count() > DESCRIPTION_LENGTH_MAX)
        {
            return Err(Answer::refusal(
                422,
                "Validation Failed: description is too long (maximum is 140 characters)",
            ));
        }
        let context = call.text("context").unwrap_or("default").to_owned();
        let status = Status {
            id: self.id(),
            sha,
            state,
            context,
            description,
            target_url: call.text("target_url").map(str::to_owned),
            creator: self.actor(&call.asker),
            at: self.now,
        };
        self.add_status(repository, status)
    }

    fn add_status(&mut self, repository: u64, status: Status) -> Handled {
        let known = self.known_mut(repository)?;
        let same = |known: &&Status| known.sha == status.sha && known.context == status.context;
        if known.statuses.iter().filter(same).count() >= STATUSES_PER_CONTEXT_MAX {
            let message = "This SHA and context has reached the maximum number of statuses.";
            return Err(Answer::refusal(422, message));
        }
        known.statuses.push(status.clone());
        let full_name = known.full_name();
        let view = self.status_view(self.known(repository)?, &status);
        self.happened(Happened::StatusCreated {
            repository: full_name,
            sha: status.sha.clone(),
            context: status.context.clone(),
            state: status.state.clone(),
            by: status.creator.clone(),
        });
        let mut payload = view.clone();
        // Who set it is the sender, and the webhook has no more of the rest.
        if let Some(fields) = payload.as_object_mut() {
            fields.retain(|name, _| !["creator", "node_id", "url"].contains(&name.as_str()));
        }
        payload["sha"] = json!(status.sha);
        super::views::merge(&mut payload, self.status_surroundings(repository, &status));
        self.emit("status", repository, &status.creator, payload);
        self.settle_groups(repository, &status.sha)?;
        Ok(Answer::json(201, &view))
    }

    /// A person, or an App by its account, sets a status.
    pub(crate) fn set_status(
        &mut self,
        repository: u64,
        sha: &str,
        (context, state): (&str, &str),
        creator: &str,
    ) -> Result<(), Answer> {
        let status = Status {
            id: self.id(),
            sha: self.commit_named(repository, sha)?,
            state: state.to_owned(),
            context: context.to_owned(),
            description: None,
            target_url: None,
            creator: creator.to_owned(),
            at: self.now,
        };
        self.add_status(repository, status).map(|_| ())
    }

    /// What a webhook tells besides the status: the commit, and the branches that lead to it.
    fn status_surroundings(&self, repository: u64, status: &Status) -> Value {
        let Some(known) = self.repositories.get(&repository) else {
            return Value::Null;
        };
        let url = self.repository_url(known);
        let names = known.refs.iter().filter(|(_, sha)| **sha == status.sha);
        let branches: Vec<Value> = names
            .filter_map(|(name, _)| name.strip_prefix("refs/heads/"))
            .map(|name| {
                let commit = json!({"sha": status.sha, "url": format!("{url}/commits/{}", status.sha)});
                json!({"name": name, "commit": commit, "protected": false})
            })
            .collect();
        let commit = known.objects.commit(&status.sha);
        json!({
            "name": known.full_name(),
            "commit": commit.map(|commit| self.commit_view(known, commit)),
            "branches": branches,
        })
    }

    /// Whether the last status of a context that counts is good; none if there is none.
    pub(crate) fn last_status(
        &self,
        repository: u64,
        sha: &str,
        check: &RequiredCheck,
    ) -> Result<Option<bool>, Answer> {
        Ok(self
            .counting_status(repository, sha, check)?
            .map(|status| status.state == "success"))
    }

    fn counting_status(
        &self,
        repository: u64,
        sha: &str,
        check: &RequiredCheck,
    ) -> Result<Option<&Status>, Answer> {
        let bot = check.app.and_then(|app| self.apps.get(&app)).map(|app| app.bot());
        let counts = |status: &&Status| {
            status.sha == sha
                && status.context == check.context
                && (check.app.is_none() || bot.as_ref() == Some(&status.creator))
        };
        Ok(self.known(repository)?.statuses.iter().rev().find(counts))
    }

    /// Whether what is required was said to be bad.
    pub(crate) fn has_failed(
        &self,
        repository: u64,
        sha: &str,
        check: &RequiredCheck,
    ) -> Result<bool, Answer> {
        let status = self.counting_status(repository, sha, check)?;
        let is_bad = status.is_some_and(|status| ["error", "failure"].contains(&status.state.as_str()));
        let is_concluded = self.is_concluded(repository, sha, check);
        Ok(is_bad || (is_concluded && self.last_check(repository, sha, check) == Some(false)))
    }

    fn status_view(&self, repository: &Repository, status: &Status) -> Value {
        json!({
            "url": format!("{}/statuses/{}", self.repository_url(repository), status.sha),
            "avatar_url": self.user_view(&status.creator)["avatar_url"],
            "id": status.id,
            "node_id": format!("SC_{}", status.id),
            "state": status.state,
            "description": status.description,
            "target_url": status.target_url,
            "context": status.context,
            "created_at": iso(status.at),
            "updated_at": iso(status.at),
            "creator": self.user_view(&status.creator),
        })
    }

    pub(crate) fn list_statuses(&self, call: &Call<'_>, repository: u64, words: &str) -> Handled {
        self.permit(call, repository, "statuses", Level::Read)?;
        let sha = self.commit_named(repository, words)?;
        let repository = self.known(repository)?;
        let views = repository
            .statuses
            .iter()
            .rev()
            .filter(|status| status.sha == sha)
            .map(|status| self.status_view(repository, status))
            .collect();
        Ok(call.list(&self.api, views))
    }

    pub(crate) fn combined_status(&self, call: &Call<'_>, repository: u64, words: &str) -> Handled {
        self.permit(call, repository, "statuses", Level::Read)?;
        let sha = self.commit_named(repository, words)?;
        let repository = self.known(repository)?;
        let mut last: BTreeMap<&str, &Status> = BTreeMap::new();
        for status in repository.statuses.iter().filter(|status| status.sha == sha) {
            last.insert(&status.context, status);
        }
        let has = |states: &[&str]| {
            last.values()
                .any(|status| states.contains(&status.state.as_str()))
        };
        let state = if has(&["error", "failure"]) {
            "failure"
        } else if last.is_empty() || has(&["pending"]) {
            "pending"
        } else {
            "success"
        };
        let url = self.repository_url(repository);
        let views: Vec<Value> = last
            .values()
            .map(|status| self.status_view(repository, status))
            .collect();
        let body = json!({
            "state": state,
            "statuses": views,
            "sha": sha,
            "total_count": views.len(),
            "repository": self.repository_view(repository),
            "commit_url": format!("{url}/commits/{sha}"),
            "url": format!("{url}/commits/{sha}/status"),
        });
        Ok(Answer::json(200, &body))
    }
}
