//! Webhooks: whether GitHub sent them, and what they say. A payload is a hint that something may have changed; what is so, the API says.

mod delivery;
mod gate_payload;
mod payload;
mod signature;

#[cfg(test)]
mod tests;

pub use delivery::{Delivery, RepositoryRef, UnfitDelivery};
pub use gate_payload::{
    CheckRunChange, CheckSuiteHint, CommentChange, Edits, IssueHint, MergeGroup, PullRequestChange,
    RepositoryBefore, RepositoryChange, ReviewChange, StatusHint,
};
pub use payload::{
    Create, InstallationChange, JobChange, Payload, Ping, Push, RefKind, ReleaseHint, RepositoriesChange,
    RepositoryDispatch, RunChange,
};
pub use signature::{Secret, SignatureError, verify_signature};
