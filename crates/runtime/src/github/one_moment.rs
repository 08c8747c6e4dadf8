//! Answers that were given one after the other: whether they are about one state.

use crate::gate::Asked;
use github_client::{ChangedFiles, GitHubError, PullRequest};

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
