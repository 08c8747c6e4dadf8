//! What the world is told: the payloads of webhooks, and the workflows that an event starts.

use super::deliveries::Notice;
use super::dispatch::Start;
use super::{GitHub, Repository};
use crate::objects::{AUTHOR_EMAIL, AUTHOR_NAME};
use crate::workflow::WorkflowFile;
use serde_json::{Value, json};

/// What a push leaves where a ref was not, or is no more.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

impl GitHub {
    /// Tells of something in a repository.
    pub(crate) fn emit(&mut self, event: &str, repository: u64, sender: &str, mut payload: Value) {
        let Some(known) = self.repositories.get(&repository) else {
            return;
        };
        payload["repository"] = self.told_repository_view(known);
        payload["sender"] = self.user_view(sender);
        let owner = self.accounts.get(&known.owner.to_ascii_lowercase());
        if owner.is_some_and(|owner| owner.kind == "Organization") {
            payload["organization"] = self.organisation_view(&known.owner);
        }
        let notice = Notice {
            event,
            account: &known.owner.clone(),
            repository: Some(repository),
            payload,
        };
        self.notify(&notice, None);
    }

    fn organisation_view(&self, login: &str) -> Value {
        let account = self.user_view(login);
        let url = format!("{}/orgs/{login}", self.api);
        json!({
            "login": login,
            "id": account["id"],
            "node_id": account["node_id"],
            "url": url,
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events"),
            "hooks_url": format!("{url}/hooks"),
            "issues_url": format!("{url}/issues"),
            "members_url": format!("{url}/members{{/member}}"),
            "public_members_url": format!("{url}/public_members{{/member}}"),
            "avatar_url": account["avatar_url"],
            "description": "",
        })
    }

    /// Everything that a changed ref sets off.
    pub(crate) fn pushed(&mut self, repository: u64, name: &str, before: Option<&str>, actor: &str) {
        let Some(known) = self.repositories.get(&repository) else {
            return;
        };
        let after = known.refs.get(name).cloned();
        let commit = known.commit_of_ref(name);
        let payload = self.push_payload(known, name, before, actor);
        let (kind, short) = match name.strip_prefix("refs/tags/") {
            Some(tag) => ("tag", tag.to_owned()),
            None => ("branch", name.trim_start_matches("refs/heads/").to_owned()),
        };
        let named = json!({
            "ref": short,
            "ref_type": kind,
            "master_branch": known.default_branch,
            "description": null,
            "pusher_type": "user",
        });
        if before.is_none() {
            self.emit("create", repository, actor, named);
        } else if after.is_none() {
            let gone = json!({"ref": short, "ref_type": kind, "pusher_type": "user"});
            self.emit("delete", repository, actor, gone);
        }
        self.note_activity(repository, name, before, actor);
        self.emit("push", repository, actor, payload);
        if let Some(branch) = name.strip_prefix("refs/heads/") {
            self.follow_push(repository, branch, actor);
        }
        if let Some(commit) = commit {
            self.start_pushed(repository, name, &commit, actor);
        }
    }

    fn push_payload(&self, repository: &Repository, name: &str, before: Option<&str>, actor: &str) -> Value {
        let after = repository.refs.get(name);
        let head = repository.commit_of_ref(name);
        let head_commit = head.as_deref().map_or(Value::Null, |head| {
            let mut view = self.short_commit_view(repository, head);
            let who = json!({"name": AUTHOR_NAME, "email": AUTHOR_EMAIL});
            view["distinct"] = json!(true);
            view["url"] = json!(format!("{}/commit/{head}", self.repository_page(repository)));
            view["author"] = who.clone();
            view["committer"] = who;
            for list in ["added", "removed", "modified"] {
                view[list] = json!([]);
            }
            view
        });
        let is_branch = name.starts_with("refs/heads/");
        let is_forced = match (before, head.as_deref()) {
            (Some(before), Some(head)) => !repository.objects.is_behind(before, head),
            (None, _) | (_, None) => false,
        };
        let commits = if is_branch && after.is_some() {
            json!([head_commit])
        } else {
            json!([])
        };
        json!({
            "ref": name,
            "before": before.unwrap_or(NO_COMMIT),
            "after": after.map_or(NO_COMMIT, String::as_str),
            "created": before.is_none(),
            "deleted": after.is_none(),
            "forced": is_forced,
            "base_ref": null,
            "compare": format!("{}/compare", self.repository_page(repository)),
            "commits": commits,
            "head_commit": head_commit,
            "pusher": {"name": actor, "email": AUTHOR_EMAIL},
        })
    }

    fn start_pushed(&mut self, repository: u64, name: &str, commit: &str, actor: &str) {
        for (path, file) in self.workflow_files(repository, commit) {
            if file.listens_for_push(name) {
                let mut start = Start::of_event(repository, path, "push");
                start.on(name, commit, actor);
                self.start_run(start);
            }
        }
    }

    /// Starts the workflows that listen for a release, on its tag.
    pub(crate) fn start_released(&mut self, repository: u64, activity: &str, tag: &str, actor: &str) {
        let name = format!("refs/tags/{tag}");
        let commit = self
            .repositories
            .get(&repository)
            .and_then(|known| known.commit_of_ref(&name));
        let Some(commit) = commit else {
            return;
        };
        for (path, file) in self.workflow_files(repository, &commit) {
            if file.listens("release", activity) {
                let mut start = Start::of_event(repository, path, "release");
                start.on(&name, &commit, actor);
                self.start_run(start);
            }
        }
    }

    /// The workflow files at a commit that can be read.
    pub(crate) fn workflow_files(&self, repository: u64, commit: &str) -> Vec<(String, WorkflowFile)> {
        let Some(known) = self.repositories.get(&repository) else {
            return Vec::new();
        };
        known
            .workflow_paths(commit)
            .into_iter()
            .filter_map(|path| {
                let text = known.objects.file(commit, &path)?;
                Some((path.clone(), WorkflowFile::read(text)?))
            })
            .collect()
    }

    /// Tells an App that it was installed.
    pub(crate) fn emit_installed(&mut self, installation: u64, sender: &str) {
        let Some(known) = self.installations.get(&installation).cloned() else {
            return;
        };
        let repositories: Vec<Value> = self
            .repositories
            .values()
            .filter(|repository| repository.owner == known.account)
            .map(super::repository_deeds::named_view)
            .collect();
        let whole = self.installation_view(&known);
        let payload = json!({
            "action": "created",
            "installation": whole,
            "repositories": repositories,
            "sender": self.user_view(sender),
        });
        let notice = Notice {
            event: "installation",
            account: &known.account,
            repository: None,
            payload,
        };
        self.notify(&notice, Some(known.app));
    }
}
