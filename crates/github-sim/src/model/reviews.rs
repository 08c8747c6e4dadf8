//! Reviews of pull requests, which the checks of this gate only look at.

use super::pulls::Review;
use super::{Call, GitHub, Handled};
use crate::exchange::Answer;
use serde_json::json;

impl GitHub {
    pub(crate) fn review_by_call(&mut self, call: &Call<'_>, id: u64) -> Handled {
        let user = self.actor(&call.asker);
        let state = match call.text("event") {
            Some("APPROVE") => "APPROVED",
            Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
            Some("COMMENT") => "COMMENTED",
            None => "PENDING",
            Some(_) => return Err(Answer::invalid("PullRequestReview", "event", "invalid")),
        };
        let commit = call.text("commit_id").map(str::to_owned);
        let review = self.review(id, &user, (state, call.text("body").unwrap_or_default()), commit)?;
        let pull = self.known_pull(id)?;
        let view = self.review_view(self.known(pull.repository)?, pull, &review);
        Ok(Answer::json(200, &view))
    }

    /// Somebody reviews a pull request, at its head unless another commit was looked at.
    pub(crate) fn review(
        &mut self,
        id: u64,
        user: &str,
        (state, body): (&str, &str),
        commit: Option<String>,
    ) -> Result<Review, Answer> {
        let pull = self.known_pull(id)?;
        if pull.author == user && ["APPROVED", "CHANGES_REQUESTED"].contains(&state) {
            let what = if state == "APPROVED" {
                "approve"
            } else {
                "request changes on"
            };
            let message = format!("Unprocessable Entity: Can not {what} your own pull request");
            return Err(Answer::refusal(422, &message));
        }
        let commit = commit.unwrap_or_else(|| pull.head_sha.clone());
        let review = Review {
            id: self.id(),
            user: user.to_owned(),
            state: state.to_owned(),
            body: body.to_owned(),
            commit,
            at: self.now,
        };
        if let Some(pull) = self.pulls.get_mut(&id) {
            pull.reviews.push(review.clone());
            pull.updated = self.now;
        }
        if state != "PENDING" {
            self.tell_of_review(id, &review, "submitted")?;
        }
        Ok(review)
    }

    fn tell_of_review(&mut self, id: u64, review: &Review, action: &str) -> Result<(), Answer> {
        let pull = self.known_pull(id)?;
        let repository = pull.repository;
        let known = self.known(repository)?;
        let mut told = self.review_view(known, pull, review);
        told["state"] = json!(review.state.to_ascii_lowercase());
        let payload =
            json!({"action": action, "review": told, "pull_request": self.short_pull_view(known, pull)});
        self.emit("pull_request_review", repository, &review.user, payload);
        Ok(())
    }
}
