//! Releases over HTTP: every fault between us and GitHub by seed, and the server killed at drawn moments.

use super::Outcome;
use super::record::grouped;
use crate::command::{Call, Listen};
use crate::interrupt::Interrupt;
use crate::suite::postgres;
use anyhow::{Result, bail};
use std::path::Path;

/// Seeds of one stretch: what was played before a Ctrl-C is not lost. A few minutes.
const STRETCH: u64 = 500;

/// What stretches of seeds have added up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) seeds: u64,
    pub(super) faults: u64,
    pub(super) requests: u64,
    pub(super) kills: u64,
}

/// Plays `count` seeds from `first` on.
pub(super) fn play(root: &Path, (first, count): (u64, u64), interrupt: &Interrupt) -> Result<Outcome> {
    let mut sum = Sum::default();
    let mut findings = Vec::new();
    while sum.seeds < count && !interrupt.is_asked() && findings.is_empty() {
        let (from, length) = (first + sum.seeds, STRETCH.min(count - sum.seeds));
        let mut played = None;
        let call = suite("whatever_goes_wrong")
            .env("GOVERNANCE_HTTP_FIRST", &from.to_string())
            .env("GOVERNANCE_HTTP_SEEDS", &length.to_string())
            .inside(root);
        let well = call.listen(Listen::Error, |line| {
            played = played.or(Sum::read(line));
            findings.extend(finding(line));
        })?;
        match played {
            Some(played) => sum = sum.and(played),
            None if interrupt.is_asked() => break,
            None => bail!("{call} does not say what it played"),
        }
        if !well && findings.is_empty() && !interrupt.is_asked() {
            bail!("{call} did not end well and names no seed");
        }
    }
    let [seeds, faults, requests, kills] = [sum.seeds, sum.faults, sum.requests, sum.kills].map(grouped);
    Ok(Outcome {
        figures: format!(
            "{seeds} seeds from {first} on, {faults} faults, {requests} requests, {kills} deaths, {} seeds failed",
            findings.len()
        ),
        findings,
    })
}

/// Kills the server so often, and two servers that share a PostgreSQL so often, where that is installed.
pub(super) fn kill(root: &Path, kills: u64) -> Result<Outcome> {
    let server = postgres::Server::start()?;
    let call = suite("killed_server")
        .env("GOVERNANCE_SERVER_KILLS", &kills.to_string())
        .inside(root);
    let call = match &server {
        Some(server) => call.env(postgres::VARIABLE, &server.url()),
        None => call,
    };
    let well = call.listen(Listen::Error, |_| ())?;
    let command =
        format!("GOVERNANCE_SERVER_KILLS={kills} cargo test --workspace --test release killed_server");
    let findings = match well {
        true => Vec::new(),
        false => vec![format!(
            "a release did not survive its server's deaths (`{command}` plays it again)"
        )],
    };
    let outcome = if well { "each" } else { "not each" };
    Ok(Outcome {
        figures: format!(
            "{} kills of a server on SQLite, {} on PostgreSQL, {outcome} release published once",
            grouped(kills),
            match &server {
                Some(_) => format!("{} of two", grouped(kills)),
                None => "none".to_owned(),
            }
        ),
        findings,
    })
}

/// Builds the plays, and the program that they kill.
pub(super) fn build(root: &Path) -> Result<()> {
    let what = ["test", "--quiet", "--workspace", "--test", "release", "--no-run"];
    Call::new("cargo").args(what).inside(root).run()
}

/// Of the whole workspace, so that everything is built with the features that the suite has it built with.
fn suite(name: &str) -> Call {
    let what = ["test", "--quiet", "--workspace", "--test", "release", name];
    Call::new("cargo").args(what).args(["--", "--nocapture"])
}

/// A seed that failed, with the command that plays it again.
pub(super) fn finding(line: &str) -> Option<String> {
    let (seed, _) = line.strip_prefix("seed ")?.split_once(' ')?;
    let seed: u64 = seed.parse().ok()?;
    let variables = format!("GOVERNANCE_HTTP_FIRST={seed} GOVERNANCE_HTTP_SEEDS=1");
    Some(format!(
        "{line} (`{variables} cargo test --workspace --test release whatever_goes_wrong -- --nocapture` plays it again)"
    ))
}

impl Sum {
    /// Reads `seeds N faults N requests N kills N`.
    pub(super) fn read(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let [
            "seeds",
            seeds,
            "faults",
            faults,
            "requests",
            requests,
            "kills",
            kills,
        ] = words[..]
        else {
            return None;
        };
        Some(Self {
            seeds: seeds.parse().ok()?,
            faults: faults.parse().ok()?,
            requests: requests.parse().ok()?,
            kills: kills.parse().ok()?,
        })
    }

    fn and(self, other: Self) -> Self {
        Self {
            seeds: self.seeds + other.seeds,
            faults: self.faults + other.faults,
            requests: self.requests + other.requests,
            kills: self.kills + other.kills,
        }
    }
}
