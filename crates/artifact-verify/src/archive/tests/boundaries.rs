//! Every limit is taken at its last value and refused one behind; what almost breaks a rule breaks none.

use super::super::gauge::Expansion;
use super::forge::{ZipEntry, zip, zip_file, zip_stored};
use super::{ArchiveKind, ArchiveLimits, read, refused, small_limits, taken_at_the_last_byte};
use super::{ArchiveRule, Cursor, Member, MemberPath, Timestamp, list_archive, write_archive};
use crate::{MEMBER_PATH_BYTES_MAX, MemoryObjects};

const KIND: ArchiveKind = ArchiveKind::Zip;

fn changed(change: impl Fn(&mut ZipEntry)) -> Vec<u8> {
    let mut entry = zip_file(b"a", b"abc");
    change(&mut entry);
    zip(&[entry])
}

fn accepted(bytes: &[u8]) {
    assert_eq!(read(KIND, bytes), Ok(vec!["a".to_owned()]));
}

#[test]
fn every_limit_of_a_zip_is_taken_at_its_last_byte() {
    let bytes = zip(&[zip_stored(b"a", &[7; 300]), zip_stored(b"b", &[8; 200])]);
    let exact = ArchiveLimits {
        compressed_bytes_max: bytes.len() as u64,
        expanded_bytes_max: 500,
        entries_max: 2,
        ..small_limits()
    };
    taken_at_the_last_byte(KIND, &bytes, exact);
}

#[test]
fn the_ratio_of_a_zip_is_that_of_all_its_members_so_far() {
    let bytes = zip(&[zip_stored(b"a", &[7; 300]), zip_stored(b"b", &[8; 200])]);
    let strict = ArchiveLimits {
        ratio_max: 1,
        ratio_floor_bytes: 0,
        ..small_limits()
    };
    let members = list_archive(KIND, &mut Cursor::new(&bytes), &strict).unwrap();
    assert_eq!(members.len(), 2, "what is only stored is as large as it was");
}

#[test]
fn a_ratio_counts_above_its_floor_only_and_is_taken_at_its_last_byte() {
    let limits = ArchiveLimits {
        expanded_bytes_max: 1_000,
        ratio_max: 10,
        ratio_floor_bytes: 100,
        ..small_limits()
    };
    let add = |steps: &[(u64, u64)]| {
        let mut expansion = Expansion::new(&limits);
        let mut added = steps
            .iter()
            .map(|(bytes, compressed)| expansion.add(*bytes, *compressed));
        added.find_map(|outcome| outcome.err().map(|refusal| refusal.rule))
    };
    let ratio = Some(ArchiveRule::RatioTooHigh(10));
    assert_eq!(add(&[(100, 1)]), None, "at the floor");
    assert_eq!(add(&[(101, 1)]), ratio, "above the floor");
    assert_eq!(add(&[(110, 11)]), None, "at the ratio");
    assert_eq!(add(&[(111, 11)]), ratio, "above the ratio");
    assert_eq!(add(&[(60, 1), (60, 12)]), None, "in two steps, at the ratio");
    assert_eq!(add(&[(60, 1), (61, 12)]), ratio, "in two steps, above it");
    assert_eq!(add(&[(1_000, 100)]), None, "as much as allowed");
    let too_large = Some(ArchiveRule::ExpandedTooLarge(1_000));
    assert_eq!(add(&[(1_001, 1_000)]), too_large);
    assert_eq!(add(&[(u64::MAX, 1), (u64::MAX, 1)]), too_large);
}

#[test]
fn a_path_may_have_255_bytes_and_16_parts() {
    let long = "x".repeat(MEMBER_PATH_BYTES_MAX);
    let deep = ["x"; 16].join("/");
    for path in [&long, &deep] {
        assert!(path.parse::<MemberPath>().is_ok(), "{path}");
    }
    for path in [format!("{long}x"), format!("{deep}/x")] {
        assert!(path.parse::<MemberPath>().is_err(), "{path}");
    }
}

#[test]
fn a_directory_of_a_zip_may_have_16_mebibytes() {
    let limits = ArchiveLimits {
        compressed_bytes_max: 1 << 26,
        entries_max: 300,
        ..small_limits()
    };
    // A comment is refused, too, but only once the directory is read.
    let answer = |bytes: usize| {
        let mut left = bytes;
        let mut entries = Vec::new();
        while left > 0 {
            let mut entry = zip_stored(format!("f{:03}", entries.len()).as_bytes(), b"");
            let own = 46 + entry.name.len();
            entry.comment = vec![b'x'; (left - own).min(usize::from(u16::MAX))];
            left -= own + entry.comment.len();
            entries.push(entry);
        }
        let listed = list_archive(KIND, &mut Cursor::new(zip(&entries)), &limits);
        listed.unwrap_err().to_string()
    };
    const MOST: usize = 16 * 1024 * 1024;
    let [most, more] = [MOST, MOST + 1].map(answer);
    assert!(
        most.contains("f000: a header has an impossible comment"),
        "{most}"
    );
    assert!(
        more.contains("a header has an impossible directory size"),
        "{more}"
    );
}

#[test]
fn what_is_written_may_expand_as_far_as_what_is_read() {
    let most = ArchiveLimits::default().expanded_bytes_max;
    let write = |size: u64, kind: ArchiveKind| {
        let member = Member {
            path: "a".parse().unwrap(),
            digest: domain_types::Sha256Digest::of(b"absent"),
            size,
            executable: false,
        };
        let objects = MemoryObjects::default();
        let written = write_archive(kind, &mut Vec::new(), &[member], Timestamp::EPOCH, &objects);
        // One that is not refused is as large as it may be, but not there.
        written.unwrap_err().to_string()
    };
    for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
        let [taken, refused] = [most, most + 1].map(|size| write(size, kind));
        let text = format!("the archive expands to more than {most} bytes");
        assert!(!taken.contains(&text), "{kind}: {taken}");
        assert!(refused.contains(&text), "{kind}: {refused}");
    }
}

#[test]
fn flags_that_change_nothing_are_accepted() {
    for flags in [1 << 1, 1 << 2, 0b110, 1 << 11] {
        accepted(&changed(|one| one.both(|both| both.flags = flags)));
    }
}

#[test]
fn an_extra_field_is_as_long_as_it_says() {
    let stamp = || vec![0x55, 0x54, 0, 0];
    accepted(&changed(|one| one.extra = stamp()));
    accepted(&changed(|one| one.local_extra = stamp()));
    for cut in 1..4 {
        let text = "a: a header has an impossible extra field";
        refused(KIND, &changed(|one| one.extra = vec![1; cut]), text);
        refused(KIND, &changed(|one| one.local_extra = vec![1; cut]), text);
    }
}

#[test]
fn numbers_are_deferred_to_a_descriptor_only_where_there_is_one_and_all_are() {
    let differ = |field: &str| format!("a: the central directory and the local header differ in the {field}");
    let zeros = |one: &mut ZipEntry| (one.local.crc, one.local.compressed, one.local.size) = (0, 0, 0);
    refused(KIND, &changed(zeros), &differ("checksum"));
    let flagged = |change: &dyn Fn(&mut ZipEntry)| {
        changed(|one| {
            one.both(|both| both.flags = 1 << 3);
            change(one);
        })
    };
    refused(KIND, &flagged(&|one| one.local.crc = 0), &differ("checksum"));
    refused(
        KIND,
        &flagged(&|one| one.local.compressed = 0),
        &differ("compressed size"),
    );
    refused(KIND, &flagged(&|one| one.local.size = 0), &differ("size"));
}

#[test]
fn a_descriptor_with_a_signature_has_the_numbers_behind_it() {
    let described = |signature: &[u8], change: u32| {
        changed(|one| {
            one.both(|both| both.flags = 1 << 3);
            (one.local.crc, one.local.compressed, one.local.size) = (0, 0, 0);
            let numbers = [one.central.crc ^ change, one.central.compressed, one.central.size];
            let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
            one.around[1] = signature.iter().copied().chain(numbers).collect();
        })
    };
    accepted(&described(b"PK\x07\x08", 0));
    let text = "a: the central directory and the local header differ in the descriptor";
    refused(KIND, &described(b"PK\x07\x08", 1), text);
    refused(KIND, &described(b"PK\x07\x09", 0), text);
}

#[test]
fn no_entry_lies_on_another_disk() {
    let good = changed(|_| {});
    let central = good.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let end = good.len() - 22;
    for (at, text) in [
        (central + 34, "a: the archive is split over disks"),
        (end + 4, "the archive is split over disks"),
        (end + 6, "the archive is split over disks"),
    ] {
        let mut bytes = good.clone();
        bytes[at] = 1;
        refused(KIND, &bytes, text);
    }
}

#[test]
fn a_folder_of_a_zip_has_no_content() {
    let mut folder = zip_stored(b"bin/", b"x");
    folder.external = 0o040_755 << 16;
    refused(KIND, &zip(&[folder]), "bin/: a header has an impossible size");
}
