//! Releases, from the draft to the published one.

use super::Repository;
use crate::pages::Rows;
use crate::{GitHubError, NewRelease, Release, ReleaseChange, ReleaseNumber, Written};
use http::Method;
use serde::{Deserialize, Serialize};

/// Releases per page: each shows its files, up to a thousand of them.
const RELEASES_PER_PAGE: &str = "30";

#[derive(Deserialize)]
#[serde(transparent)]
struct ReleasePage(Vec<Release>);

impl Rows for ReleasePage {
    type Row = Release;
    type Key = u64;
    const PER_PAGE: &'static str = RELEASES_PER_PAGE;
    fn into_rows(self) -> (Option<u64>, Vec<Release>) {
        (None, self.0)
    }
    fn key(row: &Release) -> u64 {
        row.id.0
    }
}

#[derive(Serialize)]
struct Draft<'a> {
    #[serde(flatten)]
    release: &'a NewRelease,
    draft: bool,
}

impl Repository {
    /// All releases, drafts included, newest first.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn releases(&self) -> Result<Vec<Release>, GitHubError> {
        let call = self.call(Method::GET, "/repos/{owner}/{repo}/releases", &[]);
        self.client.read_pages::<ReleasePage>(call).await
    }

    /// A release by its number; none if there is none.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn release(&self, release: ReleaseNumber) -> Result<Option<Release>, GitHubError> {
        let template = "/repos/{owner}/{repo}/releases/{release_id}";
        let call = self.call(Method::GET, template, &[&release.to_string()]);
        self.client.read_optional(&call).await
    }

    /// The published release of a tag; none if there is none. Drafts are never found this way.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn release_by_tag(&self, tag: &str) -> Result<Option<Release>, GitHubError> {
        let template = "/repos/{owner}/{repo}/releases/tags/{tag}";
        let call = self.call(Method::GET, template, &[tag]);
        self.client.read_optional(&call).await
    }

    /// Makes a draft. GitHub makes a second one just as gladly: look first when in doubt.
    pub async fn create_draft(&self, release: &NewRelease) -> Written<Release> {
        let body = Draft { release, draft: true };
        let call = self
            .call(Method::POST, "/repos/{owner}/{repo}/releases", &[])
            .content();
        self.client.write(call.json(&body)).await
    }

    /// Changes a release; publishing is a change too.
    pub async fn update_release(&self, release: ReleaseNumber, change: &ReleaseChange) -> Written<Release> {
        let template = "/repos/{owner}/{repo}/releases/{release_id}";
        let call = self.call(Method::PATCH, template, &[&release.to_string()]);
        self.client.write(call.json(change)).await
    }

    /// Deletes a release. One that is not there is as good as deleted.
    pub async fn delete_release(&self, release: ReleaseNumber) -> Written<()> {
        let template = "/repos/{owner}/{repo}/releases/{release_id}";
        let call = self.call(Method::DELETE, template, &[&release.to_string()]);
        gone_is_done(self.client.write_done(Ok(call)).await)
    }
}

/// What is not found need not be deleted.
pub(super) fn gone_is_done(written: Written<()>) -> Written<()> {
    match written {
        Written::Rejected(error) if error.status() == Some(404) => Written::Done(()),
        other @ (Written::Done(()) | Written::Accepted | Written::Rejected(_) | Written::Unknown(_)) => other,
    }
}
