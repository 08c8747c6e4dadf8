//! Hunts every seeded bug, one after the other, each in a process of its own, and says which seed found it. The table of them in
//! the documents is written from here and nowhere else.

use super::{Arguments, Store, program, wish};
use crate::report;
use anyhow::{Context as _, Result, bail, ensure};
use domain_types::{SEEDED_BUGS, SeededBug};
use std::path::Path;
use std::process::ExitCode;

/// Where the table stands.
const DOCUMENT: &str = "docs/testing.md";

/// What the table stands between.
const BEGIN: &str = "<!-- seeded bugs: written by `cargo xtask simulate --bug all --write` -->";
const END: &str = "<!-- seeded bugs: end -->";

/// How a bug showed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    /// Seeds that it took.
    seeds: u64,
    /// The invariant that did not hold.
    invariant: String,
}

type Hunted = (SeededBug, Option<Found>);

pub(super) fn all(root: &Path, arguments: &Arguments) -> Result<ExitCode> {
    ensure!(
        arguments.script.is_none(),
        "bugs are hunted over seeds, not with one script"
    );
    let mut hunted = Vec::new();
    for bug in SEEDED_BUGS {
        let found = hunt(root, arguments, bug)?;
        report::print(&line(bug, found.as_ref()));
        hunted.push((*bug, found));
    }
    report::print(&sum(&hunted));
    if arguments.write {
        write(root, &hunted)?;
    }
    let all_found = hunted.iter().all(|(_, found)| found.is_some());
    Ok(if all_found {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn hunt(root: &Path, arguments: &Arguments, bug: &SeededBug) -> Result<Option<Found>> {
    // What is wrong in the real store shows on the real store alone.
    let store = match bug.room {
        "storage" => Store::Sqlite,
        _ => arguments.store,
    };
    let wish = wish(root, arguments, (Some(bug.name), store));
    let (code, printed) = program(true).inside(root).answer_on(&wish)?;
    match code {
        0 => Ok(None),
        1 => {
            let found = printed.lines().find_map(|line| found(line, arguments.seed));
            found
                .map(Some)
                .with_context(|| format!("{} is found, and no seed is named:\n{printed}", bug.name))
        }
        other => bail!(
            "the hunt for {} ended with exit code {other}:\n{printed}",
            bug.name
        ),
    }
}

/// Reads `seed 4: invariant E2: what was seen`.
fn found(line: &str, first: u64) -> Option<Found> {
    let (seed, rest) = line.strip_prefix("seed ")?.split_once(": invariant ")?;
    let (invariant, _) = rest.split_once(": ")?;
    let seed: u64 = seed.parse().ok()?;
    Some(Found {
        seeds: seed.checked_sub(first)? + 1,
        invariant: invariant.to_owned(),
    })
}

fn line(bug: &SeededBug, found: Option<&Found>) -> String {
    match found {
        Some(Found { seeds, invariant }) => {
            format!("{}: found after {seeds} seeds, by {invariant}", bug.name)
        }
        None => format!("{}: NOT FOUND", bug.name),
    }
}

fn sum(hunted: &[Hunted]) -> String {
    let mut seeds: Vec<u64> = hunted
        .iter()
        .filter_map(|(_, found)| Some(found.as_ref()?.seeds))
        .collect();
    seeds.sort_unstable();
    let (found, all) = (seeds.len(), hunted.len());
    match seeds.get(found.saturating_sub(1) / 2) {
        Some(median) => format!("{found} of {all} found, the median after {median} seeds"),
        None => format!("none of {all} found"),
    }
}

fn table(hunted: &[Hunted]) -> String {
    let mut table = format!(
        "{}.\n\n| bug | room | should break | broke | seeds |\n|---|---|---|---|---:|\n",
        sum(hunted)
    );
    for (bug, found) in hunted {
        let (broke, seeds) = match found {
            Some(found) => (found.invariant.as_str(), found.seeds.to_string()),
            None => ("**not found**", String::new()),
        };
        let SeededBug {
            name, room, breaks, ..
        } = bug;
        table.push_str(&format!("| {name} | {room} | {breaks} | {broke} | {seeds} |\n"));
    }
    table
}

fn write(root: &Path, hunted: &[Hunted]) -> Result<()> {
    let path = root.join(DOCUMENT);
    let text = std::fs::read_to_string(&path).with_context(|| format!("failed to read {DOCUMENT}"))?;
    let text = with_table(&text, &table(hunted))?;
    std::fs::write(&path, text).with_context(|| format!("failed to write {DOCUMENT}"))
}

/// The document with another table between the marks.
fn with_table(text: &str, table: &str) -> Result<String> {
    let missing = || format!("{DOCUMENT} has no place for the table: expected {BEGIN} and {END}");
    let (before, rest) = text.split_once(BEGIN).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_read_from_what_the_simulation_prints() {
        let expected = Found {
            seeds: 4,
            invariant: "E2".to_owned(),
        };
        assert_eq!(
            found("seed 13: invariant E2: 3 builds run: on 2", 10),
            Some(expected)
        );
        assert_eq!(found("seeds 13 events 2 faults 1 violations 0", 1), None);
    }

    #[test]
    fn the_table_goes_between_its_marks_and_can_be_written_again() {
        let seen = |seeds| Found {
            seeds,
            invariant: "E2".to_owned(),
        };
        let hunted = [
            (SEEDED_BUGS[0], Some(seen(3))),
            (SEEDED_BUGS[1], Some(seen(9))),
            (SEEDED_BUGS[2], None),
        ];
        assert_eq!(sum(&hunted), "2 of 3 found, the median after 3 seeds");
        let once = with_table(&format!("before\n{BEGIN}\nold\n{END}\nafter\n"), &table(&hunted)).unwrap();
        assert!(once.starts_with("before\n") && once.ends_with("\nafter\n") && !once.contains("old"));
        assert_eq!(with_table(&once, &table(&hunted)).unwrap(), once);
        assert!(with_table("no marks", "").is_err());
    }
}
