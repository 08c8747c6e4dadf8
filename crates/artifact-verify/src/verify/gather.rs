//! Reads everything that the checks judge, once, with memory bounded by the documents' limits and by those of one archive for each
//! that is read at a time. Judges nothing.

use crate::archive::read_archive;
use crate::digest_stream::{digest_reader, read_whole};
use crate::naming::{CHECKSUMS_NAME, EVIDENCE_NAME, MANIFEST_NAME, NOTES_NAME};
use crate::side_by_side::side_by_side;
use crate::{
    ASSET_BYTES_MAX, ArchiveKind, ArchiveLimits, CHECKSUMS_BYTES_MAX, Checksums, DOCUMENT_BYTES_MAX, Error,
    Evidence, ManifestArchive, ReadChecksums, ReleaseFiles, ReleaseManifest,
};
use domain_types::{AssetName, Sha256Digest, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A document and the digest of the bytes from which it was read, or why it could not be read.
pub(super) type Read<T> = Result<(T, Sha256Digest), String>;

/// Digest and size of a file, or why it could not be read.
pub(super) type Digested = Result<(Sha256Digest, u64), String>;

/// What a release directory holds.
pub(super) struct Gathered {
    pub(super) names: Result<BTreeSet<AssetName>, String>,
    pub(super) manifest: Read<ReleaseManifest>,
    pub(super) checksums: Read<ReadChecksums>,
    pub(super) notes: Read<String>,
    pub(super) evidence: Read<Evidence>,
    /// Digest and size of every listed file, or why it could not be read.
    pub(super) files: BTreeMap<AssetName, Digested>,
    /// What was found in each archive that the manifest names.
    pub(super) archives: BTreeMap<AssetName, ArchiveFacts>,
}

/// An archive against what the manifest says of it.
pub(super) struct ArchiveFacts {
    /// What differs, or why it could not be read; none if nothing.
    pub(super) problem: Option<String>,
    /// The newest time of its members; the epoch if it has none.
    pub(super) newest: Timestamp,
}

pub(super) fn gather(files: &dyn ReleaseFiles, limits: &ArchiveLimits) -> Gathered {
    let names = files.names().map_err(|error| error.to_string());
    let listed = names.clone().unwrap_or_default();
    let manifest = document(files, MANIFEST_NAME, DOCUMENT_BYTES_MAX, ReleaseManifest::read);
    let archives: Vec<&ManifestArchive> = manifest
        .iter()
        .flat_map(|(manifest, _)| manifest.all_archives())
        .filter(|one| listed.contains(&one.name))
        .collect();
    let (files_found, archives_found) = read_all(files, (listed, archives), limits);
    Gathered {
        archives: archives_found,
        checksums: document(files, CHECKSUMS_NAME, CHECKSUMS_BYTES_MAX, Checksums::read),
        notes: document(files, NOTES_NAME, DOCUMENT_BYTES_MAX, |bytes| {
            Ok(String::from_utf8_lossy(bytes).into_owned())
        }),
        evidence: document(files, EVIDENCE_NAME, DOCUMENT_BYTES_MAX, Evidence::read),
        files: files_found,
        manifest,
        names,
    }
}

/// A file to be read whole.
enum Job<'a> {
    /// Its members are compared.
    Archive(&'a ManifestArchive),
    /// It is digested.
    Digest(AssetName),
}

enum Found {
    Archive(AssetName, ArchiveFacts),
    Digest(AssetName, Digested),
}

/// Reads the listed files and the members of the archives, the largest first. Archives come before all digests, since a byte of them
/// takes longer.
fn read_all(
    files: &dyn ReleaseFiles,
    (listed, mut archives): (BTreeSet<AssetName>, Vec<&ManifestArchive>),
    limits: &ArchiveLimits,
) -> (BTreeMap<AssetName, Digested>, BTreeMap<AssetName, ArchiveFacts>) {
    archives.sort_by_key(|archive| Reverse(archive.size));
    let jobs: Vec<Job<'_>> = archives
        .into_iter()
        .map(Job::Archive)
        .chain(largest_first(files, listed).into_iter().map(Job::Digest))
        .collect();
    let found = side_by_side(files, &jobs, |job| match job {
        Job::Archive(archive) => Found::Archive(archive.name.clone(), archive_facts(files, archive, limits)),
        Job::Digest(name) => Found::Digest(name.clone(), file_facts(files, name)),
    });
    let (mut digests, mut facts) = (BTreeMap::new(), BTreeMap::new());
    for found in found {
        match found {
            Found::Archive(name, found) => _ = facts.insert(name, found),
            Found::Digest(name, found) => _ = digests.insert(name, found),
        }
    }
    (digests, facts)
}

/// What cannot be opened comes last.
fn largest_first(files: &dyn ReleaseFiles, names: BTreeSet<AssetName>) -> Vec<AssetName> {
    let mut names: Vec<AssetName> = names.into_iter().collect();
    names.sort_by_cached_key(|name| Reverse(files.open(name).map_or(0, |opened| opened.size)));
    names
}

fn document<T>(
    files: &dyn ReleaseFiles,
    name: &'static str,
    bytes_max: u64,
    read: impl Fn(&[u8]) -> Result<T, Error>,
) -> Read<T> {
    let attempt = || {
        let mut opened = files.open(&name.parse()?)?;
        let bytes = read_whole(&mut opened.reader, name, bytes_max)?;
        Ok::<_, Error>((read(&bytes)?, Sha256Digest::of(&bytes)))
    };
    attempt().map_err(|error| error.to_string())
}

fn file_facts(files: &dyn ReleaseFiles, name: &AssetName) -> Digested {
    let read = files
        .open(name)
        .and_then(|mut opened| digest_reader(&mut opened.reader, ASSET_BYTES_MAX));
    read.map_err(|error| error.to_string())
}

fn archive_facts(
    files: &dyn ReleaseFiles,
    archive: &ManifestArchive,
    limits: &ArchiveLimits,
) -> ArchiveFacts {
    let mut newest = Timestamp::EPOCH;
    let kind = ArchiveKind::of_platform(&archive.platform);
    let listed = files.open(&archive.name).and_then(|mut opened| {
        read_archive(kind, &mut opened.reader, limits, &mut |head, _| {
            newest = newest.max(head.modified);
            Ok(())
        })
    });
    let problem = match listed {
        Ok(members) => member_difference(&members, archive),
        Err(error) => Some(format!("failed to {error}")),
    };
    ArchiveFacts { problem, newest }
}

/// The first member in which archive and manifest differ. Both are in order: we write archives sorted.
fn member_difference(found: &[crate::Member], archive: &ManifestArchive) -> Option<String> {
    let expected = &archive.members;
    let pairs = found.iter().zip(expected);
    if let Some((found, expected)) = pairs.into_iter().find(|(found, expected)| found != expected) {
        let (path, what) = (
            &expected.path,
            if found.path == expected.path {
                "differs"
            } else {
                "is missing or not in order"
            },
        );
        return Some(format!("{path} {what}"));
    }
    (found.len() != expected.len())
        .then(|| format!("it has {} members, expected {}", found.len(), expected.len()))
}
