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
use campaign::Stamp;
use record::Record;
use std::path::Path;
use std::process::ExitCode;
use target::Target;

/// cargo-fuzz that was tried with our targets.
const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";

/// What is to be fuzzed, and for how long.
pub(crate) struct Order {
    /// Seconds per target; with 0 nothing is run.
    pub(crate) seconds: u32,
    /// Whether the figures of the latest run of each target go into `docs/fuzzing.md`.
    pub(crate) write: bool,
    /// Names of targets; none means all.
    pub(crate) targets: Vec<String>,
}

/// Runs the chosen targets. Goes on after a finding, and fails at the end if there was one.
pub(crate) fn run(root: &Path, order: &Order) -> Result<ExitCode> {
    let all = target::all(root)?;
    let targets = target::chosen(&all, &order.targets)?;
    let mut findings = 0;
    if order.seconds > 0 {
        require_tools()?;
        let stamp = Stamp::of_today(root, order.seconds)?;
        let programs = campaign::build(root)?;
        for target in targets {
            let campaign = campaign::run(root, &programs, target, &stamp)?;
            report::print(&campaign.to_string());
            findings += usize::from(campaign.finding.is_some());
        }
    }
    if order.write {
        write_down(root, &all)?;
    }
    Ok(match findings {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// What came of one target.
pub(crate) struct Tried {
    /// Its name.
    pub(crate) target: String,
    /// Inputs that were tried.
    pub(crate) executions: u64,
    /// What was found, and how to see it again.
    pub(crate) finding: Option<String>,
}

/// Builds all targets.
pub(crate) fn build(root: &Path) -> Result<()> {
    require_tools()?;
    campaign::build(root).map(drop)
}

/// Runs all targets for so many seconds each, as long as `goes_on` says so. A target that is ended early is not in the answer.
pub(crate) fn play(root: &Path, seconds: u32, goes_on: impl Fn() -> bool) -> Result<Vec<Tried>> {
    require_tools()?;
    let stamp = Stamp::of_today(root, seconds)?;
    let programs = campaign::build(root)?;
    let mut tried = Vec::new();
    for target in target::all(root)? {
        let outcome = campaign::run(root, &programs, &target, &stamp);
        if !goes_on() {
            break;
        }
        let (executions, finding) = match outcome {
            Ok(campaign) => {
                let said = campaign.to_string();
                report::print(&said);
                (campaign.counts.executions, campaign.finding.map(|_| said))
            }
            Err(error) => (0, Some(format!("{error:#}"))),
        };
        tried.push(Tried {
            target: target.name,
            executions,
            finding,
        });
    }
    Ok(tried)
}

/// Renews the record by what the logs say: a run that was ended before the others is in it, too.
fn write_down(root: &Path, targets: &[Target]) -> Result<()> {
    let file = root.join("docs/fuzzing.md");
    let known = std::fs::read_to_string(&file).unwrap_or_default();
    let mut record = Record::read(&known);
    for target in targets {
        if let Some(campaign) = campaign::latest(root, target)? {
            record.note(&campaign);
        }
    }
    record.keep_only(targets);
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
