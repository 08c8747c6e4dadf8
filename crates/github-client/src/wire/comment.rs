//! What people write at a pull request.

use super::{Actor, Association, CommentId, word_enum};
use domain_types::{CommitSha, Timestamp};
use serde::{Deserialize, Deserializer, Serialize};

/// A comment at a pull request or an issue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Comment {
    /// Its number.
    pub id: CommentId,
    /// The number of the pull request or issue in the repository.
    #[serde(rename = "issue_url", deserialize_with = "number_at_end")]
    pub issue_number: u64,
    /// Who wrote it; none where the account is gone. Whoever may write to the repository may have changed it since.
    #[serde(rename = "user")]
    pub author: Option<Actor>,
    /// What it says.
    #[serde(default)]
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
    /// What the author has to do with the repository.
    #[serde(default)]
    pub author_association: Option<Association>,
    /// Its page.
    #[serde(default)]
    pub html_url: String,
}

/// The number in `.../issues/NUMBER`.
fn number_at_end<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let url = String::deserialize(from)?;
    let number = url.rsplit('/').next().and_then(|end| end.parse().ok());
    number.ok_or_else(|| serde::de::Error::custom("an address of an issue without its number"))
}

/// What can be thought of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Reaction {
    /// Thumbs up.
    #[serde(rename = "+1")]
    PlusOne,
    /// Thumbs down.
    #[serde(rename = "-1")]
    MinusOne,
    /// Somebody looks at it.
    #[serde(rename = "eyes")]
    Eyes,
    /// Somebody does not understand it.
    #[serde(rename = "confused")]
    Confused,
    /// Something is under way.
    #[serde(rename = "rocket")]
    Rocket,
    /// Joy.
    #[serde(rename = "hooray")]
    Hooray,
    /// Love.
    #[serde(rename = "heart")]
    Heart,
    /// Laughter.
    #[serde(rename = "laugh")]
    Laugh,
}

word_enum! {
    /// What a review says. The API writes it in capitals, webhooks in small letters.
    ReviewState {
        /// It may be merged.
        Approved = "approved",
        /// It may not.
        ChangesRequested = "changes_requested",
        /// Neither.
        Commented = "commented",
        /// Somebody took it back.
        Dismissed = "dismissed",
        /// Not sent yet.
        Pending = "pending",
    }
}

/// A review of a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Review {
    /// Its number.
    pub id: u64,
    /// Who wrote it; none where the account is gone.
    #[serde(rename = "user")]
    pub author: Option<Actor>,
    /// What it says.
    #[serde(deserialize_with = "in_any_case")]
    pub state: ReviewState,
    /// Its words.
    #[serde(default, deserialize_with = "text_or_null")]
    pub body: String,
    /// When it was sent.
    #[serde(default)]
    pub submitted_at: Option<Timestamp>,
    /// The commit that was looked at; it does not follow the head.
    #[serde(default)]
    pub commit_id: Option<CommitSha>,
    /// What the author has to do with the repository.
    #[serde(default)]
    pub author_association: Option<Association>,
}

fn in_any_case<'de, D: Deserializer<'de>>(from: D) -> Result<ReviewState, D::Error> {
    Ok(String::deserialize(from)?.to_ascii_lowercase().into())
}

fn text_or_null<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(from)?.unwrap_or_default())
}
