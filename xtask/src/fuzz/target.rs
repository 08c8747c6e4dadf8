//! Which targets there are. A target is a file; what it demands is the file's own first paragraph.

use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;

/// A parser that can be fuzzed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Target {
    /// The name of its file.
    pub(super) name: String,
    /// What it demands, in one sentence.
    pub(super) demand: String,
}

/// All targets, by name.
pub(super) fn all(root: &Path) -> Result<Vec<Target>> {
    let folder = root.join("fuzz/fuzz_targets");
    let mut targets = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("failed to list {}", folder.display()))? {
        let path = entry?.path();
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).with_context(|| format!("failed to read {}", path.display()))?;
        targets.push(Target {
            name,
            demand: first_paragraph(&text),
        });
    }
    targets.sort();
    Ok(targets)
}

/// The first paragraph of a file's documentation, on one line.
pub(super) fn first_paragraph(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//! "));
    lines.collect::<Vec<_>>().join(" ")
}

/// The named ones of these targets, in their own order; all if none is named.
pub(super) fn chosen<'t>(targets: &'t [Target], names: &[String]) -> Result<Vec<&'t Target>> {
    let is_known = |name: &&String| targets.iter().any(|target| target.name == **name);
    if let Some(unknown) = names.iter().find(|name| !is_known(name)) {
        let known: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        bail!(
            "there is no fuzz target {unknown:?}; known are {}",
            known.join(", ")
        );
    }
    let is_chosen = |target: &&Target| names.is_empty() || names.contains(&target.name);
    Ok(targets.iter().filter(is_chosen).collect())
}
