//! Who pushed the head of a pull request, and when, as far as the branch's own repository tells: that of a fork may not be ours to read.

use domain_types::Timestamp;
use github_client::{GitHubError, PullRequest, Repository};

/// Milliseconds before its opening for which the pushes to a branch are looked at: a pull request is mostly opened soon after.
const BEFORE_OPENING_MILLISECONDS: i64 = 30 * 86_400_000;

/// The push that led to a head.
pub(super) struct HeadPush {
    /// When GitHub took it, or when the pull request was opened, whichever is later.
    pub(super) at: Timestamp,
    /// Who did it; none where the account is gone.
    pub(super) by: Option<String>,
}

/// The push that led to the head of a pull request, in the repository of its branch. The list may be behind: a head that is not in it was
/// pushed by somebody, at a time that nobody tells.
///
/// # Errors
/// As for every read.
pub(super) async fn push_of_head(
    repository: &Repository,
    pull: &PullRequest,
) -> Result<Option<HeadPush>, GitHubError> {
    let reference = format!("refs/heads/{}", pull.head.reference);
    let since = Timestamp::from_milliseconds(pull.created_at.milliseconds() - BEFORE_OPENING_MILLISECONDS);
    let activity = repository.activity(&reference, since).await?;
    let led_to_head = activity
        .into_iter()
        .find(|activity| activity.after.as_ref() == Some(&pull.head.sha));
    Ok(led_to_head.map(|activity| HeadPush {
        at: activity.at.max(pull.created_at),
        by: activity.actor.map(|actor| actor.login),
    }))
}
