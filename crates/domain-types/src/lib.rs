#![doc = include_str!("../README.md")]

mod digest;
mod error;
mod identity;
mod name;
mod platform;
mod time;
mod version;

pub use digest::{DigestWriter, Sha256Digest};
pub use error::Invalid;
pub use identity::{BuildId, CommandId, NodeId, ReleaseId};
pub use name::{AssetName, CommitSha, ReleaseName, RepoName, TagName};
pub use platform::Platform;
pub use time::Timestamp;
pub use version::{Channel, ReleaseVersion};
