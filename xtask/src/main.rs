//! Developer commands: one subcommand per thing that would otherwise be typed twice.
//!
//! Reads the workspace, runs cargo and prints; nothing that the product needs lives here.

mod bench;
mod checks;
mod command;
mod family;
mod fuzz;
mod interrupt;
mod layers;
mod mutants;
mod page;
mod report;
mod simulate;
mod soak;
mod suite;
mod tidy;
mod workspace;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Whatever a developer would type twice")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the house rules that the compiler does not know: sizes, names, shapes, the top level
    Tidy,
    /// Check who leans on whom against the table of the architecture
    Layers,
    /// Run the whole suite, then the doctests, and say what was not run
    Test {
        /// Install the tools that are absent, or fail
        #[arg(long)]
        require_all: bool,
        /// Run only tests whose name contains one of these
        filters: Vec<String>,
    },
    /// Everything but the tests: fmt, tidy, layers, clippy, docs, deny
    Ci,
    /// Measure how fast everything is, each line beside a peer or a limit of this machine
    Bench {
        /// Also write docs/benchmarks.md; only of a whole run
        #[arg(long, conflicts_with = "names")]
        write: bool,
        /// Measure only the lines with these names
        names: Vec<String>,
    },
    /// Prepare a family of published crates in DIR as separate git repositories, to be released
    Family {
        /// A folder that is absent or empty
        dir: PathBuf,
    },
    /// Play the state machine, the journal and the effects through faults, a seed at a time
    Simulate(simulate::Arguments),
    /// Mutate the crates where things are decided; what their tests catch goes into docs/mutants and docs/testing.md
    Mutants(mutants::Arguments),
    /// The long runs: a million seeds, a thousand kills, hours of fuzzing; their figures go into docs/testing.md
    Soak(soak::Arguments),
    /// Fuzz the parsers of foreign bytes, one target after another, on the nightly toolchain
    Fuzz {
        /// How long each target runs; 0 runs nothing
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Put the figures of each target's latest run into docs/fuzzing.md
        #[arg(long)]
        write: bool,
        /// Names of targets (files of fuzz/fuzz_targets); none means all
        targets: Vec<String>,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments.command) {
        Ok(code) => code,
        Err(error) => {
            report::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let root = workspace::root();
    match command {
        Command::Tidy => Ok(report::conclude("tidy", &tidy::check(&root)?)),
        Command::Layers => Ok(report::conclude("layers", &layers::check(&root)?)),
        Command::Test { require_all, filters } => suite::run(&root, require_all, &filters),
        Command::Ci => checks::run(&root),
        Command::Bench { write, names } => bench::run(&root, write, &names),
        Command::Family { dir } => family::prepare(&dir),
        Command::Simulate(arguments) => simulate::run(&root, &arguments),
        Command::Mutants(arguments) => mutants::run(&root, &arguments),
        Command::Soak(arguments) => soak::run(&root, &arguments),
        Command::Fuzz {
            seconds,
            write,
            targets,
        } => {
            let order = fuzz::Order {
                seconds,
                write,
                targets,
            };
            fuzz::run(&root, &order)
        }
    }
}
