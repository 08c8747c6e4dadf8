//! Branches and tags by the beginning of their names.

use super::Repository;
use crate::GitHubError;
use crate::pages::Rows;
use domain_types::CommitSha;
use http::Method;
use serde::Deserialize;

/// A branch or a tag and the object that it names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "ReferenceWire")]
pub struct Reference {
    /// `refs/heads/NAME` or `refs/tags/NAME`.
    pub name: String,
    /// What it names: of a branch a commit, of an annotated tag the tag itself.
    pub sha: CommitSha,
}

#[derive(Deserialize)]
struct ReferenceWire {
    #[serde(rename = "ref")]
    name: String,
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    sha: CommitSha,
}

impl From<ReferenceWire> for Reference {
    fn from(wire: ReferenceWire) -> Self {
        Self {
            name: wire.name,
            sha: wire.object.sha,
        }
    }
}

#[derive(Deserialize)]
#[serde(transparent)]
struct ReferencePage(Vec<Reference>);

impl Rows for ReferencePage {
    type Row = Reference;
    type Key = String;
    const PER_PAGE: &'static str = "";
    fn into_rows(self) -> (Option<u64>, Vec<Reference>) {
        (None, self.0)
    }
    fn key(row: &Reference) -> String {
        row.name.clone()
    }
}

impl Repository {
    /// The references whose names begin like this, without `refs/`: `heads/side-` has `refs/heads/side-1` and `refs/heads/side-2`.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn matching_references(&self, beginning: &str) -> Result<Vec<Reference>, GitHubError> {
        let template = "/repos/{owner}/{repo}/git/matching-refs/{ref}";
        let call = self.call(Method::GET, template, &[beginning]);
        self.client.read_pages::<ReferencePage>(call).await
    }
}
