//! Adds the end of the log to failures that were recorded without one: a build that ran too long was ended by a
//! decision, and a decision reads no files.

use crate::view::ReleaseView;
use domain_types::BuildId;
use local_build::{LOG_TAIL_LINES, log_tail};
use orchestrator::{BuildState, State};
use runtime::local::Places;

/// The view of a state, with the logs that lie on this machine; nothing before the release's first event.
pub(super) fn view_with_logs(state: &State, places: &Places) -> Option<ReleaseView> {
    let mut view = ReleaseView::of(state)?;
    let release = &state.spec()?.id;
    for (build, (fixed, node)) in view.builds.iter_mut().zip(state.nodes()) {
        if node.state != BuildState::Failed || build.log.is_some() {
            continue;
        }
        let id = BuildId {
            release: release.clone(),
            node: fixed.id.clone(),
            attempt: node.attempt_number(),
        };
        let log = places.run_folder(&id).join("log");
        if log.is_file() {
            // A log that cannot be read any more is still named.
            build.log_tail = log_tail(&log, LOG_TAIL_LINES).unwrap_or_default();
            build.log = Some(log.display().to_string());
        }
    }
    Some(view)
}
