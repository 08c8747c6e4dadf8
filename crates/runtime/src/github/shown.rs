//! What GitHub's own pages show of a release: a status on the commit that was tagged, and a mark on a release that was withdrawn.
//! Both are made to be what they should be, again and again; writing one twice changes nothing.

use super::frozen::FrozenRelease;
use super::publisher::marker;
use super::said::made;
use super::workshop::Workshop;
use crate::ports::Unfinished;
use domain_types::ReleaseId;
use github_client::{MakeLatest, NewStatus, Release, ReleaseChange, Repository, StatusState};
use orchestrator::{BuildState, Phase, State};
use std::collections::{BTreeMap, BTreeSet};
use storage::ReleaseSummary;

/// Under which name the status stands.
const CONTEXT: &str = "governance/release";

/// Under which name that of a rehearsal stands: it says nothing about a release.
const REHEARSAL_CONTEXT: &str = "governance/release-rehearsal";

/// Seconds after its last move for which an ended release is still told: whoever was down meanwhile tells it late.
const ENDED_SECONDS_MAX: u64 = 3_600;

/// What begins the title of a release that was withdrawn.
const WITHDRAWN_TITLE: &str = "[withdrawn] ";

/// What was shown last, by release.
#[derive(Default)]
pub(super) struct Shown {
    statuses: BTreeMap<ReleaseId, NewStatus>,
    marked: BTreeSet<ReleaseId>,
}

impl Shown {
    /// Whether something of this release may have to be shown, judged by its row alone.
    pub(super) fn concerns(&self, workshop: &Workshop, summary: &ReleaseSummary) -> bool {
        let is_fresh = summary.updated_at.plus_seconds(ENDED_SECONDS_MAX) >= workshop.clock.now();
        let is_unmarked = summary.row.phase == Phase::Withdrawn.label() && !self.marked.contains(&summary.id);
        !summary.row.ended || is_fresh || is_unmarked
    }

    /// Shows where a release is, if that is not shown already.
    pub(super) async fn show(
        &mut self,
        workshop: &Workshop,
        (release, state): (&ReleaseId, &State),
    ) -> Result<(), String> {
        let ended = state.header().ended;
        let now = workshop.clock.now();
        if *state.phase() == Phase::Withdrawn && !self.marked.contains(release) {
            let frozen = FrozenRelease::of(state)?;
            let repository = workshop
                .repository(&frozen.home)
                .map_err(|failure| failure.reason)?;
            mark(&repository, release, &frozen).await?;
            self.marked.insert(release.clone());
        }
        if ended.is_some_and(|ended| ended.plus_seconds(ENDED_SECONDS_MAX) < now) {
            return Ok(());
        }
        let status = status(state);
        if self.statuses.get(release) == Some(&status) {
            return Ok(());
        }
        let frozen = FrozenRelease::of(state)?;
        let repository = workshop
            .repository(&frozen.home)
            .map_err(|failure| failure.reason)?;
        let written = made(repository.create_status(&frozen.commit, &status).await);
        written.map_err(Unfinished::into_reason)?;
        self.statuses.insert(release.clone(), status);
        Ok(())
    }
}

fn status(state: &State) -> NewStatus {
    let nodes = state.nodes().count();
    let built = state.nodes().filter(|(_, node)| node.state.satisfies()).count();
    let failed = state
        .nodes()
        .filter(|(_, node)| node.state == BuildState::Failed)
        .count();
    let phase = state.phase();
    let (status, description) = match phase {
        Phase::Published => (StatusState::Success, "published".to_owned()),
        Phase::Rehearsed => (
            StatusState::Success,
            "rehearsed; nothing was published".to_owned(),
        ),
        Phase::Withdrawn => (StatusState::Failure, "published, and withdrawn".to_owned()),
        Phase::Stalled { .. } => (
            StatusState::Failure,
            format!("stalled, {built} of {nodes} built, {failed} failed; see the server's log, then retry"),
        ),
        Phase::Cancelled | Phase::Superseded { .. } | Phase::FellBack => {
            (StatusState::Error, phase.to_string())
        }
        Phase::Unplanned
        | Phase::Planned
        | Phase::AwaitingApproval
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted
        | Phase::Paused { .. } => (
            StatusState::Pending,
            format!("{}, {built} of {nodes} built", phase.label().replace('_', " ")),
        ),
    };
    NewStatus {
        state: status,
        context: match state.spec().is_some_and(|spec| spec.policy.rehearsal) {
            true => REHEARSAL_CONTEXT.to_owned(),
            false => CONTEXT.to_owned(),
        },
        description,
        target_url: None,
    }
}

/// Marks a published release as withdrawn. Nothing of it is deleted: whoever has it can still find what it was.
async fn mark(repository: &Repository, release: &ReleaseId, frozen: &FrozenRelease) -> Result<(), String> {
    let found = repository.release_by_tag(frozen.tag.as_str()).await;
    let found = found.map_err(|error| crate::error::sentence(&error))?;
    let ours = |found: &Release| {
        found
            .body
            .as_ref()
            .is_some_and(|body| body.contains(&marker(release)))
    };
    let Some(found) = found.filter(ours) else {
        // Somebody removed it: there is nothing to mark.
        return Ok(());
    };
    let title = found.name.unwrap_or_default();
    if title.starts_with(WITHDRAWN_TITLE) {
        return Ok(());
    }
    let change = ReleaseChange {
        prerelease: Some(true),
        make_latest: Some(MakeLatest::No),
        name: Some(format!("{WITHDRAWN_TITLE}{title}")),
        body: Some(format!(
            "> [!CAUTION]\n> This release was withdrawn by its maintainers. Do not use it.\n\n{}",
            found.body.unwrap_or_default()
        )),
        ..ReleaseChange::default()
    };
    let changed = made(repository.update_release(found.id, &change).await);
    changed.map(|_| ()).map_err(Unfinished::into_reason)
}
