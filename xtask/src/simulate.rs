//! Starts the simulation: builds its program, hands it one wish as JSON, and passes on what it prints. With a seeded bug it is
//! built apart, so that no other program ever holds one.

mod hunt;

use crate::command::Call;
use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Threads at most: more than any developer's machine has.
const THREADS_MAX: usize = 64;

/// Where programs with seeded bugs are built.
const BUGS_TARGET: &str = "target/seeded-bugs";

/// Where scripts that broke something are kept for ever.
const KEPT: &str = "fixtures/seeds";

/// What is asked for.
#[derive(Args)]
pub(crate) struct Arguments {
    /// How many seeds, from the first on; without it, one seed is played and its story told
    #[arg(long)]
    seeds: Option<u64>,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Play with this seeded bug until it is found; `list` names them all, `all` hunts every one
    #[arg(long)]
    bug: Option<String>,
    /// Which store the world stands on
    #[arg(long, value_enum, default_value_t = Store::Model)]
    store: Store,
    /// Play this script instead of a seed's
    #[arg(long)]
    script: Option<PathBuf>,
    /// Threads that play; as many as there are cores if not given
    #[arg(long)]
    threads: Option<usize>,
    /// Say which rare paths and crash points were never reached; from 100000 seeds on none may be left in any case
    #[arg(long)]
    coverage: bool,
    /// With `--bug all`: write the table of what was found by which seed into docs/testing.md
    #[arg(long)]
    write: bool,
}

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Store {
    /// In memory
    Model,
    /// The real one
    Sqlite,
}

pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<ExitCode> {
    if arguments.bug.as_deref() == Some("all") {
        return hunt::all(root, arguments);
    }
    ensure!(!arguments.write, "--write goes with --bug all alone");
    let wish = wish(root, arguments, (arguments.bug.as_deref(), arguments.store));
    let program = match arguments.bug {
        Some(_) => with_bugs(),
        None => build(root)?,
    };
    Ok(ExitCode::from(program.inside(root).listen_on(&wish, |_| {})?))
}

fn wish(root: &Path, arguments: &Arguments, (bug, store): (Option<&str>, Store)) -> String {
    let wish = serde_json::json!({
        "first": arguments.seed,
        "count": arguments.seeds.or(bug.map(|_| seeds_hunted(store))),
        "store": match store { Store::Model => "model", Store::Sqlite => "sqlite" },
        "bug": bug,
        "script": arguments.script,
        "keep": bug.is_none().then(|| root.join(KEPT)),
        "threads": arguments.threads.unwrap_or(cores()).clamp(1, THREADS_MAX),
        "detail": if arguments.coverage { "everything" } else { "sum" },
    });
    wish.to_string()
}

/// Plays `count` seeds from `first` on over the store in memory, with a program that [`build`] gave, and hands every line that is printed
/// to `hear`. Answers whether all went well.
pub(crate) fn play(
    program: &Call,
    root: &Path,
    (first, count): (u64, u64),
    hear: impl FnMut(&str),
) -> Result<bool> {
    let wish = serde_json::json!({
        "first": first,
        "count": count,
        "store": "model",
        "keep": root.join(KEPT),
        "threads": cores().clamp(1, THREADS_MAX),
        "detail": "sum",
    });
    let code = program.listen_on(&wish.to_string(), hear)?;
    Ok(code == 0)
}

/// The seed and the invariant of a line `seed 4: invariant E2: what was seen`, which the simulation prints for each violation.
pub(crate) fn violation(line: &str) -> Option<(u64, &str)> {
    let (seed, rest) = line.strip_prefix("seed ")?.split_once(": invariant ")?;
    let (invariant, _) = rest.split_once(": ")?;
    Some((seed.parse().ok()?, invariant))
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A bug is hunted over so many seeds unless told otherwise: a few minutes on either store.
fn seeds_hunted(store: Store) -> u64 {
    match store {
        Store::Model => 20_000,
        Store::Sqlite => 2_000,
    }
}

/// Builds the program without bugs and answers how to run it. That all packages and all examples are named, of which there are none, makes
/// cargo build it with the features that the tests have too: what both rest upon is then compiled once.
pub(crate) fn build(root: &Path) -> Result<Call> {
    let what = [
        "build",
        "--quiet",
        "--workspace",
        "--bin",
        "simulate",
        "--examples",
    ];
    let cargo = Call::new("cargo")
        .args(what)
        .args(["--message-format", "json-render-diagnostics"]);
    let said = cargo.inside(root).output()?;
    let program = said.lines().find_map(executable);
    let program = program.context("cargo does not say where the simulation is")?;
    Ok(Call::new(&program).inside(root))
}

/// The program that a line of cargo's tells of (<https://doc.rust-lang.org/cargo/reference/external-tools.html#json-messages>).
fn executable(line: &str) -> Option<String> {
    let told: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(told.get("executable")?.as_str()?.to_owned())
}

/// The program with bugs, apart from everything else.
fn with_bugs() -> Call {
    let arguments = ["run", "--quiet", "--package", "testkit", "--bin", "simulate"];
    let bugs = ["--features", "seeded-bugs", "--target-dir", BUGS_TARGET];
    Call::new("cargo").args(arguments).args(bugs)
}
