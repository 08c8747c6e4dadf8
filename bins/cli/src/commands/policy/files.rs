//! The files of a set of rules, from a folder.

use crate::Failure;
use runtime::{RulesFolderError, read_rules_folder};
use std::collections::BTreeMap;
use std::path::Path;

/// `.governance.yml` and every YAML file below `config/`.
pub(super) fn of(directory: &Path) -> Result<BTreeMap<String, String>, Failure> {
    read_rules_folder(directory).map_err(|error| {
        if let RulesFolderError::Disk { verb, path, source } = &error {
            return Failure::of_path(verb, path, source);
        }
        Failure::usage(error.to_string(), error.remedy())
    })
}
