//! Why nobody can tell what landed, a variant per thing that a caller could act upon.

use std::io;
use std::path::PathBuf;

/// Why two trees could not be compared. No text has a token in it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// git could not be started.
    #[error("git could not be started: {source}; install git, or put it on the PATH")]
    GitAbsent {
        /// What the system said.
        source: io::Error,
    },
    /// This git cannot merge without a work tree.
    #[error("{version} cannot merge trees by itself: install git 2.38 or later")]
    GitTooOld {
        /// What it calls itself.
        version: String,
    },
    /// It took too long, and was ended.
    #[error("it took longer than {seconds} seconds")]
    TooSlow {
        /// How long it might take.
        seconds: u64,
    },
    /// A git command failed.
    #[error("`git {command}` ended with {exit}: {message}")]
    GitFailed {
        /// The command, without its arguments.
        command: String,
        /// How it ended.
        exit: String,
        /// The last lines of what it said.
        message: String,
    },
    /// git answered something that is not understood.
    #[error("`git {command}` answered {answer:?}")]
    GitAnswer {
        /// The command, without its arguments.
        command: String,
        /// The beginning of what it answered.
        answer: String,
    },
    /// The disk refused.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// The verb: `create`, `remove`, …
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// Whether the same may succeed later without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::GitAbsent { .. } | Self::GitTooOld { .. } => false,
            Self::TooSlow { .. } | Self::GitFailed { .. } | Self::GitAnswer { .. } | Self::Io { .. } => true,
        }
    }

    pub(crate) fn io(doing: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
