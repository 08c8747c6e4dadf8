//! The plays that kill a release at fifty moments, from seed to seed until there were enough kills.

use super::record::grouped;
use super::{FINDINGS_MAX, Outcome};
use crate::command::{Call, Listen};
use crate::interrupt::Interrupt;
use anyhow::{Result, bail};
use std::collections::BTreeSet;
use std::path::Path;

/// The plays, by what their names have in common.
const PLAYS: &str = "killed_at_ten_moments";

/// What the plays of one seed have said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// Releases that were killed.
    pub(super) kills: u64,
    /// Plays that failed.
    pub(super) failed: BTreeSet<String>,
}

/// Kills until it were `wanted`, with one seed after another.
pub(super) fn play(root: &Path, (first, wanted): (u64, u64), interrupt: &Interrupt) -> Result<Outcome> {
    let (mut kills, mut seed) = (0, first);
    let mut findings = Vec::new();
    while kills < wanted && !interrupt.is_asked() && findings.len() < FINDINGS_MAX {
        let mut heard = Heard::default();
        let call = plays(root, PLAYS).env("HOUSE_TESTS_SEED", &seed.to_string());
        let well = call.listen(Listen::Output, |line| heard.note(line))?;
        if interrupt.is_asked() && !well {
            // Ctrl-C reached the plays, too: that they failed means nothing.
            kills += heard.kills;
            break;
        }
        if !well && heard.failed.is_empty() {
            bail!("{call} did not end well and names no play");
        }
        if well && heard.kills == 0 {
            bail!("{call} killed nothing");
        }
        kills += heard.kills;
        findings.extend(heard.failed.iter().map(|name| finding(seed, name)));
        seed += 1;
    }
    let (kills, seeds) = (grouped(kills), seed - first);
    Ok(Outcome {
        figures: format!(
            "{kills} kills with {seeds} seed(s) from {first} on, {} plays failed",
            findings.len()
        ),
        findings,
    })
}

/// Builds the plays, and the program that they kill.
pub(super) fn build(root: &Path) -> Result<()> {
    let program = ["build", "--quiet", "--bin", "governance"];
    Call::new("cargo").args(program).inside(root).run()?;
    suite().args(["--no-run"]).inside(root).run()
}

fn plays(root: &Path, names: &str) -> Call {
    suite().args([names, "--", "--nocapture"]).inside(root)
}

fn suite() -> Call {
    Call::new("cargo").args(["test", "--quiet", "--package", "house-tests", "--test", "kill"])
}

fn finding(seed: u64, name: &str) -> String {
    format!(
        "{name} fails with seed {seed} (`HOUSE_TESTS_SEED={seed} cargo test -p house-tests --test kill {name}` plays it again)"
    )
}

impl Heard {
    /// Notes what a line says.
    pub(super) fn note(&mut self, line: &str) {
        if let Some(phases) = line.strip_prefix("killed in: {") {
            let counts = phases.trim_end_matches('}').split(", ");
            let counts = counts.filter_map(|phase| phase.rsplit_once(": ")?.1.parse::<u64>().ok());
            self.kills += counts.sum::<u64>();
        }
        if let Some(name) = line.strip_prefix("    moments::") {
            self.failed.insert(format!("moments::{name}"));
        }
    }
}
