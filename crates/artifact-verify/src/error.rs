//! Why something was refused. The texts fit "failed to …"; hostile names are shortened and escaped in them.

use domain_types::{AssetName, Invalid, Platform, Sha256Digest};
use std::io;

/// What can go wrong in this crate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes could not be read or written; the only error that another try may heal.
    #[error("read or write bytes: {0}")]
    Io(#[from] io::Error),
    /// A name or number in our own input is not what it should be.
    #[error("accept a name: {0}")]
    Invalid(#[from] Invalid),
    /// Something is larger than its limit.
    #[error("read {what}: it has more than {bytes_max} bytes")]
    TooLarge {
        /// What was being read.
        what: &'static str,
        /// The limit, in bytes.
        bytes_max: u64,
    },
    /// SHA256SUMS breaks a rule.
    #[error("read SHA256SUMS: {0}")]
    Checksums(#[from] ChecksumsRefusal),
    /// An archive breaks a rule.
    #[error("read the archive: {0}")]
    Archive(#[from] ArchiveRefusal),
    /// A JSON document of the release breaks a rule.
    #[error("read {document}: {rule}")]
    Document {
        /// The file that it is.
        document: &'static str,
        /// The rule that it breaks.
        rule: DocumentRule,
    },
    /// The bytes of a member are not those that were announced; somebody changed them meanwhile.
    #[error("write {path}: expected {expected}, read {found}")]
    ContentChanged {
        /// The member.
        path: String,
        /// What was announced.
        expected: Sha256Digest,
        /// What was read.
        found: Sha256Digest,
    },
    /// A release has no such file.
    #[error("open {0}: there is no such file in the release")]
    FileMissing(AssetName),
    /// A release directory holds something that no release holds.
    #[error("list the release: {name:?} {rule}")]
    ForeignEntry {
        /// The entry, shortened.
        name: String,
        /// What is wrong with it.
        rule: EntryRule,
    },
    /// The assets of a release would get in each other's way.
    #[error("name the assets: {0}")]
    Collision(#[from] Collision),
}

impl Error {
    /// Whether the same call may succeed later without anybody changing the input.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}

/// What an entry of a release directory is, that should be a regular file with a plain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryRule {
    /// A symbolic link.
    #[error("is a symbolic link; a release holds regular files only")]
    Link,
    /// A folder.
    #[error("is a folder; a release is flat")]
    Folder,
    /// A device, socket or pipe.
    #[error("is not a regular file")]
    Special,
    /// A name that no asset may have.
    #[error("is not a legal asset name")]
    Name,
    /// It was exchanged between looking and opening.
    #[error("was exchanged while it was being opened")]
    Exchanged,
    /// There are more files than [`crate::RELEASE_FILES_MAX`].
    #[error("is one file too many")]
    TooMany,
}

/// Two assets, or two members of one archive, want the same name. Found before anything is built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Collision {
    /// Two archives of a release have the same name (letter case ignored).
    #[error(
        "{name} would be written by {first} and by {second}; rename one, or choose another [release] name"
    )]
    Asset {
        /// The name.
        name: AssetName,
        /// Who comes first.
        first: String,
        /// Who comes second.
        second: String,
    },
    /// Two binaries of one archive have the same path (letter case ignored).
    #[error("{path} for {platform} would come from {first} and from {second}; rename one of the binaries")]
    Member {
        /// The path in the archive.
        path: String,
        /// The platform of the archive.
        platform: Platform,
        /// Who comes first.
        first: String,
        /// Who comes second.
        second: String,
    },
}

/// A line of SHA256SUMS that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {rule}")]
pub struct ChecksumsRefusal {
    /// The line, counted from 1.
    pub line: usize,
    /// The rule that it breaks.
    pub rule: ChecksumsRule,
}

/// The rules of SHA256SUMS (GNU coreutils' format, narrowed).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumsRule {
    /// Not 64 hexadecimal digits at the start.
    #[error("expected 64 lower-case hexadecimal digits")]
    NotHex,
    /// The digest is in upper case.
    #[error("the digest is in upper case; write it in lower case")]
    UpperCase,
    /// The digits are not followed by two spaces, or a space and an asterisk.
    #[error("expected two spaces between digest and name")]
    Separator,
    /// The name is `-`: the digest of standard input, the trace of a command that got no file.
    #[error("the name is -, which is standard input and no file")]
    StandardInput,
    /// The name leaves the directory: absolute, `..`, or with a separator.
    #[error("\"{0}\" leaves the directory of the release")]
    Traversal(String),
    /// The name is not a legal asset name.
    #[error("\"{0}\" is not a legal asset name")]
    Name(String),
    /// The name was there before.
    #[error("{0} is listed twice")]
    Duplicate(AssetName),
    /// Some lines end with CR LF and some with LF.
    #[error("line ends are mixed")]
    MixedLineEnds,
    /// A line without content.
    #[error("the line is empty")]
    Empty,
    /// More lines than [`crate::RELEASE_FILES_MAX`].
    #[error("there are more lines than a release may have files")]
    TooManyLines,
    /// Bytes that are not UTF-8.
    #[error("the text is not UTF-8")]
    NotText,
}

/// An archive that is refused, and for which member.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{rule}", prefix(.member))]
pub struct ArchiveRefusal {
    /// The member, shortened and escaped; none if the container as a whole is wrong.
    pub member: Option<String>,
    /// The rule that it breaks.
    pub rule: ArchiveRule,
}

fn prefix(member: &Option<String>) -> String {
    member
        .as_ref()
        .map_or_else(String::new, |name| format!("{name}: "))
}

/// Characters of a hostile name that a message repeats.
const NAME_CHARS_MAX: usize = 80;

/// A name as it may be shown: cut, and with everything unprintable escaped.
pub(crate) fn shown(name: &[u8]) -> String {
    name.escape_ascii()
        .to_string()
        .chars()
        .take(NAME_CHARS_MAX)
        .collect()
}

impl ArchiveRefusal {
    pub(crate) fn container(rule: ArchiveRule) -> Self {
        Self { member: None, rule }
    }

    pub(crate) fn member(name: &[u8], rule: ArchiveRule) -> Self {
        Self {
            member: Some(shown(name)),
            rule,
        }
    }
}

/// The rules of archives: nothing leaves the folder, nothing is hidden, nothing explodes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveRule {
    /// The path begins with `/`.
    #[error("the path is absolute")]
    AbsolutePath,
    /// The path has a part `..`.
    #[error("the path has a part ..")]
    ParentPath,
    /// The path is empty or has an empty part or a part `.`.
    #[error("the path is empty or has an empty part")]
    EmptyPath,
    /// The path has a colon: a drive or a stream on Windows.
    #[error("the path has a drive letter or a colon")]
    DriveLetter,
    /// The path has a NUL byte.
    #[error("the path has a NUL byte")]
    NulByte,
    /// The path has a backslash: a separator on Windows.
    #[error("the path has a backslash")]
    Backslash,
    /// The path has a byte outside printable ASCII: control characters, or letters that normalise differently.
    #[error("the path has a character outside printable ASCII")]
    NotPrintableAscii,
    /// A part of the path ends with a dot or a space, which Windows drops.
    #[error("a part of the path ends with a dot or a space")]
    TrailingDotOrSpace,
    /// The path is longer than [`crate::MEMBER_PATH_BYTES_MAX`].
    #[error("the path is longer than 255 bytes")]
    PathTooLong,
    /// The path has more parts than [`crate::MEMBER_PATH_DEPTH_MAX`].
    #[error("the path is deeper than 16 parts")]
    PathTooDeep,
    /// A symbolic or hard link.
    #[error("it is a link")]
    Link,
    /// A device or a pipe.
    #[error("it is a device or a pipe")]
    Device,
    /// An entry of a kind that no release needs: extended headers, sparse files, volumes.
    #[error("it is an entry of an unsupported kind")]
    UnsupportedEntry,
    /// Set-user-id, set-group-id or sticky bits.
    #[error("it has set-id or sticky bits")]
    SpecialMode,
    /// The path was there before.
    #[error("it is there twice")]
    Duplicate,
    /// The path differs from an earlier one in letter case only.
    #[error("it differs from another member in letter case only")]
    CaseCollision,
    /// The path is a file here and a folder there.
    #[error("it is both a file and a folder")]
    FileAndFolder,
    /// More entries than [`crate::ArchiveLimits::entries_max`].
    #[error("there are more entries than {0}")]
    TooManyEntries(usize),
    /// More bytes than [`crate::ArchiveLimits::compressed_bytes_max`].
    #[error("the archive has more than {0} bytes")]
    CompressedTooLarge(u64),
    /// More bytes than [`crate::ArchiveLimits::expanded_bytes_max`].
    #[error("the archive expands to more than {0} bytes")]
    ExpandedTooLarge(u64),
    /// More expanded bytes per compressed byte than [`crate::ArchiveLimits::ratio_max`].
    #[error("the archive expands more than {0} to 1")]
    RatioTooHigh(u64),
    /// Bytes behind the end.
    #[error("there are bytes behind the end")]
    TrailingData,
    /// The end is missing.
    #[error("the end is missing")]
    Truncated,
    /// A header makes no sense; the word says which field.
    #[error("a header has an impossible {0}")]
    BadHeader(&'static str),
    /// The compressed data are damaged.
    #[error("the compressed data are damaged")]
    Corrupt,
    /// The member is too large for the container (zip without its 64-bit extension).
    #[error("it is too large for this kind of archive")]
    MemberTooLarge,
    /// zip: no end record where it must be.
    #[error("the end record is not at the end")]
    NoEndRecord,
    /// zip: several disks.
    #[error("the archive is split over disks")]
    MultiDisk,
    /// zip: the 64-bit extension, which no release of this size needs and which readers disagree about.
    #[error("the archive uses the 64-bit extension")]
    Zip64,
    /// zip: encrypted.
    #[error("it is encrypted")]
    Encrypted,
    /// zip: neither stored nor deflated; the number is the method's.
    #[error("it is compressed with the unsupported method {0}")]
    UnknownMethod(u16),
    /// zip: the central directory says something else than the local header; the word says about what.
    #[error("the central directory and the local header differ in the {0}")]
    HeadersDiffer(&'static str),
    /// zip: the entry begins within the one before it.
    #[error("it overlaps with the entry before it")]
    Overlap,
    /// zip: hidden bytes between entries, or in front of the first.
    #[error("there are hidden bytes in front of it")]
    HiddenBytes,
    /// zip: an extra field gives a second name.
    #[error("an extra field gives it a second name")]
    SecondName,
    /// The member has not the size that its header says.
    #[error("it has another size than its header says")]
    SizeDiffers,
    /// The member has not the checksum that its header says.
    #[error("it has another checksum than its header says")]
    ChecksumDiffers,
}

/// The rules of the JSON documents of a release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentRule {
    /// Not JSON of this shape.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// What the parser expected.
        message: String,
    },
    /// Another schema than the one we know.
    #[error("the schema is {found:?}, expected {expected:?}")]
    Schema {
        /// What is there.
        found: String,
        /// What we read.
        expected: &'static str,
    },
    /// A list is not strictly ascending: unsorted, or with something twice.
    #[error("{0} are not in strictly ascending order")]
    NotAscending(&'static str),
    /// The bytes are not those that we would write for the same content.
    #[error("the bytes are not in canonical form")]
    NotCanonical,
    /// Two statements of the document contradict each other.
    #[error("{0}")]
    Contradiction(String),
}
