//! What GitHub said, in the words of the state machine: what may pass, what will not, and what nobody can tell.

use crate::ports::Unfinished;
use github_client::{GitHubError, Written};
use orchestrator::{Failure, FailureKind, classify};

/// A failure that GitHub's words tell of.
pub(super) fn failure_of(error: &GitHubError) -> Failure {
    let reason = crate::error::sentence(error);
    let kind = if matches!(error, GitHubError::Local { .. }) {
        // Our own disk: it is no word of GitHub's.
        classify([reason.as_str()])
    } else if error.is_retryable() {
        FailureKind::Network
    } else {
        FailureKind::Source
    };
    Failure::new(kind, reason)
}

/// What may pass is nobody's failure: it is looked at again.
pub(super) fn unfinished(error: &GitHubError) -> Unfinished {
    match error.is_retryable() {
        true => Unfinished::Unknown {
            reason: crate::error::sentence(error),
        },
        false => Unfinished::Failed(failure_of(error)),
    }
}

/// What a write made, where doubt and refusals that may pass mean: look, then do it again.
pub(super) fn made<T>(written: Written<T>) -> Result<Option<T>, Unfinished> {
    match written {
        Written::Done(made) => Ok(Some(made)),
        Written::Accepted => Ok(None),
        Written::Rejected(error) => Err(unfinished(&error)),
        Written::Unknown(error) => Err(Unfinished::Unknown {
            reason: crate::error::sentence(&error),
        }),
    }
}

/// A doubt as a failure, where nothing else can be told: it may pass.
pub(super) fn as_failure(unfinished: Unfinished) -> Failure {
    match unfinished {
        Unfinished::Failed(failure) => failure,
        Unfinished::Unknown { reason } => Failure::new(FailureKind::Network, reason),
    }
}

/// A verdict of ours about what is public already.
pub(super) fn public(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Public, what)
}

/// A verdict of ours about what is on GitHub.
pub(super) fn refused(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Verification, what)
}
