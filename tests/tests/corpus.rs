//! What fuzzing found once is asked in every run: each file of `fixtures/corpus`, through the very checks of the fuzz targets.

#![allow(clippy::unwrap_used, reason = "a corpus that cannot be read has failed")]

#[allow(
    unreachable_pub,
    reason = "it is the library of a package of its own, which fuzzes with another toolchain"
)]
#[path = "../../fuzz/src/lib.rs"]
mod house_fuzz;

use house_fuzz::TARGETS;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Files of one target: what is worth a run in every suite.
const FILES_MAX: usize = 60;
/// Bytes of one file: what a person can still look at.
const FILE_BYTES_MAX: usize = 4096;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The paths in a folder, ascending; none if there is no such folder.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn corpus(target: &str) -> Vec<PathBuf> {
    entries(&root().join("fixtures/corpus").join(target))
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    let stems = |folder: &str| -> BTreeSet<String> {
        let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        entries(&root().join(folder)).iter().map(stem).collect()
    };
    assert_eq!(stems("fuzz/fuzz_targets"), names);
    assert_eq!(stems("fixtures/corpus"), names);
    for name in &names {
        let files = corpus(name);
        assert!(
            (1..=FILES_MAX).contains(&files.len()),
            "{name} has {} files",
            files.len()
        );
        for file in files {
            let bytes = fs::metadata(&file).unwrap().len();
            assert!(
                bytes <= FILE_BYTES_MAX as u64,
                "{} has {bytes} bytes",
                file.display()
            );
        }
    }
}

#[test]
fn every_file_of_every_corpus_holds() {
    let mut broken = Vec::new();
    for target in TARGETS {
        for file in corpus(target.name) {
            let bytes = fs::read(&file).unwrap();
            // The checks panic and know no file; what they say stands above its name.
            if std::panic::catch_unwind(|| (target.check)(&bytes)).is_err() {
                broken.push(file);
            }
        }
    }
    assert!(broken.is_empty(), "these do not hold: {broken:#?}");
}
