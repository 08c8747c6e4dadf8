//! Puts a release together in a work folder, drafts it beside its place, and publishes it with one rename.
//!
//! `collected/` (in the state's work folder) holds what was put together; the draft is a sibling of the release
//! directory, so that the rename stays within one file system; the directory appears whole or not at all.

use super::backend::Workshop;
use crate::content::{evidence, release_content};
use crate::ports::{ReleasePublisher, Unfinished};
use crate::release_directory::ReleaseDirectory;
use crate::stored_objects::{StoredObjects, remove_folder};
use crate::verified::verified_directory;
use artifact_verify::{ExpectedRelease, VerifiedManifest, assemble, write_evidence};
use async_trait::async_trait;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use orchestrator::{Failure, FailureKind, State, classify};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directory behind the port.
pub(super) struct DirectoryPublisher {
    pub(super) workshop: Arc<Workshop>,
    pub(super) clock: Arc<dyn crate::ports::Clock>,
    pub(super) machine: String,
    pub(super) tool_version: String,
}

fn failure(kind_hint: FailureKind, doing: &str, error: &dyn std::error::Error) -> Failure {
    let reason = format!("{doing}: {}", crate::error::sentence(error));
    let classified = classify([reason.as_str()]);
    Failure::new(
        if classified == FailureKind::Unknown {
            kind_hint
        } else {
            classified
        },
        reason,
    )
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let path = path.display().to_string();
    move |error| failure(FailureKind::Unknown, &format!("failed to {doing} {path}"), &error)
}

impl DirectoryPublisher {
    fn collected(&self, release: &ReleaseId) -> PathBuf {
        self.workshop.places.collected(release)
    }

    fn assemble_into(&self, folder: &Path, state: &State, at: Timestamp) -> Result<Sha256Digest, Failure> {
        let wrong = |error: artifact_verify::Error| {
            failure(
                FailureKind::Verification,
                "failed to put the release together",
                &error,
            )
        };
        let content = release_content(state, &self.workshop.frozen.sources())?;
        remove_folder(folder).map_err(io("remove", folder))?;
        std::fs::create_dir_all(folder).map_err(io("create", folder))?;
        let mut sink = ReleaseDirectory::new(folder);
        let assembled =
            assemble(&content, &StoredObjects(&self.workshop.objects), &mut sink).map_err(wrong)?;
        let (machine, tool_version) = (&self.machine, &self.tool_version);
        let evidence = evidence(state, assembled.manifest_digest, (machine, tool_version, at))?;
        write_evidence(&evidence, &assembled.manifest, &mut sink).map_err(wrong)?;
        sink.sync().map_err(wrong)?;
        Ok(assembled.manifest_digest)
    }

    /// `manifest`: what it must be, if that is known yet.
    fn verified(&self, folder: &Path, manifest: Option<Sha256Digest>) -> Result<VerifiedManifest, Failure> {
        let plan = &self.workshop.frozen.plan;
        let expected = plan.version().map(|version| ExpectedRelease {
            release: plan.release().clone(),
            version: version.clone(),
            plan_digest: plan.digest(),
        });
        verified_directory(folder, expected, manifest)
    }

    fn make_draft(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
        let (collected, draft) = (self.collected(release), self.workshop.places.draft(release));
        self.verified(&collected, Some(manifest))?;
        remove_folder(&draft).map_err(io("remove", &draft))?;
        copy_folder(&collected, &draft)?;
        self.verified(&draft, Some(manifest)).map(|_| ())
    }

    fn make_visible(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
        let (draft, out) = (self.workshop.places.draft(release), &self.workshop.places.out);
        let verified = self.verified(&draft, Some(manifest))?;
        rename_whole(&draft, out, &verified)?;
        if let Some(parent) = out.parent() {
            std::fs::File::open(parent)
                .and_then(|folder| folder.sync_all())
                .map_err(io("sync", parent))?;
        }
        // What is visible is looked at once more: nobody exchanged the draft between the check and the rename.
        self.verified(out, Some(manifest))?;
        let _ = remove_folder(&self.collected(release));
        Ok(())
    }
}

/// The one irreversible step; it demands the proof that the draft was verified right before.
fn rename_whole(draft: &Path, out: &Path, _proof: &VerifiedManifest) -> Result<(), Failure> {
    if out.symlink_metadata().is_ok() && !is_empty_folder(out) {
        let reason = format!(
            "{} appeared meanwhile; move it away, then give the same command again",
            out.display()
        );
        return Err(Failure::new(FailureKind::Lock, reason));
    }
    std::fs::rename(draft, out).map_err(io("publish to", out))
}

/// Whether this is a folder with nothing in it: a rename may replace it.
pub(super) fn is_empty_folder(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
        && path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}

/// Copies the files of a flat folder; durable on return.
fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(to).map_err(io("create", to))?;
    for entry in std::fs::read_dir(from).map_err(io("read", from))? {
        let entry = entry.map_err(io("read", from))?;
        let target = to.join(entry.file_name());
        std::fs::copy(entry.path(), &target).map_err(io("write", &target))?;
    }
    let synced = ReleaseDirectory::new(to).sync();
    synced.map_err(|error| {
        failure(
            FailureKind::Unknown,
            &format!("failed to sync {}", to.display()),
            &error,
        )
    })
}

#[async_trait]
impl ReleasePublisher for DirectoryPublisher {
    async fn collect(&self, state: &State) -> Result<Sha256Digest, Unfinished> {
        let Some(release) = state.spec().map(|spec| spec.id.clone()) else {
            return Err(Failure::new(FailureKind::Unknown, "the release has no plan").into());
        };
        let now = self.clock.now();
        let folder = self.collected(&release);
        let collected = tokio::task::block_in_place(|| self.assemble_into(&folder, state, now));
        if collected.is_err() {
            let _ = remove_folder(&folder);
        }
        Ok(collected?)
    }

    async fn verify(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let folder = self.collected(release);
        tokio::task::block_in_place(|| self.verified(&folder, Some(manifest)))?;
        Ok(())
    }

    async fn draft(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        let drafted = tokio::task::block_in_place(|| self.make_draft(release, manifest));
        if drafted.is_err() {
            // Half a draft is of no use, least of all on a full disk.
            let _ = remove_folder(&self.workshop.places.draft(release));
        }
        Ok(drafted?)
    }

    async fn publish(&self, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Unfinished> {
        Ok(tokio::task::block_in_place(|| {
            self.make_visible(release, manifest)
        })?)
    }

    async fn published(&self, _release: &ReleaseId) -> Result<Option<Sha256Digest>, Failure> {
        let out = &self.workshop.places.out;
        if !out.is_dir() || is_empty_folder(out) {
            return Ok(None);
        }
        tokio::task::block_in_place(|| Ok(self.verified(out, None).ok().map(|proof| proof.manifest_digest())))
    }

    async fn discard(&self, release: &ReleaseId) -> Result<(), Failure> {
        for folder in [self.collected(release), self.workshop.places.draft(release)] {
            remove_folder(&folder).map_err(io("remove", &folder))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
