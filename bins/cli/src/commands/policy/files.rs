//! The files of a set of rules, as texts by path. Links are followed nowhere: rules are what lies in the folder.

use crate::Failure;
use governance_rules::{FILE_BYTES_MAX, FILES_MAX};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

/// Folders within each other below `config/`. Rules have two.
const DEPTH_MAX: usize = 8;

/// `.governance.yml` and every YAML file below `config/`.
pub(super) fn of(directory: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let mut files = BTreeMap::new();
    let config = directory.join("config");
    refuse_link(&config)?;
    if !config.is_dir() {
        return Err(Failure::usage(
            format!("{} holds no folder `config`", directory.display()),
            "name the folder of the rules: the one that holds `.governance.yml` and `config/`",
        ));
    }
    let own = directory.join(".governance.yml");
    refuse_link(&own)?;
    if own.is_file() {
        files.insert(".governance.yml".to_owned(), text(&own)?);
    }
    below(directory, "config", 0, &mut files)?;
    Ok(files)
}

fn below(
    directory: &Path,
    within: &str,
    depth: usize,
    files: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    let folder = directory.join(within);
    let listed = |error: &std::io::Error| Failure::of_path("list", &folder, error);
    let entries = fs::read_dir(&folder).map_err(|error| listed(&error))?;
    for entry in entries {
        let entry = entry.map_err(|error| listed(&error))?;
        let kind = entry.file_type().map_err(|error| listed(&error))?;
        refuse_link(&entry.path())?;
        let name = entry.file_name().into_string().map_err(|name| {
            Failure::usage(
                format!("{} has a name that is not UTF-8", folder.join(name).display()),
                "give it another name: rules that are passed over would lower what is asked for",
            )
        })?;
        let path = format!("{within}/{name}");
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        if kind.is_dir() && depth == DEPTH_MAX {
            return Err(Failure::usage(
                format!("{} lies too deep", entry.path().display()),
                "keep rules in `config/` and the folders in it",
            ));
        } else if kind.is_dir() {
            below(directory, &path, depth + 1, files)?;
        } else if kind.is_file() && is_yaml {
            files.insert(path, text(&entry.path())?);
        }
        if files.len() > FILES_MAX {
            return Err(Failure::usage(
                format!("{} holds more than {FILES_MAX} files", directory.display()),
                "name the folder of the rules, and keep other files elsewhere",
            ));
        }
    }
    Ok(())
}

/// What a link leads to may change without anybody's change of the rules.
fn refuse_link(path: &Path) -> Result<(), Failure> {
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => Err(Failure::usage(
            format!("{} is a link", path.display()),
            "put the file or folder itself there: rules are what lies in the folder",
        )),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    let file = File::open(path).map_err(|error| Failure::of_path("read", path, &error))?;
    let mut bytes = Vec::new();
    // One byte more than a file may have tells that it has too many.
    let limit = FILE_BYTES_MAX as u64 + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::of_path("read", path, &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{} is not UTF-8", path.display()), "write it as UTF-8"))
}
