//! Mutation of the crates where things are decided: what the tests of a crate catch, over several sittings.
//!
//! The outcomes are kept in `docs/mutants`, one file for each crate; a sitting runs what is not in there yet. The table of
//! `docs/testing.md` is made of them.

mod record;
mod sample;

#[cfg(test)]
mod tests;

use crate::command::{Call, Listen};
use crate::interrupt::Interrupt;
use crate::{page, report, workspace};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use record::{Kind, Record};
use sample::Draw;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// cargo-mutants that was tried with our code.
const CARGO_MUTANTS: &str = "cargo-mutants@27.1.0";

/// The crates that are mutated.
const CRATES: [&str; 4] = ["dependency-graph", "effects", "orchestrator", "artifact-verify"];

/// Of a hundred mutants so many are to be caught, at least.
const CAUGHT_PERCENT_MIN: usize = 90;

/// The name of the table's comments.
const TABLE: &str = "mutants";

/// Where the outcomes are kept.
const KEPT: &str = "docs/mutants";

/// Cases of a property at first: few, because most mutants fall to any. What is missed is run again with as many as the suite has.
const CASES_AT_FIRST: &str = "48";

/// Where everything lies that is made.
const WORK: &str = "target/mutants";

/// What is asked for.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only this crate
    #[arg(value_parser = CRATES)]
    package: Option<String>,
    /// Run no more of a crate than a sample of so many, drawn by the seed; without it, all
    #[arg(long)]
    sample: Option<usize>,
    /// What the sample is drawn by
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run those again for which no test failed
    #[arg(long)]
    missed: bool,
    /// Run nothing, only make the table anew
    #[arg(long, conflicts_with = "missed")]
    table: bool,
}

/// Runs what has not been run yet, keeps what came of it, and fails if too little was run or caught.
pub(crate) fn run(root: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let interrupt = Interrupt::heard()?;
    if !arguments.table {
        require_tool()?;
        for package in chosen(arguments.package.as_deref()) {
            if interrupt.is_asked() {
                break;
            }
            sit(root, package, arguments, &interrupt)?;
        }
    }
    let records = CRATES.map(|package| Record::of_file(&file(root, package)));
    let records = records.into_iter().collect::<Result<Vec<Record>>>()?;
    let rows: Vec<_> = CRATES.into_iter().zip(&records).collect();
    page::renew(&root.join(page::TESTING), TABLE, |_| record::table(&rows))?;
    rows.iter()
        .for_each(|(package, record)| report::print(&record.told(package)));
    let enough = |record: &Record| record.is_enough(CAUGHT_PERCENT_MIN);
    Ok(match records.iter().all(enough) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn chosen(package: Option<&str>) -> Vec<&'static str> {
    let is_chosen = |name: &&str| package.is_none_or(|package| package == *name);
    CRATES.into_iter().filter(is_chosen).collect()
}

/// One crate: what is to be run of it is run, and what came of it is kept, after a Ctrl-C, too.
fn sit(root: &Path, package: &str, arguments: &Arguments, interrupt: &Interrupt) -> Result<()> {
    let commit = workspace::commit_of_code(root)?;
    let names = list(root, package)?;
    let mut record = Record::of_file(&file(root, package))?;
    record.keep_only(&names);
    record.draw = arguments.sample.map(|count| Draw {
        count,
        seed: arguments.seed,
    });
    let wanted = record.draw.map_or_else(|| names.clone(), |draw| draw.of(&names));
    let open = record.open(&wanted, arguments.missed);
    let (wanted, open_count) = (wanted.len(), open.len());
    report::say(&format!("{package}: {wanted} mutants, {open_count} to be run"));
    if !open.is_empty() {
        let work = root.join(WORK).join(package);
        let mut call = mutating(root, package, &work, &open);
        if !arguments.missed {
            call = call.env("PROPTEST_CASES", CASES_AT_FIRST);
        }
        play(&call, &work, interrupt)?;
        for kind in Kind::ALL {
            let lines = work.join("mutants.out").join(kind.file());
            let said = fs::read_to_string(&lines).unwrap_or_default();
            said.lines()
                .filter_map(|line| short(line, package))
                .for_each(|name| record.note(name, kind, &commit));
        }
    }
    record.mutants = names.len();
    let kept = file(root, package);
    fs::create_dir_all(root.join(KEPT))?;
    fs::write(&kept, record.to_string()).with_context(|| format!("failed to write {}", kept.display()))
}

/// What runs these mutants.
fn mutating(root: &Path, package: &str, work: &Path, open: &BTreeSet<String>) -> Call {
    let examined = open
        .iter()
        .flat_map(|name| ["--re".to_owned(), format!("^{}$", escaped(&long(name, package)))]);
    let build = root.join(WORK).join("build");
    Call::new("cargo")
        .args(["mutants", "--package", package, "--colors", "never"])
        .args(["--caught", "--unviable", "--output"])
        .args([work])
        .args(examined)
        .env("CARGO_TARGET_DIR", &build.to_string_lossy())
        .env("RUST_BACKTRACE", "0")
        .inside(root)
}

/// Runs it. That some are missed is told in its files, not by its exit code.
fn play(call: &Call, work: &Path, interrupt: &Interrupt) -> Result<()> {
    let outcomes = work.join("mutants.out");
    if outcomes.exists() {
        fs::remove_dir_all(&outcomes).with_context(|| format!("failed to remove {}", outcomes.display()))?;
    }
    fs::create_dir_all(work)?;
    call.listen(Listen::Output, |_| {})?;
    let began = Kind::ALL.iter().any(|kind| {
        outcomes
            .join(kind.file())
            .metadata()
            .is_ok_and(|file| file.len() > 0)
    });
    if !began && !interrupt.is_asked() {
        bail!("cargo mutants has no outcome: see {}", outcomes.display());
    }
    Ok(())
}

fn list(root: &Path, package: &str) -> Result<BTreeSet<String>> {
    let call = Call::new("cargo").args(["mutants", "--list", "--package", package]);
    let said = call.inside(root).output()?;
    Ok(said.lines().filter_map(|line| short(line, package)).collect())
}

/// A mutant's name without the folder that all of a crate have in common.
fn short(name: &str, package: &str) -> Option<String> {
    let rest = name.strip_prefix(&format!("crates/{package}/src/"))?;
    Some(rest.to_owned())
}

fn long(name: &str, package: &str) -> String {
    format!("crates/{package}/src/{name}")
}

/// A regular expression for just this text.
fn escaped(text: &str) -> String {
    let special =
        |character: char| character.is_ascii_punctuation() && !"/_:'\"<>=,;@%`!".contains(character);
    let mut pattern = String::new();
    for character in text.chars() {
        if special(character) {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

fn file(root: &Path, package: &str) -> PathBuf {
    root.join(KEPT).join(format!("{package}.txt"))
}

fn require_tool() -> Result<()> {
    if !Call::new("cargo").args(["mutants", "--version"]).succeeds() {
        let install = Call::new("cargo").args(["install", "--locked", CARGO_MUTANTS]);
        install.run()?;
    }
    Ok(())
}
