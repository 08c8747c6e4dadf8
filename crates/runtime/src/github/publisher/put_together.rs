//! Puts the files of a release together from what was built. The same state gives the same bytes, whoever does it and when.

use super::GithubPublisher;
use crate::content::{evidence, release_content};
use crate::error::sentence;
use crate::github::frozen::FrozenRelease;
use crate::github::restore::restore;
use crate::github::said::refused;
use crate::release_directory::ReleaseDirectory;
use artifact_verify::{Objects, assemble, write_evidence};
use domain_types::{Sha256Digest, Timestamp};
use orchestrator::{Failure, FailureKind, State};
use std::io::Read;
use std::path::Path;

/// The machine that the evidence names: the runs themselves are GitHub's.
const MACHINE: &str = "GitHub Actions";

struct StoredObjects<'a>(&'a local_build::ObjectStore);

impl Objects for StoredObjects<'_> {
    fn open(&self, digest: &Sha256Digest) -> std::io::Result<Box<dyn Read + '_>> {
        let opened = self.0.open_object(digest).map_err(std::io::Error::other)?;
        Ok(Box::new(opened))
    }
}

impl GithubPublisher {
    /// Puts a release together in its folder, in place of whatever lies there; answers the digest of its manifest.
    pub(super) async fn put_together(&self, state: &State) -> Result<Sha256Digest, Failure> {
        let spec = state.spec().ok_or_else(|| refused("the release has no plan"))?;
        let frozen = self.workshop.frozen(&spec.id).await?;
        restore(&self.workshop, state, &frozen).await?;
        let folder = self.workshop.places.collected(&spec.id);
        let assembled = tokio::task::block_in_place(|| self.assemble_into(&folder, state, &frozen));
        if assembled.is_err() {
            // The next try removes it if this one cannot.
            let _ = remove_folder(&folder);
        }
        assembled
    }

    fn assemble_into(
        &self,
        folder: &Path,
        state: &State,
        frozen: &FrozenRelease,
    ) -> Result<Sha256Digest, Failure> {
        let wrong = |error: artifact_verify::Error| {
            refused(format!(
                "failed to put the release together: {}",
                sentence(&error)
            ))
        };
        let io = |error: std::io::Error| {
            Failure::new(
                FailureKind::DiskFull,
                format!("failed to use {}: {error}", folder.display()),
            )
        };
        let content = release_content(state, &frozen.sources())?;
        remove_folder(folder).map_err(io)?;
        std::fs::create_dir_all(folder).map_err(io)?;
        let mut sink = ReleaseDirectory::new(folder);
        let assembled =
            assemble(&content, &StoredObjects(&self.workshop.objects), &mut sink).map_err(wrong)?;
        let told = (MACHINE, self.workshop.tool_version.as_str(), last_end(state));
        let evidence = evidence(state, assembled.manifest_digest, told)?;
        write_evidence(&evidence, &assembled.manifest, &mut sink).map_err(wrong)?;
        sink.sync().map_err(wrong)?;
        Ok(assembled.manifest_digest)
    }
}

/// When the last build ended: what the evidence tells of goes up to then.
fn last_end(state: &State) -> Timestamp {
    let ends = state
        .nodes()
        .flat_map(|(_, node)| node.attempts.iter().filter_map(|attempt| attempt.ended));
    ends.max()
        .or(state.header().started)
        .unwrap_or(Timestamp::from_milliseconds(0))
}

/// Removes a folder with everything in it; one that is not there is removed.
pub(super) fn remove_folder(folder: &Path) -> Result<(), std::io::Error> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
