//! Git commands that outlive a killed process: whoever comes next waits for them.
//!
//! Such a command goes on writing into its tree, or removing from it what is built there meanwhile. It inherits a lock as
//! its (empty) standard input, which the kernel gives back when the last of them has ended.

use crate::{Error, Git, SourceLock};
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// A lock that git commands in source trees inherit; see [`Git::tied`].
#[derive(Debug, Clone)]
pub struct CommandTie(Arc<File>);

impl CommandTie {
    /// Name of the lock file within the source root.
    pub const FILE: &'static str = ".commands";

    /// Waits until no git command that an earlier process left works in a tree of this root any more.
    ///
    /// # Errors
    /// [`Error::LockHeld`] if one lives longer than [`Git::COMMAND_SECONDS_MAX`], [`Error::Io`].
    pub async fn take(sources: &SourceLock) -> Result<Self, Error> {
        let path = sources.root().join(Self::FILE);
        let file = open(&path)?;
        let waiting = file.try_clone().map_err(Error::io("open", &path))?;
        let (sender, receiver) = oneshot::channel();
        // A thread of its own: the kernel wakes it, and if we end meanwhile nobody waits for it.
        std::thread::Builder::new()
            .spawn(move || sender.send(waiting.lock()).is_ok())
            .map_err(Error::io("wait for", &path))?;
        match tokio::time::timeout(Duration::from_secs(Git::COMMAND_SECONDS_MAX), receiver).await {
            Ok(Ok(locked)) => locked.map_err(Error::io("lock", &path))?,
            Ok(Err(_)) | Err(_) => {
                let by = "a git command that an earlier process left".to_owned();
                return Err(Error::LockHeld { path, by });
            }
        }
        Ok(Self(Arc::new(file)))
    }

    pub(crate) fn stdin(&self) -> std::io::Result<Stdio> {
        self.0.try_clone().map(Stdio::from)
    }
}

fn open(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    let opened = options.read(true).write(true).create(true).truncate(false);
    opened.open(path).map_err(Error::io("open", path))
}
