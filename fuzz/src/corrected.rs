//! Corrects the checksums of archives, so that mutations get past them to what lies behind.

use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::io::Read;
use tar::Header;

const BLOCK_BYTES: usize = 512;
/// Bytes of one stored block of deflate.
const STORED_BYTES_MAX: usize = 65_535;
/// Bytes that are inflated of one member to sum them up.
const INFLATED_BYTES_MAX: u64 = 1024 * 1024;

/// The tar with the checksum of every header corrected, filled up to whole blocks, and with the end that a tar has.
pub(crate) fn tar_with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut tar = bytes.to_vec();
    tar.resize(bytes.len().next_multiple_of(BLOCK_BYTES), 0);
    let mut at = 0;
    while let Some(block) = tar.get_mut(at..).and_then(|rest| rest.get_mut(..BLOCK_BYTES)) {
        if block.iter().all(|byte| *byte == 0) {
            break;
        }
        let mut header = Header::from_byte_slice(block).clone();
        header.set_cksum();
        block.copy_from_slice(header.as_bytes());
        let size = header
            .entry_size()
            .ok()
            .and_then(|size| usize::try_from(size).ok());
        let content = size.and_then(|size| size.checked_next_multiple_of(BLOCK_BYTES));
        let Some(next) = content.and_then(|content| content.checked_add(at + BLOCK_BYTES)) else {
            break;
        };
        at = next;
    }
    tar.extend([0; 2 * BLOCK_BYTES]);
    tar
}

/// A gzip whose blocks are stored: nothing in it depends on a compressor.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let mut blocks = bytes.chunks(STORED_BYTES_MAX).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        gzip.push(u8::from(blocks.peek().is_none()));
        gzip.extend(length.to_le_bytes());
        gzip.extend((!length).to_le_bytes());
        gzip.extend(block);
    }
    let mut crc = Crc::new();
    crc.update(bytes);
    gzip.extend(crc.sum().to_le_bytes());
    gzip.extend(crc.amount().to_le_bytes());
    gzip
}

/// The zip with sizes and checksums of its members as their data have them, in both headers of each.
pub(crate) fn zip_with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut zip = bytes.to_vec();
    let Some(end) = bytes.len().checked_sub(22) else {
        return zip;
    };
    let count = number(bytes, end + 10, 2).unwrap_or(0);
    let mut at = number(bytes, end + 16, 4).unwrap_or(usize::MAX);
    for _ in 0..count {
        let Some(next) = correct_entry(&mut zip, at) else {
            break;
        };
        at = next;
    }
    zip
}

/// Corrects the entry whose central header is at this place; gives where the next one is.
fn correct_entry(zip: &mut [u8], central: usize) -> Option<usize> {
    let method = number(zip, central.checked_add(10)?, 2)?;
    let compressed = number(zip, central + 20, 4)?;
    let variable: usize = [28, 30, 32]
        .into_iter()
        .map(|field| number(zip, central + field, 2))
        .sum::<Option<_>>()?;
    let local = number(zip, central + 42, 4)?;
    let data_at = local + 30 + number(zip, local + 26, 2)? + number(zip, local + 28, 2)?;
    let data = zip.get(data_at..)?.get(..compressed)?;
    let mut content = Vec::new();
    match method {
        0 => content.extend(data),
        _ => drop(
            DeflateDecoder::new(data)
                .take(INFLATED_BYTES_MAX)
                .read_to_end(&mut content),
        ),
    }
    let mut crc = Crc::new();
    crc.update(&content);
    for (header, sum, size) in [(central, 16, 24), (local, 14, 22)] {
        zip.get_mut(header + sum..)?
            .get_mut(..4)?
            .copy_from_slice(&crc.sum().to_le_bytes());
        zip.get_mut(header + size..)?
            .get_mut(..4)?
            .copy_from_slice(&crc.amount().to_le_bytes());
    }
    Some(central + 46 + variable)
}

/// A little-endian number.
fn number(bytes: &[u8], at: usize, length: usize) -> Option<usize> {
    let field = bytes.get(at..)?.get(..length)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | usize::from(*byte)),
    )
}
