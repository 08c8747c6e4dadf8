//! The demo, with real cargo and real crates, killed at three moments: the same command goes on with it.

use crate::chance::Chance;
use crate::wait::{now, pause};
use crate::watch::{building, watching};
use house_tests::{Contents, Governance, ReleaseFolder, Repository, Stop, contents};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

const MOMENTS: u32 = 3;
const NAMES: [&str; 6] = [
    "bllvm",
    "bllvm-consensus",
    "bllvm-node",
    "bllvm-protocol",
    "bllvm-sdk",
    "governance-app",
];

fn demo(folder: &Path) -> Governance {
    Governance::new()
        .args(["demo", "--jobs", "2"])
        .option("--dir", folder)
}

fn release(folder: &Path) -> Contents {
    let release = ReleaseFolder::at(&folder.join("release"));
    release.agrees_with_sha256sum();
    release.what()
}

/// The repositories that are there; a demo that is killed early has not made all of them.
fn repositories(folder: &Path) -> BTreeMap<&'static str, Contents> {
    let there = NAMES.iter().filter(|name| folder.join(name).is_dir());
    there.map(|name| (*name, contents(&folder.join(name)))).collect()
}

/// The repositories as far as one made elsewhere is the same: git's index notes times and places of files on the disk.
fn heads(folder: &Path) -> Vec<String> {
    NAMES
        .iter()
        .map(|name| Repository::at(&folder.join(name)).git(&["rev-parse", "v0.1.0^{commit}", "HEAD"]))
        .collect()
}

#[test]
fn the_demo_is_killed_at_three_moments_and_goes_on() {
    let mut chance = Chance::of(200);
    let play = tempfile::tempdir().unwrap();
    // Always the same path: cargo puts the path of a path dependency into symbol names.
    let folder = play.path().canonicalize().unwrap().join("demo");
    let since = now();
    demo(&folder).run().ends_with(0);
    let time = now().duration_since(since);
    println!("undisturbed: {time:?}");
    let (reference, heads_before) = (release(&folder), heads(&folder));
    for third in 0..MOMENTS {
        let all = f64::from(MOMENTS);
        let place = f64::from(third);
        let after = time.mul_f64(chance.between(place / all, (place + 1.0) / all));
        killed_once(&folder, after);
        assert_eq!(release(&folder), reference);
        assert_eq!(heads(&folder), heads_before);
    }
}

fn killed_once(folder: &Path, after: Duration) {
    let mut after = after;
    loop {
        fs::remove_dir_all(folder).unwrap();
        let mut running = demo(folder).start();
        pause(after);
        running.stop(Stop::Kill);
        if running.ends().code.is_some() {
            after = after.mul_f64(0.8);
            continue;
        }
        let sources = folder.join(".governance/source");
        println!(
            "killed after {after:?}, {} processes live on",
            building(&sources).len()
        );
        let before = repositories(folder);
        let (answer, violations) = watching(&sources, || demo(folder).run());
        answer.ends_with(0);
        assert_eq!(violations, Vec::<String>::new());
        assert_eq!(building(&sources), []);
        let later = repositories(folder);
        for (name, contents) in before {
            assert_eq!(later[name], contents, "repository {name}");
        }
        return;
    }
}
