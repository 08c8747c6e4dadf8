//! Who lives below a folder, as the process table says: to see that no orphan is left and no tree is built in twice.

use std::fs;
use std::path::{Path, PathBuf};

/// A live process that works in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub id: u32,
    /// Its process group.
    pub group: u32,
    /// Where it works.
    pub folder: PathBuf,
    /// Its command line, words separated by blanks.
    pub command: String,
}

/// All live processes whose current folder is this one or below it, sorted by id. Processes that end while they are looked at, and
/// those that have ended and wait to be reaped, are left out.
pub fn processes_below(folder: &Path) -> Vec<Process> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let mut found: Vec<Process> = ids
        .filter_map(process)
        .filter(|process| process.folder.starts_with(folder))
        .collect();
    found.sort_by_key(|process| process.id);
    found
}

fn process(id: u32) -> Option<Process> {
    let folder = fs::read_link(format!("/proc/{id}/cwd")).ok()?;
    let command = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let command = String::from_utf8_lossy(&command)
        .trim_end_matches('\0')
        .replace('\0', " ");
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Behind the name in parentheses: state, parent, group.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let group = fields.nth(1)?.parse().ok()?;
    (state != "Z").then_some(Process {
        id,
        group,
        folder,
        command,
    })
}
