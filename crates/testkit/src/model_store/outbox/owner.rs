//! Whose an intent is, and what that means for it.

use super::super::release::{Number, Releases};
use domain_types::PullRequestId;

/// A release or a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Owner {
    Release(Number),
    PullRequest(PullRequestId),
}

impl Owner {
    /// Whether nothing new of it may begin. A pull request is never held.
    pub(super) fn is_held(self, releases: &Releases) -> bool {
        match self {
            Self::Release(number) => releases.is_held(number),
            Self::PullRequest(_) => false,
        }
    }

    /// Whether it is over. A pull request never is: it may be opened again.
    pub(super) fn is_ended(self, releases: &Releases) -> bool {
        match self {
            Self::Release(number) => releases.is_ended(number),
            Self::PullRequest(_) => false,
        }
    }
}
