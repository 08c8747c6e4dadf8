//! Hunts every seeded bug, one after the other, each in a process of its own, and says which seed found it. The table of them in
//! the documents is written from here and nowhere else.

use super::{Arguments, Store, violation, wish, with_bugs};
use crate::{page, report};
use anyhow::{Context as _, Result, bail, ensure};
use domain_types::{SEEDED_BUGS, SeededBug};
use std::path::Path;
use std::process::ExitCode;

/// The name of the table's comments.
const TABLE: &str = "seeded bugs";

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
        page::renew(&root.join(page::TESTING), TABLE, |_| table(&hunted))?;
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
    let (code, printed) = with_bugs().inside(root).answer_on(&wish)?;
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

fn found(line: &str, first: u64) -> Option<Found> {
    let (seed, invariant) = violation(line)?;
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
        "\n{}.\n\n| bug | room | should break | broke | seeds |\n|---|---|---|---|---:|\n",
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
    fn the_table_has_a_line_for_each_bug() {
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
        let table = table(&hunted);
        assert!(
            table.contains("| E2 | 9 |\n") && table.contains("| **not found** |"),
            "{table}"
        );
        assert_eq!(table.lines().filter(|line| line.starts_with("| ")).count(), 4);
    }
}
