//! The exit code of a release that came to rest.

use crate::Exit;
use orchestrator::{BuildState, Phase, StallReason, State};

/// Published is yes. Stalled is a clear no, unless only the world failed: disk, network, locks. Ended otherwise is no.
pub(crate) fn exit_of(state: &State) -> Exit {
    match state.phase() {
        Phase::Published | Phase::Rehearsed => Exit::Yes,
        Phase::Stalled {
            reason: StallReason::Stage { failure },
            ..
        } if failure.kind.is_of_the_world() => Exit::World,
        Phase::Stalled {
            reason: StallReason::Builds { .. },
            ..
        } if only_the_world_failed(state) => Exit::World,
        Phase::Stalled { .. }
        | Phase::Unplanned
        | Phase::Planned
        | Phase::AwaitingApproval
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted
        | Phase::Withdrawn
        | Phase::Paused { .. }
        | Phase::Cancelled
        | Phase::Superseded { .. }
        | Phase::FellBack => Exit::No,
    }
}

fn only_the_world_failed(state: &State) -> bool {
    let failed = state
        .nodes()
        .filter(|(fixed, node)| node.state == BuildState::Failed && !fixed.optional);
    let mut failures = failed.map(|(_, node)| node.failure()).peekable();
    failures.peek().is_some()
        && failures.all(|failure| failure.is_some_and(|failure| failure.kind.is_of_the_world()))
}
