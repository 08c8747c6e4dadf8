//! The runbook's commands are run as they stand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

use house_tests::binary;
use std::path::{Path, PathBuf};
use std::process::Command;

const CONFIGURATION: &str = "[github]\nwebhook_secret = 'k7!vQ2#pLz9@rT4$'\ndry_run = true\nowner = 'atlas'\n\
    [database]\nurl = 'sqlite:state.db'\n[governance]\nsource = 'dir:rules'\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The blocks of a page that are marked `sh`.
fn blocks(page: &str) -> Vec<String> {
    let parts = page.split("```sh\n").skip(1);
    parts
        .map(|part| part.split("```").next().unwrap().to_owned())
        .collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &there),
            false => std::fs::copy(entry.path(), there).map(drop).unwrap(),
        }
    }
}

#[test]
fn every_command_of_the_runbook_does_what_the_page_says() {
    let programs = binary().parent().unwrap().to_owned();
    assert!(
        programs.join("governance-app").is_file(),
        "the server is built with the workspace"
    );
    let folder = tempfile::tempdir().unwrap();
    copy(
        &root().join("fixtures/governance/well"),
        &folder.path().join("rules"),
    );
    let shell = |script: &str| {
        let script = format!("PATH='{}':$PATH\n{script}", programs.display());
        let mut shell = Command::new("sh");
        shell.args(["-euc", &script]).current_dir(folder.path());
        shell.output().unwrap()
    };
    let run = |script: &str| {
        let output = shell(script);
        let said = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{script}\n{said}\n{errors}");
        said
    };
    let page = std::fs::read_to_string(root().join("docs/runbook.md")).unwrap();
    let blocks = blocks(&page);
    assert_eq!(
        blocks.len(),
        4,
        "what is not run by this test is marked `console`"
    );
    // The digest that the first block prints is the one that the configuration pins.
    let said = run(&blocks[0]);
    let digest = said
        .split("sha256:")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    let text = format!("{CONFIGURATION}genesis_digest = 'sha256:{digest}'\n");
    std::fs::write(folder.path().join("governance-app.toml"), text).unwrap();
    let mut said = String::new();
    for block in &blocks[1..] {
        said.push_str(&run(block));
    }
    for words in [
        "sqlite:state.db",
        "is a copy of",
        "0 commands",
        "has the newest schema",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    // What was restored is refused over what is there.
    let again = shell("governance-app restore copy-of-today.db");
    assert_eq!(again.status.code(), Some(3));
    let errors = String::from_utf8(again.stderr).unwrap();
    assert!(errors.contains("nothing is written over"), "{errors}");
}

#[test]
fn the_unit_starts_the_program_with_words_that_it_knows() {
    let unit = std::fs::read_to_string(root().join("deploy/governance-app.service")).unwrap();
    let start = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="))
        .unwrap();
    let words: Vec<&str> = start.split_whitespace().skip(1).chain(["--help"]).collect();
    let output = Command::new(binary().parent().unwrap().join("governance-app"))
        .args(&words)
        .output()
        .unwrap();
    assert!(output.status.success(), "{words:?}");
}
