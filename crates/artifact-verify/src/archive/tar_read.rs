//! Reads tar.gz block by block: the `tar` crate decodes headers, the walk and every rule are here.
//!
//! Extended headers (pax, GNU long names, sparse files) are refused rather than understood: readers disagree about
//! them, and no release needs them.

use super::gauge::{CompressedGauge, Expansion};
use super::tar_write::{BLOCK_BYTES, padding};
use super::{Listing, MemberHead, ReadSeek, refusal_or_io};
use crate::digest_stream::fill;
use crate::{ArchiveLimits, ArchiveRefusal, ArchiveRule, BUFFER_BYTES, Error};
use domain_types::Timestamp;
use flate2::bufread::GzDecoder;
use std::io::{self, BufReader, Read};
use tar::{EntryType, Header};

type Compressed<'a> = BufReader<CompressedGauge<&'a mut dyn ReadSeek>>;

/// The decompressed stream, counted and judged.
struct Expanded<'a> {
    gzip: GzDecoder<Compressed<'a>>,
    expansion: Expansion,
}

impl Read for Expanded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.gzip.read(buffer)?;
        let compressed = self.gzip.get_ref().get_ref().bytes();
        self.expansion
            .add(bytes as u64, compressed)
            .map_err(io::Error::other)?;
        Ok(bytes)
    }
}

pub(super) fn read(
    reader: &mut dyn ReadSeek,
    limits: &ArchiveLimits,
    listing: &mut Listing<'_, '_>,
) -> Result<(), Error> {
    let compressed = BufReader::with_capacity(BUFFER_BYTES, CompressedGauge::new(reader, limits));
    let mut expanded = Expanded {
        gzip: GzDecoder::new(compressed),
        expansion: Expansion::new(limits),
    };
    while let Some(header) = next_header(&mut expanded)? {
        entry(&header, &mut expanded, listing)?;
    }
    end(expanded)
}

/// The next header; none at the first of the two zero blocks that end a tar.
fn next_header(expanded: &mut Expanded<'_>) -> Result<Option<Header>, Error> {
    let block = block(expanded)?;
    if block.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let header = Header::from_byte_slice(&block).clone();
    let sum: u32 = block
        .iter()
        .enumerate()
        .map(|(at, byte)| in_checksum(at, *byte))
        .sum();
    if header.cksum().ok() != Some(sum) {
        return Err(ArchiveRefusal::container(ArchiveRule::BadHeader("checksum")).into());
    }
    Ok(Some(header))
}

/// What a byte of a header counts for in its checksum: the checksum's own field counts as spaces (POSIX ustar).
fn in_checksum(at: usize, byte: u8) -> u32 {
    let own_field = (148..156).contains(&at);
    u32::from(if own_field { b' ' } else { byte })
}

fn block(reader: &mut dyn Read) -> Result<[u8; BLOCK_BYTES], Error> {
    let mut block = [0; BLOCK_BYTES];
    if fill(reader, &mut block).map_err(refusal_or_io)? < BLOCK_BYTES {
        return Err(ArchiveRefusal::container(ArchiveRule::Truncated).into());
    }
    Ok(block)
}

fn entry(header: &Header, expanded: &mut Expanded<'_>, listing: &mut Listing<'_, '_>) -> Result<(), Error> {
    let name = header.path_bytes().into_owned();
    let refuse = |rule| Error::from(ArchiveRefusal::member(&name, rule));
    let kind = header.entry_type();
    if let Some(rule) = refused_kind(kind) {
        return Err(refuse(rule));
    }
    let mode = header
        .mode()
        .map_err(|_| refuse(ArchiveRule::BadHeader("mode")))?;
    if mode & 0o7000 != 0 {
        return Err(refuse(ArchiveRule::SpecialMode));
    }
    let size = header
        .entry_size()
        .map_err(|_| refuse(ArchiveRule::BadHeader("size")))?;
    if kind == EntryType::Directory {
        return if size == 0 {
            listing.folder(&name)
        } else {
            Err(refuse(ArchiveRule::BadHeader("size")))
        };
    }
    let head = MemberHead {
        path: listing.admit(&name)?,
        executable: mode & 0o111 != 0,
        size,
        modified: modified(header),
    };
    listing
        .content(head, &mut expanded.take(size))
        .map_err(|error| end_is_missing(error, size))?;
    let padding = &mut [0; BLOCK_BYTES][..padding(size)];
    if fill(expanded, padding).map_err(refusal_or_io)? < padding.len() {
        return Err(ArchiveRefusal::container(ArchiveRule::Truncated).into());
    }
    if padding.iter().all(|byte| *byte == 0) {
        Ok(())
    } else {
        Err(refuse(ArchiveRule::HiddenBytes))
    }
}

/// In a tar a content that is too short can only mean that the stream ended.
fn end_is_missing(error: Error, size: u64) -> Error {
    if let Error::Archive(refusal) = &error
        && refusal.rule == ArchiveRule::SizeDiffers
        && size > 0
    {
        return ArchiveRefusal {
            rule: ArchiveRule::Truncated,
            ..refusal.clone()
        }
        .into();
    }
    error
}

fn modified(header: &Header) -> Timestamp {
    let seconds = header
        .mtime()
        .ok()
        .and_then(|seconds| i64::try_from(seconds).ok());
    Timestamp::from_seconds(seconds.unwrap_or(0))
}

/// The rule against entries that are neither files nor folders.
fn refused_kind(kind: EntryType) -> Option<ArchiveRule> {
    if kind.is_symlink() || kind.is_hard_link() {
        return Some(ArchiveRule::Link);
    }
    if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
        return Some(ArchiveRule::Device);
    }
    let usual = kind == EntryType::Regular || kind == EntryType::Directory;
    (!usual).then_some(ArchiveRule::UnsupportedEntry)
}

/// Behind the first zero block: zeros to the end of the tar (at least one block), and nothing behind the gzip.
fn end(mut expanded: Expanded<'_>) -> Result<(), Error> {
    let mut next = block(&mut expanded)?;
    loop {
        if next.iter().any(|byte| *byte != 0) {
            return Err(ArchiveRefusal::container(ArchiveRule::TrailingData).into());
        }
        match fill(&mut expanded, &mut next).map_err(refusal_or_io)? {
            0 => break,
            BLOCK_BYTES => {}
            _ => return Err(ArchiveRefusal::container(ArchiveRule::TrailingData).into()),
        }
    }
    let mut rest = [0; 1];
    if fill(&mut expanded.gzip.into_inner(), &mut rest).map_err(refusal_or_io)? > 0 {
        return Err(ArchiveRefusal::container(ArchiveRule::TrailingData).into());
    }
    Ok(())
}
