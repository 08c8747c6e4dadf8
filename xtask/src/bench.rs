//! Starts the benchmarks: builds the product and the programs that measure it, both optimised, and runs them.
//!
//! They are a package of their own (`xtask/bench`), so that neither the checks nor the suite compile what only they need.

use crate::command::Call;
use crate::workspace;
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

/// Measures the lines with these names, or all; `write` also makes `docs/benchmarks.md` of them.
pub(crate) fn run(root: &Path, write: bool, names: &[String]) -> Result<ExitCode> {
    let target = workspace::target_folder(root)?;
    let build = ["build", "--release", "--locked"];
    Call::new("cargo")
        .args(build)
        .args(["--package", "governance-cli"])
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
        .args(["--root".into(), root.as_os_str().to_owned()])
        .args(["--target".into(), target.into_os_string()]);
    if write {
        measure = measure.args(["--write"]);
    }
    measure.args(names).inside(root).run()?;
    Ok(ExitCode::SUCCESS)
}
