//! A member of an archive, and the rules of its path.

use crate::{ArchiveRefusal, ArchiveRule, MEMBER_PATH_BYTES_MAX, MEMBER_PATH_DEPTH_MAX};
use domain_types::{Sha256Digest, Timestamp};
use std::fmt;
use std::str::FromStr;

/// A relative path that stays below the folder it is put into, on every system: printable ASCII, `/` between at
/// most [`MEMBER_PATH_DEPTH_MAX`] parts, none of them empty, `.` or `..`, no backslash, no colon, at most
/// [`MEMBER_PATH_BYTES_MAX`] bytes. Ordered bytewise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemberPath(String);

impl MemberPath {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads a path as an archive has it; a leading `./` is dropped, as GNU tar writes it.
    pub(crate) fn from_bytes(name: &[u8]) -> Result<Self, ArchiveRefusal> {
        let plain = name.strip_prefix(b"./").unwrap_or(name);
        match broken_rule(plain) {
            Some(rule) => Err(ArchiveRefusal::member(name, rule)),
            None => Ok(Self(plain.iter().map(|byte| char::from(*byte)).collect())),
        }
    }
}

/// The first rule that a path breaks. The order goes from dangerous to merely odd.
fn broken_rule(name: &[u8]) -> Option<ArchiveRule> {
    let parts = || name.split(|byte| *byte == b'/');
    let odd_end = |part: &[u8]| part.ends_with(b".") || part.ends_with(b" ");
    let rules = [
        (name.is_empty(), ArchiveRule::EmptyPath),
        (name.len() > MEMBER_PATH_BYTES_MAX, ArchiveRule::PathTooLong),
        (name.contains(&0), ArchiveRule::NulByte),
        (name.starts_with(b"/"), ArchiveRule::AbsolutePath),
        (name.contains(&b'\\'), ArchiveRule::Backslash),
        (name.contains(&b':'), ArchiveRule::DriveLetter),
        (parts().any(|part| part == b".."), ArchiveRule::ParentPath),
        (
            parts().any(|part| part.is_empty() || part == b"."),
            ArchiveRule::EmptyPath,
        ),
        (parts().count() > MEMBER_PATH_DEPTH_MAX, ArchiveRule::PathTooDeep),
        (
            name.iter().any(|byte| !matches!(byte, b' '..=b'~')),
            ArchiveRule::NotPrintableAscii,
        ),
        (parts().any(odd_end), ArchiveRule::TrailingDotOrSpace),
    ];
    rules
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule))
}

impl FromStr for MemberPath {
    type Err = ArchiveRefusal;
    fn from_str(text: &str) -> Result<Self, ArchiveRefusal> {
        match broken_rule(text.as_bytes()) {
            Some(rule) => Err(ArchiveRefusal::member(text.as_bytes(), rule)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl TryFrom<String> for MemberPath {
    type Error = ArchiveRefusal;
    fn try_from(text: String) -> Result<Self, ArchiveRefusal> {
        text.parse()
    }
}

impl From<MemberPath> for String {
    fn from(path: MemberPath) -> String {
        path.0
    }
}

impl fmt::Display for MemberPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// A file in an archive, known by its content.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Where it lies in the archive.
    pub path: MemberPath,
    /// SHA-256 of its bytes.
    pub digest: Sha256Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Mode 0755 if so, else 0644.
    pub executable: bool,
}

/// What is known of a member before its bytes were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberHead {
    /// Where it lies in the archive.
    pub path: MemberPath,
    /// Whether anybody may execute it.
    pub executable: bool,
    /// The size that its header announces, in bytes.
    pub size: u64,
    /// The time that its header gives; the epoch if it gives none that makes sense.
    pub modified: Timestamp,
}
