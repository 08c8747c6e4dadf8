//! The simulation, a stretch of seeds at a time: what was played before a Ctrl-C is not lost.

use super::record::grouped;
use super::{FINDINGS_MAX, Outcome};
use crate::interrupt::Interrupt;
use crate::simulate;
use anyhow::{Result, bail};
use std::path::Path;

/// Seeds of one stretch: about a quarter of a minute on one core.
const STRETCH: u64 = 2_000;

/// What stretches of seeds have added up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) seeds: u64,
    pub(super) events: u64,
    pub(super) faults: u64,
    pub(super) violations: u64,
}

/// Plays `count` seeds from `first` on.
pub(super) fn play(root: &Path, (first, count): (u64, u64), interrupt: &Interrupt) -> Result<Outcome> {
    let program = simulate::build(root)?;
    let mut sum = Sum::default();
    let mut findings = Vec::new();
    while sum.seeds < count && !interrupt.is_asked() && findings.len() < FINDINGS_MAX {
        let length = STRETCH.min(count - sum.seeds);
        let mut said = Vec::new();
        let hear = |line: &str| said.push(line.to_owned());
        let well = simulate::play(&program, root, (first + sum.seeds, length), hear);
        match (said.last().and_then(|line| Sum::read(line)), well) {
            (Some(played), Ok(well)) if played.seeds > 0 && well == (played.violations == 0) => {
                sum = sum.and(played);
            }
            // Ctrl-C reached the simulation, too.
            (_, _) if interrupt.is_asked() => break,
            (_, Err(error)) => return Err(error),
            (_, Ok(_)) => bail!("the simulation does not say what it played"),
        }
        findings.extend(said.iter().filter_map(|line| violation(line)));
    }
    Ok(Outcome {
        figures: figures(&sum, first),
        findings,
    })
}

/// A seed that broke an invariant, with the command that tells it as a story.
pub(super) fn violation(line: &str) -> Option<String> {
    let (seed, _) = simulate::violation(line)?;
    Some(format!(
        "{line} (`cargo xtask simulate --seed {seed}` plays it again)"
    ))
}

fn figures(sum: &Sum, first: u64) -> String {
    let [seeds, events, faults, violations] =
        [sum.seeds, sum.events, sum.faults, sum.violations].map(grouped);
    format!("{seeds} seeds from {first} on, {events} events, {faults} faults, {violations} violations")
}

impl Sum {
    /// The simulation's last line.
    pub(super) fn read(line: &str) -> Option<Sum> {
        let words: Vec<&str> = line.split(' ').collect();
        let [
            "seeds",
            seeds,
            "events",
            events,
            "faults",
            faults,
            "violations",
            violations,
        ] = words[..]
        else {
            return None;
        };
        Some(Sum {
            seeds: seeds.parse().ok()?,
            events: events.parse().ok()?,
            faults: faults.parse().ok()?,
            violations: violations.parse().ok()?,
        })
    }

    pub(super) fn and(self, more: Sum) -> Sum {
        Sum {
            seeds: self.seeds + more.seeds,
            events: self.events + more.events,
            faults: self.faults + more.faults,
            violations: self.violations + more.violations,
        }
    }
}
