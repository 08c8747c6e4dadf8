//! Compares two release directories item by item: the same bytes, the same meaning, or neither.
//!
//! Also for directories that others made: what is no archive and none of our documents is compared by its bytes.

mod report;

#[cfg(test)]
mod tests;

pub use report::{ComparedItem, Comparison, ComparisonSchema, ComparisonVerdict, ItemVerdict};

use crate::archive::list_archive;
use crate::digest_stream::{digest_reader, read_whole};
use crate::naming::{CHECKSUMS_NAME, EVIDENCE_NAME, MANIFEST_NAME, NOTES_NAME};
use crate::notes::DATE_PREFIX;
use crate::{
    ASSET_BYTES_MAX, ArchiveKind, ArchiveLimits, Checksums, DOCUMENT_BYTES_MAX, Error, Member, ReleaseFiles,
    ReleaseManifest,
};
use domain_types::{AssetName, Sha256Digest};
use std::collections::{BTreeMap, BTreeSet};

/// The two sides.
type Sides<'a> = [&'a dyn ReleaseFiles; 2];

/// Compares two releases.
///
/// `identical`: the same bytes. `equivalent`: archives with the same members, digests and modes in another container;
/// SHA256SUMS and manifest that differ only in what is equivalent; notes that differ only in date and white space.
/// The evidence is listed and not compared: it differs between two builders by nature.
///
/// # Errors
/// [`Error::Io`] or [`Error::ForeignEntry`] if a side cannot be read at all. Files that are damaged are no error: they
/// are `different` unless their bytes are the same.
pub fn compare_releases(left: &dyn ReleaseFiles, right: &dyn ReleaseFiles) -> Result<Comparison, Error> {
    let sides = [left, right];
    let (left_names, right_names) = (left.names()?, right.names()?);
    let all: BTreeSet<&AssetName> = left_names.union(&right_names).collect();
    let mut items = BTreeMap::new();
    // Documents come after archives, since what they may say depends on those.
    for name in by_rank(&all) {
        let item = match (left_names.contains(name), right_names.contains(name)) {
            (true, true) => compare_file(sides, name, &items)?,
            (true, false) => (ItemVerdict::Different, "only on the left".to_owned()),
            (false, _) => (ItemVerdict::Different, "only on the right".to_owned()),
        };
        items.insert(name.clone(), item);
    }
    Ok(Comparison::new(items.into_iter().map(
        |(name, (verdict, because))| ComparedItem {
            name,
            verdict,
            because,
        },
    )))
}

type Items = BTreeMap<AssetName, (ItemVerdict, String)>;

fn by_rank<'a>(names: &BTreeSet<&'a AssetName>) -> Vec<&'a AssetName> {
    let rank = |name: &&AssetName| match name.as_str() {
        MANIFEST_NAME => 1,
        CHECKSUMS_NAME => 2,
        _ => 0,
    };
    let mut sorted: Vec<&AssetName> = names.iter().copied().collect();
    sorted.sort_by_key(rank);
    sorted
}

fn compare_file(sides: Sides<'_>, name: &AssetName, so_far: &Items) -> Result<(ItemVerdict, String), Error> {
    if name.as_str() == EVIDENCE_NAME {
        return Ok((
            ItemVerdict::NotCompared,
            "how it was made differs between builders".to_owned(),
        ));
    }
    let [left, right] = both(sides, |files| digest(files, name))?;
    if left == right {
        return Ok((ItemVerdict::Identical, left.to_string()));
    }
    let meaning = match (name.as_str(), ArchiveKind::of_name(name)) {
        (MANIFEST_NAME, _) => same_manifest(sides, name, so_far),
        (CHECKSUMS_NAME, _) => same_checksums(sides, name, so_far),
        (NOTES_NAME, _) => same_notes(sides, name),
        (_, Some(kind)) => same_members(sides, name, kind),
        (_, None) => Ok(Err(format!("{left} and {right}"))),
    };
    Ok(match meaning {
        Ok(Ok(because)) => (ItemVerdict::Equivalent, because.to_owned()),
        Ok(Err(because)) => (ItemVerdict::Different, because),
        Err(error) if error.is_retryable() => return Err(error),
        Err(error) => (
            ItemVerdict::Different,
            format!("the bytes differ, and failed to {error}"),
        ),
    })
}

fn both<T>(sides: Sides<'_>, read: impl Fn(&dyn ReleaseFiles) -> Result<T, Error>) -> Result<[T; 2], Error> {
    let [left, right] = sides;
    Ok([read(left)?, read(right)?])
}

fn digest(files: &dyn ReleaseFiles, name: &AssetName) -> Result<Sha256Digest, Error> {
    Ok(digest_reader(&mut files.open(name)?.reader, ASSET_BYTES_MAX)?.0)
}

fn whole(files: &dyn ReleaseFiles, name: &AssetName) -> Result<Vec<u8>, Error> {
    read_whole(&mut files.open(name)?.reader, "a document", DOCUMENT_BYTES_MAX)
}

/// Equivalent because of the first, or different because of the second.
type Meaning = Result<Result<&'static str, String>, Error>;

fn same_members(sides: Sides<'_>, name: &AssetName, kind: ArchiveKind) -> Meaning {
    let members = both(sides, |files| {
        let mut list = list_archive(kind, &mut files.open(name)?.reader, &ArchiveLimits::default())?;
        list.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(list)
    })?;
    let [left, right] = members.each_ref().map(Vec::as_slice);
    Ok(match first_difference(left, right) {
        None => Ok("the same members, digests and modes in another container"),
        Some(path) => Err(format!("{path} differs or is on one side only")),
    })
}

fn first_difference(left: &[Member], right: &[Member]) -> Option<String> {
    let in_pairs = left.iter().zip(right).find(|(left, right)| left != right);
    if let Some((left, right)) = in_pairs {
        return Some((&left.path).min(&right.path).to_string());
    }
    let in_common = left.len().min(right.len());
    let more = left.get(in_common).or(right.get(in_common));
    more.map(|member| member.path.to_string())
}

fn is_equivalent(so_far: &Items, name: &AssetName) -> bool {
    so_far
        .get(name)
        .is_some_and(|(verdict, _)| *verdict == ItemVerdict::Equivalent)
}

/// Manifests without what is known to be equivalent: the containers of such archives.
fn same_manifest(sides: Sides<'_>, name: &AssetName, so_far: &Items) -> Meaning {
    let [left, right] = both(sides, |files| {
        let mut manifest = ReleaseManifest::read(&whole(files, name)?)?;
        let components = manifest
            .components
            .iter_mut()
            .flat_map(|component| &mut component.artifacts);
        for archive in components
            .chain(&mut manifest.archives)
            .filter(|one| is_equivalent(so_far, &one.name))
        {
            (archive.digest, archive.size) = (Sha256Digest::of(b""), 0);
        }
        Ok(manifest)
    })?;
    Ok(if left == right {
        Ok("the same but for the containers of equivalent archives")
    } else {
        Err(manifest_difference(&left, &right))
    })
}

fn manifest_difference(left: &ReleaseManifest, right: &ReleaseManifest) -> String {
    let parts = [
        (left.release == right.release, "the release's name"),
        (left.version == right.version, "the version"),
        (left.plan_digest == right.plan_digest, "the plan"),
        (left.archives == right.archives, "the unified archives"),
    ];
    let component = left
        .components
        .iter()
        .zip(&right.components)
        .find(|(left, right)| left != right);
    let mut found: Vec<String> = parts
        .iter()
        .filter(|(same, _)| !same)
        .map(|(_, what)| (*what).to_owned())
        .collect();
    found.extend(component.map(|(left, _)| format!("component {}", left.repository)));
    if left.components.len() != right.components.len() {
        found.push("the number of components".to_owned());
    }
    format!("they differ in {}", found.join(", "))
}

/// SHA256SUMS as maps, without what is known to be equivalent.
fn same_checksums(sides: Sides<'_>, name: &AssetName, so_far: &Items) -> Meaning {
    let [left, right] = both(sides, |files| {
        let read = Checksums::read(&whole(files, name)?)?;
        let mut entries = read.checksums.entries().clone();
        entries.retain(|name, _| !is_equivalent(so_far, name));
        Ok(entries)
    })?;
    let names: BTreeSet<&AssetName> = left.keys().chain(right.keys()).collect();
    Ok(
        match names.into_iter().find(|name| left.get(*name) != right.get(*name)) {
            None => Ok("the same digests but for equivalent files, order and marks"),
            Some(name) => Err(format!("the digest of {name} differs or is on one side only")),
        },
    )
}

/// Notes word by word, without the date.
fn same_notes(sides: Sides<'_>, name: &AssetName) -> Meaning {
    let [left, right] = both(sides, |files| {
        Ok(normalised_notes(&String::from_utf8_lossy(&whole(files, name)?)))
    })?;
    let pairs = left.iter().zip(&right).position(|(left, right)| left != right);
    let first = pairs.or_else(|| (left.len() != right.len()).then(|| left.len().min(right.len())));
    Ok(match first {
        None => Ok("the same but for date and white space"),
        Some(at) => Err(format!("line {} of their content differs", at + 1)),
    })
}

fn normalised_notes(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.starts_with(DATE_PREFIX));
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    words.filter(|line| !line.is_empty()).collect()
}
