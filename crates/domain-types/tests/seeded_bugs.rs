//! The list of seeded bugs and their spots in the sources are the same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot read the sources has failed"
)]

use domain_types::{SEEDED_BUGS, SeededBug};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// How a spot begins; the name follows, and a quotation mark.
const SPOT: &str = "seeded_bug(\"";

/// The rooms that may have spots.
const ROOMS: [&str; 4] = ["effects", "orchestrator", "runtime", "storage"];

/// Every spot of the house outside of tests: the name, and the rooms that it occurs in.
fn spots() -> BTreeMap<String, Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut spots: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for group in ["crates", "bins"].map(|group| root.join(group)) {
        for room in fs::read_dir(group).unwrap().map(|entry| entry.unwrap().path()) {
            let name = room.file_name().unwrap().to_string_lossy().into_owned();
            let text: String = sources(&room.join("src"))
                .iter()
                .map(|file| fs::read_to_string(file).unwrap())
                .collect();
            for spot in text.split(SPOT).skip(1) {
                let (bug, _) = spot.split_once('"').expect("a name in quotation marks");
                spots.entry(bug.to_owned()).or_default().push(name.clone());
            }
        }
    }
    spots
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn each_listed_bug_has_one_spot_in_its_room_and_each_spot_is_listed() {
    let listed: BTreeMap<String, Vec<String>> = SEEDED_BUGS
        .iter()
        .map(|bug| (bug.name.to_owned(), vec![bug.room.to_owned()]))
        .collect();
    assert_eq!(spots(), listed);
}

#[test]
fn each_bug_is_described() {
    let invariant = |bug: &SeededBug| {
        let (letter, number) = bug.breaks.split_at(1);
        "EFGHI".contains(letter) && number.parse::<u32>().is_ok()
    };
    let names: BTreeSet<&str> = SEEDED_BUGS.iter().map(|bug| bug.name).collect();
    assert_eq!(names.len(), SEEDED_BUGS.len());
    for bug in SEEDED_BUGS {
        let kebab = |letter: char| letter.is_ascii_lowercase() || letter == '-';
        assert!(bug.name.chars().all(kebab), "{bug:?}");
        assert!(ROOMS.contains(&bug.room), "{bug:?}");
        assert!(invariant(bug), "{bug:?}");
        assert!(bug.does.ends_with('.') && !bug.does.contains(". "), "{bug:?}");
    }
}
