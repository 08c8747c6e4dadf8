//! Readers that count: one in front of a decompressor, one behind it.

use crate::{ArchiveLimits, ArchiveRefusal, ArchiveRule};
use std::io::{self, Read};

fn refuse(rule: ArchiveRule) -> io::Error {
    io::Error::other(ArchiveRefusal::container(rule))
}

/// Counts compressed bytes, and refuses more than the limit.
pub(super) struct CompressedGauge<R> {
    inner: R,
    bytes: u64,
    bytes_max: u64,
}

impl<R: Read> CompressedGauge<R> {
    pub(super) fn new(inner: R, limits: &ArchiveLimits) -> Self {
        Self {
            inner,
            bytes: 0,
            bytes_max: limits.compressed_bytes_max,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl<R: Read> Read for CompressedGauge<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.inner.read(buffer)?;
        self.bytes += bytes as u64;
        if self.bytes > self.bytes_max {
            return Err(refuse(ArchiveRule::CompressedTooLarge(self.bytes_max)));
        }
        Ok(bytes)
    }
}

/// Judges what came out against what went in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expansion {
    limits: ArchiveLimits,
    bytes: u64,
}

impl Expansion {
    pub(super) fn new(limits: &ArchiveLimits) -> Self {
        Self {
            limits: *limits,
            bytes: 0,
        }
    }

    /// So many more bytes came out, of so many compressed ones in all.
    pub(super) fn add(&mut self, expanded: u64, compressed_in_all: u64) -> Result<(), ArchiveRefusal> {
        let limits = &self.limits;
        self.bytes = self.bytes.saturating_add(expanded);
        if self.bytes > limits.expanded_bytes_max {
            let rule = ArchiveRule::ExpandedTooLarge(limits.expanded_bytes_max);
            return Err(ArchiveRefusal::container(rule));
        }
        let allowed = compressed_in_all.saturating_mul(limits.ratio_max);
        if self.bytes > limits.ratio_floor_bytes && self.bytes > allowed {
            return Err(ArchiveRefusal::container(ArchiveRule::RatioTooHigh(
                limits.ratio_max,
            )));
        }
        Ok(())
    }
}
