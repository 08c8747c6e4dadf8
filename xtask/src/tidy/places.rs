//! What lies where: the top level, the crates, the shape of a `lib.rs`.

use super::{LIBRARY_LINES_MAX, Source};
use crate::command::Call;
use crate::report::Broken;
use crate::workspace::{self, Package};
use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use syn::spanned::Spanned as _;

/// Everything that the top level may hold, licence texts aside.
const TOP_LEVEL: [&str; 21] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "clippy.toml",
    "rustfmt.toml",
    "deny.toml",
    "rust-toolchain.toml",
    ".gitignore",
    ".ci",
    ".cargo",
    ".config",
    "crates",
    "bins",
    "fixtures",
    "fuzz",
    "tests",
    "xtask",
    "docs",
];

/// Modules that a `lib.rs` may show as such: each is a boundary with a name of its own, which others implement or run as a whole.
const PUBLIC_MODULES: [(&str, &str); 6] = [
    ("runtime", "github"),
    ("runtime", "gate"),
    ("runtime", "ports"),
    ("runtime", "configuration"),
    ("runtime", "local"),
    ("storage", "contract"),
];

/// Made by later work; allowed as soon as they are there.
const TOP_LEVEL_LATER: [&str; 1] = ["deploy"];

/// The top level holds what the architecture lists, and nothing else.
pub(super) fn top_level(root: &Path) -> Result<Vec<Broken>> {
    let broken = top_level_names(root)?
        .into_iter()
        .filter(|name| !is_expected(name))
        .map(|name| {
            let what =
                "does not belong on the top level: see ARCHITECTURE.md, put it into the room that needs it";
            Broken::at(Path::new(&name), 0, what)
        });
    Ok(broken.collect())
}

fn is_expected(name: &str) -> bool {
    TOP_LEVEL.contains(&name) || TOP_LEVEL_LATER.contains(&name) || name.starts_with("LICENSE-")
}

/// What git tracks on the top level. Without git: what lies there, build folders aside.
fn top_level_names(root: &Path) -> Result<BTreeSet<String>> {
    let tracked = Call::new("git").args(["ls-files", "-z"]).inside(root);
    if root.join(".git").exists() {
        let first = |path: &str| path.split('/').next().map(str::to_owned);
        return Ok(tracked
            .output()?
            .split('\0')
            .filter(|path| !path.is_empty())
            .filter_map(first)
            .collect());
    }
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(root).with_context(|| format!("failed to list {}", root.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "target" && !name.starts_with("target-") {
            names.insert(name);
        }
    }
    Ok(names)
}

/// Every crate has a description, and a README whose example runs.
pub(super) fn crates(root: &Path) -> Result<Vec<Broken>> {
    let metadata = workspace::metadata(root, false)?;
    Ok(metadata
        .members()
        .flat_map(|package| described(root, package))
        .collect())
}

fn described(root: &Path, package: &Package) -> Vec<Broken> {
    let manifest = package
        .manifest_path
        .strip_prefix(root)
        .unwrap_or(&package.manifest_path);
    let mut broken = Vec::new();
    if package.description.as_deref().unwrap_or_default().is_empty() {
        broken.push(Broken::at(
            manifest,
            0,
            "no description: give the crate's one sentence",
        ));
    }
    let readme = manifest.with_file_name("README.md");
    let is_library = package
        .targets
        .iter()
        .any(|target| target.kind.iter().any(|kind| kind == "lib"));
    match fs::read_to_string(root.join(&readme)) {
        Err(_) => broken.push(Broken::at(
            &readme,
            0,
            "is missing: say what the crate is for, with an example",
        )),
        Ok(text) if is_library && !has_running_example(&text) => {
            broken.push(Broken::at(
                &readme,
                0,
                "has no example that runs as a doctest: add a ```rust block",
            ));
        }
        Ok(_) => {}
    }
    broken
}

fn has_running_example(readme: &str) -> bool {
    readme
        .lines()
        .any(|line| matches!(line.trim(), "```rust" | "```rust,should_panic"))
}

/// A `lib.rs` is its README, private modules and one screen of `pub use`.
pub(super) fn library_shape(source: &Source<'_>) -> Vec<Broken> {
    if !source.path.ends_with("src/lib.rs") {
        return Vec::new();
    }
    let mut broken = Vec::new();
    if !source
        .text
        .starts_with("#![doc = include_str!(\"../README.md\")]")
    {
        broken.push(Broken::at(
            source.path,
            1,
            "opens with `#![doc = include_str!(\"../README.md\")]`",
        ));
    }
    if source.text.lines().count() > LIBRARY_LINES_MAX {
        let what = format!("more than {LIBRARY_LINES_MAX} lines: the front door is one screen");
        broken.push(Broken::at(source.path, 0, what));
    }
    for item in source
        .tree
        .items
        .iter()
        .filter(|item| !belongs_in_library(source.path, item))
    {
        let what = "a `lib.rs` has private modules and `use` only: move this into a module";
        broken.push(Broken::at(source.path, item.span().start().line, what));
    }
    broken
}

fn belongs_in_library(path: &Path, item: &syn::Item) -> bool {
    let is_boundary = |module: &syn::ItemMod| {
        let known =
            |(room, name): &(&str, &str)| path.starts_with(format!("crates/{room}")) && module.ident == name;
        PUBLIC_MODULES.iter().any(known)
    };
    let is_private =
        |module: &syn::ItemMod| matches!(module.vis, syn::Visibility::Inherited) || is_boundary(module);
    matches!(item, syn::Item::Use(_))
        || matches!(item, syn::Item::Mod(module) if is_private(module) && module.content.is_none())
}
