//! Files above the source root that have a say in every cargo build below it.

use crate::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that cargo and rustup look for in every folder above the one they are started in.
const LOOKED_FOR: [&str; 5] = [
    ".cargo/config.toml",
    ".cargo/config",
    "rust-toolchain.toml",
    "rust-toolchain",
    "Cargo.toml",
];

/// Files above the source root from which cargo and rustup take settings although they belong to no released commit:
/// worth a warning, as another builder does not have them.
///
/// A `Cargo.toml` counts only if it is the root of a workspace: cargo then takes the sources for members that it does not
/// list, and refuses to build a package that is not a workspace of its own. Cargo's own home folder does not count: it
/// is handed on to every build anyway.
///
/// # Errors
/// [`Error::Io`] if a file is there and cannot be read.
pub fn outside_settings(source_root: &Path, cargo_home: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
    let mut found = Vec::new();
    for folder in source_root.ancestors().skip(1) {
        for path in LOOKED_FOR.map(|name| folder.join(name)) {
            let own = cargo_home.is_some_and(|home| path.starts_with(home));
            if !own && path.is_file() && has_a_say(&path)? {
                found.push(path);
            }
        }
    }
    Ok(found)
}

fn has_a_say(path: &Path) -> Result<bool, Error> {
    if path.file_name().is_none_or(|name| name != "Cargo.toml") {
        return Ok(true);
    }
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    Ok(text
        .lines()
        .any(|line| line.trim_start().starts_with("[workspace")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_above_the_sources_are_found_and_those_within_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("work/.governance/source");
        let write = |relative: &str, text: &str| {
            let path = folder.path().join(relative);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        };
        write("work/.governance/source/alpha/.cargo/config.toml", "");
        write("work/Cargo.toml", "[package]\nname = \"x\"\n");
        write("home/.cargo/config.toml", "");
        let below = |paths: Vec<PathBuf>| -> Vec<PathBuf> {
            paths
                .into_iter()
                .filter(|path| path.starts_with(folder.path()))
                .collect()
        };
        assert_eq!(
            below(outside_settings(&root, None).unwrap()),
            Vec::<PathBuf>::new()
        );
        let config = write("work/.cargo/config.toml", "");
        let workspace = write("Cargo.toml", "[workspace]\nmembers = []\n");
        assert_eq!(
            below(outside_settings(&root, None).unwrap()),
            [config.clone(), workspace.clone()]
        );
        let home = folder.path().join("work/.cargo");
        assert_eq!(below(outside_settings(&root, Some(&home)).unwrap()), [workspace]);
    }
}
