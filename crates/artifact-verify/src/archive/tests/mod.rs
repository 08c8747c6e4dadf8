//! Archives: known answers, a hostile corpus made in code, and arbitrary bytes.

mod boundaries;
mod forge;
mod hostile_tar;
mod hostile_zip;
mod round_trip;

use super::*;
use crate::tests::small_limits;
use std::io::Cursor;

/// The rule that an archive breaks, or its members.
fn read(kind: ArchiveKind, bytes: &[u8]) -> Result<Vec<String>, String> {
    match list_archive(kind, &mut Cursor::new(bytes), &small_limits()) {
        Ok(members) => Ok(members.iter().map(|member| member.path.to_string()).collect()),
        Err(Error::Archive(refusal)) => Err(refusal.to_string()),
        Err(other) => panic!("not a refusal: {other}"),
    }
}

#[track_caller]
fn refused(kind: ArchiveKind, bytes: &[u8], text: &str) {
    assert_eq!(read(kind, bytes), Err(text.to_owned()));
}

/// Two members are read within exactly these limits, and refused within each that is one less.
#[track_caller]
fn taken_at_the_last_byte(kind: ArchiveKind, bytes: &[u8], exact: ArchiveLimits) {
    let read = |limits: ArchiveLimits| list_archive(kind, &mut Cursor::new(bytes), &limits);
    assert_eq!(read(exact).unwrap().len(), 2);
    let one_less = [
        ArchiveLimits {
            compressed_bytes_max: exact.compressed_bytes_max - 1,
            ..exact
        },
        ArchiveLimits {
            expanded_bytes_max: exact.expanded_bytes_max - 1,
            ..exact
        },
        ArchiveLimits {
            entries_max: 1,
            ..exact
        },
    ];
    for limits in one_less {
        assert!(matches!(read(limits), Err(Error::Archive(_))), "{limits:?}");
    }
}

/// Paths that both containers must refuse, and with what words.
fn hostile_paths() -> Vec<(Vec<u8>, &'static str)> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        (text("/etc/passwd"), "/etc/passwd: the path is absolute"),
        (text("//x"), "//x: the path is absolute"),
        (text(".//x"), ".//x: the path is absolute"),
        (text(".."), "..: the path has a part .."),
        (text("../x"), "../x: the path has a part .."),
        (text("a/../../x"), "a/../../x: the path has a part .."),
        (text("./../x"), "./../x: the path has a part .."),
        (text("a/.."), "a/..: the path has a part .."),
        (text("a//b"), "a//b: the path is empty or has an empty part"),
        (text("a/./b"), "a/./b: the path is empty or has an empty part"),
        (text("././x"), "././x: the path is empty or has an empty part"),
        (text("./"), "./: the path is empty or has an empty part"),
        (text("."), ".: the path is empty or has an empty part"),
        (text("c:\\x"), "c:\\\\x: the path has a backslash"),
        (text("..\\x"), "..\\\\x: the path has a backslash"),
        (text("c:x"), "c:x: the path has a drive letter or a colon"),
        (
            text("x:stream"),
            "x:stream: the path has a drive letter or a colon",
        ),
        (
            text("a\u{1b}[2Jb"),
            "a\\x1b[2Jb: the path has a character outside printable ASCII",
        ),
        (
            text("a\nb"),
            "a\\nb: the path has a character outside printable ASCII",
        ),
        (
            text("e\u{301}"),
            "e\\xcc\\x81: the path has a character outside printable ASCII",
        ),
        (
            vec![b'a', 0xff],
            "a\\xff: the path has a character outside printable ASCII",
        ),
        (
            text("a. /b"),
            "a. /b: a part of the path ends with a dot or a space",
        ),
        (text("a."), "a.: a part of the path ends with a dot or a space"),
        (
            text("1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17"),
            "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17: the path is deeper than 16 parts",
        ),
    ]
}
