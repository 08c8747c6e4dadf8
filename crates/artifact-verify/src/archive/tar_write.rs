//! Writes tar.gz: ustar headers with nothing in them that a build could vary, gzip without name and time.

use super::{DEFLATE_LEVEL, Member, Objects, copy_checked};
use crate::{ArchiveRefusal, ArchiveRule, Error};
use domain_types::Timestamp;
use flate2::{Compression, GzBuilder};
use std::io::Write;
use tar::{EntryType, Header};

/// Bytes of a tar block (POSIX ustar).
pub(super) const BLOCK_BYTES: usize = 512;

/// "Unknown" (RFC 1952, OS): the archive does not say where it was made.
const GZIP_OS_UNKNOWN: u8 = 255;

pub(super) fn write(
    out: &mut dyn Write,
    members: &[&Member],
    modified: Timestamp,
    objects: &dyn Objects,
) -> Result<(), Error> {
    let level = Compression::new(DEFLATE_LEVEL);
    let mut gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(GZIP_OS_UNKNOWN)
        .write(out, level);
    for member in members {
        gzip.write_all(header(member, modified)?.as_bytes())?;
        copy_checked(member, objects, &mut gzip)?;
        gzip.write_all(&[0; BLOCK_BYTES][..padding(member.size)])?;
    }
    gzip.write_all(&[0; 2 * BLOCK_BYTES])?;
    gzip.finish()?.flush()?;
    Ok(())
}

/// Zero bytes behind a content of this size.
pub(super) fn padding(size: u64) -> usize {
    let over = usize::try_from(size % BLOCK_BYTES as u64).unwrap_or(0);
    (BLOCK_BYTES - over) % BLOCK_BYTES
}

fn header(member: &Member, modified: Timestamp) -> Result<Header, Error> {
    let refuse = |rule| ArchiveRefusal::member(member.path.as_str().as_bytes(), rule);
    let mut header = Header::new_ustar();
    header
        .set_path(member.path.as_str())
        .map_err(|_| refuse(ArchiveRule::PathTooLong))?;
    header.set_entry_type(EntryType::Regular);
    header.set_mode(if member.executable { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(member.size);
    header.set_mtime(u64::try_from(modified.seconds()).unwrap_or(0));
    header.set_cksum();
    Ok(header)
}
