//! Reads zip so that there is only one reading of it: the end record at the very end, the central directory right in
//! front of it, entries without gaps from the first byte on, local headers equal to the central ones.

use super::gauge::Expansion;
use super::zip_headers::{
    CENTRAL_BYTES, CENTRAL_SIGNATURE, DEFLATED, DESCRIPTOR_SIGNATURE, END_BYTES, END_SIGNATURE,
    FLAG_DESCRIPTOR, Fields, LOCAL_BYTES, LOCAL_SIGNATURE, Shared, broken_extra, from_dos_time,
};
use super::{Listing, MemberHead, ReadSeek, refusal_or_io};
use crate::digest_stream::fill;
use crate::{ArchiveLimits, ArchiveRefusal, ArchiveRule, BUFFER_BYTES, Error};
use domain_types::Timestamp;
use flate2::Crc;
use flate2::bufread::DeflateDecoder;
use std::io::{self, BufRead, BufReader, Read, SeekFrom};

/// Bytes of a central directory: the largest number of entries with the longest names, and room for extra fields.
const DIRECTORY_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The bit of the external attributes by which DOS knows a folder.
const DOS_FOLDER: u32 = 0x10;

/// Unix, among the systems that can have made an archive.
const UNIX: u16 = 3;

/// An entry of the central directory.
struct Central {
    shared: Shared,
    name: Vec<u8>,
    /// What Unix has in the upper half of the external attributes.
    mode: u32,
    made_by_unix: bool,
    offset: u64,
}

impl Central {
    /// Readers agree about one mark of a folder, the slash at its end.
    fn is_folder(&self) -> bool {
        self.name.ends_with(b"/")
    }
}

pub(super) fn read(
    reader: &mut dyn ReadSeek,
    limits: &ArchiveLimits,
    listing: &mut Listing<'_, '_>,
) -> Result<(), Error> {
    let mut entries = directory(reader, limits)?;
    let directory_at = entries.1;
    entries.0.sort_by_key(|entry| entry.offset);
    let mut expansion = Expansion::new(limits);
    let mut compressed = 0;
    for entry in &entries.0 {
        compressed += u64::from(entry.shared.compressed);
        expansion.add(u64::from(entry.shared.size), compressed.max(1))?;
    }
    let mut at = 0;
    for entry in &entries.0 {
        at = read_entry(reader, entry, (at, directory_at), listing)?;
    }
    if at == directory_at {
        Ok(())
    } else {
        Err(container(ArchiveRule::HiddenBytes))
    }
}

fn container(rule: ArchiveRule) -> Error {
    ArchiveRefusal::container(rule).into()
}

/// The entries in their order, and where the directory begins.
fn directory(reader: &mut dyn ReadSeek, limits: &ArchiveLimits) -> Result<(Vec<Central>, u64), Error> {
    let end = reader.seek(SeekFrom::End(0))?;
    if end > limits.compressed_bytes_max {
        return Err(container(ArchiveRule::CompressedTooLarge(
            limits.compressed_bytes_max,
        )));
    }
    let end_at = end
        .checked_sub(END_BYTES as u64)
        .ok_or_else(|| container(ArchiveRule::NoEndRecord))?;
    reader.seek(SeekFrom::Start(end_at))?;
    let record: [u8; END_BYTES] = record(reader)?;
    let (entries, bytes, at) = end_record(&record)?;
    if entries > limits.entries_max {
        return Err(container(ArchiveRule::TooManyEntries(limits.entries_max)));
    }
    if bytes > DIRECTORY_BYTES_MAX || at + bytes != end_at {
        return Err(container(ArchiveRule::BadHeader("directory size")));
    }
    reader.seek(SeekFrom::Start(at))?;
    let mut directory = BufReader::with_capacity(BUFFER_BYTES, reader.take(bytes));
    let list = (0..entries)
        .map(|_| central(&mut directory))
        .collect::<Result<Vec<_>, Error>>()?;
    if directory.fill_buf()?.is_empty() {
        Ok((list, at))
    } else {
        Err(container(ArchiveRule::BadHeader("entry count")))
    }
}

fn record<const BYTES: usize>(reader: &mut dyn Read) -> Result<[u8; BYTES], Error> {
    let mut record = [0; BYTES];
    if fill(reader, &mut record)? < BYTES {
        Err(container(ArchiveRule::Truncated))
    } else {
        Ok(record)
    }
}

/// Number of entries, size of the directory, its offset.
fn end_record(record: &[u8]) -> Result<(usize, u64, u64), Error> {
    let mut fields = Fields(record);
    if fields.u32() != END_SIGNATURE {
        return Err(container(ArchiveRule::NoEndRecord));
    }
    let (disk, directory_disk, here, entries) = (fields.u16(), fields.u16(), fields.u16(), fields.u16());
    let (bytes, at, comment) = (fields.u32(), fields.u32(), fields.u16());
    if entries == u16::MAX || bytes == u32::MAX || at == u32::MAX {
        return Err(container(ArchiveRule::Zip64));
    }
    if disk != 0 || directory_disk != 0 || here != entries {
        return Err(container(ArchiveRule::MultiDisk));
    }
    if comment != 0 {
        return Err(container(ArchiveRule::Truncated));
    }
    Ok((usize::from(entries), u64::from(bytes), u64::from(at)))
}

fn central(directory: &mut dyn Read) -> Result<Central, Error> {
    let record: [u8; CENTRAL_BYTES] = record(directory)?;
    let mut fields = Fields(&record);
    if fields.u32() != CENTRAL_SIGNATURE {
        return Err(container(ArchiveRule::BadHeader("signature")));
    }
    let made_by = fields.u16();
    let shared = Shared::read(&mut fields);
    let (comment, disk, _internal) = (fields.u16(), fields.u16(), fields.u16());
    let (external, offset) = (fields.u32(), fields.u32());
    let mut rest =
        vec![0; usize::from(shared.name_bytes) + usize::from(shared.extra_bytes) + usize::from(comment)];
    if fill(directory, &mut rest)? < rest.len() {
        return Err(container(ArchiveRule::Truncated));
    }
    let (name, rest) = rest.split_at(usize::from(shared.name_bytes));
    let extra = &rest[..usize::from(shared.extra_bytes)];
    let other = [
        (offset == u32::MAX, ArchiveRule::Zip64),
        (disk != 0, ArchiveRule::MultiDisk),
        (comment != 0, ArchiveRule::BadHeader("comment")),
        // Some readers make a folder of it, others a file that no list of members would have.
        (
            external & DOS_FOLDER != 0 && !name.ends_with(b"/"),
            ArchiveRule::FileAndFolder,
        ),
    ];
    let other = other
        .into_iter()
        .find_map(|(broken, rule)| broken.then_some(rule));
    if let Some(rule) = shared.broken_rule().or(other).or_else(|| broken_extra(extra)) {
        return Err(ArchiveRefusal::member(name, rule).into());
    }
    Ok(Central {
        shared,
        name: name.to_vec(),
        mode: external >> 16,
        made_by_unix: made_by >> 8 == UNIX,
        offset: u64::from(offset),
    })
}

/// Reads the entry that must begin at `span.0` and end before `span.1`; gives where it ends.
fn read_entry(
    reader: &mut dyn ReadSeek,
    central: &Central,
    span: (u64, u64),
    listing: &mut Listing<'_, '_>,
) -> Result<u64, Error> {
    let refuse = |rule| Error::from(ArchiveRefusal::member(&central.name, rule));
    let (at, directory_at) = span;
    if central.offset < at {
        return Err(refuse(ArchiveRule::Overlap));
    }
    if central.offset > at {
        return Err(refuse(ArchiveRule::HiddenBytes));
    }
    reader.seek(SeekFrom::Start(at))?;
    let data_at = at + local_header(reader, central)?;
    let end = data_at + u64::from(central.shared.compressed);
    if end > directory_at {
        return Err(refuse(ArchiveRule::Overlap));
    }
    let executable = mode(central)?;
    if central.is_folder() {
        if (central.shared.size, central.shared.compressed) != (0, 0) {
            return Err(refuse(ArchiveRule::BadHeader("size")));
        }
        listing.folder(&central.name)?;
    } else {
        let (time, date) = (central.shared.time, central.shared.date);
        let head = MemberHead {
            path: listing.admit(&central.name)?,
            executable,
            size: u64::from(central.shared.size),
            modified: from_dos_time(time, date).unwrap_or(Timestamp::EPOCH),
        };
        content(reader, central, head, listing)?;
    }
    reader.seek(SeekFrom::Start(end))?;
    Ok(end + descriptor(reader, central)?)
}

/// Whether it is executable; refuses everything that is neither file nor folder.
///
/// A mode counts whoever made the archive: some readers take it from any system, and would make a link of it. They
/// disagree about files that are executable elsewhere than on Unix, so there are none.
fn mode(central: &Central) -> Result<bool, Error> {
    let refuse = |rule| Error::from(ArchiveRefusal::member(&central.name, rule));
    if central.mode & 0o7000 != 0 {
        return Err(refuse(ArchiveRule::SpecialMode));
    }
    let executable = central.mode & 0o111 != 0;
    match (central.mode & 0o170_000, central.is_folder()) {
        (0o120_000, _) => Err(refuse(ArchiveRule::Link)),
        (0 | 0o040_000, true) => Ok(false),
        (0 | 0o100_000, false) if central.made_by_unix || !executable => Ok(executable),
        (0 | 0o100_000, false) => Err(refuse(ArchiveRule::BadHeader("mode"))),
        _ => Err(refuse(ArchiveRule::Device)),
    }
}

/// Checks the local header against the central one; gives its length.
fn local_header(reader: &mut dyn ReadSeek, central: &Central) -> Result<u64, Error> {
    let refuse = |rule| Error::from(ArchiveRefusal::member(&central.name, rule));
    let record: [u8; LOCAL_BYTES] = record(reader)?;
    let mut fields = Fields(&record);
    if fields.u32() != LOCAL_SIGNATURE {
        return Err(refuse(ArchiveRule::BadHeader("signature")));
    }
    let local = Shared::read(&mut fields);
    let mut rest = vec![0; usize::from(local.name_bytes) + usize::from(local.extra_bytes)];
    if fill(reader, &mut rest)? < rest.len() {
        return Err(refuse(ArchiveRule::Truncated));
    }
    let (name, extra) = rest.split_at(usize::from(local.name_bytes));
    if name != central.name {
        return Err(refuse(ArchiveRule::HeadersDiffer("name")));
    }
    if let Some(field) = local.difference(&central.shared) {
        return Err(refuse(ArchiveRule::HeadersDiffer(field)));
    }
    if let Some(rule) = broken_extra(extra) {
        return Err(refuse(rule));
    }
    Ok((LOCAL_BYTES + rest.len()) as u64)
}

fn content(
    reader: &mut dyn ReadSeek,
    central: &Central,
    head: MemberHead,
    listing: &mut Listing<'_, '_>,
) -> Result<(), Error> {
    let refuse = |rule| Error::from(ArchiveRefusal::member(&central.name, rule));
    // One byte more than announced is let through, so that a member that is too long shows as such.
    let size_and_one = u64::from(central.shared.size) + 1;
    let mut raw = BufReader::with_capacity(BUFFER_BYTES, reader.take(u64::from(central.shared.compressed)));
    let crc = if central.shared.method == DEFLATED {
        let mut decoder = DeflateDecoder::new(&mut raw);
        let mut summed = Summed {
            inner: &mut (&mut decoder).take(size_and_one),
            crc: Crc::new(),
        };
        listing.content(head, &mut summed)?;
        summed.crc.sum()
    } else {
        let mut summed = Summed {
            inner: &mut raw,
            crc: Crc::new(),
        };
        listing.content(head, &mut summed)?;
        summed.crc.sum()
    };
    if crc != central.shared.crc {
        return Err(refuse(ArchiveRule::ChecksumDiffers));
    }
    if raw.fill_buf().map_err(refusal_or_io)?.is_empty() {
        Ok(())
    } else {
        Err(refuse(ArchiveRule::HiddenBytes))
    }
}

/// Checks the descriptor behind the data, with or without its signature; gives its length, 0 if there is none.
fn descriptor(reader: &mut dyn ReadSeek, central: &Central) -> Result<u64, Error> {
    if central.shared.flags & FLAG_DESCRIPTOR == 0 {
        return Ok(0);
    }
    let record: [u8; 16] = record(reader)?;
    let expected = [central.shared.crc, central.shared.compressed, central.shared.size];
    let numbers = |bytes: &[u8]| {
        let mut fields = Fields(bytes);
        [fields.u32(), fields.u32(), fields.u32()]
    };
    if Fields(&record).u32() == DESCRIPTOR_SIGNATURE && numbers(&record[4..]) == expected {
        return Ok(16);
    }
    if numbers(&record[..12]) == expected {
        return Ok(12);
    }
    let rule = ArchiveRule::HeadersDiffer("descriptor");
    Err(ArchiveRefusal::member(&central.name, rule).into())
}

/// Sums what is read through it (CRC-32).
struct Summed<'a> {
    inner: &'a mut dyn Read,
    crc: Crc,
}

impl Read for Summed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.crc.update(&buffer[..bytes]);
        Ok(bytes)
    }
}
