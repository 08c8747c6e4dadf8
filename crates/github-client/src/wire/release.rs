//! Releases and their files.

use super::{Actor, AssetId, ReleaseNumber, digest_or_none, word_enum};
use domain_types::{Sha256Digest, Timestamp};
use serde::{Deserialize, Serialize};

/// A release, draft or published.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Release {
    /// Its number.
    pub id: ReleaseNumber,
    /// The tag that it has, or will have when it is published.
    pub tag_name: String,
    /// What the tag is made on if it does not exist yet.
    #[serde(default)]
    pub target_commitish: String,
    /// Its title.
    pub name: Option<String>,
    /// Its notes.
    pub body: Option<String>,
    /// Not published yet: visible to those who may write only, and not by its tag.
    pub draft: bool,
    /// Marked as not for production.
    pub prerelease: bool,
    /// Its tag and files can never change again.
    #[serde(default)]
    pub immutable: bool,
    /// Who made it.
    pub author: Option<Actor>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// Its page.
    pub html_url: String,
    /// Where its files are uploaded, as a template.
    pub upload_url: String,
    /// Its files, as far as GitHub shows them here; the whole list is asked for by itself.
    #[serde(default)]
    pub assets: Vec<Asset>,
}

word_enum! {
    /// How far an upload came.
    AssetState {
        /// Whole.
        Uploaded = "uploaded",
        /// Begun and never ended: it must be deleted before its name can be used.
        Starter = "starter",
        /// Still being uploaded.
        New = "new",
        /// Still open.
        Open = "open",
    }
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Asset {
    /// Its number.
    pub id: AssetId,
    /// Its name.
    pub name: String,
    /// Its size, in bytes.
    pub size: u64,
    /// How far its upload came.
    pub state: AssetState,
    /// The digest that GitHub computed when it was uploaded; older files have none.
    #[serde(default, deserialize_with = "digest_or_none")]
    pub digest: Option<Sha256Digest>,
    /// Who uploaded it.
    pub uploader: Option<Actor>,
}

/// A draft to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewRelease {
    /// The tag.
    pub tag_name: String,
    /// What the tag is made on if it does not exist.
    pub target_commitish: String,
    /// The title.
    pub name: String,
    /// The notes.
    pub body: String,
    /// Not for production.
    pub prerelease: bool,
}

/// What to change of a release; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ReleaseChange {
    /// False publishes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub draft: Option<bool>,
    /// Not for production.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prerelease: Option<bool>,
    /// Whether it becomes the repository's latest release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make_latest: Option<MakeLatest>,
    /// The notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_name: Option<String>,
    /// What the tag is made on if it does not exist.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_commitish: Option<String>,
}

/// Whether a release becomes the repository's latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum MakeLatest {
    /// It does.
    #[serde(rename = "true")]
    Yes,
    /// It does not.
    #[serde(rename = "false")]
    No,
    /// GitHub decides by date and version.
    #[serde(rename = "legacy")]
    ByDateAndVersion,
}
