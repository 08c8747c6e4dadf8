//! Measures how fast the product is: every line of `cargo xtask bench` beside a peer or a limit of the same machine.
//!
//! Measures and prints; nothing is asserted here, and no test of the product rests on a figure of this program.

mod clock;
mod connection;
mod deliveries;
mod engine_run;
mod figure;
mod lines;
mod listening;
mod load;
mod machine;
mod organisation;
mod page;
mod ports;
mod probot;
mod random;
mod relay;
mod releases;
mod resident;
mod samples;
mod work_folder;

use anyhow::{Context as _, Result};
use clap::Parser;
use clock::timed;
use figure::Section;
use lines::Line;
use machine::Machine;
use runtime::SystemClock;
use runtime::ports::Clock as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What `cargo xtask bench` hands over.
#[derive(Debug, Parser)]
struct Arguments {
    /// The optimised binary of the product.
    #[arg(long)]
    governance: PathBuf,
    /// The optimised server.
    #[arg(long)]
    server: PathBuf,
    /// The folder with the packages of npm, if they are installed.
    #[arg(long)]
    peers: Option<PathBuf>,
    /// The root of the repository.
    #[arg(long)]
    root: PathBuf,
    /// Cargo's target folder, on the disk that is measured.
    #[arg(long)]
    target: PathBuf,
    /// Also write docs/benchmarks.md.
    #[arg(long, conflicts_with = "names")]
    write: bool,
    /// Run what is named in this folder and nothing else: whoever started this process counts its calls.
    #[arg(long, hide = true)]
    watched: Option<PathBuf>,
    /// Only the lines with these names.
    names: Vec<String>,
}

/// What every line is given.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The optimised binary of the product.
    pub(crate) governance: PathBuf,
    /// The optimised server.
    pub(crate) server: PathBuf,
    /// The folder with the packages of npm; none if they are not installed.
    pub(crate) peers: Option<PathBuf>,
    /// The root of the repository.
    pub(crate) root: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode> {
    if let Some(folder) = &arguments.watched {
        lines::steps::run_watched(folder, &arguments.names)?;
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = lines::chosen(&arguments.names)?;
    let bench = Bench {
        governance: arguments.governance,
        server: arguments.server,
        peers: arguments.peers,
        root: arguments.root,
        target: arguments.target,
    };
    let mut machine = Machine::look(&bench.root, &bench.target, SystemClock.now())?;
    say(&machine.table());
    let mut sections = Vec::new();
    for line in chosen {
        let section = measure(line, &bench);
        say(&page::text(&section));
        sections.push(section);
    }
    machine.look_again();
    if arguments.write {
        let path = bench.root.join("docs/benchmarks.md");
        std::fs::write(&path, page::page(&machine, &sections))
            .with_context(|| format!("failed to write {}", path.display()))?;
        say(&format!("written: {}", path.display()));
    }
    let complete = sections.iter().all(|section| section.found.is_ok());
    Ok(if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn measure(line: &Line, bench: &Bench) -> Section {
    complain(&format!("measuring {}: {}", line.name, line.title));
    let (found, elapsed) = timed(|| (line.measure)(bench));
    Section {
        name: line.name,
        title: line.title,
        found: found.map_err(|error| format!("{error:#}")),
        seconds: elapsed.as_secs_f64(),
    }
}

/// Prints a result.
#[allow(
    clippy::print_stdout,
    reason = "the one place where the benchmarks print results"
)]
fn say(text: &str) {
    println!("{text}");
}

/// Says something beside the results.
#[allow(
    clippy::print_stderr,
    reason = "the one place where the benchmarks speak beside their results"
)]
fn complain(text: &str) {
    eprintln!("{text}");
}
