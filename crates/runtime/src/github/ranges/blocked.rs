//! Whether what no green verdict stands behind holds a production release up.

use crate::configuration::Configuration;
use crate::github::planning::PlanRefusal;
use artifact_verify::{ComponentRange, Landing, RangeCommit};
use domain_types::{Channel, CommitSha, TagName};

/// Commits of one component that a refusal names: who reads it looks at the first, and all stand in the list of a prerelease.
const NAMED_MAX: usize = 3;

/// Refuses a production release with commits that no green verdict stands behind, where that is configured. Nothing has been dispatched
/// then.
///
/// # Errors
/// The refusal, which names the commits and says what to do. [`PlanRefusal::Unseen`] where the gate may only be late with the merges.
pub(in crate::github) fn refuse_ungoverned(
    configuration: &Configuration,
    (tag, channel): (&TagName, Channel),
    ranges: &[ComponentRange],
) -> Result<(), PlanRefusal> {
    let Some(governance) = &configuration.governance else {
        return Ok(());
    };
    if channel != Channel::Production || !governance.release_requires_verdicts {
        return Ok(());
    }
    let waived = &governance.released_without_verdict;
    let said = objections(ranges, waived);
    if said.is_empty() {
        return Ok(());
    }
    let why = format!(
        "{tag} is of the production channel: let pull requests be judged before they are merged; look at what came in past them, and name \
         the commits that may be released all the same, by their whole names, in `released_without_verdict` of [governance], then ask again. \
         No green verdict stands behind everything that has come in since the last one: {}",
        said.join("; ")
    );
    // Only what a pull request brought can still be written down.
    let is_late =
        |commit: &RangeCommit| commit.landing == Landing::Unwritten && !waived.contains(&commit.commit);
    let may_be_late = ranges.iter().flat_map(|range| &range.commits).any(is_late);
    Err(match may_be_late {
        true => PlanRefusal::Unseen(why),
        false => PlanRefusal::No(why),
    })
}

/// What is to be said against the ranges, component by component. Whoever names the commit of a component answers for what nobody can tell of
/// its range.
fn objections(ranges: &[ComponentRange], waived: &[CommitSha]) -> Vec<String> {
    let mut said = Vec::new();
    for range in ranges {
        let (source, commit) = (&range.source, &range.commit);
        let is_answered_for = waived.contains(commit);
        if range.since.is_none() && !is_answered_for {
            said.push(format!(
                "{source} {commit}: there is no earlier release of it to compare this one with"
            ));
        }
        if let Some(untold) = range.untold.as_ref().filter(|_| !is_answered_for) {
            said.push(format!("{source} {commit}: {untold}"));
        }
        let ungoverned = range
            .ungoverned()
            .filter(|commit| !waived.contains(&commit.commit));
        let ungoverned: Vec<&RangeCommit> = ungoverned.collect();
        let named = ungoverned.iter().take(NAMED_MAX);
        said.extend(named.map(|commit| objection(commit, source)));
        if let Some(more @ 1..) = ungoverned.len().checked_sub(NAMED_MAX) {
            said.push(format!("{source}: and {more} more"));
        }
        let unasked = ungoverned
            .iter()
            .filter(|commit| commit.landing == Landing::Unasked);
        if let unasked @ 1.. = unasked.count() {
            said.push(format!(
                "{source}: of {unasked} of these GitHub was not asked, for too many stand in no book: release a version at a commit in \
                 between first, so that fewer are left"
            ));
        }
        if range.unnamed() > 0 && !is_answered_for {
            let unnamed = range.unnamed();
            said.push(format!(
                "{source} {commit}: {unnamed} more commits behind it, which nobody has looked at: there are too many"
            ));
        }
    }
    said
}

fn objection(commit: &RangeCommit, source: &str) -> String {
    let by = commit
        .pull_request
        .map(|number| format!(" of #{number}"))
        .unwrap_or_default();
    format!(
        "{source} {}{by} {:?} ({})",
        commit.commit, commit.title, commit.said
    )
}

#[cfg(test)]
mod tests;
