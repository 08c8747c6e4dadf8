//! Pull requests: opened, pushed to, changed, closed and opened again. The head is a branch of the same repository or of a fork.

use super::pull_events::PullEvent;
use super::{Effect, GitHub, Repository};
use crate::exchange::Answer;
use domain_types::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A pull request.
#[derive(Debug, Clone)]
pub(crate) struct Pull {
    pub(crate) id: u64,
    pub(crate) repository: u64,
    pub(crate) number: u64,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    /// The branch of its head.
    pub(crate) head: String,
    /// The repository in which that branch lies; it may be gone.
    pub(crate) head_repository: u64,
    /// Whose repository that is.
    pub(crate) head_owner: String,
    pub(crate) base: String,
    pub(crate) author: String,
    pub(crate) is_draft: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) closed: Option<Timestamp>,
    pub(crate) merged: Option<Merge>,
    /// The commit at its head; after it was closed the last one.
    pub(crate) head_sha: String,
    /// The commit of its base when something changed at it last: a push to its base alone changes nothing here.
    pub(crate) base_sha: String,
    pub(crate) reviews: Vec<Review>,
    pub(crate) labels: BTreeSet<String>,
    pub(crate) events: Vec<PullEvent>,
}

impl Pull {
    /// The commit against which its changes are seen: the base as it is, and after its end as it was.
    pub(crate) fn compared_with(&self, repository: &Repository) -> String {
        let now = repository.branch(&self.base).filter(|_| self.closed.is_none());
        now.unwrap_or_else(|| self.base_sha.clone())
    }
}

/// What is changed about a pull request; what is none stays.
#[derive(Debug, Clone, Default)]
pub(crate) struct PullEdit {
    pub(crate) title: Option<String>,
    pub(crate) body: Option<String>,
    pub(crate) base: Option<String>,
}

/// How a pull request was merged.
#[derive(Debug, Clone)]
pub(crate) struct Merge {
    pub(crate) at: Timestamp,
    pub(crate) sha: String,
    pub(crate) by: String,
}

/// What somebody said to a pull request.
#[derive(Debug, Clone)]
pub(crate) struct Review {
    pub(crate) id: u64,
    pub(crate) user: String,
    pub(crate) state: String,
    pub(crate) body: String,
    /// The commit that was looked at: a review does not follow the head.
    pub(crate) commit: String,
    pub(crate) at: Timestamp,
}

impl GitHub {
    /// Opens a pull request; its commits are looked up here.
    pub(crate) fn open_pull(&mut self, mut pull: Pull) -> Result<u64, Answer> {
        let wrong = |field: &str| Answer::invalid("PullRequest", field, "invalid");
        let head = self.known(pull.head_repository)?;
        pull.head_sha = head.branch(&pull.head).ok_or_else(|| wrong("head"))?;
        pull.head_owner.clone_from(&head.owner);
        self.bring_over(pull.head_repository, pull.repository, &pull.head_sha);
        let known = self.known(pull.repository)?;
        pull.base_sha = known.branch(&pull.base).ok_or_else(|| wrong("base"))?;
        if known.objects.is_behind(&pull.head_sha, &pull.base_sha) {
            let message = format!("No commits between {} and {}", pull.base, pull.head);
            return Err(Answer::refusal(422, &message));
        }
        if self.pulls.values().any(|other| is_same(other, &pull)) {
            return Err(Answer::refusal(
                422,
                "A pull request already exists for this head and base.",
            ));
        }
        let (id, author) = (pull.id, pull.author.clone());
        self.pulls.insert(id, pull);
        self.show_head(id);
        self.tell_of_pull(id, "opened", &author, json!({}));
        Ok(id)
    }

    /// Lets the ref under which everybody finds the head of a pull request name it. Nobody is told of such refs.
    fn show_head(&mut self, id: u64) {
        let Some(pull) = self.pulls.get(&id) else {
            return;
        };
        let (name, sha) = (format!("refs/pull/{}/head", pull.number), pull.head_sha.clone());
        if let Some(known) = self.repositories.get_mut(&pull.repository) {
            known.refs.insert(name.clone(), sha.clone());
            let folder = known.folder();
            self.effects.push(Effect::WriteRef {
                folder,
                name,
                sha: Some(sha),
            });
        }
    }

    /// Lets pull requests follow what was pushed to a branch: those from it, and those that want to be merged into it.
    pub(crate) fn follow_push(&mut self, repository: u64, branch: &str, actor: &str) {
        let known = self.repositories.get(&repository);
        let after = known.and_then(|known| known.branch(branch));
        let open = self.pulls.values().filter(|pull| pull.closed.is_none());
        let from: Vec<u64> = open
            .clone()
            .filter(|pull| pull.head_repository == repository && pull.head == branch)
            .map(|pull| pull.id)
            .collect();
        let into: Vec<u64> = open
            .filter(|pull| pull.repository == repository && pull.base == branch)
            .map(|pull| pull.id)
            .collect();
        for id in from {
            match &after {
                Some(after) => self.move_head(id, after, actor),
                None => {
                    self.note_event(id, "head_ref_deleted", actor, None);
                    self.close_pull(id, None, actor);
                }
            }
        }
        for id in into {
            self.merge_if_contained(id, after.as_deref(), actor);
        }
    }

    fn move_head(&mut self, id: u64, after: &str, actor: &str) {
        let Some(pull) = self.pulls.get(&id) else {
            return;
        };
        let (from, to) = (pull.head_repository, pull.repository);
        self.bring_over(from, to, after);
        let (Some(pull), Some(known)) = (self.pulls.get_mut(&id), self.repositories.get(&to)) else {
            return;
        };
        let before = std::mem::replace(&mut pull.head_sha, after.to_owned());
        if let Some(base) = known.branch(&pull.base) {
            pull.base_sha = base;
        }
        pull.updated = self.now;
        let is_forced = !known.objects.is_behind(&before, after);
        self.show_head(id);
        if is_forced {
            self.note_event(id, "head_ref_force_pushed", actor, Some(after));
        }
        self.tell_of_pull(
            id,
            "synchronize",
            actor,
            json!({"before": before, "after": after}),
        );
    }

    /// A pull request whose head has come into its base, in whatever way, counts as merged.
    fn merge_if_contained(&mut self, id: u64, base: Option<&str>, actor: &str) {
        let (Some(pull), Some(base)) = (self.pulls.get(&id), base) else {
            return;
        };
        let known = self.repositories.get(&pull.repository);
        if known.is_some_and(|known| known.objects.is_behind(&pull.head_sha, base)) {
            let merge = Merge {
                at: self.now,
                sha: base.to_owned(),
                by: actor.to_owned(),
            };
            self.close_pull(id, Some(merge), actor);
        }
    }

    pub(crate) fn close_pull(&mut self, id: u64, merged: Option<Merge>, actor: &str) {
        if let Some(merge) = &merged {
            self.note_event(id, "merged", actor, Some(&merge.sha));
        }
        let commit = merged.as_ref().map(|merge| merge.sha.clone());
        self.note_event(id, "closed", actor, commit.as_deref());
        let now = self.now;
        if let Some(pull) = self.pulls.get_mut(&id) {
            pull.closed = Some(now);
            pull.merged = merged;
        }
        self.tell_of_pull(id, "closed", actor, json!({}));
    }

    /// Opens a pull request again. One whose branch is gone, or was moved to something that does not follow, stays closed.
    pub(crate) fn reopen_pull(&mut self, id: u64, actor: &str) -> Result<(), Answer> {
        let pull = self.pulls.get(&id).ok_or_else(Answer::not_found)?.clone();
        let refused =
            |why: &str| Answer::refusal(422, &format!("Validation Failed: state cannot be changed. {why}"));
        if pull.merged.is_some() {
            return Err(refused("The pull request was merged."));
        }
        let head = self.repositories.get(&pull.head_repository);
        let head = head.and_then(|known| Some((known.branch(&pull.head)?, known)));
        let Some((after, known)) = head else {
            return Err(refused("The branch was deleted."));
        };
        if !known.objects.is_behind(&pull.head_sha, &after) {
            return Err(refused("The branch was force-pushed or recreated."));
        }
        self.bring_over(pull.head_repository, pull.repository, &after);
        if let Some(pull) = self.pulls.get_mut(&id) {
            pull.closed = None;
            pull.head_sha = after;
        }
        self.show_head(id);
        self.note_event(id, "reopened", actor, None);
        self.tell_of_pull(id, "reopened", actor, json!({}));
        Ok(())
    }

    /// Changes the title, the text or the base of a pull request.
    pub(crate) fn edit_pull(&mut self, id: u64, edit: PullEdit, actor: &str) -> Result<(), Answer> {
        let pull = self.pulls.get(&id).ok_or_else(Answer::not_found)?;
        let known = self.known(pull.repository)?;
        let base = edit.base.filter(|base| *base != pull.base);
        let base = match base {
            None => None,
            Some(base) => {
                let sha = known.branch(&base);
                Some((
                    base,
                    sha.ok_or_else(|| Answer::invalid("PullRequest", "base", "invalid"))?,
                ))
            }
        };
        let mut changes = json!({});
        let pull = self.pulls.get_mut(&id).ok_or_else(Answer::not_found)?;
        if let Some(title) = edit.title.filter(|title| *title != pull.title) {
            changes["title"] = json!({"from": std::mem::replace(&mut pull.title, title)});
        }
        if let Some(body) = edit.body.filter(|body| Some(body) != pull.body.as_ref()) {
            changes["body"] = json!({"from": pull.body.replace(body).unwrap_or_default()});
        }
        if let Some((base, sha)) = base {
            let before = std::mem::replace(&mut pull.base, base);
            let sha_before = std::mem::replace(&mut pull.base_sha, sha);
            changes["base"] = json!({"ref": {"from": before}, "sha": {"from": sha_before}});
        }
        self.note_edit(id, &changes, actor);
        Ok(())
    }

    fn note_edit(&mut self, id: u64, changes: &Value, actor: &str) {
        if changes.as_object().is_none_or(serde_json::Map::is_empty) {
            return;
        }
        if !changes["title"].is_null() {
            let to = self.pulls.get(&id).map(|pull| pull.title.clone());
            let rename = json!({"rename": {"from": changes["title"]["from"], "to": to}});
            self.note_event_with(id, ("renamed", rename), actor, None);
        }
        if !changes["base"].is_null() {
            self.note_event(id, "base_ref_changed", actor, None);
        }
        if let Some(pull) = self.pulls.get_mut(&id) {
            pull.updated = self.now;
        }
        self.tell_of_pull(id, "edited", actor, json!({"changes": changes}));
    }

    pub(crate) fn tell_of_pull(&mut self, id: u64, action: &str, actor: &str, more: Value) {
        let Some(pull) = self.pulls.get(&id) else {
            return;
        };
        let repository = pull.repository;
        let mut payload = json!({
            "action": action,
            "number": pull.number,
            "pull_request": self.pull_view(pull),
        });
        super::views::merge(&mut payload, more);
        self.emit("pull_request", repository, actor, payload);
    }
}

fn is_same(other: &Pull, pull: &Pull) -> bool {
    other.repository == pull.repository
        && other.closed.is_none()
        && (other.head_repository, &other.head) == (pull.head_repository, &pull.head)
        && other.base == pull.base
}
