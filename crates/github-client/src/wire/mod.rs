//! What GitHub answers, as small structs: only what somebody here asks for. Unknown fields are passed over, unknown words kept.

mod activity;
mod artifact;
mod check;
mod comment;
mod folder;
mod job;
mod pull;
mod release;
mod repository;
mod rule;
mod run;
mod setup;
mod word;

pub use activity::{Activity, ActivityKind, PullRequestEvent, PullRequestEventKind};
pub use artifact::{Artifact, ArtifactRun};
pub(crate) use check::{CheckOutput, CheckRunBody};
pub use check::{CheckReport, CheckRun};
pub use comment::{Comment, Reaction, Review, ReviewState};
pub use folder::{EntryKind, FolderEntry};
pub use job::{Job, Step};
pub use pull::{
    Association, ChangedFile, ChangedFiles, Commit, CommitRange, Comparison, ComparisonStatus, FileStatus,
    PullRequest, PullRequestSide, PullRequestState,
};
pub use release::{Asset, AssetState, MakeLatest, NewRelease, Release, ReleaseChange};
pub(crate) use repository::AccessToken;
pub use repository::{
    App, CommitStatus, Delivery, DeliveryPage, NewStatus, Permission, RepositoryFile, RepositoryInfo,
    StatusState,
};
pub use rule::{BranchRule, BypassActor, BypassKind, RequiredCheck};
pub use run::{Actor, ActorKind, Conclusion, RunQuery, RunStatus, WorkflowRun};
pub use setup::{
    ActionsPermissions, HookConfig, Installation, RefPatterns, Ruleset, RulesetConditions, RulesetRule,
    Runner, RunnerLabel, WorkflowInfo, WorkflowState,
};
pub(crate) use word::{digest_or_none, word_enum};

macro_rules! number {
    ($name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl std::fmt::Display for $name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

number!(
    WorkflowRunId,
    "GitHub's number of a workflow run; it stays when the run is repeated."
);
number!(JobId, "GitHub's number of a job of a run.");
number!(ArtifactId, "GitHub's number of an artifact of a run.");
number!(
    ReleaseNumber,
    "GitHub's number of a release; a draft has no other name."
);
number!(AssetId, "GitHub's number of a file of a release.");
number!(CommentId, "GitHub's number of a comment.");
number!(CheckRunId, "GitHub's number of a check run.");
