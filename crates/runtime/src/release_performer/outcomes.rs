//! What came of a port's deed, in the words of the engine.

use crate::RuntimeError;
use crate::ports::{Begun, Unfinished, Word};
use domain_types::{BuildId, ReleaseId};
use effects::Probed;
use orchestrator::{Command, Event, Failure};
use storage::Intent;

/// The release that a command belongs to. One of a pull request is another performer's: whoever sends it here made a mistake, and is told.
pub(super) fn release_of(intent: &Intent) -> Result<&ReleaseId, RuntimeError> {
    intent.subject.release().ok_or_else(|| {
        tracing::error!(command = %intent.id, "a command of no release reached the performer of releases");
        RuntimeError::NotOfARelease {
            command: intent.id.clone(),
        }
    })
}

/// A look that failed tells nothing.
pub(super) fn in_doubt(error: &RuntimeError) -> Probed {
    Probed::Unknown {
        reason: crate::error::sentence(error),
    }
}

/// Whom a command tells, if it tells somebody.
pub(super) fn word_of(command: &Command) -> Option<Word> {
    match command {
        Command::FollowUp { name } => Some(Word::FollowUp(name.clone())),
        Command::BeginFormerStep { name, .. } => Some(Word::FormerStep(name.clone())),
        Command::RunStage { .. }
        | Command::StartBuild { .. }
        | Command::StopBuild { .. }
        | Command::DiscardDraft => None,
    }
}

pub(super) fn begun_event(build: &BuildId, begun: Begun) -> Event {
    let (node, attempt) = (build.node.clone(), build.attempt);
    match begun {
        Begun::Queued => Event::BuildQueued {
            node,
            attempt,
            run: None,
        },
        Begun::Running => Event::BuildStarted { node, attempt },
    }
}

/// Apart: what certainly failed, which an event can say, and what nobody can tell, which a probe has to.
pub(super) fn certain<T>(outcome: Result<T, Unfinished>) -> Result<Result<T, Failure>, RuntimeError> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Unfinished::Failed(failure)) => Ok(Err(failure)),
        Err(Unfinished::Unknown { reason }) => Err(RuntimeError::InDoubt { reason }),
    }
}

/// What only ends or tidies up is owed until it is done, and can be done twice: what failed is tried again later.
pub(super) fn owed(outcome: Result<(), Failure>) -> Result<Vec<Event>, RuntimeError> {
    match outcome {
        Ok(()) => Ok(Vec::new()),
        Err(failure) => Err(RuntimeError::InDoubt {
            reason: failure.reason,
        }),
    }
}

/// A failure that no event of the release can carry: the intent is rejected and keeps the reason.
pub(super) fn unreported<T>(release: &ReleaseId, failure: Failure) -> Result<T, RuntimeError> {
    Err(RuntimeError::Port {
        release: release.clone(),
        reason: failure.reason,
    })
}
