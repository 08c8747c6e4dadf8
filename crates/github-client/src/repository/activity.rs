//! What happened to a pull request and to a branch, and when, by GitHub's own clock.
//!
//! GitHub has three tellers of it. The timeline of a pull request shows its commits with the times that their authors wrote, and leaves
//! changes of the base out; so its events are read, of which each has GitHub's time. A plain push is no event of a pull request: it stands
//! in the activity of the branch, in the repository in which the branch lies.

use super::Repository;
use crate::pages::Rows;
use crate::{Activity, GitHubError, PullRequestEvent};
use domain_types::Timestamp;
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(transparent)]
struct EventPage(Vec<PullRequestEvent>);

impl Rows for EventPage {
    type Row = PullRequestEvent;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<PullRequestEvent>) {
        (None, self.0)
    }
    fn key(row: &PullRequestEvent) -> u64 {
        row.id
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct ActivityPage(Vec<Activity>);

impl Rows for ActivityPage {
    type Row = Activity;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<Activity>) {
        (None, self.0)
    }
    fn key(row: &Activity) -> u64 {
        row.id
    }
}

impl Repository {
    /// Everything that happened to a pull request, oldest first: drafts, closing, reopening, forced pushes, other bases, labels.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn pull_request_events(&self, number: u64) -> Result<Vec<PullRequestEvent>, GitHubError> {
        let template = "/repos/{owner}/{repo}/issues/{issue_number}/events";
        let call = self.call(Method::GET, template, &[&number.to_string()]);
        self.client.read_pages::<EventPage>(call).await
    }

    /// The changes of a branch (`refs/heads/...`), newest first, back to that time.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn activity(&self, reference: &str, since: Timestamp) -> Result<Vec<Activity>, GitHubError> {
        let call = self
            .call(Method::GET, "/repos/{owner}/{repo}/activity", &[])
            .query("ref", reference);
        let is_past = |activity: &Activity| activity.at < since;
        self.client.read_pages_until::<ActivityPage>(call, is_past).await
    }
}
