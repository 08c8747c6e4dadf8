//! The program as a process: how it is started, and what it says first. For every test that has to do with a process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

/// The program in this folder, without anything of the environment of whoever runs the suite.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_governance-app"));
    command.current_dir(folder).env_clear();
    command
}

/// A server that runs, and where it listens.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: String,
    /// What it says further.
    pub(crate) errors: BufReader<ChildStderr>,
}

/// Starts a server with these words, which make it say in JSON where it listens, and waits until it does.
pub(crate) fn start(folder: &Path, words: &[&str]) -> Running {
    let mut child = program(folder)
        .args(words)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    errors.read_line(&mut line).unwrap();
    let told: serde_json::Value =
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    Running {
        child,
        address: told["address"].as_str().unwrap().to_owned(),
        errors,
    }
}
