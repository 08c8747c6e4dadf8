//! The demo: one command, and what a newcomer checks of it with the machine's own tools. Here builds are cargo's.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

use house_tests::{Component, Governance, Organisation, ReleaseFolder, contents};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

fn demo(folder: &Path) -> Governance {
    Governance::new().args(["demo"]).option("--dir", folder)
}

#[test]
fn a_demo_ends_with_a_release_that_anybody_can_check() {
    let folder = tempfile::tempdir().unwrap();
    // Absent, with a blank in its name; the folder above is there.
    let place = folder.path().join("my demo");
    let answer = demo(&place).run().ends_with(0);
    let out = place.join("release");
    for line in ["sha256sum -c SHA256SUMS)", "artifacts verify '"] {
        assert!(answer.output.contains(line), "{answer}");
    }
    // The commands that it prints are those that work.
    let commands: Vec<&str> = answer
        .output
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .collect();
    assert_eq!(commands.len(), 2, "{answer}");
    for command in commands {
        assert!(
            Command::new("sh")
                .args(["-c", command])
                .output()
                .unwrap()
                .status
                .success(),
            "{command}"
        );
    }
    let release = ReleaseFolder::at(&out);
    release.agrees_with_sha256sum();
    let report = Governance::new()
        .args(["artifacts", "verify"])
        .args([&out])
        .json();
    assert_eq!(report["verdict"], "verified", "{report}");
    let archive = format!("example-0.1.0-linux-{}.tar.gz", std::env::consts::ARCH);
    let unpacked = folder.path().join("unpacked");
    release.unpack(&archive, &unpacked);
    let mut programs = 0;
    for entry in fs::read_dir(&unpacked).unwrap() {
        let program = entry.unwrap().path();
        let output = Command::new(&program).arg("--help").output().unwrap();
        assert!(
            output.status.success() && !output.stdout.is_empty(),
            "{}",
            program.display()
        );
        programs += 1;
    }
    assert_eq!(programs, 8);
    for file in ["release-manifest.json", "release-evidence.json"] {
        let document: Value = serde_json::from_str(&release.text(file)).unwrap();
        assert!(
            document["schema"].as_str().unwrap().starts_with("governance/"),
            "{file}"
        );
    }
    // The same command again finds it published.
    let before = contents(&out);
    assert!(
        demo(&place)
            .run()
            .ends_with(0)
            .output
            .contains("is published already")
    );
    assert_eq!(contents(&out), before);
}

#[test]
fn a_demo_takes_an_empty_folder_and_answers_programs() {
    let folder = tempfile::tempdir().unwrap();
    let release = demo(folder.path()).json();
    assert_eq!(
        (&release["schema"], &release["state"]),
        (&"governance/release/v1".into(), &"published".into())
    );
    assert_eq!(release["builds"].as_array().unwrap().len(), 6);
    ReleaseFolder::at(&folder.path().join("release")).agrees_with_sha256sum();
}

#[test]
fn a_demo_leaves_a_foreign_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "precious").unwrap();
    let before = contents(folder.path());
    demo(folder.path())
        .run()
        .ends_with(2)
        .says(&["neither empty nor the folder of a demo", "--dir DIR"]);
    assert_eq!(contents(folder.path()), before);
    let file = folder.path().join("mine");
    demo(&file).run().ends_with(2).says(&["mine"]);
}

#[test]
fn the_example_is_reproducible() {
    let organisation = Organisation::example();
    organisation
        .release("0.1.0")
        .args(["--verify-reproducible"])
        .run()
        .ends_with(0);
    let once = organisation.folder().join("once");
    organisation
        .release_into("0.1.0", &once)
        .option("--state", &organisation.folder().join("once.db"))
        .run()
        .ends_with(0);
    assert_eq!(
        ReleaseFolder::at(&organisation.out()).what(),
        ReleaseFolder::at(&once).what()
    );
}

#[test]
fn what_is_not_reproducible_is_named_with_the_place() {
    let time = "printf 0123456789 > tool\ndate +%N >> tool";
    let rows = [
        time,
        "printf 0123456789 > tool\necho \"$HOME\" >> tool",
        "printf 0123456789 > tool\ndate -d @0 +%Z%H >> tool",
        "printf 0123456789 > tool\numask >> tool",
    ];
    for script in rows {
        let organisation = Organisation::of(&[
            Component::new("steady")
                .building("echo steady > steady")
                .with_binary("steady"),
            Component::new("tool").building(script).with_binary("tool"),
        ]);
        let answer = organisation
            .release("0.1.0")
            .args(["--verify-reproducible"])
            .run()
            .ends_with(1);
        let text = "not reproducible: tool is not reproducible: a second build at the same place differs in tool from byte 1";
        assert!(answer.output.contains(text), "{script}\n{answer}");
        assert!(!organisation.out().exists());
        let release = organisation.order("show", "0.1.0").json();
        let states = [&release["builds"][0]["state"], &release["builds"][1]["state"]];
        assert_eq!(states, [&Value::from("succeeded"), &Value::from("failed")]);
    }
}

/// A tool whose first build fails, and whose later ones differ from each other.
fn fails_first() -> Organisation {
    let script = "test -e ../../../../mended || exit 1\ndate +%N > tool";
    Organisation::of(&[Component::new("tool").building(script).with_binary("tool")])
}

fn mend(organisation: &Organisation) {
    std::fs::write(organisation.folder().join("mended"), "").unwrap();
}

#[test]
fn a_release_keeps_the_comparison_that_it_was_begun_with() {
    let compared = fails_first();
    let flag = ["--verify-reproducible"];
    compared.release("0.1.0").args(flag).run().ends_with(1);
    mend(&compared);
    compared
        .release("0.1.0")
        .run()
        .ends_with(1)
        .says(&["not reproducible"]);

    let once = fails_first();
    once.release("0.1.0").run().ends_with(1);
    mend(&once);
    let begun = "release 0.1.0 was begun without a second build of everything";
    once.release("0.1.0")
        .args(flag)
        .run()
        .ends_with(2)
        .says(&[begun, "--state FILE"]);
    once.release("0.1.0").run().ends_with(0);
}
