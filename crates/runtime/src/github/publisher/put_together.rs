//! Puts the files of a release together from what was built. The same state gives the same bytes, whoever does it and when.

use super::GithubPublisher;
use crate::content::{evidence, release_content};
use crate::error::sentence;
use crate::github::frozen::FrozenRelease;
use crate::github::restore::restore;
use crate::github::said::refused;
use crate::ports::Unfinished;
use crate::release_directory::ReleaseDirectory;
use crate::stored_objects::{StoredObjects, remove_folder};
use artifact_verify::{assemble, write_evidence};
use domain_types::{Sha256Digest, Timestamp};
use orchestrator::{Failure, FailureKind, State};
use std::path::Path;

/// The machine that the evidence names: the runs themselves are GitHub's.
const MACHINE: &str = "GitHub Actions";

impl GithubPublisher {
    /// Puts a release together in its folder, in place of whatever lies there; answers the digest of its manifest.
    pub(super) async fn put_together(&self, state: &State) -> Result<Sha256Digest, Unfinished> {
        let spec = state.spec().ok_or_else(|| refused("the release has no plan"))?;
        let frozen = self.workshop.frozen(&spec.id).await?;
        restore(&self.workshop, state, &frozen).await?;
        let folder = self.workshop.places.collected(&spec.id);
        let assembled = tokio::task::block_in_place(|| self.assemble_into(&folder, state, &frozen));
        if assembled.is_err() {
            // The next try removes it if this one cannot.
            let _ = remove_folder(&folder);
        }
        Ok(assembled?)
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
        let mut evidence = evidence(state, assembled.manifest_digest, told)?;
        evidence.ranges.clone_from(&frozen.ranges);
        evidence
            .ranges
            .sort_by(|one, other| one.repository.cmp(&other.repository));
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
