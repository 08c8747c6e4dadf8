//! One thing that was looked at: it is known, it is not there, GitHub denies it, or it could not be read.

use super::finding::{Code, Finding, Severity};
use crate::error::sentence;
use github_client::GitHubError;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fact<T> {
    /// So it is.
    Known(T),
    /// It is not there, as far as we may see.
    Absent,
    /// We may not see it: GitHub's words.
    Denied(String),
    /// Nobody could tell: why.
    Unread(String),
}

/// What was asked, for the finding that there is no answer.
pub(super) struct Question<'q> {
    /// What it is about, such as `the runners of example/node`.
    pub(super) about: &'q str,
    /// The page of the setting, and the setting.
    pub(super) place: (&'q str, &'q str),
    /// How much it matters that it is not known.
    pub(super) severity: Severity,
    /// What to do if it is denied.
    pub(super) denied: &'q str,
    /// What to do if it is not there.
    pub(super) absent: &'q str,
}

impl<T> Fact<T> {
    pub(super) fn of(read: Result<T, GitHubError>) -> Self {
        match read {
            Ok(known) => Self::Known(known),
            Err(error) => Self::unknown(&error),
        }
    }

    pub(super) fn of_optional(read: Result<Option<T>, GitHubError>) -> Self {
        match read {
            Ok(Some(known)) => Self::Known(known),
            Ok(None) => Self::Absent,
            Err(error) => Self::unknown(&error),
        }
    }

    fn unknown(error: &GitHubError) -> Self {
        match error {
            GitHubError::Refused { status: 404, .. } => Self::Absent,
            GitHubError::Refused { message, .. } | GitHubError::Unauthorized { message, .. } => {
                Self::Denied(message.clone())
            }
            GitHubError::NotInstalled { .. } => Self::Denied(error.to_string()),
            GitHubError::Invalid(_)
            | GitHubError::Setting { .. }
            | GitHubError::NotSent { .. }
            | GitHubError::TooLate { .. }
            | GitHubError::Broken { .. }
            | GitHubError::TimedOut { .. }
            | GitHubError::ServerFailed { .. }
            | GitHubError::Limited { .. }
            | GitHubError::TooLarge { .. }
            | GitHubError::Undecodable { .. }
            | GitHubError::ForeignHost { .. }
            | GitHubError::Local { .. } => Self::Unread(sentence(error)),
        }
    }

    /// What is known.
    pub(super) fn known(&self) -> Option<&T> {
        match self {
            Self::Known(known) => Some(known),
            Self::Absent | Self::Denied(_) | Self::Unread(_) => None,
        }
    }

    /// What is known, or the finding that it is not.
    pub(super) fn or_finding(&self, question: &Question<'_>) -> Result<&T, Finding> {
        let (code, message, remedy) = match self {
            Self::Known(known) => return Ok(known),
            Self::Absent => (
                Code::Absent,
                format!("{} is not there", question.about),
                question.absent,
            ),
            Self::Denied(words) => (
                Code::Denied,
                format!("GitHub does not show {}: {words}", question.about),
                question.denied,
            ),
            Self::Unread(why) => (
                Code::Unread,
                format!("{} could not be read: {why}", question.about),
                "look again when GitHub is well",
            ),
        };
        Err(Finding::of_setting(
            (question.severity, code),
            question.place,
            message,
            remedy,
        ))
    }
}
