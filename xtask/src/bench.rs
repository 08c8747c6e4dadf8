//! Starts the benchmarks: builds the product and the programs that measure it, both optimised, and runs them.
//!
//! They are a package of their own (`xtask/bench`), so that neither the checks nor the suite compile what only they need.

use crate::command::Call;
use crate::report;
use crate::suite::node_modules::OF_BENCHMARKS;
use crate::workspace;
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

/// The lines in which something of npm is measured beside us.
const BESIDE_NPM: [&str; 2] = ["webhooks", "burst"];

/// Measures the lines with these names, or all; `write` also makes `docs/benchmarks.md` of them.
pub(crate) fn run(root: &Path, write: bool, names: &[String]) -> Result<ExitCode> {
    let target = workspace::target_folder(root)?;
    let build = ["build", "--release", "--locked"];
    Call::new("cargo")
        .args(build)
        .args(["--package", "governance-cli", "--package", "governance-server"])
        .inside(root)
        .run()?;
    Call::new("cargo")
        .args(build)
        .args(["--target-dir".into(), target.clone().into_os_string()])
        .inside(&root.join("xtask/bench"))
        .run()?;
    let built = target.join("release");
    let mut measure = Call::new(&built.join("governance-bench").to_string_lossy())
        .args(["--governance".into(), built.join("governance").into_os_string()])
        .args(["--server".into(), built.join("governance-app").into_os_string()])
        .args(["--root".into(), root.as_os_str().to_owned()])
        .args(["--target".into(), target.into_os_string()]);
    if names.is_empty() || names.iter().any(|name| BESIDE_NPM.contains(&name.as_str())) {
        measure = with_peers(measure)?;
    }
    if write {
        measure = measure.args(["--write"]);
    }
    measure.args(names).inside(root).run()?;
    Ok(ExitCode::SUCCESS)
}

/// Where the packages of npm lie, installed if they were not. Without them the lines say what was not measured.
fn with_peers(measure: Call) -> Result<Call> {
    if !OF_BENCHMARKS.are_installed()
        && let Err(error) = OF_BENCHMARKS.install()
    {
        report::say(&format!("measured without the packages of npm: {error:#}"));
        return Ok(measure);
    }
    Ok(measure.args(["--peers".into(), OF_BENCHMARKS.folder()?.into_os_string()]))
}
