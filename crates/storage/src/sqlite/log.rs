//! The write-ahead log as the disk has it: one sync for everybody who waits for one.
//!
//! A commit is in the log, and in the page cache of the kernel, when it returns: it survives the end of the process. What has to
//! survive the loss of power waits for a sync of the log. A sync takes everything with it that was committed before it began,
//! whoever committed it, and the log is read up to its first gap only; so what is lost is always a tail of the commits.

use crate::StoreError;
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

/// The log of one database file.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    /// Commits of this process.
    written: AtomicU64,
    /// Of these, how many are on the disk. Held while one is waiting for the disk: whoever comes meanwhile goes next, for all who
    /// came meanwhile.
    synced: Mutex<u64>,
}

impl Log {
    /// The log of this database file.
    pub(super) fn beside(database: &Path) -> Self {
        let mut path = OsString::from(database);
        path.push("-wal");
        Self {
            path: path.into(),
            written: AtomicU64::new(0),
            synced: Mutex::new(0),
        }
    }

    /// Something was committed.
    pub(super) fn written(&self) {
        self.written.fetch_add(1, Ordering::AcqRel);
    }

    /// Returns when everything is on the disk that was committed before the call.
    pub(super) async fn sync(&self) -> Result<(), StoreError> {
        let mine = self.written.load(Ordering::Acquire);
        let mut synced = self.synced.lock().await;
        if *synced >= mine {
            return Ok(());
        }
        let all = self.written.load(Ordering::Acquire);
        let path = self.path.clone();
        let done = tokio::task::spawn_blocking(move || sync_file(&path)).await;
        let source = match done {
            Ok(Ok(())) => {
                *synced = all;
                return Ok(());
            }
            Ok(Err(error)) => Box::from(error),
            Err(panicked) => Box::from(panicked),
        };
        Err(StoreError::Io { source })
    }
}

/// No process holds a lock of SQLite on this file, so that closing it again lets none go.
fn sync_file(path: &Path) -> std::io::Result<()> {
    match File::open(path) {
        Ok(log) => log.sync_data(),
        // The last one to close the database has folded the log into it, and synchronised that.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
