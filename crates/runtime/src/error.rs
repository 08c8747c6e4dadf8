//! What can go wrong between the parts.

use domain_types::ReleaseId;

/// The runtime could not go on. What was committed stays; the same command goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum RuntimeError {
    /// The store failed.
    #[error("failed to use the state database")]
    Store(#[from] storage::StoreError),
    /// An effect could not be carried out because of the store.
    #[error("failed to carry out a stored command")]
    Effect(#[from] effects::EffectError),
    /// A body could not be written.
    #[error("failed to encode a stored {what}")]
    Encode {
        /// What it is.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A stored body could not be read.
    #[error("failed to decode a stored {what}")]
    Decode {
        /// What it is.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A stored body is of a version that this program does not know.
    #[error("a stored {what} has version {version}, written by a newer program; use that one")]
    UnknownVersion {
        /// What it is.
        what: &'static str,
        /// Its version.
        version: u32,
    },
    /// The stored state contradicts itself.
    #[error("the stored release {release} is corrupt")]
    Corrupt {
        /// Which release.
        release: ReleaseId,
        /// Why.
        source: orchestrator::Corrupt,
    },
    /// The state after an event breaks an invariant: a bug.
    #[error("release {release} stops: a decision broke an invariant")]
    Invariant {
        /// Which release.
        release: ReleaseId,
        /// Which.
        source: orchestrator::Violation,
    },
    /// A release that should be there is not.
    #[error("release {release} is not in the state database")]
    NoSuchRelease {
        /// Which release.
        release: ReleaseId,
    },
    /// A command of a pull request was given to the performer of releases: a bug.
    #[error("command {command} belongs to no release, and this performer knows releases only")]
    NotOfARelease {
        /// Which command.
        command: domain_types::CommandId,
    },
    /// The remains of a build could not be ended.
    #[error("failed to end the remains of an interrupted build of {node}: {reason}")]
    Remains {
        /// Which node.
        node: domain_types::NodeId,
        /// Why.
        reason: String,
    },
    /// A port failed where no event of the release can say so.
    #[error("failed to carry out a command of {release}: {reason}")]
    Port {
        /// Which release.
        release: ReleaseId,
        /// Why.
        reason: String,
    },
    /// A call may have taken effect, and its answer did not come: to be looked at again.
    #[error("nobody can tell yet whether it took effect: {reason}")]
    InDoubt {
        /// Why not.
        reason: String,
    },
    /// Other processes moved the release at every one of our attempts to.
    #[error("release {release} was moved by others {times} times in a row while this process decided")]
    Contended {
        /// Which release.
        release: ReleaseId,
        /// How often.
        times: u32,
    },
    /// A task of ours ended in a panic: a bug.
    #[error("failed to carry out a command: a task of this program died: {reason}")]
    TaskDied {
        /// Why.
        reason: String,
    },
    /// A file or folder could not be used.
    #[error("failed to {doing} {path}")]
    File {
        /// What was done to it.
        doing: &'static str,
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// An error and everything behind it, as one sentence.
pub(crate) fn sentence(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
