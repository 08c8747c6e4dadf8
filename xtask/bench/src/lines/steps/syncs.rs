//! Counts what a run really asks of the disk, by the kernel's own word: strace looks at a second process.

use anyhow::{Context as _, Result, ensure};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Calls of fsync and fdatasync, by what they were for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Syncs {
    /// Of the write-ahead log: a commit each, but for the one before a checkpoint.
    pub(super) log: usize,
    /// Of the database file: checkpoints.
    pub(super) database: usize,
    /// Of anything else.
    pub(super) other: usize,
}

impl Syncs {
    /// All of them.
    pub(super) fn all(self) -> usize {
        self.log + self.database + self.other
    }
}

/// Runs this program with these arguments under strace and counts. None if there is no strace.
pub(super) fn count(arguments: &[String], folder: &Path) -> Result<Option<Syncs>> {
    let found = Command::new("strace").arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        return Ok(None);
    }
    let trace = folder.join("trace");
    let program = fs::read_link("/proc/self/exe").context("failed to find this program")?;
    let status = Command::new("strace")
        .args(["-f", "-y", "-e", "trace=fsync,fdatasync", "-o"])
        .arg(&trace)
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .context("failed to start strace")?;
    ensure!(status.success(), "strace ended with {status}");
    Ok(Some(read(&fs::read_to_string(&trace)?)))
}

/// Lines are `4711 fdatasync(9</folder/state.db-wal>) = 0`; a call that was interrupted by another line ends in a second line
/// without a path, which is not counted.
fn read(trace: &str) -> Syncs {
    let mut syncs = Syncs::default();
    for line in trace.lines().filter(|line| line.contains("sync(")) {
        match line.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
            Some((path, _)) if path.ends_with("-wal") => syncs.log += 1,
            Some((path, _)) if path.ends_with(".db") => syncs.database += 1,
            Some(_) | None => syncs.other += 1,
        }
    }
    syncs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_counted_once_by_its_file() {
        let trace = "1 fdatasync(9</w/state.db-wal>) = 0\n\
                     2 fdatasync(9</w/state.db-wal> <unfinished ...>\n\
                     1 fdatasync(8</w/state.db>) = 0\n\
                     2 <... fdatasync resumed>) = 0\n\
                     2 fsync(7</w>) = 0\n\
                     2 +++ exited with 0 +++\n";
        let expected = Syncs {
            log: 2,
            database: 1,
            other: 1,
        };
        assert_eq!(read(trace), expected);
        assert_eq!(expected.all(), 4);
    }
}
