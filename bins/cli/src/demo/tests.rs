//! The organisation is made whole, the same everywhere, and nobody's folder is touched.

use super::*;
use std::collections::BTreeMap;
use std::process::Command;

const SEARCH_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

fn files_below(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

fn head_of(repository: &Path) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(repository)
        .args(["rev-parse", "HEAD^{tree}", "v0.1.0"])
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap()
}

#[test]
fn the_binary_carries_every_file_of_the_fixture() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .canonicalize()
        .unwrap()
        .join("../../fixtures/organisation");
    let embedded = |(path, text): &EmbeddedFile| (path.to_string(), text.to_string());
    let mut carried: BTreeMap<String, String> = TOP_FILES.iter().map(embedded).collect();
    for repository in REPOSITORIES {
        for (path, text) in repository.files {
            carried.insert(format!("{}/{path}", repository.name), (*text).to_owned());
        }
    }
    let mut lying = files_below(&fixture);
    lying.retain(|path, _| !path.contains("/target/"));
    assert_eq!(carried, lying);
}

#[test]
fn two_organisations_have_the_same_commits_and_tags() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for dir in &dirs {
        drop(make_organisation(&dir.path().join("new/demo"), SEARCH_PATH, "process 7").unwrap());
    }
    for repository in REPOSITORIES {
        let [left, right] = dirs
            .each_ref()
            .map(|dir| head_of(&dir.path().join("new/demo").join(repository.name)));
        assert_eq!(left.lines().count(), 2, "{left}");
        assert_eq!(left, right, "{}", repository.name);
    }
}

#[test]
fn an_interrupted_demo_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    drop(make_organisation(dir.path(), SEARCH_PATH, "process 7").unwrap());
    let first = REPOSITORIES[0].name;
    let head = head_of(&dir.path().join(first));
    fs::remove_dir_all(dir.path().join(first)).unwrap();
    fs::create_dir_all(
        dir.path()
            .join(".governance")
            .join(format!("making-{first}/.git")),
    )
    .unwrap();
    fs::create_dir(dir.path().join("release")).unwrap();
    drop(make_organisation(dir.path(), SEARCH_PATH, "process 7").unwrap());
    assert_eq!(head_of(&dir.path().join(first)), head);
}

#[test]
fn a_folder_with_other_things_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("mine"), "x").unwrap();
    let failure = make_organisation(dir.path(), SEARCH_PATH, "process 7").unwrap_err();
    assert_eq!(failure.exit(), crate::Exit::Usage);
    assert_eq!(files_below(dir.path()).len(), 1);
}

#[test]
fn two_demos_in_one_folder_are_one_too_many() {
    let dir = tempfile::tempdir().unwrap();
    let first = make_organisation(dir.path(), SEARCH_PATH, "process 7").unwrap();
    let failure = make_organisation(dir.path(), SEARCH_PATH, "process 7").unwrap_err();
    assert_eq!(failure.exit(), crate::Exit::World);
    drop(first);
    assert!(make_organisation(dir.path(), SEARCH_PATH, "process 7").is_ok());
}
