//! The files of a set of rules, as texts by path. Links are followed nowhere: rules are what lies in the folder.

use governance_rules::{FILE_BYTES_MAX, FILES_MAX};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Folders within each other below `config/`. Rules have two.
const DEPTH_MAX: usize = 8;

/// Why a folder gives no rules.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RulesFolderError {
    /// It is not the folder of rules.
    #[error("{} holds no folder `config`", .0.display())]
    NoRules(PathBuf),
    /// What a link leads to may change without anybody's change of the rules.
    #[error("{} is a link", .0.display())]
    Link(PathBuf),
    /// A name that cannot be a path of the rules.
    #[error("{} has a name that is not UTF-8", .0.display())]
    Name(PathBuf),
    /// A text that is none.
    #[error("{} is not UTF-8", .0.display())]
    Text(PathBuf),
    /// More folders within each other than rules have.
    #[error("{} lies too deep", .0.display())]
    TooDeep(PathBuf),
    /// More files than rules have.
    #[error("{} holds more than {FILES_MAX} files", .0.display())]
    TooMany(PathBuf),
    /// The disk.
    #[error("failed to {verb} {}: {source}", path.display())]
    Disk {
        /// What failed: `read` or `list`.
        verb: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl RulesFolderError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoRules(_) => {
                "name the folder of the rules: the one that holds `.governance.yml` and `config/`"
            }
            Self::Link(_) => "put the file or folder itself there: rules are what lies in the folder",
            Self::Name(_) => "give it another name: rules that are passed over would lower what is asked for",
            Self::Text(_) => "write it as UTF-8",
            Self::TooDeep(_) => "keep rules in `config/` and the folders in it",
            Self::TooMany(_) => "name the folder of the rules, and keep other files elsewhere",
            Self::Disk { .. } => "look after the path and its rights",
        }
    }
}

/// `.governance.yml` and every YAML file below `config/`.
///
/// # Errors
/// [`RulesFolderError`]: nothing is passed over.
pub fn read_rules_folder(directory: &Path) -> Result<BTreeMap<String, String>, RulesFolderError> {
    let mut files = BTreeMap::new();
    let config = directory.join("config");
    refuse_link(&config)?;
    if !config.is_dir() {
        return Err(RulesFolderError::NoRules(directory.to_owned()));
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
) -> Result<(), RulesFolderError> {
    let folder = directory.join(within);
    let listed = |source| RulesFolderError::Disk {
        verb: "list",
        path: folder.clone(),
        source,
    };
    for entry in fs::read_dir(&folder).map_err(listed)? {
        let entry = entry.map_err(listed)?;
        let kind = entry.file_type().map_err(listed)?;
        refuse_link(&entry.path())?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|name| RulesFolderError::Name(folder.join(name)))?;
        let path = format!("{within}/{name}");
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        if kind.is_dir() && depth == DEPTH_MAX {
            return Err(RulesFolderError::TooDeep(entry.path()));
        } else if kind.is_dir() {
            below(directory, &path, depth + 1, files)?;
        } else if kind.is_file() && is_yaml {
            files.insert(path, text(&entry.path())?);
        }
        if files.len() > FILES_MAX {
            return Err(RulesFolderError::TooMany(directory.to_owned()));
        }
    }
    Ok(())
}

fn refuse_link(path: &Path) -> Result<(), RulesFolderError> {
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => Err(RulesFolderError::Link(path.to_owned())),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn text(path: &Path) -> Result<String, RulesFolderError> {
    let failed = |source| RulesFolderError::Disk {
        verb: "read",
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // One byte more than a file may have tells that it has too many.
    let limit = FILE_BYTES_MAX as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    String::from_utf8(bytes).map_err(|_| RulesFolderError::Text(path.to_owned()))
}
