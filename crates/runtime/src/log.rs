//! What whoever runs a server reads of its releases: where each of them is, what failed, what was refused.

use domain_types::ReleaseId;
use orchestrator::{Event, State};

/// A step was committed. `before` is the phase that the release was in.
pub(crate) fn moved(release: &ReleaseId, before: &str, (event, after): (&Event, &State)) {
    if let Event::BuildFailed {
        node,
        attempt,
        failure,
    } = event
    {
        let (kind, reason) = (failure.kind, failure.reason.as_str());
        tracing::warn!(%release, %node, attempt, %kind, reason, "a build failed");
    }
    if let Event::StageFailed { stage, failure } = event {
        let (kind, reason) = (failure.kind, failure.reason.as_str());
        tracing::warn!(%release, ?stage, %kind, reason, "a stage failed");
    }
    let phase = after.phase().label();
    if phase != before {
        tracing::info!(%release, event = event.label(), phase, "the release moves");
    }
}

/// A row was refused.
pub(crate) fn refused(key: &str, reason: &str) {
    tracing::warn!(key, reason, "refused");
}
