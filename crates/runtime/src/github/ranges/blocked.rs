//! Whether what no green verdict stands behind holds a production release up.

use crate::configuration::Configuration;
use crate::github::planning::PlanRefusal;
use artifact_verify::{ComponentRange, Landing, RangeCommit};
use domain_types::{Channel, CommitSha, TagName};

/// Commits that a refusal names: who reads it looks at the first, and all stand in the list of a prerelease.
const NAMED_MAX: usize = 10;

/// Characters of a commit's name that are said.
const COMMIT_CHARS: usize = 10;

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
    let named = said.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>();
    let more = match said.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let why = format!(
        "{tag} is of the production channel, and no green verdict stands behind everything that has come in since the last one: {}{more}. \
         Let the pull requests be judged before they are merged; look at what came in past them, and name the commits that may be released \
         all the same in `released_without_verdict` of [governance], then ask again",
        named.join("; ")
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

/// What is to be said against the ranges, component by component.
fn objections(ranges: &[ComponentRange], waived: &[CommitSha]) -> Vec<String> {
    let mut said = Vec::new();
    for range in ranges {
        let source = &range.source;
        if let Some(untold) = &range.untold {
            said.push(format!("{source}: {untold}"));
        }
        let ungoverned = range
            .ungoverned()
            .filter(|commit| !waived.contains(&commit.commit));
        said.extend(ungoverned.map(|commit| objection(commit, source)));
        if range.unnamed() > 0 {
            let unnamed = range.unnamed();
            said.push(format!(
                "{source}: {unnamed} more commits, which nobody has looked at: there are too many"
            ));
        }
    }
    said
}

fn objection(commit: &RangeCommit, source: &str) -> String {
    let name: String = commit.commit.as_str().chars().take(COMMIT_CHARS).collect();
    let by = commit
        .pull_request
        .map(|number| format!(" of #{number}"))
        .unwrap_or_default();
    format!("{source} {name}{by} {:?} ({})", commit.title, commit.said)
}

#[cfg(test)]
mod tests;
