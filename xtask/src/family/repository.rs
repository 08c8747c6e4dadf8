//! Turns a published source folder into a git repository with one commit and one tag, the same on every machine.

use super::Member;
use crate::command::Call;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;

/// Files that packaging added and that belong to no repository.
const ADDED_BY_PACKAGING: [&str; 4] = [
    ".cargo-checksum.json",
    ".cargo-ok",
    ".cargo_vcs_info.json",
    "Cargo.toml.orig",
];

/// The date of every commit, so that the same sources give the same commit ids.
const DATE: &str = "2026-01-01T00:00:00Z";

/// Copies a source folder, less what packaging added; links are not followed, published sources have none.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("failed to list {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name))?;
        } else if kind.is_file() && !ADDED_BY_PACKAGING.iter().any(|added| name == *added) {
            fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

/// Fits the lock file to the siblings' paths and fetches what it names, so that `cargo build --locked` needs nothing more.
pub(super) fn lock(repository: &Path, family: &[Member]) -> Result<()> {
    Call::new("cargo")
        .args(["fetch", "--quiet"])
        .inside(repository)
        .output()?;
    let text = fs::read_to_string(repository.join("Cargo.lock"))?;
    match sibling_from_elsewhere(&text, family) {
        Some(name) => bail!("{} still takes `{name}` from the registry", repository.display()),
        None => Ok(()),
    }
}

/// A member of the family that the lock file knows from somewhere else than a path only. (A second entry is harmless: an optional crate
/// outside of the family, which is not built, may lean on a published sibling.)
fn sibling_from_elsewhere<'a>(lock: &str, family: &'a [Member]) -> Option<&'a str> {
    let entries_of = |name: &str| {
        let line = format!("name = \"{name}\"");
        lock.split("[[package]]")
            .filter(move |entry| entry.lines().any(|found| found == line))
    };
    let has_source = |entry: &str| entry.lines().any(|line| line.starts_with("source = "));
    let is_foreign = |name: &str| entries_of(name).next().is_some() && entries_of(name).all(has_source);
    family
        .iter()
        .map(|member| member.name)
        .find(|name| is_foreign(name))
}

/// One commit of everything, and an annotated tag on it.
pub(super) fn commit_and_tag(repository: &Path, tag: &str) -> Result<()> {
    fs::write(repository.join(".gitignore"), "/target\n")?;
    git(repository, &["init", "--quiet", "--initial-branch", "main"])?;
    git(repository, &["add", "--all", "--force", "."])?;
    git(
        repository,
        &["commit", "--quiet", "--message", "Take the published sources"],
    )?;
    git(repository, &["tag", "--annotate", "--message", tag, tag])
}

/// Runs git with a fixed identity and date, untouched by the user's own configuration.
fn git(repository: &Path, arguments: &[&str]) -> Result<()> {
    let mut call = Call::new("git")
        .args(arguments.iter().copied())
        .inside(repository);
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_AUTHOR_NAME", "family"),
        ("GIT_AUTHOR_EMAIL", "family@example.org"),
        ("GIT_AUTHOR_DATE", DATE),
        ("GIT_COMMITTER_NAME", "family"),
        ("GIT_COMMITTER_EMAIL", "family@example.org"),
        ("GIT_COMMITTER_DATE", DATE),
    ] {
        call = call.env(name, value);
    }
    call.output().map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::FAMILY;
    use super::*;

    #[test]
    fn a_sibling_from_the_registry_is_noticed() {
        let own = "[[package]]\nname = \"grep\"\nversion = \"0.4.1\"\n\n[[package]]\nname = \"log\"\nsource = \"registry\"\n";
        assert_eq!(sibling_from_elsewhere(own, &FAMILY), None);
        let foreign = own.replace("\"log\"", "\"ignore\"");
        assert_eq!(sibling_from_elsewhere(&foreign, &FAMILY), Some("ignore"));
    }

    #[test]
    fn the_same_sources_give_the_same_commit() {
        let commit = || {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("file"), "text").unwrap();
            commit_and_tag(folder.path(), "v1.0.0").unwrap();
            Call::new("git")
                .args(["rev-parse", "v1.0.0"])
                .inside(folder.path())
                .output()
                .unwrap()
        };
        assert_eq!(commit(), commit());
    }
}
