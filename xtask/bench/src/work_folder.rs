//! A folder for what the benchmarks write: on the same disk for all of them, gone when they end.

use anyhow::{Context as _, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// Removed with everything in it when it is dropped.
#[derive(Debug)]
pub(crate) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// An empty folder of this name below another one, usually cargo's target folder. What an earlier run left there goes.
    pub(crate) fn make(below: &Path, name: &str) -> Result<Self> {
        let path = below.join("governance-bench-work").join(name);
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("failed to empty {}", path.display()))?;
        }
        fs::create_dir_all(&path).with_context(|| format!("failed to make {}", path.display()))?;
        let path = path.canonicalize()?;
        Ok(Self(path))
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A place within it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for WorkFolder {
    fn drop(&mut self) {
        // What could not be removed lies below `target`, and the next run removes it.
        let _ = fs::remove_dir_all(&self.0);
        if let Some(above) = self.0.parent() {
            let _ = fs::remove_dir(above);
        }
    }
}
