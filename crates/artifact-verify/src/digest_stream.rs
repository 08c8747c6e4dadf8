//! Streaming SHA-256: bytes pass through a fixed buffer, whatever their number.

use crate::{BUFFER_BYTES, Error};
use domain_types::{DigestWriter, Sha256Digest};
use std::io::{self, Read, Write};

/// Reads to the end and gives the digest and the number of bytes.
///
/// # Errors
/// [`Error::TooLarge`] as soon as more than `bytes_max` bytes came; [`Error::Io`] if reading fails.
pub fn digest_reader(reader: &mut dyn Read, bytes_max: u64) -> Result<(Sha256Digest, u64), Error> {
    let mut digest = DigestWriter::new();
    copy_blocks(&mut reader.take(bytes_max.saturating_add(1)), &mut digest)?;
    let bytes = digest.bytes();
    if bytes > bytes_max {
        return Err(Error::TooLarge {
            what: "a file",
            bytes_max,
        });
    }
    Ok((digest.finish(), bytes))
}

/// Copies in blocks of exactly [`BUFFER_BYTES`] (but for the last), so that what a compressor sees, and thus
/// what it writes, does not depend on how the source happens to hand out its bytes.
pub(crate) fn copy_blocks(reader: &mut dyn Read, writer: &mut dyn Write) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let filled = fill(reader, &mut buffer)?;
        writer.write_all(&buffer[..filled])?;
        if filled < buffer.len() {
            return Ok(());
        }
    }
}

/// Reads until the buffer is full or the source ends; gives how much came.
pub(crate) fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(bytes) => filled += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads a whole small file.
///
/// # Errors
/// [`Error::TooLarge`] above `bytes_max`; [`Error::Io`] if reading fails.
pub(crate) fn read_whole(
    reader: &mut dyn Read,
    what: &'static str,
    bytes_max: u64,
) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    reader.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(Error::TooLarge { what, bytes_max });
    }
    Ok(bytes)
}

/// Digests whatever is read through it.
pub(crate) struct DigestingReader<'a> {
    inner: &'a mut dyn Read,
    digest: DigestWriter,
}

impl<'a> DigestingReader<'a> {
    pub(crate) fn new(inner: &'a mut dyn Read) -> Self {
        Self {
            inner,
            digest: DigestWriter::new(),
        }
    }

    /// Reads what is left, and gives the digest and the number of all bytes.
    pub(crate) fn drain(mut self) -> io::Result<(Sha256Digest, u64)> {
        copy_blocks(&mut self, &mut io::sink())?;
        let bytes = self.digest.bytes();
        Ok((self.digest.finish(), bytes))
    }
}

impl Read for DigestingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.digest.update(&buffer[..bytes]);
        Ok(bytes)
    }
}
