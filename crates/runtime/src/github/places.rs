//! Where a server keeps what it downloads and puts together. All of it can be made again.

use domain_types::ReleaseId;
use std::path::PathBuf;

/// The folders of a server's work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubPlaces {
    work: PathBuf,
}

impl GithubPlaces {
    /// Below this folder.
    pub fn new(work: PathBuf) -> Self {
        Self { work }
    }

    /// Artifacts by digest.
    pub fn objects(&self) -> PathBuf {
        self.work.join("objects")
    }

    /// Downloads that are not judged yet.
    pub fn downloads(&self) -> PathBuf {
        self.work.join("downloads")
    }

    /// Mirrors of repositories, made anew where they are missing.
    pub fn mirrors(&self) -> PathBuf {
        self.work.join("mirrors")
    }

    /// Where a release is put together.
    pub fn collected(&self, release: &ReleaseId) -> PathBuf {
        let flat = release.as_str().replace('/', "-");
        self.work.join("collected").join(flat)
    }
}
