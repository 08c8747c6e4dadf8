//! Tags and files.

use super::Repository;
use crate::{GitHubError, RepositoryFile, Written};
use base64::Engine as _;
use domain_types::{CommitSha, TagName};
use http::Method;
use serde::Deserialize;
use serde_json::json;

/// Largest file that is read through the API, in bytes: manifests and workflow files, and GitHub itself shows no more this way.
pub const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Tags of tags that are followed to a commit: git allows any number, people make one.
const TAGS_PEELED_MAX: usize = 5;

#[derive(Deserialize)]
struct Pointer {
    object: Target,
}

#[derive(Deserialize)]
struct Target {
    sha: CommitSha,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Content {
    sha: String,
    size: u64,
    #[serde(default)]
    encoding: String,
    #[serde(default)]
    content: String,
}

/// What GitHub says of a reference that is there already.
const ALREADY_EXISTS: &str = "already exists";

impl Repository {
    /// The commit that a tag leads to, through annotated tags; none if there is no such tag.
    ///
    /// # Errors
    ///
    /// As for every read; [`GitHubError::Undecodable`] if it leads to something that is no commit.
    pub async fn tag(&self, tag: &str) -> Result<Option<CommitSha>, GitHubError> {
        let tag: TagName = tag.parse()?;
        let reference = format!("tags/{tag}");
        let call = self.call(Method::GET, "/repos/{owner}/{repo}/git/ref/{ref}", &[&reference]);
        let Some(pointer) = self.client.read_optional::<Pointer>(&call).await? else {
            return Ok(None);
        };
        let mut target = pointer.object;
        for _ in 0..TAGS_PEELED_MAX {
            if target.kind != "tag" {
                break;
            }
            let peel = self.call(
                Method::GET,
                "/repos/{owner}/{repo}/git/tags/{tag_sha}",
                &[target.sha.as_str()],
            );
            target = self.client.read::<Pointer>(&peel).await?.object;
        }
        if target.kind == "commit" {
            return Ok(Some(target.sha));
        }
        Err(GitHubError::Undecodable {
            operation: call.operation(),
            reason: format!("tag {tag} leads to a {}, not to a commit", target.kind),
        })
    }

    /// Makes a tag on a commit. One that is there already on the same commit is as good as made; it is never moved.
    pub async fn create_tag(&self, tag: &str, commit: &CommitSha) -> Written<()> {
        let made = self.post_tag(tag, commit).await;
        match made {
            Written::Rejected(error) if error.status() == Some(422) => match self.tag(tag).await {
                Ok(Some(found)) if found == *commit => Written::Done(()),
                // It is there, and whoever was asked has not seen it yet.
                Ok(None) if error.to_string().contains(ALREADY_EXISTS) => Written::Unknown(error),
                Ok(_) => Written::Rejected(error),
                Err(unseen) => Written::Unknown(unseen),
            },
            Written::Done(()) | Written::Accepted | Written::Rejected(_) | Written::Unknown(_) => made,
        }
    }

    async fn post_tag(&self, tag: &str, commit: &CommitSha) -> Written<()> {
        let tag: TagName = match tag.parse() {
            Ok(tag) => tag,
            Err(invalid) => return Written::Rejected(GitHubError::Invalid(invalid)),
        };
        let body = json!({ "ref": format!("refs/tags/{tag}"), "sha": commit.as_str() });
        let call = self
            .call(Method::POST, "/repos/{owner}/{repo}/git/refs", &[])
            .content();
        self.client.write_done(call.json(&body)).await
    }

    /// A file at a commit, branch or tag; none if there is none.
    ///
    /// # Errors
    ///
    /// As for every read; [`GitHubError::TooLarge`] above [`FILE_BYTES_MAX`].
    pub async fn file(&self, path: &str, reference: &str) -> Result<Option<RepositoryFile>, GitHubError> {
        self.file_at(path, Some(reference)).await
    }

    /// A file at the head of the default branch; none if there is none.
    ///
    /// # Errors
    ///
    /// As for [`Repository::file`].
    pub async fn file_on_default_branch(&self, path: &str) -> Result<Option<RepositoryFile>, GitHubError> {
        self.file_at(path, None).await
    }

    async fn file_at(
        &self,
        path: &str,
        reference: Option<&str>,
    ) -> Result<Option<RepositoryFile>, GitHubError> {
        let call = self
            .call(Method::GET, "/repos/{owner}/{repo}/contents/{path}", &[path])
            .query_if("ref", reference);
        let Some(content) = self.client.read_optional::<Content>(&call).await? else {
            return Ok(None);
        };
        if content.size > FILE_BYTES_MAX {
            return Err(GitHubError::TooLarge {
                operation: call.operation(),
                unit: "bytes",
                max: FILE_BYTES_MAX,
            });
        }
        let bytes = decode(&content).map_err(|reason| GitHubError::Undecodable {
            operation: call.operation(),
            reason,
        })?;
        Ok(Some(RepositoryFile {
            bytes,
            blob_sha: content.sha,
        }))
    }
}

fn decode(content: &Content) -> Result<Vec<u8>, String> {
    if content.encoding != "base64" {
        return Err(format!("a file in the encoding {:?}", content.encoding));
    }
    // GitHub breaks the lines of what it encodes.
    let joined: String = content.content.split_ascii_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(joined)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 == content.size {
        Ok(bytes)
    } else {
        Err(format!(
            "{} bytes where {} were announced",
            bytes.len(),
            content.size
        ))
    }
}
