//! Webhooks: whether GitHub sent them, and what they say. A payload is a hint that something may have changed; what is so, the API says.

mod delivery;
mod payload;
mod signature;

#[cfg(test)]
mod tests;

pub use delivery::{Delivery, RepositoryRef, UnfitDelivery};
pub use payload::{
    Branch, Create, InstallationChange, JobChange, Payload, Ping, PullRequestChange, PullRequestHint, Push,
    RefKind, ReleaseHint, RepositoriesChange, RepositoryDispatch, RunChange,
};
pub use signature::{Secret, SignatureError, verify_signature};
