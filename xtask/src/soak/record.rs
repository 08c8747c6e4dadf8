//! The rows of the table in `docs/testing.md`: newest last, earlier ones stay.

use std::fmt;

const HEAD: &str = "\
| date | commit | `cargo xtask soak` | minutes | machine | figures | findings |
|---|---|---|---:|---|---|---:|
";

/// One part of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The day on which it ended, UTC.
    pub(super) date: String,
    /// The commit.
    pub(super) commit: String,
    /// The arguments that run this part alone.
    pub(super) command: String,
    /// How long it took.
    pub(super) minutes: String,
    /// The machine.
    pub(super) machine: String,
    /// What was counted.
    pub(super) figures: String,
    /// How much was found.
    pub(super) findings: usize,
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row {
            date,
            commit,
            command,
            minutes,
            machine,
            figures,
            findings,
        } = self;
        write!(
            out,
            "| {date} | {commit} | `{command}` | {minutes} | {machine} | {figures} | {findings} |"
        )
    }
}

/// The table with one more row; a table that is empty gets its head first.
pub(super) fn with_row(table: &str, row: &Row) -> String {
    let table = if table.is_empty() { HEAD } else { table };
    format!("{table}{row}\n")
}

/// What was counted, and whether that is all.
pub(super) fn figures(counted: &str, ended_early: bool) -> String {
    match ended_early {
        true => format!("{counted}; ended early"),
        false => counted.to_owned(),
    }
}

/// Minutes of so many seconds, to a tenth.
pub(super) fn minutes(seconds: f32) -> String {
    format!("{:.1}", seconds / 60.0)
}

/// A number in groups of three digits.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut groups = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            groups.push(',');
        }
        groups.push(digit);
    }
    groups
}

/// How many cores of which kind, as far as the system tells.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    format!("{cores} cores, {}", model.replace('|', "/"))
}
