//! What happened to a pull request or to a branch, with GitHub's own times.

use super::{Actor, word_enum};
use domain_types::{CommitSha, Timestamp};
use serde::{Deserialize, Deserializer};

word_enum! {
    /// What happened to a pull request.
    PullRequestEventKind {
        /// It was closed, by a merge too.
        Closed = "closed",
        /// It was opened again.
        Reopened = "reopened",
        /// It was merged.
        Merged = "merged",
        /// It became ready for review.
        ReadyForReview = "ready_for_review",
        /// It became a draft.
        ConvertedToDraft = "convert_to_draft",
        /// Its head was moved to something that does not follow.
        HeadForcePushed = "head_ref_force_pushed",
        /// The branch of its head was deleted.
        HeadDeleted = "head_ref_deleted",
        /// The branch of its head was made again.
        HeadRestored = "head_ref_restored",
        /// Its base became another branch.
        BaseChanged = "base_ref_changed",
        /// Its base was moved to something that does not follow.
        BaseForcePushed = "base_ref_force_pushed",
        /// GitHub gave it another base, because the old one was merged.
        BaseChangedByGitHub = "automatic_base_change_succeeded",
        /// It got a label.
        Labeled = "labeled",
        /// It lost a label.
        Unlabeled = "unlabeled",
        /// It got another title.
        Renamed = "renamed",
        /// It joined the merge queue.
        JoinedQueue = "added_to_merge_queue",
        /// It left the merge queue, perhaps by being merged.
        LeftQueue = "removed_from_merge_queue",
    }
}

/// Something that happened to a pull request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PullRequestEvent {
    /// Its number.
    pub id: u64,
    /// What happened.
    #[serde(rename = "event")]
    pub kind: PullRequestEventKind,
    /// Who did it; none where the account is gone.
    #[serde(default)]
    pub actor: Option<Actor>,
    /// When, by GitHub's clock.
    pub created_at: Timestamp,
    /// The commit that it is about: of a merge the one that it made, of a forced push the new head.
    #[serde(default)]
    pub commit_id: Option<CommitSha>,
}

word_enum! {
    /// How a branch was changed.
    ActivityKind {
        /// Commits were pushed that follow.
        Push = "push",
        /// It was moved to something that does not follow.
        ForcePush = "force_push",
        /// It was made.
        BranchCreation = "branch_creation",
        /// It was deleted.
        BranchDeletion = "branch_deletion",
        /// A pull request was merged into it.
        PullRequestMerge = "pr_merge",
        /// The merge queue merged into it.
        QueueMerge = "merge_queue_merge",
    }
}

/// A change of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Activity {
    /// Its number.
    pub id: u64,
    /// `refs/heads/...`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// What it led to before; none if it is new.
    #[serde(deserialize_with = "commit_or_zeros")]
    pub before: Option<CommitSha>,
    /// What it leads to; none if it is gone.
    #[serde(deserialize_with = "commit_or_zeros")]
    pub after: Option<CommitSha>,
    /// When, by GitHub's clock.
    #[serde(rename = "timestamp")]
    pub at: Timestamp,
    /// How.
    #[serde(rename = "activity_type")]
    pub kind: ActivityKind,
    /// Who did it; none where the account is gone.
    pub actor: Option<Actor>,
}

/// A commit; zeros are GitHub's name for none.
fn commit_or_zeros<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CommitSha>, D::Error> {
    let sha = Option::<CommitSha>::deserialize(from)?;
    Ok(sha.filter(|sha| sha.as_str().chars().any(|digit| digit != '0')))
}
