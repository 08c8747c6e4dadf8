//! `release-manifest.json`: *what* was released. Deterministic: no time, run, attempt, machine or path in it, so that a
//! second builder writes the same bytes.

use crate::document::{ascending, read_json, to_json};
use crate::{ComponentVersion, DocumentRule, Error, MANIFEST_NAME, Member};
use domain_types::{
    AssetName, Channel, CommitSha, Platform, ReleaseName, ReleaseVersion, RepoName, Sha256Digest, TagName,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The schema of the manifest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ManifestSchema {
    /// `governance/release-manifest/v1`.
    #[default]
    #[serde(rename = "governance/release-manifest/v1")]
    V1,
}

const SCHEMA: &str = "governance/release-manifest/v1";

/// What a release consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseManifest {
    /// Which form this document has.
    pub schema: ManifestSchema,
    /// The name under which the organisation releases.
    pub release: ReleaseName,
    /// The release's version.
    pub version: ReleaseVersion,
    /// Its tag: `v` and the version.
    pub tag: TagName,
    /// Production or prerelease, as the version says.
    pub channel: Channel,
    /// The digest of the plan, commits included.
    pub plan_digest: Sha256Digest,
    /// The components, ascending by repository.
    pub components: Vec<ManifestComponent>,
    /// The unified archives, ascending by name: one per platform that has any binary.
    pub archives: Vec<ManifestArchive>,
}

/// One component of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestComponent {
    /// The repository, as the version manifest calls it.
    pub repository: RepoName,
    /// Its own version.
    pub version: ComponentVersion,
    /// The tag that was released.
    pub tag: TagName,
    /// The commit to which the tag was resolved, once, at the start.
    pub commit: CommitSha,
    /// SHA-256 of its dependency lock file; none if it has none.
    pub lock: Option<Sha256Digest>,
    /// The components that it needs, ascending.
    pub requires: Vec<RepoName>,
    /// Whether the release goes on without it.
    pub optional: bool,
    /// What became of it on each platform, ascending by platform.
    pub platforms: Vec<PlatformOutcome>,
    /// Its archives, ascending by name; none for a library.
    pub artifacts: Vec<ManifestArchive>,
}

impl ManifestComponent {
    /// Whether it was built on all its platforms.
    pub fn is_complete(&self) -> bool {
        self.platforms.iter().all(|one| one.outcome == Outcome::Built)
    }
}

/// What became of a component on a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformOutcome {
    /// The platform.
    pub platform: Platform,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a build. Whether it was built anew or taken over from an earlier release is evidence, not outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It succeeded.
    Built,
    /// It failed for good; only an optional component may.
    Failed,
    /// It was not tried, since something that it needs failed; only an optional component may.
    Skipped,
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Built => "built",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        })
    }
}

/// An archive of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestArchive {
    /// The file in the release directory.
    pub name: AssetName,
    /// What it is for.
    pub platform: Platform,
    /// SHA-256 of the archive file.
    pub digest: Sha256Digest,
    /// Its size in bytes.
    pub size: u64,
    /// What is in it, ascending by path.
    pub members: Vec<Member>,
}

impl ReleaseManifest {
    /// All archives: the components', then the unified ones.
    pub fn all_archives(&self) -> impl Iterator<Item = &ManifestArchive> {
        self.components
            .iter()
            .flat_map(|component| &component.artifacts)
            .chain(&self.archives)
    }

    /// The canonical JSON with a final LF.
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// The digest of the canonical JSON: what approvals of a release are bound to.
    pub fn digest(&self) -> Sha256Digest {
        Sha256Digest::of(self.to_json().as_bytes())
    }

    /// Reads a manifest; accepts exactly what [`Self::to_json`] writes.
    ///
    /// # Errors
    /// [`Error::TooLarge`] or [`Error::Document`] with the rule that it breaks.
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let manifest: Self = read_json(bytes, MANIFEST_NAME, SCHEMA)?;
        manifest.check().map_err(|rule| Error::Document {
            document: MANIFEST_NAME,
            rule,
        })?;
        Ok(manifest)
    }

    /// That lists are in order and without duplicates, and that tag and channel follow from the version.
    ///
    /// # Errors
    /// The first rule that is broken.
    pub fn check(&self) -> Result<(), DocumentRule> {
        ascending(&self.components, "components", |one| one.repository.clone())?;
        check_archives(&self.archives)?;
        for component in &self.components {
            ascending(&component.requires, "required components", Clone::clone)?;
            ascending(&component.platforms, "platforms", |one| one.platform.clone())?;
            check_archives(&component.artifacts)?;
        }
        let contradiction = |text: String| Err(DocumentRule::Contradiction(text));
        if self.tag != self.version.tag() {
            return contradiction(format!(
                "tag {} is not that of version {}",
                self.tag, self.version
            ));
        }
        if self.channel != self.version.channel() {
            return contradiction(format!(
                "channel {} is not that of version {}",
                self.channel, self.version
            ));
        }
        Ok(())
    }
}

fn check_archives(archives: &[ManifestArchive]) -> Result<(), DocumentRule> {
    ascending(archives, "archives", |one| one.name.clone())?;
    archives
        .iter()
        .try_for_each(|one| ascending(&one.members, "members", |member| member.path.clone()))
}

#[cfg(test)]
mod tests;
