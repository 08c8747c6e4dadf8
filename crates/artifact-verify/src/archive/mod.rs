//! Archives: one list of members, two containers. Nothing is ever unpacked to disk here.

mod admission;
mod gauge;
mod member;
mod tar_read;
mod tar_write;
mod zip_headers;
mod zip_read;
mod zip_write;

#[cfg(test)]
mod tests;

pub use member::{Member, MemberHead, MemberPath};

use crate::digest_stream::{DigestingReader, copy_blocks};
use crate::{ArchiveLimits, ArchiveRefusal, ArchiveRule, Error};
use admission::Admission;
use domain_types::{AssetName, Platform, Sha256Digest, Timestamp};
use std::fmt;
use std::io::{self, Read, Seek, Write};

/// Compression level of deflate in what we write; fixed, since another level gives other bytes.
pub(crate) const DEFLATE_LEVEL: u32 = 6;

/// A source that can be read from any place: a file, or bytes in memory.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// Where the contents of members come from, by digest. Reading the same digest again gives the same bytes.
pub trait Objects {
    /// Opens the bytes with this digest.
    ///
    /// # Errors
    /// What the medium says; `NotFound` if it has no such bytes.
    fn open(&self, digest: &Sha256Digest) -> io::Result<Box<dyn Read + '_>>;
}

/// The two containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArchiveKind {
    /// `.tar.gz`: POSIX ustar within gzip (RFC 1952).
    TarGz,
    /// `.zip`, for Windows.
    Zip,
}

impl ArchiveKind {
    /// The container for a platform: zip for Windows, tar.gz elsewhere.
    pub fn of_platform(platform: &Platform) -> Self {
        if platform.archive_suffix() == ".zip" {
            Self::Zip
        } else {
            Self::TarGz
        }
    }

    /// The container that a file name promises; none if it promises none.
    pub fn of_name(name: &AssetName) -> Option<Self> {
        let name = name.as_str();
        if name.ends_with(".tar.gz") {
            return Some(Self::TarGz);
        }
        name.ends_with(".zip").then_some(Self::Zip)
    }
}

impl fmt::Display for ArchiveKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::TarGz => "tar.gz",
            Self::Zip => "zip",
        })
    }
}

/// What is done with each member while it streams by: its head, and its bytes (which may be left unread).
pub type OnMember<'a> = dyn FnMut(&MemberHead, &mut dyn Read) -> io::Result<()> + 'a;

/// Reads an archive to its end and lists its members (files only) in the order in which they lie there.
///
/// Memory is bounded whatever the bytes are; every rule of [`ArchiveRule`] holds for what was listed.
///
/// # Errors
/// [`Error::Archive`] with the first rule that is broken; [`Error::Io`] if the source or `on_member` fails.
pub fn read_archive(
    kind: ArchiveKind,
    reader: &mut dyn ReadSeek,
    limits: &ArchiveLimits,
    on_member: &mut OnMember<'_>,
) -> Result<Vec<Member>, Error> {
    let mut listing = Listing {
        admission: Admission::new(limits.entries_max),
        members: Vec::new(),
        on_member,
    };
    match kind {
        ArchiveKind::TarGz => tar_read::read(reader, limits, &mut listing)?,
        ArchiveKind::Zip => zip_read::read(reader, limits, &mut listing)?,
    }
    Ok(listing.members)
}

/// [`read_archive`] for the list alone.
///
/// # Errors
/// As [`read_archive`].
pub fn list_archive(
    kind: ArchiveKind,
    reader: &mut dyn ReadSeek,
    limits: &ArchiveLimits,
) -> Result<Vec<Member>, Error> {
    read_archive(kind, reader, limits, &mut |_, _| Ok(()))
}

/// Writes a byte-reproducible archive: the same members and time give the same bytes, whatever their order.
///
/// Members are sorted by path; modes are 0755 and 0644; owner is 0; every time is `modified` (for zip held within
/// 1980 and 2107, in steps of two seconds). Contents are checked against the digests while they are written.
///
/// # Errors
/// [`Error::Archive`] for members that [`read_archive`] would refuse, [`Error::ContentChanged`] if `objects` gives
/// other bytes than announced (what was written then is no archive), [`Error::Io`] if reading or writing fails.
pub fn write_archive(
    kind: ArchiveKind,
    out: &mut dyn Write,
    members: &[Member],
    modified: Timestamp,
    objects: &dyn Objects,
) -> Result<(), Error> {
    let mut sorted: Vec<&Member> = members.iter().collect();
    sorted.sort_by(|left, right| left.path.cmp(&right.path));
    check_members(&sorted)?;
    match kind {
        ArchiveKind::TarGz => tar_write::write(out, &sorted, modified, objects),
        ArchiveKind::Zip => zip_write::write(out, &sorted, modified, objects),
    }
}

fn check_members(members: &[&Member]) -> Result<(), Error> {
    let limits = ArchiveLimits::default();
    let mut admission = Admission::new(limits.entries_max);
    let mut bytes = 0u64;
    for member in members {
        admission.file(&member.path)?;
        bytes = bytes.saturating_add(member.size);
    }
    if bytes > limits.expanded_bytes_max {
        let rule = ArchiveRule::ExpandedTooLarge(limits.expanded_bytes_max);
        return Err(ArchiveRefusal::container(rule).into());
    }
    Ok(())
}

/// Copies a member's bytes and insists that they are the announced ones.
fn copy_checked(member: &Member, objects: &dyn Objects, out: &mut dyn Write) -> Result<(), Error> {
    let mut source = objects.open(&member.digest)?;
    let mut limited = (&mut source).take(member.size.saturating_add(1));
    let mut digesting = DigestingReader::new(&mut limited);
    copy_blocks(&mut digesting, out)?;
    let (found, bytes) = digesting.drain()?;
    if found == member.digest && bytes == member.size {
        return Ok(());
    }
    Err(Error::ContentChanged {
        path: member.path.to_string(),
        expected: member.digest,
        found,
    })
}

/// Collects the members that a container's reader finds.
struct Listing<'a, 'b> {
    admission: Admission,
    members: Vec<Member>,
    on_member: &'a mut OnMember<'b>,
}

impl Listing<'_, '_> {
    /// A folder, with or without the slash at its end.
    fn folder(&mut self, name: &[u8]) -> Result<(), Error> {
        Ok(self.admission.folder(name)?)
    }

    /// The path of a file, checked against all that came before.
    fn admit(&mut self, name: &[u8]) -> Result<MemberPath, Error> {
        let path = MemberPath::from_bytes(name)?;
        self.admission.file(&path)?;
        Ok(path)
    }

    /// The bytes of a file that was admitted; checks the size.
    fn content(&mut self, head: MemberHead, content: &mut dyn Read) -> Result<(), Error> {
        let mut digesting = DigestingReader::new(content);
        (self.on_member)(&head, &mut digesting).map_err(refusal_or_io)?;
        let (digest, size) = digesting.drain().map_err(refusal_or_io)?;
        if size != head.size {
            return Err(
                ArchiveRefusal::member(head.path.as_str().as_bytes(), ArchiveRule::SizeDiffers).into(),
            );
        }
        self.members.push(Member {
            path: head.path,
            executable: head.executable,
            size,
            digest,
        });
        Ok(())
    }
}

/// Readers can only pass `io::Error`; this finds our refusal in it again, and names what decoders say.
fn refusal_or_io(error: io::Error) -> Error {
    if let Some(refusal) = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ArchiveRefusal>())
    {
        return refusal.clone().into();
    }
    let damaged = matches!(
        error.kind(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput
    );
    if damaged {
        return ArchiveRefusal::container(ArchiveRule::Corrupt).into();
    }
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return ArchiveRefusal::container(ArchiveRule::Truncated).into();
    }
    error.into()
}
