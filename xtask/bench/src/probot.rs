//! probot, the framework that most GitHub Apps are written with: its own handler of webhooks, with an application that does nothing.

use crate::Bench;
use crate::deliveries::SECRET;
use crate::listening::{Listening, Says};
use anyhow::{Context as _, Result};
use std::fs;
use std::process::Command;

/// What node runs.
const SCRIPT: &str = include_str!("../peers/probot.mjs");

/// Says that probot was not there.
pub(crate) const ABSENT: &str =
    "probot was not measured, because its packages are not installed (npm is absent, or failed).";

/// Starts it; none if its packages are not installed.
pub(crate) fn start(bench: &Bench) -> Result<Option<Listening>> {
    let Some(peers) = &bench.peers else {
        return Ok(None);
    };
    // Beside its packages, or node does not find them.
    let script = peers.join("probot.mjs");
    fs::write(&script, SCRIPT).with_context(|| format!("failed to write {}", script.display()))?;
    let mut command = Command::new("node");
    command
        .arg(&script)
        .arg(SECRET)
        .current_dir(peers)
        .env("NODE_ENV", "production");
    Listening::start(command, Says::Output).map(Some)
}
