//! What can be asked of the simulation from outside, and what is printed.

use crate::campaign::{After, Campaign, Failed, Player, StoreKind, campaign};
use crate::coverage::coverage;
use crate::script::Script;
use crate::shrink::shrink;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// A wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wish {
    /// The first seed.
    pub first: u64,
    /// How many seeds; one alone is told as a story.
    pub count: Option<u64>,
    /// Which store.
    pub store: StoreKind,
    /// The seeded bug to arm before anything is played.
    pub bug: Option<String>,
    /// A script to play instead of a seed's.
    pub script: Option<PathBuf>,
    /// Where scripts that break something are kept, made as small as they get.
    pub keep: Option<PathBuf>,
    /// How many threads play.
    pub threads: usize,
    /// What else is printed.
    pub detail: Detail,
}

/// Seeds of a campaign that must take every rare path and reach every crash point: each of them is then aimed at about 26 times, and
/// nearly every aim is met.
const COVERING_SEEDS: u64 = 100_000;

/// What a campaign must get to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Covers {
    /// Every rare path and crash point.
    All,
    /// It is too short, or ends at the first thing that it finds.
    WhatItCan,
}

/// How much is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// The last line.
    Sum,
    /// Marks and coverage as well.
    Everything,
}

/// Whether anything was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Every invariant held.
    Nothing,
    /// One did not.
    Something,
}

/// Reads a wish, plays, and prints.
///
/// # Errors
/// If the wish cannot be read, a script not be found, or nothing be printed.
pub fn fulfil(mut input: impl Read, out: &mut impl Write) -> io::Result<Found> {
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    let wish: Wish = serde_json::from_str(&text)?;
    match wish.bug.as_deref() {
        Some("list") => return list(out),
        Some(bug) => arm(bug)?,
        None => {}
    }
    match (&wish.script, wish.count) {
        (Some(path), _) => {
            let script = serde_json::from_str(&std::fs::read_to_string(path)?)?;
            tell(&wish, &script, out)
        }
        (None, None) => tell(&wish, &Script::of_seed(wish.first), out),
        (None, Some(count)) => many(&wish, count, out),
    }
}

#[cfg(feature = "seeded-bugs")]
fn arm(bug: &str) -> io::Result<()> {
    domain_types::arm_seeded_bug(bug).map_err(io::Error::other)
}

#[cfg(not(feature = "seeded-bugs"))]
fn arm(bug: &str) -> io::Result<()> {
    Err(io::Error::other(format!(
        "{bug} is not built in: build with the feature seeded-bugs, as `cargo xtask simulate --bug` does"
    )))
}

fn list(out: &mut impl Write) -> io::Result<Found> {
    for bug in domain_types::SEEDED_BUGS {
        writeln!(
            out,
            "{}: {} ({}, breaks {})",
            bug.name, bug.does, bug.room, bug.breaks
        )?;
    }
    Ok(Found::Nothing)
}

fn tell(wish: &Wish, script: &Script, out: &mut impl Write) -> io::Result<Found> {
    let player = Player::new(wish.store)?;
    let judged = player.judge(script);
    for line in player.tell(script).story {
        writeln!(out, "{line}")?;
    }
    let mut sum = Campaign {
        seeds: 1,
        events: judged.events,
        faults: judged.faults,
        ..Campaign::default()
    };
    if let Some(violation) = judged.violation {
        let seed = script.seed;
        sum.failed.push(Failed { seed, violation });
    }
    conclude(&sum, out)
}

fn many(wish: &Wish, count: u64, out: &mut impl Write) -> io::Result<Found> {
    let after = match wish.bug {
        Some(_) => After::Stop,
        None => After::GoOn,
    };
    let sum = campaign((wish.first, count), wish.threads, wish.store, after)?;
    if let (Some(folder), Some(failed)) = (&wish.keep, sum.failed.first()) {
        keep(wish, failed, folder, out)?;
    }
    let covers = match wish.bug {
        None if count >= COVERING_SEEDS => Covers::All,
        Some(_) | None => Covers::WhatItCan,
    };
    let mut found = Found::Nothing;
    if wish.detail == Detail::Everything || covers == Covers::All {
        found = tell_coverage(&sum, covers, out)?;
    }
    match conclude(&sum, out)? {
        Found::Nothing => Ok(found),
        Found::Something => Ok(Found::Something),
    }
}

/// A script that broke something is kept for ever, as small as it gets.
fn keep(wish: &Wish, failed: &Failed, folder: &std::path::Path, out: &mut impl Write) -> io::Result<()> {
    let player = Player::new(wish.store)?;
    let small = shrink(&player, &Script::of_seed(failed.seed), failed.violation.invariant);
    let path = folder.join(format!(
        "{}-{}.json",
        failed.violation.invariant.to_lowercase(),
        failed.seed
    ));
    std::fs::create_dir_all(folder)?;
    std::fs::write(&path, serde_json::to_string_pretty(&small)? + "\n")?;
    let (faults, orders) = (small.faults.len(), small.orders.len());
    writeln!(
        out,
        "kept as {} ({faults} faults, {orders} orders)",
        path.display()
    )
}

/// Says which rare paths and which crash points were never reached. What is missing is a fault of a campaign that must cover all.
fn tell_coverage(sum: &Campaign, covers: Covers, out: &mut impl Write) -> io::Result<Found> {
    let marks = sum.missing_marks();
    for mark in &marks {
        writeln!(out, "never taken: {mark:?}")?;
    }
    let coverage = coverage(&sum.reached);
    for (pair, point) in &coverage.missing {
        let node = pair.node.unwrap_or("-");
        writeln!(
            out,
            "never reached: {} / {node} / {} / {point:?}",
            pair.phase, pair.event
        )?;
    }
    for (pair, reason) in &coverage.impossible {
        writeln!(out, "reached, although it cannot be: {pair:?} ({reason})")?;
    }
    let (reached, reachable) = (coverage.reached, coverage.reachable);
    writeln!(
        out,
        "crash points reached: {reached} of {reachable} (state, event, point), over {} states",
        coverage.states
    )?;
    let missing = marks.len() + coverage.missing.len();
    if covers == Covers::All && missing > 0 {
        writeln!(
            out,
            "{missing} rare paths and crash points are missing; {COVERING_SEEDS} seeds and more must get to all of them"
        )?;
        return Ok(Found::Something);
    }
    Ok(match coverage.impossible.is_empty() {
        true => Found::Nothing,
        false => Found::Something,
    })
}

fn conclude(sum: &Campaign, out: &mut impl Write) -> io::Result<Found> {
    const SHOWN_MAX: usize = 20;
    for Failed { seed, violation } in sum.failed.iter().take(SHOWN_MAX) {
        writeln!(
            out,
            "seed {seed}: invariant {}: {}",
            violation.invariant, violation.what
        )?;
    }
    let violations = sum.failed.len();
    writeln!(
        out,
        "seeds {} events {} faults {} violations {violations}",
        sum.seeds, sum.events, sum.faults
    )?;
    Ok(match violations {
        0 => Found::Nothing,
        _ => Found::Something,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_long_campaign_did_not_reach_is_a_fault_of_it() {
        let nothing = Campaign::default();
        let mut told = Vec::new();
        let found = tell_coverage(&nothing, Covers::All, &mut told).unwrap();
        let told = String::from_utf8(told).unwrap();
        assert_eq!(found, Found::Something);
        assert!(told.contains("never taken: LeaseLost"), "{told}");
        assert!(
            told.contains("never reached: published / - / withdraw / After"),
            "{told}"
        );
        let found = tell_coverage(&nothing, Covers::WhatItCan, &mut Vec::new()).unwrap();
        assert_eq!(found, Found::Nothing, "a short one gets to what it can");
    }
}
