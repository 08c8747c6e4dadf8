//! Prepares a real family of published crates as an organisation: each crate a git repository of its own with a tag, leaning on its
//! siblings by path. What is released from it is what its authors published, only the manifests say `path` beside `version`.

mod manifest;
mod repository;

use crate::command::Call;
use crate::report;
use anyhow::{Context as _, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

/// A published crate: its name, the exact version, and the binaries that it builds.
struct Member {
    name: &'static str,
    version: &'static str,
    binaries: &'static [&'static str],
}

const fn library(name: &'static str, version: &'static str) -> Member {
    Member {
        name,
        version,
        binaries: &[],
    }
}

/// The ripgrep family, as published together.
const FAMILY: [Member; 9] = [
    library("globset", "0.4.21"),
    library("grep", "0.4.1"),
    library("grep-cli", "0.1.12"),
    library("grep-matcher", "0.1.9"),
    library("grep-printer", "0.3.1"),
    library("grep-regex", "0.1.14"),
    library("grep-searcher", "0.1.17"),
    library("ignore", "0.4.34"),
    Member {
        name: "ripgrep",
        version: "15.2.0",
        binaries: &["rg"],
    },
];

const CONFIGURATION: &str = "\
# Configuration of a local release of the ripgrep family; everything else is the default.

[release]
name = \"ripgrep-family\"
";

/// Makes the repositories, the manifest and the configuration in `folder`, which must be absent or empty.
pub(crate) fn prepare(folder: &Path) -> Result<ExitCode> {
    if folder.is_dir() && fs::read_dir(folder)?.next().is_some() {
        bail!(
            "{} is not empty: give a folder that is absent or empty",
            folder.display()
        );
    }
    fs::create_dir_all(folder)?;
    let folder = folder.canonicalize()?;
    let sources = tempfile::tempdir().context("failed to make a temporary folder")?;
    fetch(sources.path())?;
    let mut requires = BTreeMap::new();
    for member in &FAMILY {
        let repository = folder.join(member.name);
        repository::copy(&sources.path().join("vendor").join(member.name), &repository)?;
        requires.insert(member.name, manifest::lean_on_siblings(&repository, &FAMILY)?);
    }
    for member in &FAMILY {
        let repository = folder.join(member.name);
        repository::lock(&repository, &FAMILY)?;
        repository::commit_and_tag(&repository, &format!("v{}", member.version))?;
    }
    fs::write(folder.join("versions.toml"), versions(&requires))?;
    fs::write(folder.join("governance-app.toml"), CONFIGURATION)?;
    say_what_next(&folder);
    Ok(ExitCode::SUCCESS)
}

/// Lets cargo fetch the published sources at exactly these versions into `vendor` below `folder`.
fn fetch(folder: &Path) -> Result<()> {
    let exact: String = FAMILY
        .iter()
        .map(|member| format!("{} = \"={}\"\n", member.name, member.version))
        .collect();
    let manifest = format!(
        "[package]\nname = \"family\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n{exact}"
    );
    fs::create_dir(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    Call::new("cargo")
        .args(["vendor", "--quiet", "vendor"])
        .inside(folder)
        .output()?;
    Ok(())
}

fn versions(requires: &BTreeMap<&str, Vec<&Member>>) -> String {
    let mut text = "# The ripgrep family as published: which versions belong together, and who needs whom.\n\n[versions]\n".to_owned();
    for member in &FAMILY {
        let needs = requires.get(member.name).into_iter().flatten();
        let needs: Vec<String> = needs
            .map(|need| format!("\"{}={}\"", need.name, need.version))
            .collect();
        let binaries: Vec<String> = member
            .binaries
            .iter()
            .map(|binary| format!("\"{binary}\""))
            .collect();
        let (name, version) = (member.name, member.version);
        text.push_str(&format!(
            "{name} = {{ version = \"{version}\", git_tag = \"v{version}\""
        ));
        for (key, values) in [("requires", needs), ("binaries", binaries)] {
            if !values.is_empty() {
                text.push_str(&format!(", {key} = [{}]", values.join(", ")));
            }
        }
        text.push_str(" }\n");
    }
    text
}

fn say_what_next(folder: &Path) {
    let folder = folder.display();
    report::print(&format!(
        "{} repositories lie in {folder}. Release them:",
        FAMILY.len()
    ));
    report::print(&format!(
        "cargo run --bin governance -- release local 15.2.0 --manifest {folder}/versions.toml --workspace {folder} \
         --config {folder}/governance-app.toml --out {folder}/release"
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_names_what_each_member_needs() {
        let requires = BTreeMap::from([("ripgrep", vec![&FAMILY[1], &FAMILY[7]])]);
        let text = versions(&requires);
        assert!(
            text.contains("globset = { version = \"0.4.21\", git_tag = \"v0.4.21\" }\n"),
            "{text}"
        );
        let ripgrep = "ripgrep = { version = \"15.2.0\", git_tag = \"v15.2.0\", requires = [\"grep=0.4.1\", \"ignore=0.4.34\"], binaries = [\"rg\"] }\n";
        assert!(text.contains(ripgrep), "{text}");
    }

    #[test]
    fn a_folder_with_something_in_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine"), "").unwrap();
        assert!(
            prepare(folder.path())
                .unwrap_err()
                .to_string()
                .contains("is not empty")
        );
    }
}
