#![doc = include_str!("../README.md")]

mod address;
mod answer;
mod cache;
mod call;
mod client;
mod engine;
mod error;
mod exchange;
mod gate;
mod github;
mod incoming;
mod own_name;
mod pages;
mod piped;
mod repository;
mod settings;
mod shorten;
mod time;
mod tokens;
mod transfer;
mod wire;
mod written;

#[cfg(test)]
mod tests;

pub use call::Priority;
pub use error::{Cause, GitHubError, Limit};
pub use github::{Budget, GitHub};
pub use incoming::webhook;
pub use repository::{CommitAt, FILE_BYTES_MAX, GitReading, Reference, Repository};
pub use settings::{API_URL, ApiVersion, Limits, PrivateKey, Settings, default_download_hosts};
pub use time::{SystemTimeOfDay, Time};
pub use transfer::Downloaded;
pub use wire::{
    ActionsPermissions, Activity, ActivityKind, Actor, ActorKind, App, Artifact, ArtifactId, ArtifactRun,
    Asset, AssetId, AssetState, Association, BranchRule, BypassActor, BypassKind, ChangedFile, ChangedFiles,
    CheckReport, CheckRun, CheckRunId, Comment, CommentId, Commit, CommitRange, CommitStatus, Comparison,
    ComparisonStatus, Conclusion, Delivery, DeliveryPage, EntryKind, FileStatus, FolderEntry, HookConfig,
    Installation, Job, JobId, MakeLatest, NewRelease, NewStatus, Permission, PullRequest, PullRequestEvent,
    PullRequestEventKind, PullRequestSide, PullRequestState, Reaction, RefPatterns, Release, ReleaseChange,
    ReleaseNumber, RepositoryFile, RepositoryInfo, RequiredCheck, Review, ReviewState, Ruleset,
    RulesetConditions, RulesetRule, RunQuery, RunStatus, Runner, RunnerLabel, StatusState, Step,
    WorkflowInfo, WorkflowRun, WorkflowRunId, WorkflowState,
};
pub use written::Written;
