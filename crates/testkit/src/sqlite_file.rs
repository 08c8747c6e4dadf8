//! A fresh SQLite file for every run: migrated once, copied each time. It lies in memory where the system offers that; what
//! is tested is the store, not the disk.

use crate::standstill::Standstill;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use storage::contract::Watched;
use storage::{OpenMode, Store, open_sqlite};

/// Where Linux keeps files in memory.
const IN_MEMORY: &str = "/dev/shm";

/// A migrated file without rows.
pub(crate) struct SqliteTemplate {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
    /// Where the store's own tasks run.
    beside: tokio::runtime::Runtime,
}

/// The folder of one run's file; gone with it.
pub(crate) struct RunFile(PathBuf);

impl Drop for RunFile {
    fn drop(&mut self) {
        // What stays behind goes with the template's folder.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn folder() -> std::io::Result<tempfile::TempDir> {
    match Path::new(IN_MEMORY).is_dir() {
        true => tempfile::Builder::new()
            .prefix("simulation-")
            .tempdir_in(IN_MEMORY),
        false => tempfile::tempdir(),
    }
}

impl SqliteTemplate {
    pub(crate) fn make() -> std::io::Result<Self> {
        let folder = folder()?;
        let path = folder.path().join("template.db");
        let beside = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_time()
            .build()?;
        beside
            .block_on(async {
                let now = domain_types::Timestamp::EPOCH;
                let store = open_sqlite(&path, OpenMode::CreateOrMigrate, now).await?;
                store.close().await;
                Ok::<(), storage::StoreError>(())
            })
            .map_err(std::io::Error::other)?;
        let bytes = std::fs::read(&path)?;
        Ok(Self {
            folder,
            bytes,
            beside,
        })
    }

    /// A store of its own.
    ///
    /// # Panics
    /// If the file cannot be written or opened: nothing can be played then.
    pub(crate) fn copy(&self) -> (RunFile, Arc<dyn Store>) {
        let run = self.folder.path().join("run");
        // The one before is gone, or is of no use.
        let _ = std::fs::remove_dir_all(&run);
        let path = run.join("state.db");
        let written = std::fs::create_dir(&run).and_then(|()| std::fs::write(&path, &self.bytes));
        if let Err(error) = written {
            panic!("{}: {error}", run.display());
        }
        let now = domain_types::Timestamp::EPOCH;
        match self.beside.block_on(open_sqlite(&path, OpenMode::Existing, now)) {
            Ok(store) => {
                let beside = self.beside.handle().clone();
                let store = Watched {
                    store: Arc::new(store),
                    watch: Standstill { beside },
                };
                (RunFile(run), Arc::new(store))
            }
            Err(error) => panic!("{}: {error}", run.display()),
        }
    }
}
