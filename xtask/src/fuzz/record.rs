//! The figures of the latest run of each target, in `docs/fuzzing.md`: read, renewed and written, never typed.

use super::campaign::Campaign;
use super::target::Target;
use std::collections::BTreeMap;
use std::fmt;

const HEAD: &str = "# Fuzzing

Every parser that reads bytes of others is fuzzed: libFuzzer with the address sanitizer and debug assertions, inputs of at most
4 KiB, from the corpus in `fixtures/corpus`, which the suite replays in every run. This page is written by
`cargo xtask fuzz --write`; each line is the latest run of its target.

| target | demands | executions | seconds | date | commit | findings |
|---|---|---:|---:|---|---|---:|
";

/// Columns of the table.
const COLUMNS: usize = 7;

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
    pub(super) fn note(&mut self, campaign: &Campaign) {
        let cells = vec![
            campaign.target.demand.clone(),
            campaign.counts.executions.to_string(),
            campaign.stamp.seconds.to_string(),
            campaign.stamp.date.clone(),
            campaign.stamp.commit.clone(),
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
