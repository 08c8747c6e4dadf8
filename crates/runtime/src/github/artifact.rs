//! Takes the zip of a build apart: exactly the declared files and the worker's own word about them, nothing else.

use super::frozen::FrozenComponent;
use super::said::refused;
use artifact_verify::{ArchiveKind, ArchiveLimits, read_archive};
use domain_types::{CommitSha, Invalid, NodeId, Sha256Digest};
use local_build::ObjectStore;
use orchestrator::{BuiltArtifact, Failure, FailureKind, classify};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The file in which a worker says what it built.
const MANIFEST: &str = "build-manifest.json";

/// Longest such file, in bytes: some thousand artifacts.
const MANIFEST_BYTES_MAX: u64 = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Schema {
    #[serde(rename = "governance/build-manifest/v1")]
    V1,
}

/// What a worker says of its build. Its own word: recorded, compared, and no proof.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct BuildManifest {
    #[serde(rename = "schema")]
    _schema: Schema,
    repository: String,
    commit: CommitSha,
    platform: String,
    lock_hash: Option<PlainDigest>,
    artifacts: Vec<Claimed>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Claimed {
    name: String,
    sha256: PlainDigest,
    size: u64,
}

/// A digest as `sha256sum` writes it: 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct PlainDigest(Sha256Digest);

impl TryFrom<String> for PlainDigest {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        Sha256Digest::from_hex(&text).map(Self)
    }
}

/// What each file is called in the zip, and what it is called in the release.
type Names = BTreeMap<String, String>;

/// The files that were stored, by their name in the release.
type Stored = BTreeMap<String, (Sha256Digest, u64)>;

/// What came of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) artifacts: Vec<BuiltArtifact>,
    pub(super) lock: Option<Sha256Digest>,
}

/// Reads a downloaded zip, stores the declared files by digest, and compares them with what the worker says.
///
/// # Errors
/// The first thing that is not as it should be.
pub(super) fn take(
    zip: &Path,
    (node, component): (&NodeId, &FrozenComponent),
    objects: &ObjectStore,
) -> Result<Taken, Failure> {
    let mut file =
        File::open(zip).map_err(|error| refused(format!("the downloaded artifact is gone: {error}")))?;
    let mut manifest = None;
    let mut files = Stored::new();
    let limits = ArchiveLimits::default();
    let names = file_names(node, component);
    read_archive(ArchiveKind::Zip, &mut file, &limits, &mut |head, reader| {
        let name = head.path.as_str();
        if name == MANIFEST {
            manifest = Some(bounded(reader)?);
        } else if let Some(declared) = names.get(name) {
            let stored = objects.put(reader).map_err(io::Error::other)?;
            files.insert(declared.clone(), stored);
        } else {
            return Err(io::Error::other(format!(
                "{name} is not among the declared files"
            )));
        }
        Ok(())
    })
    .map_err(|error| {
        let reason = crate::error::sentence(&error);
        // Our own disk says nothing about the artifact.
        if classify([reason.as_str()]) == FailureKind::DiskFull {
            return Failure::new(
                FailureKind::DiskFull,
                format!("the artifact of {node} could not be stored: {reason}"),
            );
        }
        refused(format!("the artifact of {node} is refused: {reason}"))
    })?;
    if let Some(missing) = names.values().find(|name| !files.contains_key(*name)) {
        return Err(Failure::new(
            orchestrator::FailureKind::MissingArtifact,
            format!(
                "the artifact of {node} lacks {missing}; the worker has to put every declared file into it"
            ),
        ));
    }
    let manifest = manifest.ok_or_else(|| refused(format!("the artifact of {node} lacks {MANIFEST}")))?;
    let manifest: BuildManifest = serde_json::from_slice(&manifest)
        .map_err(|error| refused(format!("{MANIFEST} of {node} cannot be read: {error}")))?;
    compare(&manifest, (node, component), (&names, &files))?;
    let artifacts = files.into_iter().map(|(name, (digest, size))| BuiltArtifact {
        executable: is_program(&name),
        name,
        digest,
        size,
    });
    Ok(Taken {
        artifacts: artifacts.collect(),
        lock: manifest.lock_hash.map(|PlainDigest(digest)| digest),
    })
}

/// What each file is called in the zip, and in the release: a program for Windows bears `.exe` in the former.
fn file_names(node: &NodeId, component: &FrozenComponent) -> Names {
    let windows = node.platform.as_str().starts_with("windows");
    let name = |file: &domain_types::AssetName| {
        let plain = file.as_str().to_owned();
        let suffix = if windows && is_program(&plain) && !plain.ends_with(".exe") {
            ".exe"
        } else {
            ""
        };
        (format!("{plain}{suffix}"), plain)
    };
    component.files.iter().map(name).collect()
}

/// A zip from a worker tells nothing of modes: what has no extension is a program.
fn is_program(name: &str) -> bool {
    !name.contains('.') || name.ends_with(".exe") || name.ends_with(".sh")
}

fn bounded(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MANIFEST_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MANIFEST_BYTES_MAX {
        return Err(io::Error::other(format!(
            "{MANIFEST} has more than {MANIFEST_BYTES_MAX} bytes"
        )));
    }
    Ok(bytes)
}

fn compare(
    manifest: &BuildManifest,
    (node, component): (&NodeId, &FrozenComponent),
    (names, files): (&Names, &Stored),
) -> Result<(), Failure> {
    let wrong = |what: &str, said: &dyn std::fmt::Display, expected: &dyn std::fmt::Display| {
        Err(refused(format!(
            "{MANIFEST} of {node} says {what} {said}, expected {expected}"
        )))
    };
    let source = component.source.to_string();
    if manifest.repository != source {
        return wrong("repository", &manifest.repository, &source);
    }
    if manifest.commit != component.commit {
        return wrong("commit", &manifest.commit, &component.commit);
    }
    if manifest.platform != node.platform.as_str() {
        return wrong("platform", &manifest.platform, &node.platform);
    }
    if manifest.artifacts.len() != names.len() {
        return wrong("a number of artifacts:", &manifest.artifacts.len(), &names.len());
    }
    for claimed in &manifest.artifacts {
        let found = names.get(&claimed.name).and_then(|name| files.get(name));
        if found != Some(&(claimed.sha256.0, claimed.size)) {
            let name = &claimed.name;
            return Err(refused(format!(
                "{MANIFEST} of {node} does not fit the bytes of {name}"
            )));
        }
    }
    Ok(())
}
