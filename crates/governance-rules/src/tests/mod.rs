mod agreement;
mod ailments;
mod blocked;
mod classification;
mod commands;
mod document;
mod duties;
mod emergency;
mod gates;
mod generated;
mod lists;
mod matrix;
mod monotone;
mod naive;
mod people;
mod reading;
mod real;
mod references;
mod spellings;
mod verdict;
mod whole;

use crate::{Ruleset, read_ruleset};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The rules that nothing is wrong with, by path.
fn well() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/governance/well");
    files_of(&root)
}

/// The files of the rules in a folder.
fn files_of(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let own = ".governance.yml".to_owned();
    files.insert(own.clone(), fs::read_to_string(root.join(own)).unwrap());
    for folder in ["config", "config/maintainers", "config/repos"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                let path = format!("{folder}/{}", entry.file_name().into_string().unwrap());
                files.insert(path, fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    files
}

fn rules(files: &BTreeMap<String, String>) -> Ruleset {
    read_ruleset(files).unwrap_or_else(|errors| panic!("{}", errors[0]))
}
