//! What we write: read back by ourselves, by other libraries and by the tools of the system; and the same every time.

use super::*;
use crate::MemoryObjects;
use crate::tests::{Dribble, PROGRAM};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

fn member(objects: &mut MemoryObjects, path: &str, content: &[u8], executable: bool) -> Member {
    let digest = objects.insert(content);
    Member {
        path: path.parse().unwrap(),
        digest,
        size: content.len() as u64,
        executable,
    }
}

fn sample() -> (Vec<Member>, MemoryObjects) {
    let mut objects = MemoryObjects::default();
    let members = vec![
        member(&mut objects, "run", PROGRAM, true),
        member(&mut objects, "etc/empty", b"", false),
        member(&mut objects, "block", &[7; 512], false),
    ];
    (members, objects)
}

const AT: &str = "2025-11-24T16:00:01Z";

fn written(kind: ArchiveKind, members: &[Member], objects: &dyn Objects) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_archive(kind, &mut bytes, members, AT.parse().unwrap(), objects).unwrap();
    bytes
}

#[test]
fn the_bytes_of_archives_are_fixed() {
    // A change here breaks the reproduction of every earlier release: it needs a decision, not a new digest.
    let (members, objects) = sample();
    let digests = [ArchiveKind::TarGz, ArchiveKind::Zip]
        .map(|kind| format!("{kind} {}", Sha256Digest::of(&written(kind, &members, &objects))));
    expect![[r#"
        tar.gz sha256:c653329db020af7c580a60e29da33a5011f31a515c73e25d132ad8e416bebe1b
        zip sha256:e921f3b2f972b4b6b8a6f8f9050e170280f3187299ed775d30103897713e04ed"#]]
    .assert_eq(&digests.join("\n"));
}

#[test]
fn gzip_has_no_name_no_time_and_no_origin() {
    let (members, objects) = sample();
    let bytes = written(ArchiveKind::TarGz, &members, &objects);
    assert_eq!(bytes[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
}

/// What a tool of this system says about an archive; nothing if the system has no such tool.
fn tool(kind: ArchiveKind, command: &[&str], expect: Expect) {
    let (members, objects) = sample();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive");
    std::fs::write(&path, written(kind, &members, &objects)).unwrap();
    let run = Command::new(command[0])
        .args(&command[1..])
        .arg(&path)
        .env("TZ", "UTC")
        .env("LC_ALL", "C")
        .output();
    match run {
        Ok(output) => {
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            expect.assert_eq(
                &String::from_utf8_lossy(&output.stdout).replace(path.to_str().unwrap(), "<path>"),
            );
        }
        Err(error) => assert_eq!(error.kind(), io::ErrorKind::NotFound),
    }
}

#[test]
fn gnu_tar_lists_what_we_wrote() {
    tool(
        ArchiveKind::TarGz,
        &["tar", "--numeric-owner", "--full-time", "-tvzf"],
        expect![[r#"
            -rw-r--r-- 0/0             512 2025-11-24 16:00:01 block
            -rw-r--r-- 0/0               0 2025-11-24 16:00:01 etc/empty
            -rwxr-xr-x 0/0              21 2025-11-24 16:00:01 run
        "#]],
    );
}

#[test]
fn info_zip_lists_and_tests_what_we_wrote() {
    tool(
        ArchiveKind::Zip,
        &["unzip", "-Z", "-T"],
        expect![[r#"
        Archive:  <path>
        Zip file size: 325 bytes, number of entries: 3
        -rw-r--r--  2.0 unx      512 b- defN 20251124.160000 block
        -rw-r--r--  2.0 unx        0 b- defN 20251124.160000 etc/empty
        -rwxr-xr-x  2.0 unx       21 b- defN 20251124.160000 run
        3 files, 533 bytes uncompressed, 41 bytes compressed:  92.3%
    "#]],
    );
    tool(
        ArchiveKind::Zip,
        &["unzip", "-tq"],
        expect![[r#"
        No errors detected in compressed data of <path>.
    "#]],
    );
}

#[test]
fn an_archive_without_members_is_read_back() {
    for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
        let bytes = written(kind, &[], &MemoryObjects::default());
        assert_eq!(read(kind, &bytes), Ok(vec![]), "{kind}");
    }
}

#[test]
fn times_before_1980_and_behind_2107_are_held_within_what_zip_can_say() {
    let (members, objects) = sample();
    let rows = [
        ("1970-01-01T00:00:00Z", "1980-01-01T00:00:00.000Z"),
        ("1979-12-31T23:59:59Z", "1980-01-01T00:00:00.000Z"),
        ("1980-07-09T11:23:47Z", "1980-07-09T11:23:46.000Z"),
        ("2016-02-29T22:58:31Z", "2016-02-29T22:58:30.000Z"),
        ("2025-11-24T16:00:01Z", "2025-11-24T16:00:00.000Z"),
        ("2107-03-14T21:35:59Z", "2107-03-14T21:35:58.000Z"),
        ("2107-12-31T23:59:59Z", "2107-12-31T23:59:58.000Z"),
        ("2500-06-01T00:00:00Z", "2107-12-31T23:59:58.000Z"),
    ];
    for (given, expected) in rows {
        let mut bytes = Vec::new();
        write_archive(
            ArchiveKind::Zip,
            &mut bytes,
            &members,
            given.parse().unwrap(),
            &objects,
        )
        .unwrap();
        let mut times = Vec::new();
        let mut on_member = |head: &MemberHead, _: &mut dyn Read| {
            times.push(head.modified.to_string());
            Ok(())
        };
        read_archive(
            ArchiveKind::Zip,
            &mut Cursor::new(bytes),
            &small_limits(),
            &mut on_member,
        )
        .unwrap();
        assert_eq!(times, [expected; 3], "{given}");
    }
}

#[test]
fn members_that_no_reader_would_accept_are_not_written() {
    let (mut members, objects) = sample();
    members.push(Member {
        path: "RUN".parse().unwrap(),
        ..members[0].clone()
    });
    for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
        let mut bytes = Vec::new();
        let error = write_archive(kind, &mut bytes, &members, Timestamp::EPOCH, &objects).unwrap_err();
        assert_eq!(
            error.to_string(),
            "read the archive: run: it differs from another member in letter case only"
        );
        assert!(bytes.is_empty());
    }
    let unsplittable = Member {
        path: "x".repeat(200).parse().unwrap(),
        ..members[0].clone()
    };
    let error = write_archive(
        ArchiveKind::TarGz,
        &mut Vec::new(),
        &[unsplittable],
        Timestamp::EPOCH,
        &objects,
    );
    assert!(matches!(error, Err(Error::Archive(refusal)) if refusal.rule == ArchiveRule::PathTooLong));
}

/// Hands out other bytes of the same length.
struct Exchanged(MemoryObjects);

impl Objects for Exchanged {
    fn open(&self, digest: &Sha256Digest) -> io::Result<Box<dyn Read + '_>> {
        let mut bytes = Vec::new();
        self.0.open(digest)?.read_to_end(&mut bytes)?;
        bytes.reverse();
        Ok(Box::new(Cursor::new(bytes)))
    }
}

#[test]
fn exchanged_bytes_of_the_same_length_are_not_written_under_the_old_digest() {
    let (members, objects) = sample();
    for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
        let objects = Exchanged(objects.clone());
        let error = write_archive(kind, &mut Vec::new(), &members, Timestamp::EPOCH, &objects).unwrap_err();
        assert!(matches!(error, Error::ContentChanged { .. }), "{error}");
    }
}

#[test]
fn what_the_callback_says_comes_out_and_unread_bytes_are_read_for_it() {
    let (members, objects) = sample();
    for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
        let bytes = written(kind, &members, &objects);
        let mut contents = Vec::new();
        let mut on_member = |head: &MemberHead, content: &mut dyn Read| {
            if head.path.as_str() == "run" {
                content.read_to_end(&mut contents)?;
            }
            Ok(())
        };
        let listed = read_archive(kind, &mut Cursor::new(&bytes), &small_limits(), &mut on_member).unwrap();
        assert_eq!(listed.len(), 3);
        assert_eq!(contents, PROGRAM);
        let mut full = |_: &MemberHead, _: &mut dyn Read| Err(io::ErrorKind::StorageFull.into());
        let error = read_archive(kind, &mut Cursor::new(&bytes), &small_limits(), &mut full).unwrap_err();
        assert!(error.is_retryable(), "{error}");
    }
}

/// Hands out objects in small pieces.
struct Slow<'a>(&'a MemoryObjects);

impl Objects for Slow<'_> {
    fn open(&self, digest: &Sha256Digest) -> io::Result<Box<dyn Read + '_>> {
        Ok(Box::new(Dribble(self.0.open(digest)?, 0)))
    }
}

fn contents() -> impl Strategy<Value = Vec<(String, Vec<u8>, bool)>> {
    let path = "[a-z][a-z0-9_-]{0,12}(/[a-z][a-z0-9]{0,8}){0,3}";
    let content = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..2000),
        (any::<u8>(), 0usize..70_000).prop_map(|(byte, count)| vec![byte; count]),
    ];
    proptest::collection::vec((path, content, any::<bool>()), 0..8)
}

/// Few members with little in them, each at a place of its own.
fn small_contents() -> impl Strategy<Value = BTreeMap<String, (Vec<u8>, bool)>> {
    let content = proptest::collection::vec(prop::sample::select(vec![0_u8, 7, 65, 255]), 0..40);
    proptest::collection::btree_map("[a-z]{1,8}", (content, any::<bool>()), 1..4)
}

fn stored(contents: &BTreeMap<String, (Vec<u8>, bool)>) -> (Vec<Member>, MemoryObjects) {
    let mut objects = MemoryObjects::default();
    let members = contents
        .iter()
        .map(|(path, (bytes, run))| member(&mut objects, path, bytes, *run));
    (members.collect(), objects)
}

/// Bytes of a zip of ours that need not say anything else when they change: who made it (unless it says who may run a
/// member), the unused half of the version that it needs, attributes that no reader minds, and compressed data, for the
/// same bytes can be compressed in more than one way.
fn silent_bytes(zip: &[u8]) -> BTreeSet<usize> {
    let number = |at: usize, bytes: usize| {
        let little_endian = zip[at..at + bytes].iter().rev();
        little_endian.fold(0, |number, byte| number << 8 | usize::from(*byte))
    };
    let mut silent = BTreeSet::new();
    for central in (0..zip.len()).filter(|at| zip[*at..].starts_with(b"PK\x01\x02")) {
        silent.extend([central + 4, central + 7]);
        silent.extend(central + 36..central + 42);
        let runs = zip[central + 40] & 0o111 != 0;
        silent.extend((!runs).then_some(central + 5));
        let local = number(central + 42, 4);
        let data = local + 30 + number(local + 26, 2) + number(local + 28, 2);
        silent.extend(data..data + number(central + 20, 4));
    }
    silent
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_written_is_read_back_by_us_and_by_others(contents in contents()) {
        let mut objects = MemoryObjects::default();
        let mut members: Vec<Member> = contents.iter().map(|(path, bytes, run)| member(&mut objects, path, bytes, *run)).collect();
        members.sort_by(|left, right| left.path.cmp(&right.path));
        let mut turned = members.clone();
        turned.reverse();
        for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
            let mut bytes = Vec::new();
            let at = AT.parse().unwrap();
            if let Err(error) = write_archive(kind, &mut bytes, &members, at, &objects) {
                // Drawn paths may collide; nothing was written then.
                prop_assert!(matches!(error, Error::Archive(_)));
                prop_assert!(bytes.is_empty());
                continue;
            }
            let limits = ArchiveLimits::default();
            prop_assert_eq!(&list_archive(kind, &mut Cursor::new(&bytes), &limits).unwrap(), &members);
            prop_assert_eq!(&others_read(kind, &bytes), &members);
            let slow = Slow(&objects);
            prop_assert_eq!(&written(kind, &turned, &slow), &bytes);
        }
    }

    #[test]
    fn no_flipped_bit_of_a_tar_gives_the_same_members(contents in small_contents(), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (members, objects) = stored(&contents);
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(written(ArchiveKind::TarGz, &members, &objects).as_slice()).read_to_end(&mut tar).unwrap();
        let at = place.index(tar.len());
        tar[at] ^= 1 << bit;
        // A checksum does not count its own field, and a reader takes it with any end.
        let in_own_field = (148..156).contains(&(at % 512));
        let read = list_archive(ArchiveKind::TarGz, &mut Cursor::new(super::forge::gzip(&tar)), &ArchiveLimits::default());
        prop_assert!(in_own_field || read.ok().as_ref() != Some(&members), "bit {} of byte {}", bit, at);
    }

    #[test]
    fn no_flipped_bit_of_a_zip_gives_the_same_members(contents in small_contents(), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (members, objects) = stored(&contents);
        let mut zip = written(ArchiveKind::Zip, &members, &objects);
        let silent = silent_bytes(&zip);
        let at = place.index(zip.len());
        zip[at] ^= 1 << bit;
        let read = list_archive(ArchiveKind::Zip, &mut Cursor::new(&zip), &ArchiveLimits::default());
        prop_assert!(silent.contains(&at) || read.ok().as_ref() != Some(&members), "bit {} of byte {}", bit, at);
    }

    #[test]
    fn archives_with_a_flipped_bit_are_never_identical(contents in small_contents(), place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (members, objects) = stored(&contents);
        for (kind, name) in [(ArchiveKind::TarGz, "a.tar.gz"), (ArchiveKind::Zip, "a.zip")] {
            let name: AssetName = name.parse().unwrap();
            let files = |bytes: &[u8]| crate::MemoryFiles { files: [(name.clone(), bytes.to_vec())].into() };
            let bytes = written(kind, &members, &objects);
            let mut flipped = bytes.clone();
            flipped[place.index(bytes.len())] ^= 1 << bit;
            let verdict = |right: &[u8]| crate::compare_releases(&files(&bytes), &files(right)).unwrap().verdict;
            prop_assert_eq!(verdict(&bytes), crate::ComparisonVerdict::Identical);
            prop_assert_ne!(verdict(&flipped), crate::ComparisonVerdict::Identical);
            let same_members = list_archive(kind, &mut Cursor::new(&flipped), &ArchiveLimits::default()).ok().as_ref() == Some(&members);
            prop_assert_eq!(verdict(&flipped) == crate::ComparisonVerdict::Equivalent, same_members);
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
            let _answered = read(kind, &bytes);
        }
        let _answered = read(ArchiveKind::TarGz, &super::forge::gzip(&bytes));
    }

    #[test]
    fn changed_bytes_are_answered(changes in proptest::collection::vec((0usize..2000, any::<u8>()), 1..6)) {
        let (members, objects) = sample();
        for kind in [ArchiveKind::TarGz, ArchiveKind::Zip] {
            let mut bytes = written(kind, &members, &objects);
            for (at, byte) in &changes {
                let at = at % bytes.len();
                bytes[at] = *byte;
            }
            let _answered = read(kind, &bytes);
        }
    }
}

/// The same archive through the libraries that everyone uses.
fn others_read(kind: ArchiveKind, bytes: &[u8]) -> Vec<Member> {
    let of = |path: String, mode: u32, content: Vec<u8>| Member {
        path: path.parse().unwrap(),
        digest: Sha256Digest::of(&content),
        size: content.len() as u64,
        executable: mode & 0o111 != 0,
    };
    let whole = |reader: &mut dyn Read| {
        let mut content = Vec::new();
        reader.read_to_end(&mut content).unwrap();
        content
    };
    match kind {
        ArchiveKind::TarGz => {
            let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
            let entries = archive.entries().unwrap().map(|entry| {
                let mut entry = entry.unwrap();
                let path = entry.path().unwrap().to_str().unwrap().to_owned();
                of(path, entry.header().mode().unwrap(), whole(&mut entry))
            });
            entries.collect()
        }
        ArchiveKind::Zip => {
            let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
            let entry = |at| {
                let mut entry = archive.by_index(at).unwrap();
                of(
                    entry.name().unwrap().into_owned(),
                    entry.unix_mode().unwrap(),
                    whole(&mut entry),
                )
            };
            (0..zip::ZipArchive::new(Cursor::new(bytes)).unwrap().len())
                .map(entry)
                .collect()
        }
    }
}
