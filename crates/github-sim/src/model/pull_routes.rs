//! The API of pull requests and their reviews.

use super::permissions::Level;
use super::pulls::{Merge, Pull, Review, changes, commits_between};
use super::{Call, GitHub, Handled};
use crate::exchange::Answer;
use http::Method;
use serde_json::{Value, json};

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
                    ("PATCH", []) => self.edit_pull(call, pull),
                    ("GET", ["files"]) => self.list_files(call, pull),
                    ("GET", ["commits"]) => self.list_pull_commits(call, pull),
                    ("GET", ["reviews"]) => self.list_reviews(call, pull),
                    ("POST", ["reviews"]) => self.review(call, pull),
                    ("PUT", ["merge"]) => self.merge_pull(call, pull),
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

    fn known_pull(&self, id: u64) -> Result<&Pull, Answer> {
        self.pulls.get(&id).ok_or_else(Answer::not_found)
    }

    fn list_pulls(&self, call: &Call<'_>, repository: u64) -> Handled {
        let known = self.known(repository)?;
        let state = call.query("state").unwrap_or("open");
        let head = call
            .query("head")
            .map(|head| head.rsplit(':').next().unwrap_or(head));
        let views = self
            .pulls
            .values()
            .rev()
            .filter(|pull| pull.repository == repository)
            .filter(|pull| state == "all" || (state == "closed") == pull.closed.is_some())
            .filter(|pull| call.query("base").is_none_or(|base| pull.base == base))
            .filter(|pull| head.is_none_or(|head| pull.head == head))
            .map(|pull| self.short_pull_view(known, pull))
            .collect();
        Ok(call.list(&self.api, views))
    }

    fn open_pull_by_call(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        let id = self.id();
        let last = self.pulls.values().filter(|pull| pull.repository == repository);
        let number = last.map(|pull| pull.number).max().unwrap_or(0) + 1;
        let pull = Pull {
            id,
            repository,
            number,
            title: call.needed_text("PullRequest", "title")?.to_owned(),
            body: call.text("body").map(str::to_owned),
            head: call.needed_text("PullRequest", "head")?.to_owned(),
            base: call.needed_text("PullRequest", "base")?.to_owned(),
            author: self.actor(&call.asker),
            is_draft: call.flag("draft").unwrap_or(false),
            created: self.now,
            updated: self.now,
            closed: None,
            merged: None,
            head_sha: String::new(),
            reviews: Vec::new(),
        };
        self.open_pull(pull)?;
        self.answer_pull(id, 201)
    }

    fn answer_pull(&self, id: u64, status: u16) -> Handled {
        Ok(Answer::json(status, &self.pull_view(self.known_pull(id)?)))
    }

    fn edit_pull(&mut self, call: &Call<'_>, id: u64) -> Handled {
        let actor = self.actor(&call.asker);
        let now = self.now;
        let pull = self.pulls.get_mut(&id).ok_or_else(Answer::not_found)?;
        let was_closed = pull.closed.is_some();
        let edited = ["title", "body", "base"]
            .iter()
            .any(|field| call.text(field).is_some());
        pull.updated = now;
        pull.title = call.text("title").map_or(pull.title.clone(), str::to_owned);
        pull.body = call.text("body").map(str::to_owned).or(pull.body.take());
        let old_base = pull.base.clone();
        pull.base = call.text("base").map_or(pull.base.clone(), str::to_owned);
        let base_changed = pull.base != old_base;
        if edited {
            let known = self.known(self.known_pull(id)?.repository)?;
            let old_sha = known.commit_of_ref(&format!("refs/heads/{old_base}"));
            let changes = if base_changed {
                json!({"changes": {"base": {"ref": {"from": old_base}, "sha": {"from": old_sha}}}})
            } else {
                json!({"changes": {}})
            };
            self.tell_of_pull(id, "edited", &actor, changes);
        }
        match call.text("state") {
            Some("closed") if !was_closed => self.close_pull(id, None, &actor),
            Some("open") if was_closed => {
                if let Some(pull) = self.pulls.get_mut(&id) {
                    pull.closed = None;
                }
                self.tell_of_pull(id, "reopened", &actor, json!({}));
            }
            _ => {}
        }
        self.answer_pull(id, 200)
    }

    fn list_files(&self, call: &Call<'_>, id: u64) -> Handled {
        let pull = self.known_pull(id)?;
        let known = self.known(pull.repository)?;
        let base = known
            .commit_of_ref(&format!("refs/heads/{}", pull.base))
            .ok_or_else(Answer::not_found)?;
        let files = changes(known, &base, &pull.head_sha);
        let views = files
            .iter()
            .map(|file| self.file_view(known, pull, file))
            .collect();
        Ok(call.list(&self.api, views))
    }

    fn list_pull_commits(&self, call: &Call<'_>, id: u64) -> Handled {
        let pull = self.known_pull(id)?;
        let known = self.known(pull.repository)?;
        let base = known
            .commit_of_ref(&format!("refs/heads/{}", pull.base))
            .ok_or_else(Answer::not_found)?;
        let views = commits_between(known, &base, &pull.head_sha)
            .iter()
            .filter_map(|sha| known.objects.commit(sha))
            .map(|commit| self.commit_view(known, commit))
            .collect();
        Ok(call.list(&self.api, views))
    }

    fn list_reviews(&self, call: &Call<'_>, id: u64) -> Handled {
        let pull = self.known_pull(id)?;
        let known = self.known(pull.repository)?;
        let views = pull
            .reviews
            .iter()
            .map(|review| self.review_view(known, pull, review))
            .collect();
        Ok(call.list(&self.api, views))
    }

    fn review(&mut self, call: &Call<'_>, id: u64) -> Handled {
        let user = self.actor(&call.asker);
        let pull = self.known_pull(id)?;
        let state = match call.text("event") {
            Some("APPROVE") => "APPROVED",
            Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
            Some("COMMENT") => "COMMENTED",
            None => "PENDING",
            Some(_) => return Err(Answer::invalid("PullRequestReview", "event", "invalid")),
        };
        if pull.author == user && ["APPROVED", "CHANGES_REQUESTED"].contains(&state) {
            let what = if state == "APPROVED" {
                "approve"
            } else {
                "request changes on"
            };
            let message = format!("Unprocessable Entity: Can not {what} your own pull request");
            return Err(Answer::refusal(422, &message));
        }
        let review = Review {
            id: self.id(),
            user: user.clone(),
            state: state.to_owned(),
            body: call.text("body").unwrap_or_default().to_owned(),
            commit: call
                .text("commit_id")
                .map_or(self.known_pull(id)?.head_sha.clone(), str::to_owned),
            at: self.now,
        };
        if let Some(pull) = self.pulls.get_mut(&id) {
            pull.reviews.push(review.clone());
        }
        let pull = self.known_pull(id)?;
        let repository = pull.repository;
        let known = self.known(repository)?;
        let view = self.review_view(known, pull, &review);
        let mut told = view.clone();
        told["state"] = json!(state.to_ascii_lowercase());
        let payload =
            json!({"action": "submitted", "review": told, "pull_request": self.short_pull_view(known, pull)});
        if state != "PENDING" {
            self.emit("pull_request_review", repository, &user, payload);
        }
        Ok(Answer::json(200, &view))
    }

    fn merge_pull(&mut self, call: &Call<'_>, id: u64) -> Handled {
        let pull = self.known_pull(id)?.clone();
        if pull.closed.is_some() || pull.is_draft {
            return Err(Answer::refusal(405, "Pull Request is not mergeable"));
        }
        if call.text("sha").is_some_and(|sha| sha != pull.head_sha) {
            return Err(Answer::refusal(
                409,
                "Head branch was modified. Review and try the merge again.",
            ));
        }
        self.permit(call, pull.repository, "contents", Level::Write)?;
        let actor = self.actor(&call.asker);
        let whole = format!("refs/heads/{}", pull.base);
        let known = self.known_mut(pull.repository)?;
        let base = known.commit_of_ref(&whole).ok_or_else(Answer::not_found)?;
        let mut tree = known.objects.files(&base).cloned().unwrap_or_default();
        let head_files = known.objects.files(&pull.head_sha).cloned().unwrap_or_default();
        for file in changes(known, &base, &pull.head_sha) {
            match head_files.get(&file.path) {
                Some(blob) => tree.insert(file.path, blob.clone()),
                None => tree.remove(&file.path),
            };
        }
        let message = format!("Merge pull request #{} from {}", pull.number, pull.head);
        let sha = known
            .objects
            .add_commit_of(tree, vec![base, pull.head_sha.clone()], &message);
        self.set_ref(pull.repository, &whole, &sha, &actor)?;
        let merge = Merge {
            at: self.now,
            sha: sha.clone(),
            by: actor.clone(),
        };
        self.close_pull(id, Some(merge), &actor);
        let body: Value = json!({"sha": sha, "merged": true, "message": "Pull Request successfully merged"});
        Ok(Answer::json(200, &body))
    }
}
