//! Fuzzes the parsers of foreign bytes, one target after another, on the nightly toolchain; says what came of it in one line each.
//!
//! What a target demands is in `fuzz/`; here it is only started. Everything that is made lies below `target/fuzz`: what was found
//! interesting stays there and is the beginning of the next run, beside the corpus of `fixtures/corpus`.

mod campaign;
mod record;
mod target;

#[cfg(test)]
mod tests;

use crate::command::Call;
use crate::report;
use anyhow::{Context as _, Result, bail};
use campaign::Campaign;
use record::{Record, Stamp};
use std::path::Path;
use std::process::ExitCode;
use target::Target;

/// cargo-fuzz that was tried with our targets.
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";

/// What is to be fuzzed, and for how long.
pub(crate) struct Order {
    /// Seconds per target.
    pub(crate) seconds: u32,
    /// Whether the figures go into `docs/fuzzing.md`.
    pub(crate) write: bool,
    /// Names of targets; none means all.
    pub(crate) targets: Vec<String>,
}

/// Runs the chosen targets. Goes on after a finding, and fails at the end if there was one.
pub(crate) fn run(root: &Path, order: &Order) -> Result<ExitCode> {
    let targets = target::chosen(target::all(root)?, &order.targets)?;
    require_tools()?;
    let stamp = Stamp::of_today(root)?;
    let programs = campaign::build(root)?;
    let mut findings = 0;
    for target in &targets {
        let campaign = campaign::run(root, &programs, target, order.seconds)?;
        report::print(&campaign.to_string());
        findings += usize::from(campaign.finding.is_some());
        if order.write {
            write_down(root, &campaign, &stamp)?;
        }
    }
    Ok(match findings {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Puts the figures of one target into the record, at once: a run that is ended later loses nothing.
fn write_down(root: &Path, campaign: &Campaign, stamp: &Stamp) -> Result<()> {
    let file = root.join("docs/fuzzing.md");
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let mut record = Record::read(&known);
    record.note(campaign, stamp);
    record.keep_only(&target::all(root)?);
    std::fs::write(&file, record.to_string()).with_context(|| format!("failed to write {}", file.display()))
}

fn require_tools() -> Result<()> {
    if !Call::new("cargo").args(["+nightly", "--version"]).succeeds() {
        bail!("fuzzing needs the nightly toolchain; install it with `rustup toolchain install nightly`");
    }
    if !Call::new("cargo").args(["fuzz", "--version"]).succeeds() {
        Call::new("cargo")
            .args(["install", "--locked", CARGO_FUZZ])
            .run()?;
    }
    Ok(())
}
