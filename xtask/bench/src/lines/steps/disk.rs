//! What the disk itself gives: 4 KiB written and made durable, one by one and in batches.

use crate::clock::timed;
use crate::samples::per_second;
use anyhow::Result;
use std::fs::{File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Bytes of a block: SQLite's page, more or less.
const BLOCK: [u8; 4096] = [0xA5; 4096];

/// Blocks of one batch.
pub(super) const BATCH: usize = 32;

/// Syncs of one measurement.
const SYNCS: usize = 400;

/// What was measured, per second.
pub(super) struct Disk {
    /// Syncs, each behind one block at the end of a growing file.
    pub(super) appending: f64,
    /// Syncs, each behind one block within a file that has its size already, as a log that is used again.
    pub(super) in_place: f64,
    /// Blocks, [`BATCH`] of them per sync, within such a file.
    pub(super) batched: f64,
}

/// Measures once, in a file of its own.
pub(super) fn measure(path: &Path) -> Result<Disk> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)?;
    let appending = syncs(&mut file, 1)?;
    file.seek(SeekFrom::Start(0))?;
    let in_place = syncs(&mut file, 1)?;
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&BLOCK.repeat(SYNCS * BATCH))?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let batched = syncs(&mut file, BATCH)? * BATCH as f64;
    Ok(Disk {
        appending,
        in_place,
        batched,
    })
}

/// Syncs per second, each behind so many blocks.
fn syncs(file: &mut File, blocks: usize) -> Result<f64> {
    let (outcome, elapsed) = timed(|| -> Result<()> {
        for _ in 0..SYNCS {
            for _ in 0..blocks {
                file.write_all(&BLOCK)?;
            }
            file.sync_data()?;
        }
        Ok(())
    });
    outcome?;
    Ok(per_second(SYNCS as f64, elapsed))
}
