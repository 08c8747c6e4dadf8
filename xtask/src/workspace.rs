//! Where the workspace lies and which files and packages it has.

use crate::command::Call;
use anyhow::{Context as _, Result};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms that hold our Rust sources; everything else below the root is data.
pub(crate) const SOURCE_ROOMS: [&str; 5] = ["crates", "bins", "xtask", "tests", "fuzz"];

/// The workspace's root folder.
pub(crate) fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// All Rust files of the house, relative to the root and sorted.
pub(crate) fn rust_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for room in SOURCE_ROOMS
        .iter()
        .map(|room| root.join(room))
        .filter(|room| room.is_dir())
    {
        collect(&room, &mut files)?;
    }
    let mut files: Vec<PathBuf> = files
        .iter()
        .map(|file| file.strip_prefix(root).unwrap_or(file).to_owned())
        .collect();
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("failed to list {}", folder.display()))? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() && entry.file_name() != "target" {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// What `cargo metadata` says, as far as the checks need it.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: Vec<String>,
    #[serde(default)]
    pub(crate) target_directory: PathBuf,
    #[serde(default)]
    pub(crate) resolve: Option<Resolve>,
}

/// A package, ours or not.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: Option<String>,
    pub(crate) manifest_path: PathBuf,
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
    #[serde(default)]
    pub(crate) targets: Vec<Target>,
}

/// A dependency as the manifest states it.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) path: Option<PathBuf>,
}

/// What a package builds.
#[derive(Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) kind: Vec<String>,
}

/// The resolved graph.
#[derive(Debug, Deserialize)]
pub(crate) struct Resolve {
    pub(crate) nodes: Vec<Node>,
}

/// A package and what it leans on after resolution.
#[derive(Debug, Deserialize)]
pub(crate) struct Node {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) deps: Vec<Edge>,
}

/// One resolved dependency.
#[derive(Debug, Deserialize)]
pub(crate) struct Edge {
    pub(crate) pkg: String,
    #[serde(default)]
    pub(crate) dep_kinds: Vec<EdgeKind>,
}

/// `None` is an ordinary dependency.
#[derive(Debug, Deserialize)]
pub(crate) struct EdgeKind {
    pub(crate) kind: Option<String>,
}

impl Metadata {
    /// Our own packages.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }
}

/// The day, UTC.
pub(crate) fn today() -> Result<String> {
    let date = Call::new("date").args(["-u", "+%Y-%m-%d"]).output()?;
    Ok(date.trim().to_owned())
}

/// The commit that is checked out; `-dirty` behind it if files differ from it.
pub(crate) fn commit(root: &Path) -> Result<String> {
    let describe = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
    let commit = Call::new("git").args(describe).inside(root).output()?;
    Ok(commit.trim().to_owned())
}

/// The commit that is checked out; `-dirty` behind it if something that is built differs from it. Pages may.
pub(crate) fn commit_of_code(root: &Path) -> Result<String> {
    let git = |arguments: &[&str]| {
        Call::new("git")
            .args(arguments.iter().copied())
            .inside(root)
            .output()
    };
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&[
        "status",
        "--porcelain",
        "--",
        ".",
        ":(exclude)docs",
        ":(exclude)*.md",
    ])?;
    let dirty = if changed.is_empty() { "" } else { "-dirty" };
    Ok(format!("{}{dirty}", commit.trim()))
}

/// Where cargo puts what it builds.
pub(crate) fn target_folder(root: &Path) -> Result<PathBuf> {
    Ok(metadata(root, false)?.target_directory)
}

/// Asks cargo about the workspace at `root`, with or without the resolved graph of all dependencies.
pub(crate) fn metadata(root: &Path, with_dependencies: bool) -> Result<Metadata> {
    let mut call = Call::new("cargo")
        .args(["metadata", "--format-version", "1"])
        .inside(root);
    if !with_dependencies {
        call = call.args(["--no-deps"]);
    }
    serde_json::from_str(&call.output()?).context("failed to read the answer of cargo metadata")
}
