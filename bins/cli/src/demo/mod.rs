//! The example organisation, made in a folder: six git repositories with tags, a manifest and a configuration.
//!
//! The folder is absent, empty, or one that an earlier demo began; anything else is left alone. A repository appears
//! whole (made aside, then renamed), so an interrupted demo goes on where it was.

mod embedded;
mod git;
pub(crate) mod github;

#[cfg(test)]
mod tests;

use crate::{Failure, planning};
use embedded::{EmbeddedFile, EmbeddedRepository, REPOSITORIES, TOP_FILES};
use local_build::HeldLock;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The version of the example's release.
pub(crate) const VERSION: &str = "0.1.0";
/// The tag of every repository of the example.
const TAG: &str = "v0.1.0";
/// Marks a folder as a demo's, and is locked while one works in it; says who does.
const MARKER: &str = "demo";

/// The folder of a demo; the lock is held until this is dropped.
#[derive(Debug)]
pub(crate) struct Organisation {
    root: PathBuf,
    _lock: HeldLock,
}

impl Organisation {
    /// The manifest.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.root.join("versions.toml")
    }

    /// The configuration.
    pub(crate) fn configuration(&self) -> PathBuf {
        self.root.join("governance-app.toml")
    }

    /// The folder that holds the repositories.
    pub(crate) fn workspace(&self) -> &Path {
        &self.root
    }

    /// Where the release shall lie.
    pub(crate) fn release(&self) -> PathBuf {
        self.root.join("release")
    }
}

/// Makes the organisation, or completes it. `search_path` is where `git` is found, `holder` is one line about us.
pub(crate) fn make_organisation(
    folder: &Path,
    search_path: &str,
    holder: &str,
) -> Result<Organisation, Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::of_path("create", folder, &error))?;
    let root = folder
        .canonicalize()
        .map_err(|error| Failure::of_path("find", folder, &error))?;
    let lock = claim(&root, holder)?;
    for repository in REPOSITORIES {
        make_repository(&root, repository, search_path)?;
    }
    write_files(&root, TOP_FILES)?;
    Ok(Organisation { root, _lock: lock })
}

/// Marks an empty folder as a demo's, or recognises one; either way locks it.
fn claim(root: &Path, holder: &str) -> Result<HeldLock, Failure> {
    let own = root.join(".governance");
    let marker = own.join(MARKER);
    if !marker.exists() && !is_empty(root, &own)? {
        let text = format!("{} is neither empty nor the folder of a demo", root.display());
        return Err(Failure::usage(
            text,
            "name an absent or empty folder with `--dir DIR`",
        ));
    }
    fs::create_dir_all(&own).map_err(|error| Failure::of_path("create", &own, &error))?;
    HeldLock::acquire(&marker, holder).map_err(|error| planning::of_local_build(&error))
}

/// Nothing lies there, or only what we ourselves make before the marker.
fn is_empty(root: &Path, own: &Path) -> Result<bool, Failure> {
    let entries = fs::read_dir(root).map_err(|error| Failure::of_path("read", root, &error))?;
    for entry in entries {
        let path = entry
            .map_err(|error| Failure::of_path("read", root, &error))?
            .path();
        let ours = path == *own && fs::read_dir(&path).is_ok_and(|mut inner| inner.next().is_none());
        if !ours {
            return Ok(false);
        }
    }
    Ok(true)
}

fn make_repository(root: &Path, repository: &EmbeddedRepository, search_path: &str) -> Result<(), Failure> {
    let target = root.join(repository.name);
    if target.exists() {
        return Ok(());
    }
    let aside = root
        .join(".governance")
        .join(format!("making-{}", repository.name));
    match fs::remove_dir_all(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(Failure::of_path("remove the unfinished", &aside, &error));
        }
        Ok(()) | Err(_) => {}
    }
    write_files(&aside, repository.files)?;
    git::make_repository(&aside, TAG, search_path)?;
    fs::rename(&aside, &target).map_err(|error| Failure::of_path("move into place", &target, &error))
}

fn write_files(folder: &Path, files: &[EmbeddedFile]) -> Result<(), Failure> {
    for (path, text) in files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| Failure::of_path("create", parent, &error))?;
        }
        fs::write(&path, text).map_err(|error| Failure::of_path("write", &path, &error))?;
    }
    Ok(())
}
