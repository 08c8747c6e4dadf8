//! Comments on pull requests.

use super::Repository;
use super::runs::to_the_second;
use crate::call::{Call, Priority};
use crate::pages::Rows;
use crate::shorten::shortened;
use crate::{Comment, CommentId, GitHubError, Reaction, Written};
use domain_types::Timestamp;
use http::Method;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(transparent)]
struct CommentPage(Vec<Comment>);

impl Rows for CommentPage {
    type Row = Comment;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<Comment>) {
        (None, self.0)
    }
    fn key(row: &Comment) -> u64 {
        row.id.0
    }
}

impl Repository {
    /// All comments on a pull request or issue, oldest first; with `since` those that were written or changed at that second or
    /// later. What was deleted is in neither.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn issue_comments(
        &self,
        number: u64,
        since: Option<Timestamp>,
    ) -> Result<Vec<Comment>, GitHubError> {
        let template = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
        let call = self
            .call(Method::GET, template, &[&number.to_string()])
            .query_if("since", since.map(to_the_second).as_deref());
        self.client.read_pages::<CommentPage>(call).await
    }

    /// All comments in the repository that were written or changed at that second or later, on whatever pull request or issue:
    /// one question instead of one for each of them.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn comments_since(&self, since: Timestamp) -> Result<Vec<Comment>, GitHubError> {
        let call = self
            .call(Method::GET, "/repos/{owner}/{repo}/issues/comments", &[])
            .query("sort", "updated")
            .query("direction", "asc")
            .query("since", &to_the_second(since));
        self.client.read_pages::<CommentPage>(call).await
    }

    /// Writes a comment on a pull request. GitHub writes a second one just as gladly: look first when in doubt. What is longer than
    /// GitHub takes is shortened, and says so.
    pub async fn create_comment(&self, number: u64, body: &str) -> Written<Comment> {
        let template = "/repos/{owner}/{repo}/issues/{issue_number}/comments";
        let call = self.talk(Method::POST, template, &number.to_string());
        self.client
            .write(call.json(&json!({ "body": shortened(body) })))
            .await
    }

    /// Changes what a comment says.
    pub async fn update_comment(&self, comment: CommentId, body: &str) -> Written<Comment> {
        let template = "/repos/{owner}/{repo}/issues/comments/{comment_id}";
        let call = self.talk(Method::PATCH, template, &comment.to_string());
        self.client
            .write(call.json(&json!({ "body": shortened(body) })))
            .await
    }

    /// Says what we think of a comment. The same twice is once.
    pub async fn create_comment_reaction(&self, comment: CommentId, reaction: Reaction) -> Written<()> {
        let template = "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions";
        let call = self.talk(Method::POST, template, &comment.to_string());
        self.client
            .write_done(call.json(&json!({ "content": reaction })))
            .await
    }

    /// Words, which may wait for everything else.
    fn talk(&self, method: Method, template: &'static str, number: &str) -> Call {
        self.call(method, template, &[number])
            .priority(Priority::Comment)
            .content()
    }
}
