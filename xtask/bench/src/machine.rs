//! The machine, the commit and the day, as a reader of figures needs them.

use anyhow::Result;
use domain_types::Timestamp;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What figures depend on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    rows: Vec<(&'static str, String)>,
}

impl Machine {
    /// Looks at this machine; `disk` is a path on the disk that is used.
    pub(crate) fn look(root: &Path, disk: &Path, now: Timestamp) -> Result<Self> {
        let rows = vec![
            ("processor", processor()),
            ("cores", std::thread::available_parallelism()?.to_string()),
            ("memory", memory()),
            ("kernel", said("uname", &["-sr"], root)),
            ("file system", file_system(disk)),
            ("compiler", said("rustc", &["--version"], root)),
            ("commit", commit(root)),
            ("date", now.date()),
            ("load before", load()),
        ];
        Ok(Self { rows })
    }

    /// Notes how busy the machine was at the end: whatever else ran has its share in the figures.
    pub(crate) fn look_again(&mut self) {
        self.rows.push(("load after", load()));
    }

    /// As a table of Markdown.
    pub(crate) fn table(&self) -> String {
        let rows = self.rows.iter();
        let rows: String = rows
            .map(|(name, value)| format!("| {name} | {value} |\n"))
            .collect();
        format!("| | |\n|---|---|\n{rows}")
    }
}

fn processor() -> String {
    let text = read("/proc/cpuinfo");
    let model = field(&text, "model name").unwrap_or_else(|| "unknown".to_owned());
    let flags = field(&text, "flags").unwrap_or_default();
    let has = |flag: &str| flags.split(' ').any(|word| word == flag);
    let sha = if has("sha_ni") {
        "with SHA instructions"
    } else {
        "without SHA instructions"
    };
    format!("{model}, {sha}")
}

fn memory() -> String {
    let kibibytes = field(&read("/proc/meminfo"), "MemTotal");
    let kibibytes = kibibytes.and_then(|text| text.split(' ').next()?.parse::<u64>().ok());
    kibibytes.map_or("unknown".to_owned(), |kibibytes| {
        format!("{:.1} GiB", kibibytes as f64 / (1024.0 * 1024.0))
    })
}

/// Type and device of the file system with the longest mount point above the path.
fn file_system(path: &Path) -> String {
    let mounts = read("/proc/self/mounts");
    let words = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?, words.next()?, words.next()?))
    });
    let above = words.filter(|(_, at, _, _)| path.starts_with(at));
    above
        .max_by_key(|(_, at, _, _)| at.len())
        .map_or("unknown".to_owned(), |(device, _, kind, options)| {
            format!("{kind} on {device} ({options})")
        })
}

fn commit(root: &Path) -> String {
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"], root);
    let changed = said("git", &["status", "--porcelain", "--untracked-files=no"], root);
    if changed.is_empty() {
        commit
    } else {
        format!("{commit}, with changes")
    }
}

fn load() -> String {
    let text = read("/proc/loadavg");
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

/// The value of the first line `name : value`.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

fn said(program: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
