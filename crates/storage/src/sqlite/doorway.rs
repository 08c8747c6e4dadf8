//! One at a time through the door: making a file, moving its schema, switching it to the write-ahead log.
//!
//! SQLite waits for other processes everywhere but in that switch, which simply fails while anybody reads the file. So
//! whoever opens a file first takes a lock (flock) on its folder, for milliseconds. The lock dies with its process.

use crate::{BUSY_SECONDS_MAX, StoreError};
use std::fs::File;
use std::path::Path;
use std::time::Duration;
use tokio::sync::oneshot;

/// The folder of a database file, locked until this is dropped.
#[derive(Debug)]
pub(super) struct Doorway {
    folder: File,
}

impl Doorway {
    /// Waits for its turn, for at most [`BUSY_SECONDS_MAX`].
    pub(super) async fn enter(path: &Path) -> Result<Self, StoreError> {
        let cannot_open = |error: std::io::Error| StoreError::CannotOpen {
            path: path.to_owned(),
            source: error.into(),
        };
        let folder = File::open(folder_of(path)).map_err(cannot_open)?;
        let (sender, receiver) = oneshot::channel();
        // A thread of its own, for it may wait; should it wait for longer than we do, it is left behind and nobody
        // waits for it at the end of the program.
        std::thread::Builder::new()
            .name("database-doorway".to_owned())
            .spawn(move || sender.send(folder.lock().map(|()| folder)).is_ok())
            .map_err(cannot_open)?;
        let busy = || StoreError::Busy {
            source: "another process is opening a database in this folder".into(),
        };
        let waited = tokio::time::timeout(Duration::from_secs(BUSY_SECONDS_MAX), receiver).await;
        let locked = waited.map_err(|_| busy())?.map_err(|_| busy())?;
        Ok(Self {
            folder: locked.map_err(cannot_open)?,
        })
    }

    /// A new file lasts only once its folder is on the disk.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.folder
            .sync_all()
            .map_err(|error| StoreError::Io { source: error.into() })
    }
}

/// The folder that a file lies in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
