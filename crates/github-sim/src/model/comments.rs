//! Comments on pull requests.

use super::permissions::Level;
use super::{Call, GitHub, Handled, iso};
use crate::exchange::Answer;
use crate::truth::Happened;
use domain_types::Timestamp;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A comment.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) repository: u64,
    pub(crate) number: u64,
    user: String,
    body: String,
    created: Timestamp,
    updated: Timestamp,
    /// Who thinks what of it.
    reactions: BTreeMap<(String, String), u64>,
}

/// What an issue has in common with the pull request that it is.
const OF_ISSUES: [&str; 18] = [
    "active_lock_reason",
    "assignee",
    "assignees",
    "author_association",
    "body",
    "closed_at",
    "created_at",
    "draft",
    "html_url",
    "id",
    "labels",
    "locked",
    "milestone",
    "node_id",
    "number",
    "state",
    "title",
    "updated_at",
];

/// How long a comment may be, in characters.
const BODY_LENGTH_MAX: usize = 65_536;

/// What people may think of an issue.
const REACTIONS: [&str; 8] = [
    "+1", "-1", "confused", "eyes", "heart", "hooray", "laugh", "rocket",
];

impl GitHub {
    pub(crate) fn route_issues(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        let level = if call.request.method == Method::GET {
            Level::Read
        } else {
            Level::Write
        };
        // Comments on pull requests are open to either permission.
        self.permit(call, repository, "issues", level)
            .or_else(|_| self.permit(call, repository, "pull_requests", level))?;
        match (call.request.method.as_str(), rest) {
            ("GET", ["comments"]) => self.list_comments(call, repository, None),
            ("GET", [number, "events"]) => self.list_pull_events(call, repository, Call::number(number)?),
            ("GET", [number, "comments"]) => {
                let number = self.pull_numbered(repository, Call::number(number)?)?.number;
                self.list_comments(call, repository, Some(number))
            }
            ("POST", [number, "comments"]) => {
                let body = call.needed_text("IssueComment", "body")?;
                let user = self.actor(&call.asker);
                let id = self.comment((repository, Call::number(number)?), body, &user)?;
                self.answer_comment(id, 201)
            }
            (method, ["comments", id, rest @ ..]) => {
                let id = Call::number(id)?;
                let known = self.comments.get(&id);
                known
                    .filter(|known| known.repository == repository)
                    .ok_or_else(Answer::not_found)?;
                match (method, rest) {
                    ("GET", []) => self.answer_comment(id, 200),
                    ("PATCH", []) => {
                        let body = call.needed_text("IssueComment", "body")?;
                        self.edit_comment(id, body, &self.actor(&call.asker))?;
                        self.answer_comment(id, 200)
                    }
                    ("DELETE", []) => {
                        self.delete_comment(id, &self.actor(&call.asker))?;
                        Ok(Answer::empty(204))
                    }
                    ("POST", ["reactions"]) => self.react(call, id),
                    _ => Err(Answer::not_found()),
                }
            }
            _ => Err(Answer::not_found()),
        }
    }

    /// Comments by their number, or by their last change if that is asked for.
    fn list_comments(&self, call: &Call<'_>, repository: u64, number: Option<u64>) -> Handled {
        let since = match call.query("since").map(str::parse::<Timestamp>) {
            None => None,
            Some(Ok(since)) => Some(since.seconds()),
            Some(Err(_)) => return Err(Answer::invalid("IssueComment", "since", "invalid")),
        };
        let mut found: Vec<&Comment> = self
            .comments
            .values()
            .filter(|comment| comment.repository == repository)
            .filter(|comment| number.is_none_or(|number| comment.number == number))
            .filter(|comment| since.is_none_or(|since| comment.updated.seconds() >= since))
            .collect();
        if call.query("sort") == Some("updated") {
            found.sort_by_key(|comment| (comment.updated, comment.id));
        }
        if call.query("direction") == Some("desc") {
            found.reverse();
        }
        let views = found.into_iter().map(|comment| self.comment_view(comment));
        Ok(call.list(&self.api, views.collect()))
    }

    /// Somebody comments on a pull request.
    pub(crate) fn comment(
        &mut self,
        (repository, number): (u64, u64),
        body: &str,
        user: &str,
    ) -> Result<u64, Answer> {
        let pull = self.pull_numbered(repository, number)?.id;
        fits(body)?;
        let id = self.id();
        let comment = Comment {
            id,
            repository,
            number,
            user: user.to_owned(),
            body: body.to_owned(),
            created: self.now,
            updated: self.now,
            reactions: BTreeMap::new(),
        };
        self.comments.insert(id, comment);
        let full_name = self.known(repository)?.full_name();
        self.happened(Happened::CommentCreated {
            repository: full_name,
            number,
            comment: id,
        });
        if let Some(pull) = self.pulls.get_mut(&pull) {
            pull.updated = self.now;
        }
        self.tell_of_comment(id, "created", user, Value::Null);
        Ok(id)
    }

    /// Somebody changes a comment, their own or another one.
    pub(crate) fn edit_comment(&mut self, id: u64, body: &str, actor: &str) -> Result<(), Answer> {
        fits(body)?;
        let now = self.now;
        let comment = self.comments.get_mut(&id).ok_or_else(Answer::not_found)?;
        let before = std::mem::replace(&mut comment.body, body.to_owned());
        comment.updated = now;
        self.tell_of_comment(id, "edited", actor, json!({"body": {"from": before}}));
        Ok(())
    }

    /// Somebody deletes a comment, their own or another one.
    pub(crate) fn delete_comment(&mut self, id: u64, actor: &str) -> Result<(), Answer> {
        if !self.comments.contains_key(&id) {
            return Err(Answer::not_found());
        }
        // What it was is told, so that it must still be there.
        self.tell_of_comment(id, "deleted", actor, Value::Null);
        self.comments.remove(&id);
        Ok(())
    }

    fn react(&mut self, call: &Call<'_>, id: u64) -> Handled {
        let user = self.actor(&call.asker);
        let content = call.needed_text("Reaction", "content")?.to_owned();
        if !REACTIONS.contains(&content.as_str()) {
            return Err(Answer::invalid("Reaction", "content", "invalid"));
        }
        let reaction = self.id();
        let comment = self.comments.get_mut(&id).ok_or_else(Answer::not_found)?;
        let key = (user.clone(), content.clone());
        let status = match comment.reactions.contains_key(&key) {
            true => 200,
            false => 201,
        };
        let reaction = *comment.reactions.entry(key).or_insert(reaction);
        let body = json!({
            "id": reaction,
            "node_id": format!("REA_{reaction}"),
            "user": self.user_view(&user),
            "content": content,
            "created_at": iso(self.now),
        });
        Ok(Answer::json(status, &body))
    }

    fn answer_comment(&self, id: u64, status: u16) -> Handled {
        let comment = self.comments.get(&id).ok_or_else(Answer::not_found)?;
        Ok(Answer::json(status, &self.comment_view(comment)))
    }

    fn tell_of_comment(&mut self, id: u64, action: &str, sender: &str, changes: Value) {
        let Some(comment) = self.comments.get(&id) else {
            return;
        };
        let repository = comment.repository;
        let mut payload = json!({
            "action": action,
            "comment": self.comment_view(comment),
            "issue": self.issue_view(repository, comment.number),
        });
        if !changes.is_null() {
            payload["changes"] = changes;
        }
        self.emit("issue_comment", repository, sender, payload);
    }

    /// A pull request as the issue that it is as well.
    fn issue_view(&self, repository: u64, number: u64) -> Value {
        let known = self.repositories.get(&repository);
        let pull = self.pull_numbered(repository, number).ok();
        let (Some(known), Some(pull)) = (known, pull) else {
            return Value::Null;
        };
        let whole = self.short_pull_view(known, pull);
        let mut view = json!({});
        for field in OF_ISSUES {
            view[field] = whole[field].clone();
        }
        let base = self.repository_url(known);
        let url = format!("{base}/issues/{number}");
        let comments = self.comments.values();
        let own = comments.filter(|one| one.repository == repository && one.number == number);
        let more = json!({
            "url": url,
            "repository_url": base,
            "labels_url": format!("{url}/labels{{/name}}"),
            "comments_url": format!("{url}/comments"),
            "events_url": format!("{url}/events"),
            "timeline_url": format!("{url}/timeline"),
            "comments": own.count(),
            "pull_request": {
                "url": whole["url"], "html_url": whole["html_url"], "diff_url": whole["diff_url"],
                "patch_url": whole["patch_url"],
            },
            "reactions": reactions(&url, &BTreeMap::new()),
            "user": whole["user"],
            "performed_via_github_app": null,
            "state_reason": null,
        });
        super::views::merge(&mut view, more);
        view
    }

    fn comment_view(&self, comment: &Comment) -> Value {
        let Some(repository) = self.repositories.get(&comment.repository) else {
            return Value::Null;
        };
        let base = self.repository_url(repository);
        let page = self.repository_page(repository);
        json!({
            "id": comment.id,
            "node_id": format!("IC_{}", comment.id),
            "url": format!("{base}/issues/comments/{}", comment.id),
            "html_url": format!("{page}/pull/{}#issuecomment-{}", comment.number, comment.id),
            "issue_url": format!("{base}/issues/{}", comment.number),
            "body": comment.body,
            "user": self.user_view(&comment.user),
            "created_at": iso(comment.created),
            "updated_at": iso(comment.updated),
            "author_association": "MEMBER",
            "performed_via_github_app": null,
            "reactions": reactions(&format!("{base}/issues/comments/{}", comment.id), &comment.reactions),
        })
    }
}

/// What people think of what is at this address.
fn reactions(url: &str, thought: &BTreeMap<(String, String), u64>) -> Value {
    let mut counts = json!({"url": format!("{url}/reactions"), "total_count": thought.len()});
    for reaction in REACTIONS {
        let own = thought.keys().filter(|(_, content)| content == reaction);
        counts[reaction] = json!(own.count());
    }
    counts
}

/// Refuses what is too long.
fn fits(body: &str) -> Result<(), Answer> {
    match body.chars().count() {
        0..=BODY_LENGTH_MAX => Ok(()),
        _ => Err(Answer::refusal(
            422,
            "Validation Failed: body is too long (maximum is 65536 characters)",
        )),
    }
}
