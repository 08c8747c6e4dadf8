//! The figures of the latest run of each target, in `docs/fuzzing.md`: read, renewed and written, never typed.

use super::campaign::Campaign;
use super::target::Target;
use crate::command::Call;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

const HEAD: &str = "# Fuzzing

Every parser that reads bytes of others is fuzzed: libFuzzer with the address sanitizer and debug assertions, inputs of at most
4 KiB, from the corpus in `fixtures/corpus`, which the suite replays in every run. This page is written by
`cargo xtask fuzz --write`; each line is the latest run of its target.

| target | demands | executions | seconds | date | commit | findings |
|---|---|---:|---:|---|---|---:|
";

/// Columns of the table.
const COLUMNS: usize = 7;

/// When and of what a run was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) date: String,
    pub(super) commit: String,
}

impl Stamp {
    /// The date of today, UTC, and the commit that is checked out; `-dirty` behind it if files differ from it.
    pub(super) fn of_today(root: &Path) -> Result<Stamp> {
        let date = Call::new("date").args(["-u", "+%Y-%m-%d"]).output()?;
        let describe = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
        let commit = Call::new("git").args(describe).inside(root).output()?;
        Ok(Stamp {
            date: date.trim().to_owned(),
            commit: commit.trim().to_owned(),
        })
    }
}

/// The table: the cells behind the target's name, by that name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    rows: BTreeMap<String, Vec<String>>,
}

impl Record {
    /// The rows of an earlier page; whatever else is in it is written anew.
    pub(super) fn read(page: &str) -> Record {
        let row = |line: &str| {
            let inner = line.strip_prefix("| ")?.strip_suffix(" |")?;
            let mut cells: Vec<String> = inner.split(" | ").map(str::to_owned).collect();
            let is_row = cells.len() == COLUMNS && cells[0] != "target";
            is_row.then(|| (cells.remove(0), cells))
        };
        Record {
            rows: page.lines().filter_map(row).collect(),
        }
    }

    /// Puts a run in the place of the target's earlier one.
    pub(super) fn note(&mut self, campaign: &Campaign, stamp: &Stamp) {
        let cells = vec![
            campaign.target.demand.clone(),
            campaign.counts.executions.to_string(),
            campaign.seconds.to_string(),
            stamp.date.clone(),
            stamp.commit.clone(),
            usize::from(campaign.finding.is_some()).to_string(),
        ];
        self.rows.insert(campaign.target.name.clone(), cells);
    }

    /// Forgets targets that are no more.
    pub(super) fn keep_only(&mut self, targets: &[Target]) {
        self.rows
            .retain(|name, _| targets.iter().any(|target| target.name == *name));
    }
}

impl fmt::Display for Record {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(HEAD)?;
        self.rows
            .iter()
            .try_for_each(|(name, cells)| writeln!(out, "| {name} | {} |", cells.join(" | ")))
    }
}
