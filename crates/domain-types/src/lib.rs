#![doc = include_str!("../README.md")]

mod digest;
mod error;
mod identity;
mod login;
mod name;
mod platform;
mod pull_request;
mod seeded_bug;
mod threshold;
mod tier;
mod time;
mod version;

pub use digest::{DigestWriter, Sha256Digest};
pub use error::Invalid;
pub use identity::{BuildId, CommandId, NodeId, ReleaseId};
pub use login::Login;
pub use name::{AssetName, CommitSha, ReleaseName, RepoName, TagName, TreeSha};
pub use platform::Platform;
pub use pull_request::{PullRequestId, Subject};
#[cfg(feature = "seeded-bugs")]
pub use seeded_bug::arm_seeded_bug;
pub use seeded_bug::{SEEDED_BUGS, SEEDED_BUGS_BUILT_IN, SeededBug, seeded_bug};
pub use threshold::{CompoundThreshold, SIGNATURES_MAX, Threshold};
pub use tier::TierId;
pub use time::Timestamp;
pub use version::{Channel, ReleaseVersion};
