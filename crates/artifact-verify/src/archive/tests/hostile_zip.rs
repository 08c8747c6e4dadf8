//! One case per refusal of zip.

use super::forge::{End, ZipEntry, zip, zip_file, zip_stored, zip_with_end};
use super::{ArchiveKind, hostile_paths, read, refused};

const KIND: ArchiveKind = ArchiveKind::Zip;

fn changed(change: impl Fn(&mut ZipEntry)) -> Vec<u8> {
    let mut entry = zip_file(b"a", b"abc");
    change(&mut entry);
    zip(&[entry])
}

#[test]
fn paths_that_leave_the_folder_or_deceive_are_refused() {
    // A zip marks folders by a slash at the end only.
    for (path, text) in hostile_paths()
        .into_iter()
        .filter(|(path, _)| !path.ends_with(b"/"))
    {
        refused(KIND, &zip(&[zip_stored(&path, b"x")]), text);
    }
    refused(
        KIND,
        &zip(&[zip_stored(b"a\0b", b"x")]),
        "a\\x00b: the path has a NUL byte",
    );
    refused(
        KIND,
        &zip(&[zip_stored(b"", b"x")]),
        ": the path is empty or has an empty part",
    );
    let long = vec![b'x'; 256];
    let text = format!("{}: the path is longer than 255 bytes", "x".repeat(80));
    refused(KIND, &zip(&[zip_stored(&long, b"x")]), &text);
}

#[test]
fn what_is_no_file_is_refused() {
    refused(
        KIND,
        &changed(|one| one.external = 0o120_777 << 16),
        "a: it is a link",
    );
    refused(
        KIND,
        &changed(|one| one.external = 0o020_666 << 16),
        "a: it is a device or a pipe",
    );
    refused(
        KIND,
        &changed(|one| one.external = 0o010_666 << 16),
        "a: it is a device or a pipe",
    );
    refused(
        KIND,
        &changed(|one| one.external = 0o104_755 << 16),
        "a: it has set-id or sticky bits",
    );
    refused(
        KIND,
        &changed(|one| one.both(|both| both.flags = 1)),
        "a: it is encrypted",
    );
    refused(
        KIND,
        &changed(|one| one.both(|both| both.flags = 1 << 6)),
        "a: a header has an impossible flag",
    );
    refused(
        KIND,
        &changed(|one| one.both(|both| both.method = 12)),
        "a: it is compressed with the unsupported method 12",
    );
    refused(
        KIND,
        &changed(|one| one.external |= 0x10),
        "a: it is both a file and a folder",
    );
    let dos_folder = changed(|one| (one.external, one.made_by) = (0x10, 20));
    refused(KIND, &dos_folder, "a: it is both a file and a folder");
    let mut empty = zip_stored(b"a", b"");
    (empty.external, empty.made_by) = (0x10, 20);
    refused(KIND, &zip(&[empty]), "a: it is both a file and a folder");
}

#[test]
fn a_mode_counts_whichever_system_made_the_archive() {
    // DOS, BeOS, one that nobody knows: readers make links for some of them.
    for system in [0, 16, 20] {
        let made = |mode: u32| changed(|one| (one.made_by, one.external) = (system << 8 | 20, mode << 16));
        refused(KIND, &made(0o120_777), "a: it is a link");
        refused(KIND, &made(0o104_755), "a: it has set-id or sticky bits");
        refused(KIND, &made(0o060_644), "a: it is a device or a pipe");
        refused(KIND, &made(0o100_755), "a: a header has an impossible mode");
        for plain in [0, 0o600, 0o100_644] {
            assert_eq!(
                read(KIND, &made(plain)),
                Ok(vec!["a".to_owned()]),
                "{system} {plain:o}"
            );
        }
    }
}

#[test]
fn folders_of_others_are_tolerated_and_checked() {
    let mut folder = zip_stored(b"bin/", b"");
    folder.external = 0o040_755 << 16 | 0x10;
    let members = read(KIND, &zip(&[folder.clone(), zip_file(b"bin/a", b"x")]));
    assert_eq!(members, Ok(vec!["bin/a".to_owned()]));
    refused(
        KIND,
        &zip(&[folder.clone(), folder.clone()]),
        "bin: it is there twice",
    );
    refused(
        KIND,
        &zip(&[folder, zip_file(b"bin", b"x")]),
        "bin: it is both a file and a folder",
    );
    let outside = ZipEntry {
        external: 0o040_755 << 16,
        ..zip_stored(b"../", b"")
    };
    refused(KIND, &zip(&[outside]), "..: the path has a part ..");
    let file_with_slash = zip_stored(b"a/", b"");
    refused(KIND, &zip(&[file_with_slash]), "a/: it is a device or a pipe");
}

#[test]
fn members_that_overwrite_each_other_are_refused() {
    let pair = |one: &str, two: &str| zip(&[zip_file(one.as_bytes(), b"1"), zip_file(two.as_bytes(), b"2")]);
    refused(KIND, &pair("a", "a"), "a: it is there twice");
    refused(
        KIND,
        &pair("a", "A"),
        "A: it differs from another member in letter case only",
    );
    refused(KIND, &pair("a", "a/b"), "a: it is both a file and a folder");
}

#[test]
fn two_readings_of_one_archive_are_refused() {
    let differ = |field: &str| format!("a: the central directory and the local header differ in the {field}");
    refused(
        KIND,
        &changed(|one| one.local_name = b"b".to_vec()),
        &differ("name"),
    );
    refused(
        KIND,
        &changed(|one| one.local.version_needed = 10),
        &differ("version"),
    );
    refused(KIND, &changed(|one| one.local.flags = 2), &differ("flags"));
    refused(KIND, &changed(|one| one.local.method = 0), &differ("method"));
    refused(KIND, &changed(|one| one.local.date = 34), &differ("time"));
    refused(KIND, &changed(|one| one.local.crc ^= 1), &differ("checksum"));
    refused(
        KIND,
        &changed(|one| one.local.compressed += 1),
        &differ("compressed size"),
    );
    refused(KIND, &changed(|one| one.local.size += 1), &differ("size"));
    refused(
        KIND,
        &changed(|one| one.both(|both| both.crc ^= 1)),
        "a: it has another checksum than its header says",
    );
    refused(
        KIND,
        &changed(|one| one.both(|both| both.size += 1)),
        "a: it has another size than its header says",
    );
    refused(
        KIND,
        &changed(|one| one.both(|both| both.size -= 1)),
        "a: it has another size than its header says",
    );
    let second_name = [0x75, 0x70, 6, 0, 1, 0, 0, 0, 0, b'b'].to_vec();
    refused(
        KIND,
        &changed(|one| one.extra = second_name.clone()),
        "a: an extra field gives it a second name",
    );
    refused(
        KIND,
        &changed(|one| one.local_extra = second_name.clone()),
        "a: an extra field gives it a second name",
    );
    refused(
        KIND,
        &changed(|one| one.extra = vec![1, 2, 9]),
        "a: a header has an impossible extra field",
    );
    refused(
        KIND,
        &changed(|one| one.extra = vec![1, 2, 9, 0]),
        "a: a header has an impossible extra field",
    );
    refused(
        KIND,
        &changed(|one| one.comment = b"x".to_vec()),
        "a: a header has an impossible comment",
    );
    assert!(
        read(KIND, &changed(|one| one.extra = vec![0x55, 0x54, 1, 0, 3])).is_ok(),
        "a time stamp of Info-ZIP"
    );
}

#[test]
fn the_64_bit_extension_is_refused_everywhere() {
    let zip64 = [1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
    let text = "a: the archive uses the 64-bit extension";
    refused(KIND, &changed(|one| one.extra = zip64.clone()), text);
    refused(KIND, &changed(|one| one.local_extra = zip64.clone()), text);
    refused(KIND, &changed(|one| one.both(|both| both.size = u32::MAX)), text);
    refused(
        KIND,
        &changed(|one| one.both(|both| both.compressed = u32::MAX)),
        text,
    );
    refused(KIND, &changed(|one| one.offset = Some(u32::MAX)), text);
    let end = |change: fn(&mut End)| zip_with_end(&[zip_file(b"a", b"abc")], change);
    let text = "the archive uses the 64-bit extension";
    refused(KIND, &end(|end| end.entries = [u16::MAX; 2]), text);
    refused(KIND, &end(|end| end.directory_bytes = u32::MAX), text);
    refused(KIND, &end(|end| end.directory_at = u32::MAX), text);
}

#[test]
fn overlaps_gaps_and_strange_ends_are_refused() {
    let (a, b) = (zip_file(b"a", b"abc"), zip_file(b"b", b"abc"));
    let same_place = ZipEntry {
        offset: Some(0),
        ..zip_file(b"a", b"abc")
    };
    refused(
        KIND,
        &zip(&[a.clone(), same_place]),
        "a: it overlaps with the entry before it",
    );
    let hidden = ZipEntry {
        around: [b"hidden".to_vec(), Vec::new()],
        ..b.clone()
    };
    refused(
        KIND,
        &zip(&[a.clone(), hidden.clone()]),
        "b: there are hidden bytes in front of it",
    );
    refused(KIND, &zip(&[hidden]), "b: there are hidden bytes in front of it");
    let behind = ZipEntry {
        around: [Vec::new(), b"hidden".to_vec()],
        ..b.clone()
    };
    refused(KIND, &zip(&[behind]), "there are hidden bytes in front of it");
    let in_data = changed(|one| {
        one.data.extend(b"hidden");
        one.both(|both| both.compressed += 6);
    });
    refused(KIND, &in_data, "a: there are hidden bytes in front of it");
    let too_long = changed(|one| one.both(|both| both.compressed += 6));
    refused(KIND, &too_long, "a: it overlaps with the entry before it");
    let good = zip(&[a.clone(), b.clone()]);
    assert_eq!(read(KIND, &good), Ok(vec!["a".to_owned(), "b".to_owned()]));
    refused(
        KIND,
        &[good.clone(), b"!".to_vec()].concat(),
        "the end record is not at the end",
    );
    refused(
        KIND,
        &[b"#!/bin/sh\n".to_vec(), good].concat(),
        "a header has an impossible directory size",
    );
    refused(KIND, &[], "the end record is not at the end");
    let end = |change: fn(&mut End)| zip_with_end(&[zip_file(b"a", b"abc")], change);
    refused(
        KIND,
        &end(|end| end.disks = [1, 0]),
        "the archive is split over disks",
    );
    refused(
        KIND,
        &end(|end| end.entries = [1, 2]),
        "the archive is split over disks",
    );
    refused(
        KIND,
        &end(|end| end.entries = [0, 0]),
        "a header has an impossible entry count",
    );
    refused(KIND, &end(|end| end.entries = [2, 2]), "the end is missing");
    refused(KIND, &end(|end| end.comment = 5), "the end is missing");
    refused(
        KIND,
        &end(|end| end.directory_at -= 1),
        "a header has an impossible directory size",
    );
}

#[test]
fn too_much_is_refused_before_or_while_it_streams() {
    let many: Vec<ZipEntry> = (0..21)
        .map(|at| zip_file(format!("f{at}").as_bytes(), b""))
        .collect();
    refused(KIND, &zip(&many), "there are more entries than 20");
    refused(
        KIND,
        &zip(&[zip_file(b"zeros", &[0; 1 << 20])]),
        "the archive expands more than 200 to 1",
    );
    refused(
        KIND,
        &zip(&[zip_stored(b"big", &[0; 2 << 20])]),
        "the archive has more than 1048576 bytes",
    );
    let claimed = changed(|one| one.both(|both| both.size = 5 << 20));
    refused(KIND, &claimed, "the archive expands to more than 4194304 bytes");
    // A bomb that claims to be small is cut off one byte above its claim.
    let mut modest = zip_file(b"bomb", &[0; 1 << 20]);
    modest.both(|both| both.size = 100);
    refused(
        KIND,
        &zip(&[modest]),
        "bomb: it has another size than its header says",
    );
}

#[test]
fn damaged_data_and_descriptors_are_refused() {
    refused(
        KIND,
        &changed(|one| one.data = vec![0xff; one.data.len()]),
        "the compressed data are damaged",
    );
    let cut = changed(|one| {
        one.data.pop();
        one.both(|both| both.compressed -= 1);
    });
    refused(KIND, &cut, "the end is missing");
    let streamed = |descriptor: &dyn Fn(&ZipEntry) -> Vec<u8>| {
        changed(|one| {
            one.both(|both| both.flags = 1 << 3);
            (one.local.crc, one.local.compressed, one.local.size) = (0, 0, 0);
            one.around[1] = descriptor(one);
        })
    };
    let numbers = |one: &ZipEntry| {
        [one.central.crc, one.central.compressed, one.central.size]
            .iter()
            .flat_map(|one| one.to_le_bytes())
            .collect()
    };
    assert!(read(KIND, &streamed(&numbers)).is_ok());
    let signed = |one: &ZipEntry| [b"PK\x07\x08".to_vec(), numbers(one)].concat();
    assert!(read(KIND, &streamed(&signed)).is_ok());
    let wrong = |_: &ZipEntry| vec![7; 12];
    refused(
        KIND,
        &streamed(&wrong),
        "a: the central directory and the local header differ in the descriptor",
    );
}

#[test]
fn every_cut_and_every_flipped_bit_of_the_container_is_answered() {
    let good = zip(&[zip_file(b"a", b"abc"), zip_stored(b"b", b"def")]);
    for end in 0..good.len() {
        assert!(read(KIND, &good[..end]).is_err(), "cut at {end}");
    }
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            let _answered = read(KIND, &bytes);
        }
    }
}
