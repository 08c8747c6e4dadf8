//! Plays of a local release as a user sees it: what it leaves, what it repeats, how it refuses.

#![allow(clippy::unwrap_used, reason = "a play that cannot be set up is a failed play")]

use house_tests::{Component, Governance, Organisation, ReleaseFolder, Stop, contents, processes_below};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

/// A library and a tool; each build notes in `begun`, outside of every source tree, that it was begun.
fn small() -> Organisation {
    Organisation::of(&[
        Component::new("base").building("echo base >> ../../../../begun\necho one > base.txt"),
        Component::new("tool")
            .needing("base")
            .building("echo tool >> ../../../../begun\n(echo '#!/bin/sh'; echo \"echo $(cat ../base/base.txt)\") > tool\nchmod 755 tool")
            .with_binary("tool"),
    ])
}

/// How often each build was begun.
fn begun(organisation: &Organisation) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(organisation.folder().join("begun"))
        .unwrap_or_default()
        .lines()
    {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

/// A line of a build that waits for ever, until the play has made the file `open` beside the workspace.
const WAIT: &str = "if [ ! -e ../../../../open ]; then cat ../../../../gate; fi";

/// Makes the gate at which [`WAIT`] waits: a pipe that nobody writes to.
fn make_gate(organisation: &Organisation) {
    let gate = organisation.folder().join("gate");
    assert!(Command::new("mkfifo").arg(gate).status().unwrap().success());
}

/// Lets every build pass that has not reached the gate yet.
fn open_gate(organisation: &Organisation) {
    fs::write(organisation.folder().join("open"), "").unwrap();
}

#[test]
fn a_release_holds_exactly_its_files_and_verifies() {
    let organisation = small();
    organisation.release("0.1.0").run().ends_with(0);
    let release = ReleaseFolder::at(&organisation.out());
    let names: Vec<String> = release
        .names()
        .into_iter()
        .map(|name| name.replace(std::env::consts::ARCH, "ARCH"))
        .collect();
    assert_eq!(
        names,
        [
            "RELEASE_NOTES.md",
            "SHA256SUMS",
            "play-0.1.0-linux-ARCH.tar.gz",
            "release-evidence.json",
            "release-manifest.json",
            "tool-0.1.0-linux-ARCH.tar.gz",
        ]
    );
    release.agrees_with_sha256sum();
    Governance::new()
        .args(["artifacts", "verify"])
        .args([organisation.out()])
        .run()
        .ends_with(0);
    let unpacked = organisation.folder().join("unpacked");
    release.unpack(
        &format!("tool-0.1.0-linux-{}.tar.gz", std::env::consts::ARCH),
        &unpacked,
    );
    let output = Command::new(unpacked.join("tool")).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "one\n");
}

#[test]
fn the_same_tag_gives_the_same_bytes_whatever_the_folders_are() {
    let organisation = small();
    organisation.release("0.1.0").run().ends_with(0);
    let other = organisation.folder().join("elsewhere");
    let state = organisation.folder().join("other.db");
    organisation
        .release_into("0.1.0", &other)
        .option("--state", &state)
        .run()
        .ends_with(0);
    assert_eq!(
        ReleaseFolder::at(&organisation.out()).what(),
        ReleaseFolder::at(&other).what()
    );
}

#[test]
fn the_users_repositories_are_left_as_they_were() {
    let organisation = small();
    let repository = organisation.repository("tool");
    repository
        .write("build.sh", "exit 1\n")
        .write("untracked", "mine\n");
    let before = contents(repository.folder());
    organisation
        .release("0.1.0")
        .run()
        .ends_with(0)
        .says(&["build.sh"]);
    assert_eq!(contents(repository.folder()), before);
}

#[test]
fn what_is_published_is_verified_again_and_not_built_again() {
    let organisation = small();
    organisation.release("0.1.0").run().ends_with(0);
    let (release, built) = (contents(&organisation.out()), begun(&organisation));
    organisation.release("0.1.0").run().ends_with(0);
    assert_eq!(contents(&organisation.out()), release);
    assert_eq!(begun(&organisation), built);
}

#[test]
fn a_killed_release_goes_on_and_begins_no_finished_build_again() {
    let script = format!("{WAIT}\necho two > tool\nchmod 755 tool");
    let tool = Component::new("tool")
        .needing("base")
        .building(&script)
        .with_binary("tool");
    let base = Component::new("base").building("echo base >> ../../../../begun");
    let organisation = Organisation::of(&[base, tool]);
    make_gate(&organisation);

    let mut first = organisation.release("0.1.0").start();
    assert!(first.hears("tool:").is_some_and(|line| line.contains("running")));
    first.stop(Stop::Kill);
    assert_eq!(first.ends().code, None);
    assert!(!organisation.out().exists());

    open_gate(&organisation);
    organisation.release("0.1.0").run().ends_with(0);
    assert_eq!(begun(&organisation).get("base"), Some(&1));
    assert_eq!(processes_below(&organisation.sources()), []);
    let undisturbed = organisation.folder().join("undisturbed");
    let state = organisation.folder().join("other.db");
    organisation
        .release_into("0.1.0", &undisturbed)
        .option("--state", &state)
        .run()
        .ends_with(0);
    assert_eq!(
        ReleaseFolder::at(&organisation.out()).what(),
        ReleaseFolder::at(&undisturbed).what()
    );
}

#[test]
fn an_interrupted_release_ends_with_its_code_and_goes_on() {
    for (stop, code) in [(Stop::Interrupt, 130), (Stop::Terminate, 143)] {
        let tool = Component::new("tool")
            .building(&format!("{WAIT}\ntrue > tool"))
            .with_binary("tool");
        let organisation = Organisation::of(&[tool]);
        make_gate(&organisation);
        let mut first = organisation.release("0.1.0").start();
        assert!(first.hears("running").is_some());
        first.stop(stop);
        first.ends().ends_with(code);
        assert_eq!(processes_below(&organisation.sources()), []);
        assert!(!organisation.out().exists());
        open_gate(&organisation);
        organisation.release("0.1.0").run().ends_with(0);
    }
}

#[test]
fn a_missing_tag_is_refused_before_anything_is_built() {
    let organisation = small();
    organisation
        .repository("tool")
        .git(&["tag", "--delete", "v0.1.0"]);
    organisation
        .release("0.1.0")
        .run()
        .ends_with(2)
        .says(&["v0.1.0", "tool"]);
    assert_eq!(begun(&organisation), BTreeMap::new());
    assert!(!organisation.out().exists());
}

#[test]
fn a_failing_build_is_a_clear_no_with_its_last_words() {
    let failing = Component::new("tool")
        .building("echo 'error[E0308]: mismatched types'\nexit 7")
        .with_binary("tool");
    let organisation = Organisation::of(&[failing]);
    organisation
        .release("0.1.0")
        .run()
        .ends_with(1)
        .says(&["tool", "mismatched types"]);
    assert!(!organisation.out().exists());
}
