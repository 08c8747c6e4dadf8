//! The binary as a shell sees it: arguments in; exit code, standard output and standard error out.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

use expect_test::{Expect, expect};
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn governance(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The exit code, then what was said, each stream under its name.
fn transcript(folder: &Path, arguments: &str) -> String {
    let output = governance(folder, arguments);
    let mut text = format!("exit {}\n", output.status.code().unwrap());
    for (name, bytes) in [("out", output.stdout), ("err", output.stderr)] {
        let said = String::from_utf8(bytes)
            .unwrap()
            .replace(folder.to_str().unwrap(), "DIR");
        text.push_str(
            &said
                .lines()
                .map(|line| format!("{name}| {line}").trim_end().to_owned() + "\n")
                .collect::<String>(),
        );
    }
    text
}

fn check(files: &[(&str, &str)], arguments: &str, expected: Expect) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    expected.assert_eq(&transcript(folder.path(), arguments));
}

const MANIFEST: &str = r#"[versions]
a = { version = "0.1.0", git_tag = "v0.1.0" }
b = { version = "0.1.0", git_tag = "v0.1.0", requires = ["a=0.1.0"], binaries = ["b"] }
"#;

#[test]
fn help_says_what_there_is() {
    check(
        &[],
        "--help",
        expect![[r#"
            exit 0
            out| The operator's and the maintainer's hand: plan, release and verify across repositories.
            out|
            out| Results go to standard output, progress and messages to standard error. Exit codes: 0 yes; 1 a clear
            out| no (a build failed, verification failed, results differ); 2 wrong usage, configuration, manifest or
            out| missing tag; 3 the world failed (disk, network, a lock is held); 130 Ctrl-C; 143 SIGTERM.
            out|
            out| Usage: governance <COMMAND>
            out|
            out| Commands:
            out|   plan         Show the plan of a manifest: order, waves, critical path, who waits for whom
            out|   release      Release, and look after releases
            out|   artifacts    Check downloaded release files
            out|   compare      Compare two results
            out|   db           Look after a database file
            out|   policy       What the rules of an organisation are, and what they ask for
            out|   report       Count what the gate said, and what people did
            out|   why          Say what holds a pull request or a release up, and what to type
            out|   key          Keys of your own to sign with
            out|   sign         Sign a statement with a key of your own
            out|   verify       Check whose signature it is that belongs to a statement
            out|   workflow     Write and check the workflow files of repositories
            out|   demo         Create an example organisation and release it for real
            out|   sim          A simulated GitHub, for trying things out
            out|   man          Write a manual page for every command
            out|   completions  Write a completion script for a shell to standard output
            out|   help         Print this message or the help of the given subcommand(s)
            out|
            out| Options:
            out|   -h, --help
            out|           Print help (see a summary with '-h')
            out|
            out|   -V, --version
            out|           Print version
        "#]],
    );
}

#[test]
fn help_of_a_release_names_every_option() {
    check(
        &[],
        "release local --help",
        expect![[r#"
        exit 0
        out| Release local git repositories into a directory; the same command goes on after any interruption
        out|
        out| Usage: governance release local [OPTIONS] --manifest <FILE> --workspace <DIR> --out <DIR> <VERSION>
        out|
        out| Arguments:
        out|   <VERSION>
        out|           The version of the release: X.Y.Z, optionally with -rc.N, -prerelease.N, -beta.N or
        out|           -test.N
        out|
        out| Options:
        out|       --manifest <FILE>
        out|           The manifest: which versions belong together, and who needs whom
        out|
        out|       --config <FILE>
        out|           The configuration [default: governance-app.toml in the current folder, if it is there]
        out|
        out|       --changed <REPO>...
        out|           Only these repositories and everything downstream of them
        out|
        out|       --workspace <DIR>
        out|           The folder that holds the git repositories
        out|
        out|       --out <DIR>
        out|           The release directory: appears whole at the end, or not at all
        out|
        out|       --jobs <N>
        out|           Builds at the same time [default: as configured, else the available parallelism]
        out|
        out|       --state <FILE>
        out|           The state file [default: WORKSPACE/.governance/state.db]
        out|
        out|       --verify-reproducible
        out|           Build every component a second time under other conditions and compare every byte
        out|
        out|       --no-reuse
        out|           Build everything anew, even what an earlier release built from the same inputs
        out|
        out|       --format <FORMAT>
        out|           How the result is written
        out|
        out|           Possible values:
        out|           - text: For people
        out|           - json: For programs; carries a `schema`
        out|
        out|           [default: text]
        out|
        out|   -h, --help
        out|           Print help (see a summary with '-h')
    "#]],
    );
}

#[test]
fn usage_errors_end_with_2() {
    check(
        &[],
        "",
        expect![[r#"
            exit 2
            err| The operator's and the maintainer's hand: plan, release and verify across repositories
            err|
            err| Usage: governance <COMMAND>
            err|
            err| Commands:
            err|   plan         Show the plan of a manifest: order, waves, critical path, who waits for whom
            err|   release      Release, and look after releases
            err|   artifacts    Check downloaded release files
            err|   compare      Compare two results
            err|   db           Look after a database file
            err|   policy       What the rules of an organisation are, and what they ask for
            err|   report       Count what the gate said, and what people did
            err|   why          Say what holds a pull request or a release up, and what to type
            err|   key          Keys of your own to sign with
            err|   sign         Sign a statement with a key of your own
            err|   verify       Check whose signature it is that belongs to a statement
            err|   workflow     Write and check the workflow files of repositories
            err|   demo         Create an example organisation and release it for real
            err|   sim          A simulated GitHub, for trying things out
            err|   man          Write a manual page for every command
            err|   completions  Write a completion script for a shell to standard output
            err|   help         Print this message or the help of the given subcommand(s)
            err|
            err| Options:
            err|   -h, --help     Print help (see more with '--help')
            err|   -V, --version  Print version
        "#]],
    );
    check(
        &[],
        "plam",
        expect![[r#"
        exit 2
        err| error: unrecognized subcommand 'plam'
        err|
        err|   tip: a similar subcommand exists: 'plan'
        err|
        err| Usage: governance <COMMAND>
        err|
        err| For more information, try '--help'.
    "#]],
    );
    check(
        &[],
        "release local 1.0 --manifest m --workspace w --out o",
        expect![[r#"
        exit 2
        err| error: invalid value '1.0' for '<VERSION>': "1.0" is not a release version: X.Y.Z, optionally with -rc.N, -prerelease.N, -beta.N or -test.N, with or without a leading v
        err|
        err| For more information, try '--help'.
    "#]],
    );
    check(
        &[],
        "release local 0.1.0 --manifest m --workspace w --out o --jobs 0",
        expect![[r#"
        exit 2
        err| error: invalid value '0' for '--jobs <N>': 0 is not in 1..=1024
        err|
        err| For more information, try '--help'.
    "#]],
    );
}

#[test]
fn a_plan_is_shown_to_people() {
    check(
        &[("m.toml", MANIFEST)],
        "plan --manifest m.toml",
        expect![[r#"
        exit 0
        out| release  release
        out| digest   sha256:6d43e12a72245fd6edcfa2522e763ca7cfa06528d7631f4713a39acaf393ba0e
        out|
        out| wave 0
        out|   a  v0.1.0
        out|
        out| wave 1
        out|   b  v0.1.0  waits for a  binaries b
        out|
        out| order          a, b
        out| critical path  a -> b (2 components)
    "#]],
    );
}

#[test]
fn a_plan_for_programs_has_the_fields_of_its_schema() {
    check(
        &[("m.toml", MANIFEST)],
        "plan --manifest m.toml --version v0.2.0-rc.1 --format json",
        expect![[r#"
        exit 0
        out| {
        out|   "schema": "governance/plan/v1",
        out|   "release": "release",
        out|   "channel": "prerelease",
        out|   "repositories": [
        out|     {
        out|       "name": "a",
        out|       "version": "0.1.0",
        out|       "tag": "v0.1.0",
        out|       "commit": null,
        out|       "requires": [],
        out|       "wave": 0,
        out|       "binaries": [],
        out|       "optional": false,
        out|       "platforms": [
        out|         "linux-x86_64"
        out|       ]
        out|     },
        out|     {
        out|       "name": "b",
        out|       "version": "0.1.0",
        out|       "tag": "v0.1.0",
        out|       "commit": null,
        out|       "requires": [
        out|         "a"
        out|       ],
        out|       "wave": 1,
        out|       "binaries": [
        out|         "b"
        out|       ],
        out|       "optional": false,
        out|       "platforms": [
        out|         "linux-x86_64"
        out|       ]
        out|     }
        out|   ],
        out|   "order": [
        out|     "a",
        out|     "b"
        out|   ],
        out|   "waves": [
        out|     [
        out|       "a"
        out|     ],
        out|     [
        out|       "b"
        out|     ]
        out|   ],
        out|   "critical_path": [
        out|     "a",
        out|     "b"
        out|   ],
        out|   "digest": "sha256:5d49e8698ec34b936182f8e4a584d9b957b8660e4e779a9eb6aa03e9426167b8"
        out| }
    "#]],
    );
}

#[test]
fn a_plan_can_be_drawn() {
    check(
        &[("m.toml", MANIFEST)],
        "plan --manifest m.toml --changed b --format mermaid",
        expect![[r#"
        exit 0
        out| flowchart LR
        out|   n0["a 0.1.0"]
        out|   n1["b 0.1.0"]
        out|   n0 --> n1
    "#]],
    );
    check(
        &[("m.toml", MANIFEST)],
        "plan --manifest m.toml --format dot",
        expect![[r#"
        exit 0
        out| digraph plan {
        out|   rankdir=LR;
        out|   node [shape=box];
        out|   "a" [label="a\n0.1.0"];
        out|   "b" [label="b\n0.1.0"];
        out|   "a" -> "b" [style=bold];
        out| }
    "#]],
    );
}

#[test]
fn a_wrong_manifest_or_configuration_is_named_with_its_places() {
    check(
        &[],
        "plan --manifest none.toml",
        expect![[r#"
        exit 2
        err| error: failed to read none.toml: No such file or directory (os error 2)
        err| help: check the path
    "#]],
    );
    let cycle = MANIFEST.replace("a = { version", "a = { requires = [\"b=0.1.0\"], version");
    check(
        &[("m.toml", &cycle)],
        "plan --manifest m.toml",
        expect![[r#"
        exit 2
        err| error: m.toml:2:19: components wait for each other: a -> b -> a
        err| help: remove one of these requirements, or one of [release.after] in the configuration
    "#]],
    );
    let files = [
        ("m.toml", MANIFEST),
        ("governance-app.toml", "[release]\nruners = 1\nname = 'a b'\n"),
    ];
    check(
        &files,
        "plan --manifest m.toml",
        expect![[r#"
        exit 2
        err| error: governance-app.toml:2:1: unknown key `runers` in [release]
        err| help: did you mean `runners`?
        err| error: governance-app.toml:3:8: `name`: "a b" is not a release name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
        err| help: correct the value
    "#]],
    );
    check(
        &files,
        "plan --manifest m.toml --config none.toml",
        expect![[r#"
        exit 2
        err| error: failed to read none.toml: No such file or directory (os error 2)
        err| help: check the path
    "#]],
    );
    check(
        &[("m.toml", MANIFEST)],
        "plan --manifest m.toml --changed c",
        expect![[r#"
        exit 2
        err| error: no component of the plan is named c
        err| help: name repositories as the manifest does, or by an alias
    "#]],
    );
    check(
        &[("m.toml", MANIFEST)],
        "plan --manifest m.toml --workspace .",
        expect![[r#"
            exit 2
            err| error: a is in none of: ./a
            err| help: clone the repository there, name another `--workspace DIR`, or set `path` in `[repositories.a]`
            err| error: b is in none of: ./b
            err| help: clone the repository there, name another `--workspace DIR`, or set `path` in `[repositories.b]`
        "#]],
    );
}

#[test]
fn a_configuration_in_the_current_folder_is_used() {
    let files = [
        ("m.toml", MANIFEST),
        ("governance-app.toml", "[release]\nname = 'commons'\n"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let plan = governance(folder.path(), "plan --manifest m.toml --format json");
    assert!(
        String::from_utf8(plan.stdout)
            .unwrap()
            .contains("\"release\": \"commons\"")
    );
}

#[test]
fn a_state_file_is_made_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    expect![[r#"
        exit 0
        out| state.db created, schema 7
    "#]]
    .assert_eq(&transcript(folder.path(), "db migrate --state state.db"));
    expect![[r#"
        exit 0
        out| {
        out|   "file": "state.db",
        out|   "from": 7,
        out|   "schema": "governance/database-migration/v1",
        out|   "to": 7
        out| }
    "#]]
    .assert_eq(&transcript(
        folder.path(),
        "db migrate --state state.db --format json",
    ));
    expect![[r#"
        exit 0
        out| state.db: schema 7 of 7
        out|   1. ok      every page and index is sound
        out|   2. ok      no row is an orphan
        out|   3. ok      the journal of a release has no gap and ends at its revision
        out|   4. ok      every inbox row that made a revision has it in the journal
        out|   5. ok      every revision that came from an inbox row is on that row
        out|   6. ok      no build is newer than its release
        out|   7. ok      no timer is newer than its release
        out|   8. ok      every intent belongs to the release or pull request in its id
        out|   9. ok      a release that ended holds no pool slot with an unsent intent
        out|  10. ok      no intent waits for which a newer one stands
        out|  11. ok      the decisions about a pull request have no gap and end at its revision
        out|  12. ok      the versions of the rules have no gap
        out|  13. ok      every journal folds to the rows of its release
        out| sound
    "#]]
    .assert_eq(&transcript(folder.path(), "db check --state state.db"));
    std::fs::write(folder.path().join("foreign.db"), "not a database at all").unwrap();
    expect![[r#"
        exit 2
        err| error: foreign.db is not a database of governance-app: not a database
        err| help: name another file with `--state FILE`
    "#]]
    .assert_eq(&transcript(folder.path(), "db check --state foreign.db"));
    expect![[r#"
        exit 2
        err| error: none.db cannot be opened: No such file or directory (os error 2)
        err| help: check the path; `governance db migrate` creates a state file
    "#]]
    .assert_eq(&transcript(folder.path(), "db check --state none.db"));
}

#[test]
fn directories_that_are_no_releases_are_a_clear_no() {
    check(
        &[("x", "1")],
        "artifacts verify .",
        expect![[r#"
        exit 1
        out|  1 ok      the files can be listed: 1 files
        out|  2 FAILED  release-manifest.json is canonical: failed to open release-manifest.json: there is no such file in the release
        out|            help: download the release again from where it was published; if it fails again, do not use it and tell its publishers
        out|  3 FAILED  SHA256SUMS is canonical: failed to open SHA256SUMS: there is no such file in the release
        out|            help: download the release again from where it was published; if it fails again, do not use it and tell its publishers
        out|  4 not run the set of files is exact: the manifest could not be read
        out|  5 not run SHA256SUMS covers every asset: SHA256SUMS could not be read
        out|  6 not run every file has its digest of SHA256SUMS: SHA256SUMS could not be read
        out|  7 not run every archive has its digest and size of the manifest: the manifest could not be read
        out|  8 not run every archive holds the members of the manifest: the manifest could not be read
        out|  9 not run every archive has the name of its component, version and platform: the manifest could not be read
        out| 10 not run the unified archives hold everything: the manifest could not be read
        out| 11 not run every required component was built: the manifest could not be read
        out| 12 not run RELEASE_NOTES.md tells what the manifest tells: the manifest could not be read
        out| 13 FAILED  release-evidence.json belongs to this release: failed to open release-evidence.json: there is no such file in the release
        out|            help: download the release again from where it was published; if it fails again, do not use it and tell its publishers
        out| 14 not run it is the expected release: the manifest could not be read
        out| refused: the release, 13 of 14 checks did not pass
    "#]],
    );
    check(
        &[],
        "artifacts verify none",
        expect![[r#"
        exit 2
        err| error: failed to read the directory none: No such file or directory (os error 2)
        err| help: check the path
    "#]],
    );
    check(
        &[("x", "1")],
        "compare dirs . .",
        expect![[r#"
        exit 0
        out| identical    x: sha256:6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b
        out| identical: 1 files
    "#]],
    );
    check(
        &[("x", "1")],
        "compare dirs . x",
        expect![[r#"
        exit 2
        err| error: failed to read the directory x: Not a directory (os error 20)
        err| help: check the path
    "#]],
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("m.toml"), MANIFEST).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
    command
        .current_dir(folder.path())
        .args(["plan", "--manifest", "m.toml"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(
        (output.status.code(), output.stderr.as_slice()),
        (Some(0), &b""[..])
    );
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(
        governance(folder.path(), "man --dir pages").status.code(),
        Some(0)
    );
    for page in [
        "governance.1",
        "governance-plan.1",
        "governance-release-local.1",
        "governance-demo.1",
        "governance-workflow-check.1",
    ] {
        assert!(folder.path().join("pages").join(page).is_file(), "{page}");
    }
    assert!(
        String::from_utf8(governance(folder.path(), "man").stdout)
            .unwrap()
            .contains(".TH governance 1")
    );
}

#[test]
fn settings_that_no_repository_of_the_manifest_reads_are_named() {
    let configuration = "[repositories.b]\naliases = ['beta']\n[repositories.bb]\noptional = true\n";
    check(
        &[("m.toml", MANIFEST), ("governance-app.toml", configuration)],
        "plan --manifest m.toml --format mermaid",
        expect![[r#"
            exit 0
            out| flowchart LR
            out|   n0["a 0.1.0"]
            out|   n1["b 0.1.0"]
            out|   n0 ==> n1
            err| warning: the configuration has [repositories.bb], which is not in the manifest; nothing reads it
            err| help: correct the name, or add the manifest's name to its `aliases`
        "#]],
    );
}
