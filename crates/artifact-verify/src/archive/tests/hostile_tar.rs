//! One case per refusal of tar.gz.

use super::forge::{TarEntry, gzip, tar_bytes, tar_file, tar_gz};
use super::{
    ArchiveKind, ArchiveLimits, Cursor, hostile_paths, list_archive, read, refused, small_limits,
    taken_at_the_last_byte,
};
use tar::EntryType;

const KIND: ArchiveKind = ArchiveKind::TarGz;

fn special(kind: EntryType) -> Vec<u8> {
    let mut entry = tar_file(b"x", b"");
    entry.kind = kind;
    tar_gz(&[entry])
}

#[test]
fn paths_that_leave_the_folder_or_deceive_are_refused() {
    for (path, text) in hostile_paths() {
        refused(KIND, &tar_gz(&[tar_file(&path, b"x")]), text);
    }
    // A tar ends names with a NUL, so a name cannot hold one; an empty one it can.
    refused(
        KIND,
        &tar_gz(&[tar_file(b"", b"")]),
        ": the path is empty or has an empty part",
    );
}

#[test]
fn what_is_no_file_is_refused() {
    refused(KIND, &special(EntryType::Symlink), "x: it is a link");
    refused(KIND, &special(EntryType::Link), "x: it is a link");
    refused(KIND, &special(EntryType::Char), "x: it is a device or a pipe");
    refused(KIND, &special(EntryType::Block), "x: it is a device or a pipe");
    refused(KIND, &special(EntryType::Fifo), "x: it is a device or a pipe");
    for kind in [
        EntryType::Continuous,
        EntryType::GNUSparse,
        EntryType::GNULongName,
        EntryType::GNULongLink,
        EntryType::XHeader,
        EntryType::XGlobalHeader,
        EntryType::new(b'V'),
        EntryType::new(0xff),
    ] {
        refused(KIND, &special(kind), "x: it is an entry of an unsupported kind");
    }
    let mut entry = tar_file(b"x", b"");
    entry.mode = 0o4755;
    refused(KIND, &tar_gz(&[entry]), "x: it has set-id or sticky bits");
}

fn folder(name: &[u8]) -> TarEntry {
    TarEntry {
        kind: EntryType::Directory,
        mode: 0o755,
        ..tar_file(name, b"")
    }
}

#[test]
fn folders_of_others_are_tolerated_and_checked() {
    let members = read(
        KIND,
        &tar_gz(&[
            folder(b"./"),
            folder(b"./bin/"),
            tar_file(b"./bin/a", b"x"),
            tar_file(b"b", b""),
        ]),
    );
    assert_eq!(members, Ok(vec!["bin/a".to_owned(), "b".to_owned()]));
    refused(KIND, &tar_gz(&[folder(b"../x/")]), "../x: the path has a part ..");
    refused(
        KIND,
        &tar_gz(&[folder(b"a/"), folder(b"a/")]),
        "a: it is there twice",
    );
    let full = TarEntry {
        content: b"hidden".to_vec(),
        ..folder(b"a/")
    };
    refused(KIND, &tar_gz(&[full]), "a/: a header has an impossible size");
}

#[test]
fn members_that_overwrite_each_other_are_refused() {
    let pair =
        |one: &str, two: &str| tar_gz(&[tar_file(one.as_bytes(), b"1"), tar_file(two.as_bytes(), b"2")]);
    refused(KIND, &pair("a", "a"), "a: it is there twice");
    refused(KIND, &pair("a", "./a"), "a: it is there twice");
    refused(
        KIND,
        &pair("a", "A"),
        "A: it differs from another member in letter case only",
    );
    refused(
        KIND,
        &pair("Dir/a", "dir/b"),
        "dir: it differs from another member in letter case only",
    );
    refused(KIND, &pair("a", "a/b"), "a: it is both a file and a folder");
    refused(KIND, &pair("a/b", "a"), "a: it is both a file and a folder");
    let folder_and_file = tar_gz(&[folder(b"a/"), tar_file(b"a", b"")]);
    refused(KIND, &folder_and_file, "a: it is both a file and a folder");
}

/// Bytes that no compressor shrinks (xorshift, Marsaglia 2003).
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn too_much_is_refused_while_it_streams() {
    let many: Vec<TarEntry> = (0..21)
        .map(|at| tar_file(format!("f{at}").as_bytes(), b""))
        .collect();
    refused(KIND, &tar_gz(&many), "there are more entries than 20");
    refused(
        KIND,
        &tar_gz(&[tar_file(b"zeros", &[0; 1 << 20])]),
        "the archive expands more than 200 to 1",
    );
    let noise = noise(2 << 20);
    refused(
        KIND,
        &tar_gz(&[tar_file(b"noise", &noise)]),
        "the archive has more than 1048576 bytes",
    );
    let dull: Vec<u8> = noise.iter().step_by(16).flat_map(|byte| [*byte; 40]).collect();
    refused(
        KIND,
        &tar_gz(&[tar_file(b"dull", &dull)]),
        "the archive expands to more than 4194304 bytes",
    );
    // A claim alone costs nothing: it is only believed when the bytes come.
    let claim = TarEntry {
        claimed: Some(7 << 30),
        ..tar_file(b"claim", b"x")
    };
    refused(KIND, &tar_gz(&[claim]), "claim: the end is missing");
    let claim = TarEntry {
        claimed: Some(u64::MAX),
        ..tar_file(b"claim", b"x")
    };
    refused(KIND, &tar_gz(&[claim]), "claim: the end is missing");
}

#[test]
fn every_limit_is_taken_at_its_last_byte_and_refused_one_behind() {
    let bytes = tar_gz(&[tar_file(b"a", &noise(700)), tar_file(b"b", b"")]);
    let exact = ArchiveLimits {
        compressed_bytes_max: bytes.len() as u64,
        expanded_bytes_max: 512 * 6,
        entries_max: 2,
        ..small_limits()
    };
    taken_at_the_last_byte(KIND, &bytes, exact);
}

#[test]
fn a_file_is_executable_if_anybody_may_execute_it() {
    let mode = |mode: u32| TarEntry {
        mode,
        ..tar_file(format!("{mode:o}").as_bytes(), b"x")
    };
    let bytes = tar_gz(&[mode(0o744), mode(0o654), mode(0o645), mode(0o644)]);
    let members = list_archive(KIND, &mut Cursor::new(&bytes), &small_limits()).unwrap();
    let executable: Vec<bool> = members.iter().map(|member| member.executable).collect();
    assert_eq!(executable, [true, true, true, false]);
}

#[test]
fn what_is_damaged_or_hidden_is_refused() {
    let good = tar_bytes(&[tar_file(b"a", b"abc")]);
    assert_eq!(read(KIND, &gzip(&good)), Ok(vec!["a".to_owned()]));
    let changed = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        gzip(&bytes)
    };
    refused(KIND, &changed(0, b'b'), "a header has an impossible checksum");
    refused(
        KIND,
        &changed(600, b'!'),
        "a: there are hidden bytes in front of it",
    );
    refused(KIND, &changed(1024 + 512, b'!'), "there are bytes behind the end");
    refused(
        KIND,
        &gzip(&[&good[..], b"more"].concat()),
        "there are bytes behind the end",
    );
    refused(
        KIND,
        &gzip(&[&good[..], &good[..]].concat()),
        "there are bytes behind the end",
    );
    refused(
        KIND,
        &[gzip(&good), b"!".to_vec()].concat(),
        "there are bytes behind the end",
    );
    refused(
        KIND,
        &[gzip(&good), gzip(&good)].concat(),
        "there are bytes behind the end",
    );
    refused(KIND, &gzip(&good[..good.len() - 512]), "the end is missing");
    refused(KIND, &gzip(&good[..700]), "the end is missing");
    refused(KIND, &gzip(&[]), "the end is missing");
    refused(KIND, &[], "the end is missing");
    refused(
        KIND,
        b"PK\x03\x04 is no gzip at all",
        "the compressed data are damaged",
    );
    // GNU tar fills its last record with zeros; that is no hidden data.
    let padded = [good.clone(), vec![0; 8192]].concat();
    assert_eq!(read(KIND, &gzip(&padded)), Ok(vec!["a".to_owned()]));
}

#[test]
fn every_cut_and_every_flipped_bit_of_the_container_is_answered() {
    let good = tar_gz(&[tar_file(b"a", b"abc"), tar_file(b"b", b"def")]);
    for end in 0..good.len() {
        assert!(read(KIND, &good[..end]).is_err(), "cut at {end}");
    }
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        let _answered = read(KIND, &bytes);
    }
}
