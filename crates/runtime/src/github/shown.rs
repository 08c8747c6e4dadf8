//! What GitHub's own pages show of a release: a status on the commit that was tagged, and a mark on a release that was withdrawn.
//! Both are made to be what they should be, again and again; writing one twice changes nothing.

use super::first_looks::FirstLooks;
use super::frozen::FrozenRelease;
use super::publisher::marker;
use super::said::made;
use super::workshop::Workshop;
use crate::ports::Unfinished;
use domain_types::{ReleaseId, Timestamp};
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

/// Tries at a status that GitHub refuses: nothing but a person changes that, and the release's next move is tried again.
const REFUSED_TRIES_MAX: u32 = 5;

/// Tries at a status of which nobody can tell: one a minute, for as long as the longest rest that GitHub asks for.
const TRIES_MAX: u32 = 60;

/// Seconds for which a status is left as it is though more is built by now: how far a release is, whoever watches it sees at once
/// elsewhere, and every status is a request. What waits for a person, and what has ended, is told at once.
const PROGRESS_SECONDS: u64 = 1_800;

/// What begins the title of a release that was withdrawn.
const WITHDRAWN_TITLE: &str = "[withdrawn] ";

/// What was shown last, by release.
#[derive(Default)]
pub(super) struct Shown {
    /// The last status of each release that is told.
    statuses: BTreeMap<ReleaseId, Told>,
    /// Releases that were withdrawn, and whose mark was seen.
    marked: BTreeSet<ReleaseId>,
    /// When what is to be marked was first looked for in vain.
    unmarked: FirstLooks,
}

/// A status that was tried to be written.
struct Told {
    status: NewStatus,
    /// Of which leg of the release's way it is, and when it was tried.
    of: (&'static str, Timestamp),
    tries: u32,
    /// It is written, or was given up.
    is_over: bool,
}

impl Shown {
    /// Whether something of this release may have to be shown, judged by its row alone.
    pub(super) fn concerns(&self, workshop: &Workshop, summary: &ReleaseSummary) -> bool {
        let is_fresh = summary.updated_at.plus_seconds(ENDED_SECONDS_MAX) >= workshop.clock.now();
        let is_unmarked = summary.row.phase == Phase::Withdrawn.label() && !self.marked.contains(&summary.id);
        !summary.row.ended || is_fresh || is_unmarked
    }

    /// Forgets what was told of all other releases.
    pub(super) fn keep(&mut self, releases: &BTreeSet<ReleaseId>) {
        self.statuses.retain(|release, _| releases.contains(release));
    }

    /// Whether nothing is to be done about this status any more, or not yet.
    fn is_over(
        &self,
        release: &ReleaseId,
        status: &NewStatus,
        (leg, now): (&'static str, Timestamp),
    ) -> bool {
        let told = self.statuses.get(release);
        told.is_some_and(|told| {
            let (before, at) = told.of;
            let is_progress = status.state == StatusState::Pending && before == leg;
            let is_fresh = now < at.plus_seconds(PROGRESS_SECONDS);
            told.is_over && (told.status == *status || (is_progress && is_fresh))
        })
    }

    /// What came of a try. What is given up is told, once: it keeps no release from going on.
    fn tried(
        &mut self,
        release: &ReleaseId,
        (status, of): (NewStatus, (&'static str, Timestamp)),
        written: Result<(), Unfinished>,
    ) {
        let before = self.statuses.remove(release);
        let before = before.filter(|told| told.status == status);
        let tries = before.map_or(0, |told| told.tries) + 1;
        let is_over = match written {
            Ok(()) => true,
            Err(unfinished) => {
                let tries_max = match unfinished {
                    Unfinished::Failed(_) => REFUSED_TRIES_MAX,
                    Unfinished::Unknown { .. } => TRIES_MAX,
                };
                given_up(release, (tries, tries_max), &unfinished.into_reason())
            }
        };
        let told = Told {
            status,
            of,
            tries,
            is_over,
        };
        self.statuses.insert(release.clone(), told);
    }

    /// Shows where a release is, if that is not shown already.
    pub(super) async fn show(
        &mut self,
        workshop: &Workshop,
        (release, state): (&ReleaseId, &State),
    ) -> Result<(), String> {
        let ended = state.header().ended;
        let now = workshop.clock.now();
        if is_taken_back(state) && !self.marked.contains(release) {
            let frozen = FrozenRelease::of(state)?;
            let repository = workshop
                .writable(&frozen.home)
                .map_err(|failure| failure.reason)?;
            let is_marked = mark(&repository, release, &frozen).await?;
            // What somebody removed need not be marked; what is not shown yet must be.
            if is_marked || !self.unmarked.may_lag(release, now) {
                self.unmarked.found(release);
                self.marked.insert(release.clone());
            }
        }
        if ended.is_some_and(|ended| ended.plus_seconds(ENDED_SECONDS_MAX) < now) {
            return Ok(());
        }
        let status = status(state);
        let of = (leg(state.phase()), now);
        if self.is_over(release, &status, of) {
            return Ok(());
        }
        let frozen = FrozenRelease::of(state)?;
        let repository = workshop
            .repository(&frozen.home)
            .map_err(|failure| failure.reason)?;
        let written = made(repository.create_status(&frozen.commit, &status).await);
        self.tried(release, (status, of), written.map(|_| ()));
        Ok(())
    }
}

/// Whether what is public of a release is not to be used: it was withdrawn, or given up when it might have been public.
fn is_taken_back(state: &State) -> bool {
    let phase = state.phase();
    *phase == Phase::Withdrawn || (phase.is_given_up() && state.header().may_be_public)
}

/// Whether a status that was not written is given up.
fn given_up(release: &ReleaseId, (tries, tries_max): (u32, u32), reason: &str) -> bool {
    if tries < tries_max {
        tracing::debug!(%release, tries, reason, "the status of the tagged commit is written later");
        return false;
    }
    tracing::warn!(
        %release,
        tries,
        reason,
        "the status of the tagged commit is not written; see whether the App may write statuses there: the next one is tried again"
    );
    true
}

/// Which leg of its way a release is on: one for all that goes on by itself, and one for each reason to wait.
fn leg(phase: &Phase) -> &'static str {
    match phase {
        Phase::Unplanned
        | Phase::Planned
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::Drafted => Phase::Building.label(),
        Phase::AwaitingApproval
        | Phase::AwaitingSignatures
        | Phase::Paused { .. }
        | Phase::Stalled { .. }
        | Phase::Published
        | Phase::Rehearsed
        | Phase::Withdrawn
        | Phase::Cancelled
        | Phase::Superseded { .. }
        | Phase::FellBack => phase.label(),
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

/// Marks a published release as withdrawn. Nothing of it is deleted: whoever has it can still find what it was. Answers whether there was
/// anything to mark.
async fn mark(repository: &Repository, release: &ReleaseId, frozen: &FrozenRelease) -> Result<bool, String> {
    let found = repository.release_by_tag(frozen.tag.as_str()).await;
    let found = found.map_err(|error| crate::error::sentence(&error))?;
    let ours = |found: &Release| {
        found
            .body
            .as_ref()
            .is_some_and(|body| body.contains(&marker(release)))
    };
    let Some(found) = found.filter(ours) else {
        return Ok(false);
    };
    let title = found.name.unwrap_or_default();
    if title.starts_with(WITHDRAWN_TITLE) {
        return Ok(true);
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
    changed.map(|_| true).map_err(Unfinished::into_reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use orchestrator::{Failure, FailureKind};

    fn status(description: &str) -> NewStatus {
        NewStatus {
            state: StatusState::Pending,
            context: CONTEXT.to_owned(),
            description: description.to_owned(),
            target_url: None,
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_seconds(1_764_000_000)
    }

    /// How often a status is tried that never can be written.
    fn tries(
        shown: &mut Shown,
        described: &'static str,
        written: impl Fn() -> Result<(), Unfinished>,
    ) -> u32 {
        let release = crate::tests::spec().id;
        let mut tries = 0;
        while tries < 1_000 && !shown.is_over(&release, &status(described), (described, now())) {
            shown.tried(&release, (status(described), (described, now())), written());
            tries += 1;
        }
        tries
    }

    #[test]
    fn a_status_is_tried_so_often_and_the_next_one_anew() {
        let refused = || Err(Failure::new(FailureKind::Source, "no permission").into());
        let doubtful = || {
            Err(Unfinished::Unknown {
                reason: "no answer".to_owned(),
            })
        };
        let mut shown = Shown::default();
        assert_eq!(tries(&mut shown, "building", refused), REFUSED_TRIES_MAX);
        assert_eq!(tries(&mut shown, "drafted", doubtful), TRIES_MAX);
        assert_eq!(tries(&mut shown, "published", || Ok(())), 1);
    }

    #[test]
    fn more_that_is_built_is_told_later_and_what_waits_at_once() {
        let release = crate::tests::spec().id;
        let mut shown = Shown::default();
        shown.tried(
            &release,
            (status("building, 0 of 5 built"), ("building", now())),
            Ok(()),
        );
        let is_told = |description: &str, phase: &'static str, seconds: u64| {
            let now = now().plus_seconds(seconds);
            !shown.is_over(&release, &status(description), (phase, now))
        };
        assert!(!is_told(
            "building, 2 of 5 built",
            "building",
            PROGRESS_SECONDS - 1
        ));
        assert!(is_told("building, 2 of 5 built", "building", PROGRESS_SECONDS));
        assert!(!is_told("building, 0 of 5 built", "building", PROGRESS_SECONDS));
        assert!(is_told("paused, 2 of 5 built", "paused", 1));
        assert_eq!(leg(&Phase::Drafted), leg(&Phase::Building));
        assert_ne!(leg(&Phase::AwaitingApproval), leg(&Phase::Building));
        let failed = NewStatus {
            state: StatusState::Failure,
            ..status("building")
        };
        assert!(!shown.is_over(&release, &failed, ("building", now())));
    }

    #[test]
    fn what_was_told_of_a_release_that_is_over_is_forgotten() {
        let mut shown = Shown::default();
        assert_eq!(tries(&mut shown, "published", || Ok(())), 1);
        shown.keep(&BTreeSet::from([crate::tests::spec().id]));
        assert_eq!(shown.statuses.len(), 1);
        shown.keep(&BTreeSet::new());
        assert_eq!(shown.statuses.len(), 0);
    }
}
