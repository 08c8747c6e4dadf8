//! The plays' own tools: a repository's bytes, the process table, a component's manifest and configuration.

use house_tests::{Component, Organisation, Repository, contents, processes_below};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

#[test]
fn the_same_play_gives_the_same_commits() {
    let play = || {
        let organisation = Organisation::example();
        ["bllvm", "bllvm-sdk"].map(|name| organisation.repository(name).head())
    };
    assert_eq!(play(), play());
}

#[test]
fn the_example_organisation_is_complete_and_tagged() {
    let organisation = Organisation::example();
    let manifest = fs::read_to_string(organisation.manifest()).unwrap();
    for name in [
        "bllvm-consensus",
        "bllvm-protocol",
        "bllvm-node",
        "bllvm",
        "bllvm-sdk",
        "governance-app",
    ] {
        assert!(
            manifest.contains(&format!("{name} = {{ version = \"0.1.0\"")),
            "{manifest}"
        );
        let repository = organisation.repository(name);
        assert_eq!(repository.git(&["tag", "--list"]), "v0.1.0\n");
        assert_eq!(repository.git(&["status", "--porcelain"]), "");
        assert!(repository.folder().join("Cargo.lock").is_file());
    }
}

#[test]
fn a_component_is_written_as_the_manifest_and_configuration_want_it() {
    let component = Component::new("tool")
        .needing("base")
        .with_binary("tool")
        .configured("optional = true");
    let organisation = Organisation::of(&[Component::new("base"), component]);
    let manifest = fs::read_to_string(organisation.manifest()).unwrap();
    assert_eq!(
        manifest,
        "[versions]\n\
         base = { version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [], binaries = [] }\n\
         tool = { version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [\"base=0.1.0\"], binaries = [\"tool\"] }\n"
    );
    let configuration = fs::read_to_string(organisation.configuration()).unwrap();
    let table = "[repositories.tool]\nbuild = [\"sh\", \"-e\", \"build.sh\"]\nartifacts = [\"tool\"]\noptional = true\n";
    assert!(configuration.ends_with(table), "{configuration}");
}

#[test]
fn every_changed_byte_mode_and_name_is_seen() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::create(folder.path());
    repository.write("a", "one").commit("Begin");
    let before = contents(folder.path());
    assert_eq!(before, contents(folder.path()));
    repository.write("a", "two");
    assert_ne!(before, contents(folder.path()));
    repository.write("a", "one").write("b", "");
    assert_ne!(before, contents(folder.path()));
}

#[test]
fn a_process_below_a_folder_is_found_with_its_group() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "echo ready; read line"])
        .current_dir(&path)
        .process_group(0);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut ready).unwrap();
    let found = processes_below(&path);
    assert_eq!(
        found
            .iter()
            .map(|process| (process.id, process.group))
            .collect::<Vec<_>>(),
        [(child.id(), child.id())]
    );
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(processes_below(&path), []);
}
