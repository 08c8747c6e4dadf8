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
                    call.needed_text("IssueComment", "body")?
                        .clone_into(&mut comment.body);
                    comment.updated = self.now;
                    self.tell_of_comment(id, "edited", &self.actor(&call.asker));
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
        self.tell_of_comment(id, "created", &user);
        self.answer_comment(id, 201)
    }

    fn answer_comment(&self, id: u64, status: u16) -> Handled {
        let comment = self.comments.get(&id).ok_or_else(Answer::not_found)?;
        Ok(Answer::json(status, &self.comment_view(comment)))
    }

    fn tell_of_comment(&mut self, id: u64, action: &str, sender: &str) {
        let Some(comment) = self.comments.get(&id) else {
            return;
        };
        let repository = comment.repository;
        let payload = json!({
            "action": action,
            "comment": self.comment_view(comment),
            "issue": {"number": comment.number},
        });
        self.emit("issue_comment", repository, sender, payload);
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
        })
    }
}
