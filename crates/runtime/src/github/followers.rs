//! Which runs are followed here, and what webhooks have hinted at.

use super::frozen::FullName;
use domain_types::BuildId;
use github_client::WorkflowRunId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Runs that are followed, for whoever hears of them.
#[derive(Clone, Default)]
pub(super) struct Followers {
    live: Arc<Mutex<BTreeMap<BuildId, Live>>>,
}

/// One of them.
pub(super) struct Live {
    pub(super) bell: Arc<Notify>,
    pub(super) dispatch_id: String,
    pub(super) run: Option<WorkflowRunId>,
    /// The repository, where its worker knows no dispatch id.
    pub(super) legacy: Option<FullName>,
    /// The most that was hinted at and not looked at yet.
    pub(super) hint: Option<Hint>,
}

/// What a webhook says of a run. Its signature was checked, and still it counts only as far as nothing is lost by believing it: how a run
/// ended is asked of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hint {
    /// It waits. Webhooks of it come.
    Waits,
    /// It runs: from now on another limit in time counts.
    Runs,
    /// Something else about it changed, its end perhaps.
    Changed,
}

impl Followers {
    fn live(&self) -> MutexGuard<'_, BTreeMap<BuildId, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody says that a run moved. True if it is one of ours.
    pub(super) fn hint(&self, (run, title): (WorkflowRunId, &str), hint: Hint) -> bool {
        let mut live = self.live();
        let ours = live
            .values_mut()
            .find(|live| live.run == Some(run) || title.contains(&format!("[{}]", live.dispatch_id)));
        let Some(ours) = ours else { return false };
        // Of a run that is not the one we know, nothing is believed.
        let hint = if ours.run == Some(run) {
            hint
        } else {
            Hint::Changed
        };
        ours.hint = ours.hint.max(Some(hint));
        ours.bell.notify_one();
        true
    }

    /// A worker that knows no dispatch id may have done something: whoever follows one in these repositories looks.
    pub(super) fn ring(&self, is_meant: impl Fn(&FullName) -> bool) {
        for live in self.live().values_mut() {
            if live.legacy.as_ref().is_some_and(&is_meant) {
                live.hint = live.hint.max(Some(Hint::Changed));
                live.bell.notify_one();
            }
        }
    }

    /// What was hinted at since the last time; none at all if the build is not followed any more.
    pub(super) fn heard(&self, build: &BuildId) -> Option<Option<Hint>> {
        self.live().get_mut(build).map(|live| live.hint.take())
    }

    /// Whether the run of this build is followed.
    pub(super) fn has(&self, build: &BuildId) -> bool {
        self.live().contains_key(build)
    }

    /// The run of a build, if it was seen.
    pub(super) fn run_of(&self, build: &BuildId) -> Option<WorkflowRunId> {
        self.live().get(build).and_then(|live| live.run)
    }

    /// Ends the following; nothing is reported any more.
    pub(super) fn end(&self, build: &BuildId) {
        if let Some(live) = self.live().remove(build) {
            live.bell.notify_one();
        }
    }

    /// Whose run it is.
    pub(super) fn found(&self, build: &BuildId, run: WorkflowRunId) {
        if let Some(live) = self.live().get_mut(build) {
            live.run = Some(run);
        }
    }

    /// Notes that the run of a build is followed from now on; false if somebody does already.
    pub(super) fn enter(&self, build: &BuildId, live: Live) -> bool {
        let mut lives = self.live();
        if lives.contains_key(build) {
            return false;
        }
        lives.insert(build.clone(), live);
        true
    }
}
