//! The comment that a signature came in, and when the signature counts as received.

use super::found::{Found, FoundComment};
use domain_types::Timestamp;

/// Where a signature came from.
#[derive(Debug, Clone)]
pub(super) struct Came {
    pub(super) comment: u64,
    /// Who wrote the comment.
    pub(super) author: String,
    /// When it was written.
    pub(super) at: Timestamp,
    /// When what it gives counts as received.
    pub(super) received_at: Timestamp,
}

impl Came {
    /// In this comment, comments having been read until then. Where none was read before, nobody was there to receive what came: then the
    /// forge says when that was, and of what was edited since, the earliest that it may have been counts.
    pub(super) fn of(comment: &FoundComment, found: &Found, read_before: Option<Timestamp>) -> Self {
        Self {
            comment: comment.id,
            author: comment.author.clone(),
            at: comment.created_at,
            received_at: match read_before {
                Some(_) => found.observed_at,
                None => comment.created_at.min(found.observed_at),
            },
        }
    }

    /// The same, as it is stored.
    pub(super) fn source(&self) -> String {
        format!("comment {} by {} at {}", self.comment, self.author, self.at)
    }
}
