//! The long runs in one command: the simulation, the kill plays, releases over HTTP and the fuzz targets, for hours. Nothing is tested here that the
//! suite does not test shortly; what came of it goes into `docs/testing.md`, a row for each part.

mod http;
mod kills;
mod record;
mod seeds;

#[cfg(test)]
mod tests;

use crate::checks::timed;
use crate::interrupt::Interrupt;
use crate::{fuzz, page, report, simulate, workspace};
use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use record::Row;
use std::path::Path;
use std::process::ExitCode;

/// The name of the table's comments.
const TABLE: &str = "soak";

/// Findings after which a part is given up: by then the first of them wants a look.
const FINDINGS_MAX: usize = 20;

/// What is asked for.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How many seeds the simulation plays
    #[arg(long, default_value_t = 1_000_000)]
    seeds: u64,
    /// How many kills the kill plays survive, rounded up to whole runs
    #[arg(long, default_value_t = 1_000)]
    kills: u64,
    /// How many seeds are played over HTTP
    #[arg(long, default_value_t = 10_000)]
    http_seeds: u64,
    /// How often the server is killed
    #[arg(long, default_value_t = 200)]
    server_kills: u64,
    /// How many minutes each fuzz target runs; libFuzzer would take 0 for no end
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    fuzz_minutes: u32,
    /// The first seed of the simulation, and of the kill plays: for a sitting that goes on where one ended
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
}

/// What can be run for long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// `cargo xtask simulate`, from seed to seed
    Simulation,
    /// The plays that kill a release at fifty moments, from seed to seed
    Kills,
    /// Releases over HTTP under every fault, from seed to seed
    Http,
    /// The play that kills the server
    ServerKills,
    /// `cargo xtask fuzz`, target after target
    Fuzz,
}

/// What came of a part.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    /// What was counted, in words.
    figures: String,
    /// What was found, each with the command that shows it again.
    findings: Vec<String>,
}

/// Runs the parts and writes a row for each; goes on after a finding, and fails at the end if there was one.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let file = root.join(page::TESTING);
    // Not after hours, but now.
    page::renew(&file, TABLE, str::to_owned)?;
    let interrupt = Interrupt::heard()?;
    let commit = workspace::commit_of_code(root)?;
    let mut in_order = true;
    for part in chosen(arguments.only) {
        if interrupt.is_asked() {
            break;
        }
        build(part, root)?;
        let (outcome, seconds) = timed(|| play(part, root, arguments, &interrupt));
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(error) => {
                report::say(&format!("{}: failed: {error:#}", part.name()));
                in_order = false;
                continue;
            }
        };
        for finding in &outcome.findings {
            report::say(&format!("FINDING: {finding}"));
        }
        in_order &= outcome.findings.is_empty();
        let row = Row {
            date: workspace::today()?,
            commit: commit.clone(),
            machine: record::machine(),
            command: part.command(arguments),
            minutes: record::minutes(seconds),
            figures: record::figures(&outcome.figures, interrupt.is_asked()),
            findings: outcome.findings.len(),
        };
        report::print(&row.to_string());
        page::renew(&file, TABLE, |table| record::with_row(table, &row))
            .with_context(|| format!("this row is not written: {row}"))?;
    }
    Ok(match in_order {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn chosen(only: Option<Part>) -> Vec<Part> {
    only.map_or_else(|| Part::value_variants().to_vec(), |part| vec![part])
}

/// Builds what the part runs, so that this counts for nothing.
fn build(part: Part, root: &Path) -> Result<()> {
    match part {
        Part::Simulation => simulate::build(root).map(drop),
        Part::Kills => kills::build(root),
        Part::Http | Part::ServerKills => http::build(root),
        Part::Fuzz => fuzz::build(root),
    }
}

fn play(part: Part, root: &Path, arguments: &Arguments, interrupt: &Interrupt) -> Result<Outcome> {
    match part {
        Part::Simulation => seeds::play(root, (arguments.seed, arguments.seeds), interrupt),
        Part::Kills => kills::play(root, (arguments.seed, arguments.kills), interrupt),
        Part::Http => http::play(root, (arguments.seed, arguments.http_seeds), interrupt),
        Part::ServerKills => http::kill(root, arguments.server_kills),
        Part::Fuzz => {
            let seconds = arguments.fuzz_minutes.saturating_mul(60);
            let tried = fuzz::play(root, seconds, || !interrupt.is_asked())?;
            Ok(fuzzed(&tried))
        }
    }
}

fn fuzzed(tried: &[fuzz::Tried]) -> Outcome {
    let counts = tried
        .iter()
        .map(|tried| format!("{} {}", tried.target, record::grouped(tried.executions)));
    Outcome {
        figures: format!("executions: {}", counts.collect::<Vec<_>>().join(", ")),
        findings: tried.iter().filter_map(|tried| tried.finding.clone()).collect(),
    }
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Simulation => "simulation",
            Part::Kills => "kills",
            Part::Http => "http",
            Part::ServerKills => "server-kills",
            Part::Fuzz => "fuzz",
        }
    }

    /// The command that runs this part alone.
    fn command(self, arguments: &Arguments) -> String {
        let Arguments {
            seeds,
            kills,
            http_seeds,
            server_kills,
            fuzz_minutes,
            seed,
            ..
        } = arguments;
        let amount = match self {
            Part::Simulation => format!("--seeds {seeds} --seed {seed}"),
            Part::Kills => format!("--kills {kills} --seed {seed}"),
            Part::Http => format!("--http-seeds {http_seeds} --seed {seed}"),
            Part::ServerKills => format!("--server-kills {server_kills}"),
            Part::Fuzz => format!("--fuzz-minutes {fuzz_minutes}"),
        };
        format!("--only {} {amount}", self.name())
    }
}
