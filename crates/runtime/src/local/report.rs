//! Turns what local builds say into events and failures.

use crate::error::sentence;
use domain_types::{BuildId, Sha256Digest};
use local_build::{BuildEnd, Error, Exit, LOG_TAIL_LINES, log_tail};
use orchestrator::{BuildOutput, BuiltArtifact, Event, Failure, FailureKind, classify};
use std::path::Path;

/// Signals that end a build from outside: the machine is short of memory, or goes down.
const OUTSIDE_SIGNALS: [i32; 3] = [9, 15, 1];

pub(super) fn succeeded(build: &BuildId, reuse_key: Sha256Digest, output: local_build::BuildOutput) -> Event {
    let artifact = |artifact: local_build::Artifact| BuiltArtifact {
        name: artifact.name.as_str().to_owned(),
        digest: artifact.digest,
        size: artifact.size,
        executable: artifact.executable,
    };
    let output = BuildOutput {
        reuse_key,
        artifacts: output.artifacts.into_iter().map(artifact).collect(),
        lock: output.lock,
    };
    Event::BuildSucceeded {
        node: build.node.clone(),
        attempt: build.attempt,
        output,
    }
}

pub(super) fn failed(build: &BuildId, failure: Failure) -> Event {
    Event::BuildFailed {
        node: build.node.clone(),
        attempt: build.attempt,
        failure,
    }
}

/// A command of the build said no, or was ended from outside.
pub(super) fn failure_of_end(end: &BuildEnd, log: &Path) -> Failure {
    let from_log = classify(end.log_tail.iter().map(String::as_str));
    let kind = match (from_log, end.exit) {
        (FailureKind::Unknown, Exit::Signal(signal)) if OUTSIDE_SIGNALS.contains(&signal) => {
            FailureKind::RunnerLost
        }
        (FailureKind::Unknown, Exit::Code(126 | 127)) => FailureKind::MissingTool,
        (kind, Exit::Signal(_) | Exit::Code(_)) => kind,
    };
    let command = end.command.as_deref().unwrap_or("the build");
    Failure {
        kind,
        reason: format!("`{command}` ended with {}", end.exit),
        log_tail: end.log_tail.clone(),
        log: Some(log.display().to_string()),
    }
}

/// Something around the build failed.
pub(super) fn failure_of_error(error: &Error, log: Option<&Path>) -> Failure {
    let reason = sentence(error);
    let from_text = classify([reason.as_str()]);
    let kind = if matches!(
        error,
        Error::ArtifactMissing { .. } | Error::ArtifactRefused { .. }
    ) {
        FailureKind::MissingArtifact
    } else if matches!(error, Error::LockHeld { .. }) {
        FailureKind::Lock
    } else if from_text == FailureKind::Unknown && !error.is_retryable() {
        FailureKind::Source
    } else {
        from_text
    };
    Failure {
        // Without its last lines the failure is still told, and the whole log is named.
        log_tail: log
            .and_then(|log| log_tail(log, LOG_TAIL_LINES).ok())
            .unwrap_or_default(),
        log: log.map(|log| log.display().to_string()),
        ..Failure::new(kind, reason)
    }
}
