//! One target, fuzzed for a while: what is started, and what is read of what libFuzzer says.

use super::target::Target;
use crate::command::Call;
use crate::workspace;
use anyhow::{Context as _, Result, bail};
use std::fmt;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Where everything lies that is made, below the root.
const WORK: &str = "target/fuzz";
/// Bytes of an input: as many as a file of the corpus may have.
const INPUT_BYTES_MAX: u32 = 4096;
/// Seconds that one input may take: a thousand times what the slowest takes under the sanitizer; more is a finding.
const INPUT_SECONDS_MAX: u32 = 10;
/// MiB of memory that a target may take, the sanitizer's own included; more is a finding.
const MEMORY_MIB_MAX: u32 = 1024;

/// As cargo-fuzz sets it: a crate that is linked in twice is no finding.
const SANITIZER: &str = "detect_odr_violation=0";

/// What came of fuzzing a target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Campaign {
    /// The target.
    pub(super) target: Target,
    /// When and how long it was run, and of what.
    pub(super) stamp: Stamp,
    /// What libFuzzer counted.
    pub(super) counts: Counts,
    /// Where the input lies that broke a demand, if one did.
    pub(super) finding: Option<PathBuf>,
}

/// When and how long targets are run, and of what: the first line of every log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Seconds per target.
    pub(super) seconds: u32,
    /// The day, UTC.
    pub(super) date: String,
    /// The commit that is checked out; `-dirty` behind it if files differ from it.
    pub(super) commit: String,
}

impl Stamp {
    /// The stamp of a run that begins now.
    pub(super) fn of_today(root: &Path, seconds: u32) -> Result<Stamp> {
        Ok(Stamp {
            seconds,
            date: workspace::today()?,
            commit: workspace::commit(root)?,
        })
    }

    fn line(&self, target: &Target) -> String {
        let Stamp {
            seconds,
            date,
            commit,
        } = self;
        format!("{} for {seconds} s on {date} at {commit}\n", target.name)
    }

    /// The stamp in the first line of a log.
    fn read(said: &str) -> Option<Stamp> {
        let (_, rest) = said.lines().next()?.split_once(" for ")?;
        let (seconds, rest) = rest.split_once(" s on ")?;
        let (date, commit) = rest.split_once(" at ")?;
        Some(Stamp {
            seconds: seconds.parse().ok()?,
            date: date.to_owned(),
            commit: commit.to_owned(),
        })
    }
}

/// The figures that libFuzzer prints at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    /// Inputs that were tried.
    pub(super) executions: u64,
    /// The same per second, on average.
    pub(super) executions_per_second: u64,
    /// Inputs that reached something new and were kept.
    pub(super) new_units: u64,
}

/// Builds all targets for this machine with cargo-fuzz, with sanitizer and debug assertions; gives the folder of the programs.
///
/// `cargo fuzz run` would build and run at once, and a build that fails would look like a run that does.
pub(super) fn build(root: &Path) -> Result<PathBuf> {
    let about = Call::new("rustc").args(["+nightly", "-vV"]).output()?;
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc does not say for what it builds")?;
    let folder = root.join(WORK).join("build");
    Call::new("cargo")
        .args(["+nightly", "fuzz", "build", "--target", host, "--target-dir"])
        .args([&folder])
        .inside(root)
        .run()?;
    Ok(folder.join(host).join("release"))
}

/// Runs the program of a target, one of `programs`; its own words go into its log.
pub(super) fn run(root: &Path, programs: &Path, target: &Target, stamp: &Stamp) -> Result<Campaign> {
    let work = root.join(WORK);
    let [corpus, findings] = ["corpus", "findings"].map(|kind| work.join(kind).join(&target.name));
    fs::create_dir_all(&findings).with_context(|| format!("failed to make {}", findings.display()))?;
    copy_files(&root.join("fixtures/corpus").join(&target.name), &corpus)?;
    let log = log_of(root, target);
    let mut file = File::create(&log).with_context(|| format!("failed to write {}", log.display()))?;
    file.write_all(stamp.line(target).as_bytes())?;
    let run = Call::new(&programs.join(&target.name).to_string_lossy())
        .args(settings(&findings, stamp.seconds))
        .args([&corpus])
        .env("ASAN_OPTIONS", SANITIZER);
    let well = run.run_into(&file)?;
    match latest(root, target)? {
        Some(campaign) if well || campaign.finding.is_some() => Ok(campaign),
        _ => bail!(
            "{} did not end well and names no input: see {}",
            target.name,
            log.display()
        ),
    }
}

/// The latest run of a target that came to its end; none if there is no log of one.
pub(super) fn latest(root: &Path, target: &Target) -> Result<Option<Campaign>> {
    let log = log_of(root, target);
    if !log.is_file() {
        return Ok(None);
    }
    let said = fs::read(&log).with_context(|| format!("failed to read {}", log.display()))?;
    Ok(Campaign::heard(target, &String::from_utf8_lossy(&said)))
}

fn log_of(root: &Path, target: &Target) -> PathBuf {
    root.join(WORK).join(format!("{}.log", target.name))
}

fn settings(findings: &Path, seconds: u32) -> Vec<String> {
    vec![
        format!("-max_total_time={seconds}"),
        format!("-max_len={INPUT_BYTES_MAX}"),
        format!("-timeout={INPUT_SECONDS_MAX}"),
        format!("-rss_limit_mb={MEMORY_MIB_MAX}"),
        format!("-artifact_prefix={}/", findings.display()),
        "-print_final_stats=1".to_owned(),
    ]
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("failed to make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("there is no corpus at {}", from.display()))? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

impl Campaign {
    /// What a log says, if its run came to an end.
    pub(super) fn heard(target: &Target, said: &str) -> Option<Campaign> {
        let written = |line: &str| {
            line.split_once("Test unit written to ")
                .map(|(_, path)| path.trim().into())
        };
        let finding: Option<PathBuf> = said.lines().find_map(written);
        let counts = match finding {
            None => Counts::heard(said)?,
            Some(_) => Counts::until_finding(said),
        };
        Some(Campaign {
            target: target.clone(),
            stamp: Stamp::read(said)?,
            counts,
            finding,
        })
    }
}

impl Counts {
    /// Behind a finding libFuzzer gives no figures: the number of its latest line.
    fn until_finding(said: &str) -> Counts {
        let number = |line: &str| line.strip_prefix('#')?.split_once('\t')?.0.parse().ok();
        Counts {
            executions: said.lines().rev().find_map(number).unwrap_or(0),
            ..Counts::default()
        }
    }

    /// The figures within what libFuzzer said; none if it did not come to its end.
    fn heard(said: &str) -> Option<Counts> {
        let figure = |name: &str| {
            let lines = said.lines().rev();
            let mut figures = lines.filter_map(|line| line.strip_prefix("stat::")?.strip_prefix(name));
            figures.find_map(|number| number.strip_prefix(':')?.trim().parse().ok())
        };
        Some(Counts {
            executions: figure("number_of_executed_units")?,
            executions_per_second: figure("average_exec_per_sec")?,
            new_units: figure("new_units_added")?,
        })
    }
}

impl fmt::Display for Campaign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            executions,
            executions_per_second,
            new_units,
        } = self.counts;
        let name = &self.target.name;
        write!(
            out,
            "{name}: {executions} executions, {executions_per_second}/s, {new_units} new units, "
        )?;
        match &self.finding {
            None => write!(out, "no finding"),
            Some(path) => write!(
                out,
                "FINDING in {} (`cargo +nightly fuzz run {name} FILE` shows it)",
                path.display()
            ),
        }
    }
}
