//! What a play looks at after a release: the bytes of its one binary, and what was begun.

use house_tests::{Organisation, ReleaseFolder};
use std::fs;
use std::path::{Path, PathBuf};

/// The bytes of a binary in a release directory, out of its archive.
#[track_caller]
pub(crate) fn released(out: &Path, binary: &str, version: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let archive = format!("{binary}-{version}-linux-{}.tar.gz", std::env::consts::ARCH);
    ReleaseFolder::at(out).unpack(&archive, folder.path());
    let file = found(folder.path(), binary).unwrap_or_else(|| panic!("no {binary} in {archive}"));
    fs::read_to_string(file).unwrap()
}

fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    fs::read_dir(folder).unwrap().find_map(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found(&path, name),
            false => path.ends_with(name).then_some(path),
        }
    })
}

/// The line of a build script that notes, outside of the sources, that the build was begun.
pub(crate) fn notes(name: &str) -> String {
    format!("echo {name} >> ../../../../begun\n")
}

/// The builds begun since the last look, sorted.
pub(crate) fn begun(organisation: &Organisation) -> Vec<String> {
    let file = organisation.folder().join("begun");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _absent_if_nothing_was_begun = fs::remove_file(&file);
    let mut names: Vec<String> = text.lines().map(str::to_owned).collect();
    names.sort();
    names
}

/// Copies the files of a flat folder to a place where nothing is.
#[track_caller]
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
