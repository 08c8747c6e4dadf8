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
pub(in crate::lines) const BATCH: usize = 32;

/// Syncs of one measurement.
const SYNCS: usize = 400;

/// Syncs of one measurement of records, each behind half a megabyte.
const RECORD_SYNCS: usize = 100;

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
    let mut file = emptied(path)?;
    let appending = syncs(&mut file, SYNCS, (1, &BLOCK))?;
    file.seek(SeekFrom::Start(0))?;
    let in_place = syncs(&mut file, SYNCS, (1, &BLOCK))?;
    let batched = batches(&mut file, SYNCS, &BLOCK)?;
    Ok(Disk {
        appending,
        in_place,
        batched,
    })
}

/// Records of this size per second, [`BATCH`] of them per sync, in a file of its own that has its size already.
pub(in crate::lines) fn records(path: &Path, bytes: usize) -> Result<f64> {
    batches(&mut emptied(path)?, RECORD_SYNCS, &vec![0xA5; bytes])
}

fn emptied(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    Ok(options.write(true).create(true).truncate(true).open(path)?)
}

/// Pieces per second, [`BATCH`] of them per sync, within a file that has its size already.
fn batches(file: &mut File, count: usize, piece: &[u8]) -> Result<f64> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    for _ in 0..count * BATCH {
        file.write_all(piece)?;
    }
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    Ok(syncs(file, count, (BATCH, piece))? * BATCH as f64)
}

/// Syncs per second, each behind so many pieces.
fn syncs(file: &mut File, count: usize, (pieces, piece): (usize, &[u8])) -> Result<f64> {
    let (outcome, elapsed) = timed(|| -> Result<()> {
        for _ in 0..count {
            for _ in 0..pieces {
                file.write_all(piece)?;
            }
            file.sync_data()?;
        }
        Ok(())
    });
    outcome?;
    Ok(per_second(count as f64, elapsed))
}
