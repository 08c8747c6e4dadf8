//! What lies in a folder.

use super::Repository;
use crate::{FolderEntry, GitHubError};
use http::Method;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(untagged)]
enum Listing {
    Entries(Vec<FolderEntry>),
    /// The path is that of a file.
    Other(serde::de::IgnoredAny),
}

impl Repository {
    /// What lies in a folder at a commit, branch or tag, at most the first thousand; none if there is no such folder.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn folder(&self, path: &str, reference: &str) -> Result<Option<Vec<FolderEntry>>, GitHubError> {
        let call = self
            .call(Method::GET, "/repos/{owner}/{repo}/contents/{path}", &[path])
            .query("ref", reference);
        match self.client.read_optional::<Listing>(&call).await? {
            Some(Listing::Entries(entries)) => Ok(Some(entries)),
            Some(Listing::Other(_)) | None => Ok(None),
        }
    }
}
