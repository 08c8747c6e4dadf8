//! The outcomes of a crate's mutants, as text: a line each with the commit at which it was measured, by name.

use super::sample::Draw;
use anyhow::{Context as _, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

/// What came of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A test failed.
    Caught,
    /// No test failed.
    Missed,
    /// The tests did not end any more, which counts as caught.
    Timeout,
    /// It does not compile, which counts for nothing.
    Unviable,
}

impl Kind {
    pub(super) const ALL: [Kind; 4] = [Kind::Caught, Kind::Missed, Kind::Timeout, Kind::Unviable];

    fn name(self) -> &'static str {
        match self {
            Kind::Caught => "caught",
            Kind::Missed => "missed",
            Kind::Timeout => "timeout",
            Kind::Unviable => "unviable",
        }
    }

    /// The file that cargo-mutants writes the names into.
    pub(super) fn file(self) -> String {
        format!("{}.txt", self.name())
    }
}

/// What is known of a crate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// How many mutants there are.
    pub(super) mutants: usize,
    /// The sample of the latest sitting; none if it was to run all.
    pub(super) draw: Option<Draw>,
    outcomes: BTreeMap<String, (Kind, String)>,
}

/// How much was caught.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Score {
    pub(super) caught: usize,
    pub(super) missed: usize,
    pub(super) timeout: usize,
    pub(super) unviable: usize,
}

impl Record {
    /// What a file holds; nothing if there is none.
    pub(super) fn of_file(file: &Path) -> Result<Record> {
        if !file.exists() {
            return Ok(Record::default());
        }
        let shown = file.display();
        let text = fs::read_to_string(file).with_context(|| format!("failed to read {shown}"))?;
        Record::read(&text).with_context(|| format!("failed to read {shown}"))
    }

    /// What a text holds.
    pub(super) fn read(text: &str) -> Result<Record> {
        let mut lines = text.lines();
        let mut record = lines
            .next()
            .and_then(Record::read_head)
            .context("the first line is no head")?;
        for line in lines {
            let Some((kind, commit, name)) = read_outcome(line) else {
                bail!("this line is no outcome: {line}");
            };
            record.note(name.to_owned(), kind, commit);
        }
        Ok(record)
    }

    fn read_head(line: &str) -> Option<Record> {
        let words: Vec<&str> = line.split(' ').collect();
        let (mutants, draw) = match words[..] {
            ["mutants", mutants] => (mutants, None),
            ["mutants", mutants, "sample", count, "seed", seed] => {
                let (count, seed) = (count.parse().ok()?, seed.parse().ok()?);
                (mutants, Some(Draw { count, seed }))
            }
            _ => return None,
        };
        Some(Record {
            mutants: mutants.parse().ok()?,
            draw,
            outcomes: BTreeMap::new(),
        })
    }

    /// Notes what came of a mutant, in place of what came of it before.
    pub(super) fn note(&mut self, name: String, kind: Kind, commit: &str) {
        self.outcomes.insert(name, (kind, commit.to_owned()));
    }

    /// Forgets mutants that are no more.
    pub(super) fn keep_only(&mut self, names: &BTreeSet<String>) {
        self.outcomes.retain(|name, _| names.contains(name));
    }

    /// Which of these are to be run: those without an outcome, and with `again` those that no test failed for.
    pub(super) fn open(&self, wanted: &BTreeSet<String>, again: bool) -> BTreeSet<String> {
        let is_open = |name: &&String| match self.outcomes.get(*name) {
            None => true,
            Some((Kind::Missed | Kind::Timeout, _)) => again,
            Some((Kind::Caught | Kind::Unviable, _)) => false,
        };
        wanted.iter().filter(is_open).cloned().collect()
    }

    /// The figures.
    pub(super) fn score(&self) -> Score {
        let count = |kind| self.outcomes.values().filter(|(found, _)| *found == kind).count();
        Score {
            caught: count(Kind::Caught),
            missed: count(Kind::Missed),
            timeout: count(Kind::Timeout),
            unviable: count(Kind::Unviable),
        }
    }

    /// Whether all that was to be run was run, and of those that compile so many of a hundred were caught.
    pub(super) fn is_enough(&self, percent_min: usize) -> bool {
        let wanted = self
            .draw
            .map_or(self.mutants, |draw| draw.count.min(self.mutants));
        let score = self.score();
        let (caught, viable) = score.of_viable();
        viable > 0 && score.run() >= wanted && caught * 100 >= viable * percent_min
    }

    /// One line for the developer.
    pub(super) fn told(&self, package: &str) -> String {
        let score = self.score();
        format!(
            "{package}: {} of {} mutants run, {} caught, {} missed: {}",
            score.run(),
            self.mutants,
            score.caught + score.timeout,
            score.missed,
            score.percent()
        )
    }

    fn commits(&self) -> String {
        let commits: BTreeSet<&str> = self
            .outcomes
            .values()
            .map(|(_, commit)| commit.as_str())
            .collect();
        Vec::from_iter(commits).join(", ")
    }

    fn drawn(&self) -> String {
        match self.draw {
            Some(Draw { count, seed }) => format!("{count}, seed {seed}"),
            None => "all".to_owned(),
        }
    }
}

impl Score {
    pub(super) fn run(self) -> usize {
        self.caught + self.missed + self.timeout + self.unviable
    }

    fn of_viable(self) -> (usize, usize) {
        let caught = self.caught + self.timeout;
        (caught, caught + self.missed)
    }

    fn percent(self) -> String {
        match self.of_viable() {
            (_, 0) => "-".to_owned(),
            (caught, viable) => {
                let tenths = caught * 1000 / viable;
                format!("{}.{} %", tenths / 10, tenths % 10)
            }
        }
    }
}

fn read_outcome(line: &str) -> Option<(Kind, &str, &str)> {
    let (kind, rest) = line.split_once(' ')?;
    let (commit, name) = rest.split_once(' ')?;
    let kind = Kind::ALL.into_iter().find(|known| known.name() == kind)?;
    Some((kind, commit, name))
}

impl fmt::Display for Record {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "mutants {}", self.mutants)?;
        if let Some(Draw { count, seed }) = self.draw {
            write!(out, " sample {count} seed {seed}")?;
        }
        writeln!(out)?;
        let mut outcomes = self.outcomes.iter();
        outcomes.try_for_each(|(name, (kind, commit))| writeln!(out, "{} {commit} {name}", kind.name()))
    }
}

/// The table of all crates.
pub(super) fn table(rows: &[(&str, &Record)]) -> String {
    let head = "\
| crate | mutants | to be run | run | caught | timeout | unviable | missed | caught of those that compile | measured at |
|---|---:|---|---:|---:|---:|---:|---:|---:|---|
";
    let row = |(package, record): &(&str, &Record)| {
        let score = record.score();
        format!(
            "| {package} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            record.mutants,
            record.drawn(),
            score.run(),
            score.caught,
            score.timeout,
            score.unviable,
            score.missed,
            score.percent(),
            record.commits()
        )
    };
    head.to_owned() + &rows.iter().map(row).collect::<String>()
}
