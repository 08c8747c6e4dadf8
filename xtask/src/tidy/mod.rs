//! The house rules that neither the compiler nor clippy knows. Each is a function over a parsed file or a folder, with its limit
//! named here.

mod attributes;
mod features;
mod functions;
mod names;
mod places;
mod purity;
mod size;
mod words;

#[cfg(test)]
mod tests;

use crate::report::Broken;
use crate::workspace;
use anyhow::{Context as _, Result};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a function from `fn` to its closing brace, comments and blanks counted: what fits on one screen.
const FUNCTION_LINES_MAX: usize = 70;
/// Lines of a file outside of test code: one thought, read in one go.
const FILE_LINES_MAX: usize = 400;
/// Parameters of a function beside `self`: more of them are a value that lacks its name.
const PARAMETERS_MAX: usize = 5;
/// Lines of a `lib.rs`: one screen of what the crate offers.
const LIBRARY_LINES_MAX: usize = 80;

/// A Rust file of the house: its path relative to the root, its text and its syntax tree.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
    tree: &'a syn::File,
    /// Numbers of the decisions that exist, such as `0003`.
    decisions: &'a BTreeSet<String>,
}

/// All broken rules of the workspace, sorted by place.
pub(crate) fn check(root: &Path) -> Result<Vec<Broken>> {
    let decisions = decisions(root)?;
    let mut broken = Vec::new();
    for path in workspace::rust_files(root)? {
        let file = root.join(&path);
        let text = fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
        broken.extend(check_source(&path, &text, &decisions));
    }
    broken.extend(places::top_level(root)?);
    broken.extend(places::crates(root)?);
    broken.sort();
    Ok(broken)
}

/// All broken rules of one file.
fn check_source(path: &Path, text: &str, decisions: &BTreeSet<String>) -> Vec<Broken> {
    let tree = match syn::parse_file(text) {
        Ok(tree) => tree,
        Err(error) => {
            return vec![Broken::at(
                path,
                error.span().start().line,
                format!("not Rust: {error}"),
            )];
        }
    };
    let source = Source {
        path,
        text,
        tree: &tree,
        decisions,
    };
    let rules = [
        functions::limits,
        size::file_length,
        attributes::no_hidden_tests,
        features::no_doors,
        names::no_bags,
        words::module_documentation,
        words::no_open_ends,
        places::library_shape,
        purity::no_world,
    ];
    rules.iter().flat_map(|rule| rule(&source)).collect()
}

/// Whether everything in this file is test code by its place.
fn is_test_file(path: &Path) -> bool {
    let in_tests = path
        .parent()
        .is_some_and(|folder| folder.iter().any(|part| part == "tests"));
    in_tests || path.file_name().is_some_and(|name| name == "tests.rs")
}

fn decisions(root: &Path) -> Result<BTreeSet<String>> {
    let folder = root.join("docs/decisions");
    if !folder.is_dir() {
        return Ok(BTreeSet::new());
    }
    let mut numbers = BTreeSet::new();
    for entry in fs::read_dir(&folder)? {
        let name: PathBuf = entry?.file_name().into();
        numbers.extend(name.to_string_lossy().split('-').next().map(str::to_owned));
    }
    Ok(numbers)
}
