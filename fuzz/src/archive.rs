//! Archives: whatever is accepted lies within its folder and its limits, can be read in one way only, and can be
//! written and read again.

use super::corrected::{gzip, tar_with_checksums, zip_with_checksums};
use super::others;
use super::plain::{assert_below, assert_one_line};
use artifact_verify::{
    ArchiveKind, ArchiveLimits, ArchiveRefusal, ArchiveRule, Error, MEMBER_PATH_BYTES_MAX,
    MEMBER_PATH_DEPTH_MAX, Member, MemberHead, MemoryObjects, list_archive, read_archive, write_archive,
};
use domain_types::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

/// Limits that a few kilobytes can reach.
const LIMITS: ArchiveLimits = ArchiveLimits {
    compressed_bytes_max: 16 * 1024,
    expanded_bytes_max: 256 * 1024,
    ratio_max: 200,
    ratio_floor_bytes: 16 * 1024,
    entries_max: 16,
};

/// Everything that reading a tar.gz promises. Bytes that are no gzip are taken as the tar within one, its checksums
/// corrected: otherwise hardly a mutation would get past them.
pub fn tar_gz(bytes: &[u8]) {
    const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
    if bytes.starts_with(&GZIP_MAGIC) {
        demand(ArchiveKind::TarGz, bytes);
    } else {
        demand(ArchiveKind::TarGz, &gzip(&tar_with_checksums(bytes)));
    }
}

/// Everything that reading a zip promises; of the bytes as they are, and with its checksums corrected.
pub fn zip(bytes: &[u8]) {
    demand(ArchiveKind::Zip, bytes);
    let corrected = zip_with_checksums(bytes);
    if corrected != bytes {
        demand(ArchiveKind::Zip, &corrected);
    }
}

/// An archive that was read to its end.
struct Accepted {
    members: Vec<Member>,
    /// What came out, by path.
    contents: BTreeMap<String, Vec<u8>>,
}

fn demand(kind: ArchiveKind, bytes: &[u8]) {
    match read(kind, bytes) {
        Ok(accepted) => {
            demand_limits(bytes.len() as u64, &accepted.members);
            demand_places(&accepted.members);
            demand_one_reading(kind, bytes, &accepted);
            demand_same_when_written(&accepted);
        }
        Err(Error::Archive(refusal)) => assert_one_line(&refusal.to_string()),
        Err(error) => panic!("bytes in memory are accepted or refused, not: {error}"),
    }
}

/// Reads everything; what comes out keeps the limits even if the archive is refused in the end.
fn read(kind: ArchiveKind, bytes: &[u8]) -> Result<Accepted, Error> {
    let mut contents = BTreeMap::new();
    let mut expanded = 0;
    let mut on_member = |head: &MemberHead, content: &mut dyn Read| {
        let mut bytes = Vec::new();
        let outcome = content.read_to_end(&mut bytes);
        expanded += bytes.len() as u64;
        assert!(
            expanded <= LIMITS.expanded_bytes_max + 1,
            "{expanded} bytes came out"
        );
        // One byte more than announced is let through, so that it can be refused.
        assert!(
            bytes.len() as u64 <= head.size.saturating_add(1),
            "{head:?} gives {} bytes",
            bytes.len()
        );
        contents.insert(head.path.to_string(), bytes);
        outcome.map(|_| ())
    };
    let members = read_archive(kind, &mut Cursor::new(bytes), &LIMITS, &mut on_member)?;
    Ok(Accepted { members, contents })
}

fn demand_limits(archive_bytes: u64, members: &[Member]) {
    assert!(archive_bytes <= LIMITS.compressed_bytes_max);
    assert!(members.len() <= LIMITS.entries_max);
    let expanded: u64 = members.iter().map(|member| member.size).sum();
    assert!(expanded <= LIMITS.expanded_bytes_max);
    assert!(expanded <= LIMITS.ratio_floor_bytes || expanded <= archive_bytes * LIMITS.ratio_max);
}

/// No member outside of the folder, and none where another one lies, on no system.
fn demand_places(members: &[Member]) {
    let mut files = BTreeSet::new();
    for member in members {
        let path = member.path.as_str();
        assert_below(path);
        assert!(path.len() <= MEMBER_PATH_BYTES_MAX && path.split('/').count() <= MEMBER_PATH_DEPTH_MAX);
        assert!(path.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{path:?}");
        assert!(!path.contains(['\\', ':']) && !path.contains("//"), "{path:?}");
        assert!(
            path.split('/').all(|part| !part.ends_with(['.', ' '])),
            "{path:?}"
        );
        assert!(files.insert(path.to_ascii_lowercase()), "{path:?} is there twice");
    }
    for path in &files {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        assert!(
            folders.into_iter().all(|folder| !files.contains(folder)),
            "{path:?} lies in a file"
        );
    }
}

/// Where another library reads the archive as well, it finds the same in it.
fn demand_one_reading(kind: ArchiveKind, bytes: &[u8], accepted: &Accepted) {
    let read = match kind {
        ArchiveKind::TarGz => others::tar_gz(bytes),
        ArchiveKind::Zip => others::zip(bytes),
    };
    let Ok(mut found) = read else { return };
    let ours = accepted.members.iter().map(|member| others::File {
        path: member.path.to_string(),
        executable: member.executable,
        content: accepted.contents[member.path.as_str()].clone(),
    });
    let mut ours: Vec<others::File> = ours.collect();
    found.sort();
    ours.sort();
    assert_eq!(ours, found, "two readers, two readings");
}

/// In both containers, and to the same bytes whatever the order of the members.
fn demand_same_when_written(accepted: &Accepted) {
    let mut objects = MemoryObjects::default();
    for (path, content) in &accepted.contents {
        let digest = objects.insert(content);
        let member = accepted
            .members
            .iter()
            .find(|member| member.path.as_str() == path);
        assert_eq!(
            member.map(|member| (member.digest, member.size)),
            Some((digest, content.len() as u64))
        );
    }
    let mut members = accepted.members.clone();
    members.sort_by(|left, right| left.path.cmp(&right.path));
    let reversed: Vec<Member> = members.iter().rev().cloned().collect();
    for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
        let write = |members: &[Member]| {
            let mut bytes = Vec::new();
            write_archive(kind, &mut bytes, members, Timestamp::EPOCH, &objects).map(|()| bytes)
        };
        let written = match write(&members) {
            // A ustar header cannot hold every path that a zip can.
            Err(Error::Archive(ArchiveRefusal {
                rule: ArchiveRule::PathTooLong,
                ..
            })) => continue,
            Err(error) => panic!("accepted but not written: {error}"),
            Ok(written) => written,
        };
        assert_eq!(write(&reversed).ok().as_deref(), Some(written.as_slice()));
        let listed = list_archive(kind, &mut Cursor::new(&written), &ArchiveLimits::default());
        assert_eq!(
            listed.unwrap_or_else(|error| panic!("written but not accepted: {error}")),
            members
        );
    }
}
