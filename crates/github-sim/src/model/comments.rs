//! Comments on pull requests.

use super::permissions::Level;
use super::{Call, GitHub, Handled, iso};
use crate::exchange::Answer;
use crate::truth::Happened;
use domain_types::Timestamp;
use http::Method;
use serde_json::{Value, json};

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
            ("GET", [number, "comments"]) => {
                let number = self.pull_numbered(repository, Call::number(number)?)?.number;
                let views = self
                    .comments
                    .values()
                    .filter(|comment| comment.repository == repository && comment.number == number)
                    .map(|comment| self.comment_view(comment))
                    .collect();
                Ok(call.list(&self.api, views))
            }
            ("POST", [number, "comments"]) => {
                let number = self.pull_numbered(repository, Call::number(number)?)?.number;
                self.comment(call, repository, number)
            }
            (method, ["comments", id]) => {
                let id = Call::number(id)?;
                let comment = self
                    .comments
                    .get_mut(&id)
                    .filter(|known| known.repository == repository);
                let comment = comment.ok_or_else(Answer::not_found)?;
                if method == "PATCH" {
                    let body = call.needed_text("IssueComment", "body")?.to_owned();
                    let before = std::mem::replace(&mut comment.body, body);
                    comment.updated = self.now;
                    let changes = json!({"body": {"from": before}});
                    self.tell_of_comment(id, "edited", &self.actor(&call.asker), changes);
                } else if method == "DELETE" {
                    self.comments.remove(&id);
                    return Ok(Answer::empty(204));
                }
                self.answer_comment(id, 200)
            }
            _ => Err(Answer::not_found()),
        }
    }

    fn comment(&mut self, call: &Call<'_>, repository: u64, number: u64) -> Handled {
        let id = self.id();
        let comment = Comment {
            id,
            repository,
            number,
            user: self.actor(&call.asker),
            body: call.needed_text("IssueComment", "body")?.to_owned(),
            created: self.now,
            updated: self.now,
        };
        let user = comment.user.clone();
        self.comments.insert(id, comment);
        let full_name = self.known(repository)?.full_name();
        self.happened(Happened::CommentCreated {
            repository: full_name,
            number,
            comment: id,
        });
        self.tell_of_comment(id, "created", &user, Value::Null);
        self.answer_comment(id, 201)
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
            "reactions": no_reactions(&url),
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
            "reactions": no_reactions(&format!("{base}/issues/comments/{}", comment.id)),
        })
    }
}

/// Nobody thinks anything of what is at this address.
fn no_reactions(url: &str) -> Value {
    let mut counts = json!({"url": format!("{url}/reactions"), "total_count": 0});
    for reaction in REACTIONS {
        counts[reaction] = json!(0);
    }
    counts
}
