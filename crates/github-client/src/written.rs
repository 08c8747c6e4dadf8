//! What became of a write: four classes, because a timeout is no failure and an acknowledgement is no identity.

use crate::GitHubError;

/// What became of a write.
#[must_use]
#[derive(Debug)]
pub enum Written<T> {
    /// It has happened, and this is what it made.
    Done(T),
    /// GitHub took it and said nothing about what it made: look for it.
    Accepted,
    /// It has not happened. If [`GitHubError::is_retryable`], the same may be sent again without looking.
    Rejected(GitHubError),
    /// It may have happened: look before it is sent again.
    Unknown(GitHubError),
}

impl<T> Written<T> {
    /// The same outcome with another identity.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Written<U> {
        match self {
            Self::Done(made) => Written::Done(change(made)),
            Self::Accepted => Written::Accepted,
            Self::Rejected(error) => Written::Rejected(error),
            Self::Unknown(error) => Written::Unknown(error),
        }
    }
}
