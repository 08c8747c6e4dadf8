//! Writes zip: deflate, no extra fields, no comments, Unix modes, headers complete in front of the data.
//!
//! A zip header needs the compressed size before the data, and the sink cannot seek: each member is compressed
//! twice, once to measure and once to write. Memory stays bounded, and equal bytes come out both times.

use super::zip_headers::{
    CENTRAL_SIGNATURE, DEFLATED, END_SIGNATURE, LOCAL_SIGNATURE, MADE_BY_UNIX, Shared, VERSION_NEEDED,
    dos_time,
};
use super::{DEFLATE_LEVEL, Member, Objects, copy_checked};
use crate::{ArchiveRefusal, ArchiveRule, Error};
use domain_types::Timestamp;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};
use std::io::{self, Write};

pub(super) fn write(
    out: &mut dyn Write,
    members: &[&Member],
    modified: Timestamp,
    objects: &dyn Objects,
) -> Result<(), Error> {
    let mut directory = Vec::new();
    let mut offset = 0u32;
    for member in members {
        let shared = measure(member, modified, objects)?;
        central_header(&mut directory, member, &shared, offset);
        offset = advance(offset, write_member(out, member, &shared, objects)?, member)?;
    }
    out.write_all(&directory)?;
    out.write_all(&end_record(members.len(), directory.len(), offset)?)?;
    out.flush()?;
    Ok(())
}

fn too_large(member: &Member) -> Error {
    ArchiveRefusal::member(member.path.as_str().as_bytes(), ArchiveRule::MemberTooLarge).into()
}

/// Offsets of a zip without the 64-bit extension end below `u32::MAX`.
fn advance(offset: u32, bytes: u64, member: &Member) -> Result<u32, Error> {
    let end = u64::from(offset) + bytes;
    u32::try_from(end)
        .ok()
        .filter(|end| *end < u32::MAX)
        .ok_or_else(|| too_large(member))
}

/// Compresses once without keeping anything.
fn measure(member: &Member, modified: Timestamp, objects: &dyn Objects) -> Result<Shared, Error> {
    let mut encoder = DeflateEncoder::new(Counter::default(), Compression::new(DEFLATE_LEVEL));
    let mut summed = Summed {
        inner: &mut encoder,
        crc: Crc::new(),
    };
    copy_checked(member, objects, &mut summed)?;
    let crc = summed.crc.sum();
    let compressed = encoder.finish()?.0;
    let (time, date) = dos_time(modified);
    let below_limit = |bytes: u64| u32::try_from(bytes).ok().filter(|bytes| *bytes < u32::MAX);
    let name_bytes = u16::try_from(member.path.as_str().len()).map_err(|_| too_large(member))?;
    Ok(Shared {
        version_needed: VERSION_NEEDED,
        flags: 0,
        method: DEFLATED,
        time,
        date,
        crc,
        compressed: below_limit(compressed).ok_or_else(|| too_large(member))?,
        size: below_limit(member.size).ok_or_else(|| too_large(member))?,
        name_bytes,
        extra_bytes: 0,
    })
}

/// Writes header and data; gives their length.
fn write_member(
    out: &mut dyn Write,
    member: &Member,
    shared: &Shared,
    objects: &dyn Objects,
) -> Result<u64, Error> {
    let mut header = LOCAL_SIGNATURE.to_le_bytes().to_vec();
    shared.write(&mut header);
    header.extend(member.path.as_str().as_bytes());
    out.write_all(&header)?;
    let mut encoder = DeflateEncoder::new(out, Compression::new(DEFLATE_LEVEL));
    copy_checked(member, objects, &mut encoder)?;
    encoder.finish()?;
    Ok(header.len() as u64 + u64::from(shared.compressed))
}

fn central_header(directory: &mut Vec<u8>, member: &Member, shared: &Shared, offset: u32) {
    const REGULAR_FILE: u32 = 0o100_000;
    let mode = REGULAR_FILE | if member.executable { 0o755 } else { 0o644 };
    directory.extend(CENTRAL_SIGNATURE.to_le_bytes());
    directory.extend(MADE_BY_UNIX.to_le_bytes());
    shared.write(directory);
    // No comment, disk 0, no internal attributes.
    directory.extend([0; 6]);
    directory.extend((mode << 16).to_le_bytes());
    directory.extend(offset.to_le_bytes());
    directory.extend(member.path.as_str().as_bytes());
}

fn end_record(entries: usize, directory_bytes: usize, offset: u32) -> Result<Vec<u8>, Error> {
    let refuse = |_| Error::from(ArchiveRefusal::container(ArchiveRule::MemberTooLarge));
    let entries = u16::try_from(entries).map_err(refuse)?;
    let directory_bytes = u32::try_from(directory_bytes).map_err(refuse)?;
    let mut record = END_SIGNATURE.to_le_bytes().to_vec();
    // This disk and the directory's disk: 0.
    record.extend([0; 4]);
    record.extend(entries.to_le_bytes());
    record.extend(entries.to_le_bytes());
    record.extend(directory_bytes.to_le_bytes());
    record.extend(offset.to_le_bytes());
    // No comment.
    record.extend([0; 2]);
    Ok(record)
}

/// Counts bytes and drops them.
#[derive(Debug, Default)]
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Sums what passes through (CRC-32).
struct Summed<'a> {
    inner: &'a mut dyn Write,
    crc: Crc,
}

impl Write for Summed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.crc.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_ends_below_what_needs_the_64_bit_extension() {
        let member = Member {
            path: "a".parse().unwrap(),
            digest: domain_types::Sha256Digest::of(b""),
            size: 0,
            executable: false,
        };
        let most = u32::MAX - 1;
        assert_eq!(advance(40, 2, &member).unwrap(), 42);
        assert_eq!(advance(most - 10, 10, &member).unwrap(), most);
        for (offset, bytes) in [(most - 10, 11), (most, 2), (0, u64::from(u32::MAX)), (1, 1 << 40)] {
            assert!(advance(offset, bytes, &member).is_err(), "{offset} + {bytes}");
        }
    }
}
