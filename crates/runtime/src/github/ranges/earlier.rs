//! The release before: with what it was begun, and so where each range begins.

use crate::github::frozen::{FrozenComponent, FrozenRelease};
use crate::github::planning::PlanRefusal;
use crate::github::workshop::Workshop;
use crate::{book, error::sentence};
use artifact_verify::RangeStart;
use domain_types::{Channel, ReleaseVersion};
use orchestrator::Phase;
use std::cmp::Reverse;
use storage::ReleaseSummary;

/// A release that was published before.
pub(super) struct Earlier {
    version: ReleaseVersion,
    frozen: FrozenRelease,
}

impl Earlier {
    /// Where the range of a component begins: with the component of that name from the same place, else with any from there. None if the
    /// release before had nothing from there.
    pub(super) fn start_of(&self, component: &FrozenComponent) -> Option<RangeStart> {
        let of_source = |other: &&FrozenComponent| {
            let (one, other) = (&other.source, &component.source);
            one.owner.eq_ignore_ascii_case(&other.owner) && one.name.eq_ignore_ascii_case(&other.name)
        };
        let mut same = self.frozen.components.iter().filter(of_source);
        let named = same
            .clone()
            .find(|other| other.repository == component.repository);
        named.or_else(|| same.next()).map(|other| RangeStart {
            version: self.version.clone(),
            commit: other.commit.clone(),
        })
    }
}

/// The release before this version: the highest below it that is published, or, where there are only higher ones, the lowest of these, so
/// that no choice of a version makes everything old. Before a production release there are only production releases: what a prerelease let
/// pass was held against nothing.
///
/// # Errors
/// The store's, or that it cannot be read what that release was begun with.
pub(super) async fn earlier(
    workshop: &Workshop,
    version: &ReleaseVersion,
) -> Result<Option<Earlier>, PlanRefusal> {
    let listed = workshop.store.list_releases().await;
    let listed = listed.map_err(|error| PlanRefusal::Unseen(sentence(&error)))?;
    let name = &workshop.configuration.release.name;
    let is_earlier = |release: &ReleaseSummary| {
        let row = &release.row;
        row.name == *name
            && row.phase == Phase::Published.label()
            && (version.channel() == Channel::Prerelease || row.version.channel() == Channel::Production)
    };
    for release in in_order(listed.into_iter().filter(is_earlier).collect(), version) {
        let state = book::load(&*workshop.store, &release.id).await;
        let state = state.map_err(|error| PlanRefusal::Unseen(sentence(&error)))?;
        // What was not begun for GitHub has no places there.
        let Some(state) = state.filter(|state| state.spec().is_some_and(|spec| spec.frozen.is_some())) else {
            continue;
        };
        let frozen = FrozenRelease::of(&state).map_err(PlanRefusal::No)?;
        return Ok(Some(Earlier {
            version: release.row.version,
            frozen,
        }));
    }
    Ok(None)
}

/// The highest below first, down to the lowest; then the lowest above, up to the highest.
fn in_order(releases: Vec<ReleaseSummary>, version: &ReleaseVersion) -> Vec<ReleaseSummary> {
    let (mut below, mut above): (Vec<_>, Vec<_>) = releases
        .into_iter()
        .partition(|release| release.row.version < *version);
    below.sort_by_key(|release| Reverse(release.row.version.clone()));
    above.sort_by_key(|release| release.row.version.clone());
    below.extend(above);
    below
}
