//! The API of pull requests.

use super::permissions::Level;
use super::pulls::{Pull, PullEdit};
use super::{Call, GitHub, Handled, MergeMethod};
use crate::exchange::Answer;
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;

impl GitHub {
    pub(crate) fn route_pulls(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        let level = if call.request.method == Method::GET {
            Level::Read
        } else {
            Level::Write
        };
        self.permit(call, repository, "pull_requests", level)?;
        match (call.request.method.as_str(), rest) {
            ("GET", []) => self.list_pulls(call, repository),
            ("POST", []) => self.open_pull_by_call(call, repository),
            (method, [number, rest @ ..]) => {
                let pull = self.pull_numbered(repository, Call::number(number)?)?.id;
                match (method, rest) {
                    ("GET", []) => self.answer_pull(pull, 200),
                    ("PATCH", []) => self.edit_pull_by_call(call, pull),
                    ("GET", ["files"]) => self.list_files(call, pull),
                    ("GET", ["commits"]) => self.list_pull_commits(call, pull),
                    ("GET", ["reviews"]) => self.list_reviews(call, pull),
                    ("POST", ["reviews"]) => self.review_by_call(call, pull),
                    ("PUT", ["merge"]) => self.merge_by_call(call, pull),
                    _ => Err(Answer::not_found()),
                }
            }
            _ => Err(Answer::not_found()),
        }
    }

    pub(crate) fn pull_numbered(&self, repository: u64, number: u64) -> Result<&Pull, Answer> {
        self.pulls
            .values()
            .find(|pull| pull.repository == repository && pull.number == number)
            .ok_or_else(Answer::not_found)
    }

    pub(crate) fn known_pull(&self, id: u64) -> Result<&Pull, Answer> {
        self.pulls.get(&id).ok_or_else(Answer::not_found)
    }

    fn open_pull_by_call(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        let (head_repository, head) =
            self.head_of_words(repository, call.needed_text("PullRequest", "head")?)?;
        let mut pull = self.new_pull(repository, &self.actor(&call.asker));
        pull.title = call.needed_text("PullRequest", "title")?.to_owned();
        pull.body = call.text("body").map(str::to_owned);
        (pull.head_repository, pull.head) = (head_repository, head);
        pull.base = call.needed_text("PullRequest", "base")?.to_owned();
        pull.is_draft = call.flag("draft").unwrap_or(false);
        let id = self.open_pull(pull)?;
        self.answer_pull(id, 201)
    }

    /// A pull request with a number of its own and nothing in it yet.
    pub(crate) fn new_pull(&mut self, repository: u64, author: &str) -> Pull {
        let last = self.pulls.values().filter(|pull| pull.repository == repository);
        let number = last.map(|pull| pull.number).max().unwrap_or(0) + 1;
        Pull {
            id: self.id(),
            repository,
            number,
            title: String::new(),
            body: None,
            head: String::new(),
            head_repository: repository,
            head_owner: String::new(),
            base: String::new(),
            author: author.to_owned(),
            is_draft: false,
            created: self.now,
            updated: self.now,
            closed: None,
            merged: None,
            head_sha: String::new(),
            base_sha: String::new(),
            reviews: Vec::new(),
            labels: BTreeSet::new(),
            events: Vec::new(),
        }
    }

    fn answer_pull(&self, id: u64, status: u16) -> Handled {
        Ok(Answer::json(status, &self.pull_view(self.known_pull(id)?)))
    }

    fn edit_pull_by_call(&mut self, call: &Call<'_>, id: u64) -> Handled {
        let actor = self.actor(&call.asker);
        let was_closed = self.known_pull(id)?.closed.is_some();
        let text = |field: &str| call.text(field).map(str::to_owned);
        let edit = PullEdit {
            title: text("title"),
            body: text("body"),
            base: text("base"),
        };
        self.edit_pull(id, edit, &actor)?;
        match call.text("state") {
            Some("closed") if !was_closed => self.close_pull(id, None, &actor),
            Some("open") if was_closed => self.reopen_pull(id, &actor)?,
            _ => {}
        }
        self.answer_pull(id, 200)
    }

    fn merge_by_call(&mut self, call: &Call<'_>, id: u64) -> Handled {
        let pull = self.known_pull(id)?;
        if call.text("sha").is_some_and(|sha| sha != pull.head_sha) {
            return Err(Answer::refusal(
                409,
                "Head branch was modified. Review and try the merge again.",
            ));
        }
        self.permit(call, pull.repository, "contents", Level::Write)?;
        let method = match call.text("merge_method") {
            None | Some("merge") => MergeMethod::Merge,
            Some("squash") => MergeMethod::Squash,
            Some("rebase") => MergeMethod::Rebase,
            Some(_) => return Err(Answer::invalid("PullRequest", "merge_method", "invalid")),
        };
        self.permit_merge(id)?;
        let sha = self.merge_pull(id, method, &self.actor(&call.asker))?;
        let body = json!({"sha": sha, "merged": true, "message": "Pull Request successfully merged"});
        Ok(Answer::json(200, &body))
    }
}
