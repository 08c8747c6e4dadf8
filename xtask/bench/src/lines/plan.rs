//! From the text of a manifest to the printed plan: the functions alone, and the whole process.

use crate::Bench;
use crate::clock::timed;
use crate::figure::{Figure, Found, Target};
use crate::releases::{PLATFORM, repository, web};
use crate::samples::{Samples, milliseconds};
use crate::work_folder::WorkFolder;
use anyhow::{Result, ensure};
use dependency_graph::{PlanOptions, read_plan};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Repositories, runs, and what the whole process may take in milliseconds.
const SIZES: [(usize, usize, f64); 2] = [(200, 25, 50.0), (10_000, 11, 1_000.0)];

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let folder = WorkFolder::make(&bench.target, "plan")?;
    let mut found = Found::default();
    for (size, runs, milliseconds_max) in SIZES {
        let text = manifest(size)?;
        let path = folder.join(&format!("{size}.toml"));
        fs::write(&path, &text)?;
        let functions = (0..runs).map(|_| functions(&text, size)).collect::<Result<_>>()?;
        found.add(Figure::new(
            format!("{size} repositories: read, plan, to JSON (functions)"),
            "ms",
            Samples::new(functions),
        ));
        let processes = (0..runs)
            .map(|_| process(bench, &path, size))
            .collect::<Result<_>>()?;
        let whole = Figure::new(
            format!("{size} repositories: `governance plan --format json` (process)"),
            "ms",
            Samples::new(processes),
        );
        found.add(whole.aims(Target::AtMost(milliseconds_max)));
    }
    found.note("Every repository requires up to three others with a version range and yields a binary.");
    Ok(found)
}

/// A manifest in which every repository needs up to three others.
fn manifest(size: usize) -> Result<String> {
    let mut text = "[versions]\n".to_owned();
    for (index, part) in web(size).iter().enumerate() {
        let name = repository(index)?;
        let mut requires = Vec::new();
        for need in &part.needs {
            requires.push(format!("\"{}>=0.1,<1\"", repository(*need)?));
        }
        text.push_str(&format!(
            "{name} = {{ version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [{}], binaries = [\"{name}-tool\"] }}\n",
            requires.join(", ")
        ));
    }
    Ok(text)
}

fn functions(text: &str, size: usize) -> Result<f64> {
    let options = PlanOptions::new("bench".parse()?, vec![PLATFORM.parse()?]);
    let (json, elapsed) =
        timed(|| read_plan("versions.toml", text, &options).map(|read| read.plan.to_json()));
    let json = json.map_err(|problems| anyhow::anyhow!("{} problems in the manifest", problems.len()))?;
    check(&json, size)?;
    Ok(milliseconds(elapsed))
}

fn process(bench: &Bench, manifest: &Path, size: usize) -> Result<f64> {
    let mut command = Command::new(&bench.governance);
    command
        .args(["plan", "--format", "json", "--manifest"])
        .arg(manifest);
    if let Some(folder) = manifest.parent() {
        command.current_dir(folder);
    }
    let (output, elapsed) = timed(|| command.output());
    let output = output?;
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    check(&String::from_utf8_lossy(&output.stdout), size)?;
    Ok(milliseconds(elapsed))
}

/// The plan has every repository.
fn check(json: &str, size: usize) -> Result<()> {
    let plan: serde_json::Value = serde_json::from_str(json)?;
    let repositories = plan["repositories"].as_array().map_or(0, Vec::len);
    ensure!(
        repositories == size,
        "the plan has {repositories} repositories of {size}"
    );
    Ok(())
}
