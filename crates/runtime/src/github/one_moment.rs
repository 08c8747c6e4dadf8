//! Answers that were given one after the other: whether they are about one state.

use crate::gate::Asked;
use github_client::{ChangedFiles, GitHubError, PullRequest};

/// Seconds by which our clock may differ from GitHub's: no period is over sooner or later for it by more.
const CLOCK_SECONDS_MAX: u64 = 120;

/// Whether our clock and GitHub's are nearly one: GitHub's dates are compared with ours.
///
/// # Errors
/// How far they are apart.
pub(super) fn is_of_one_clock(ahead_seconds: Option<i64>) -> Result<(), String> {
    match ahead_seconds.unwrap_or(0).unsigned_abs() {
        apart if apart > CLOCK_SECONDS_MAX => Err(format!(
            "our clock and GitHub's are {apart} s apart: set ours right"
        )),
        _ => Ok(()),
    }
}

/// Whether the answers are about one state of the pull request that was asked for: head and base before and after, and as many files as it
/// says that it has.
pub(super) fn is_of_one_moment(
    (before, after): (&PullRequest, Option<&PullRequest>),
    files: &ChangedFiles,
    asked: &Asked,
) -> Result<(), GitHubError> {
    let differs = |reason: &str| GitHubError::Undecodable {
        operation: "GET /repos/{owner}/{repo}/pulls/{pull_number}".to_owned(),
        reason: reason.to_owned(),
    };
    let state = |pull: &PullRequest| (pull.head.sha.clone(), pull.base.reference.clone());
    if after.map(state) != Some(state(before)) {
        return Err(differs("it changed while it was looked at"));
    }
    let base = before.base.repository.as_ref().map(|base| base.id);
    if base != Some(asked.id.repository_id()) {
        return Err(differs("another repository bears this name now"));
    }
    match (files, before.changed_files) {
        (ChangedFiles::All(files), Some(count)) if files.len() as u64 != count => {
            Err(differs("its list of files is of another state"))
        }
        (ChangedFiles::All(_) | ChangedFiles::TooMany, _) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_may_differ_by_two_minutes_and_no_more() {
        for (ahead, is_well) in [
            (None, true),
            (Some(0), true),
            (Some(120), true),
            (Some(-120), true),
            (Some(121), false),
            (Some(-86_400), false),
            (Some(i64::MIN), false),
        ] {
            assert_eq!(is_of_one_clock(ahead).is_ok(), is_well, "{ahead:?}");
        }
    }
}
