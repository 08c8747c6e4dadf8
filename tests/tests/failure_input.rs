//! What was typed or written does not fit: the exit code is 2, every mistake is named at once with its place, nothing is begun.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

use house_tests::{Answer, Component, Governance, Organisation, Repository, contents};
use std::fs;

fn pair() -> Organisation {
    Organisation::of(&[
        Component::new("base").building("echo one > base.txt"),
        Component::new("tool")
            .needing("base")
            .building("cp ../base/base.txt tool")
            .with_binary("tool"),
    ])
}

fn plan(organisation: &Organisation) -> Governance {
    Governance::new()
        .args(["plan"])
        .option("--manifest", &organisation.manifest())
        .option("--config", &organisation.configuration())
}

/// Both `plan` and `release local` refuse, in these words, and the release begins nothing.
#[track_caller]
fn refused(organisation: &Organisation, texts: &[&str]) {
    for answer in [plan(organisation).run(), organisation.release("0.1.0").run()] {
        let answer: Answer = answer.ends_with(2).says(texts);
        assert_eq!(answer.output, "", "{answer}");
        assert!(answer.error.contains("help: "), "{answer}");
    }
    assert!(!organisation.out().exists());
    assert!(!organisation.state().exists());
}

#[test]
fn every_missing_tag_is_named_with_the_nearest_there_are() {
    let organisation = pair();
    for name in ["base", "tool"] {
        organisation
            .repository(name)
            .git(&["tag", "v0.1.0-rc.1", "v0.1.0"]);
        organisation.repository(name).git(&["tag", "--delete", "v0.1.0"]);
    }
    let answer = organisation
        .release("0.1.0")
        .run()
        .ends_with(2)
        .says(&["v0.1.0-rc.1", "git fetch --tags"]);
    for name in ["base", "tool"] {
        let named = answer.error.lines().any(|line| {
            line.starts_with("error: ")
                && line.contains("v0.1.0")
                && line.contains(&format!("workspace/{name}"))
        });
        assert!(named, "{answer}");
    }
    assert!(!organisation.state().exists());
    organisation.repository("base").git(&["tag", "v0.1.0"]);
    organisation.repository("tool").git(&["tag", "v0.1.0"]);
    organisation.release("0.1.0").run().ends_with(0);
}

#[test]
fn a_repository_that_is_not_there_is_named_with_where_it_was_looked_for() {
    let organisation = pair();
    fs::rename(
        organisation.workspace().join("base"),
        organisation.folder().join("away"),
    )
    .unwrap();
    let looked = organisation.workspace().join("base").display().to_string();
    organisation.release("0.1.0").run().ends_with(2).says(&[
        "base is in none of",
        &looked,
        "[repositories.base]",
    ]);
}

#[test]
fn a_dirty_checkout_is_named_and_the_tag_is_released() {
    let organisation = pair();
    let repository: Repository = organisation.repository("base");
    repository
        .write("build.sh", "exit 1\n")
        .write("notes.txt", "mine\n");
    let before = contents(repository.folder());
    organisation.release("0.1.0").run().ends_with(0).says(&[
        "warning: base: ",
        "build.sh",
        "notes.txt",
        "the tag is released",
    ]);
    assert_eq!(contents(repository.folder()), before);
}

#[test]
fn a_cycle_is_shown_as_a_way_around() {
    let organisation = pair();
    organisation.write_manifest(
        "[versions]\n\
         base = { version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [\"tool=0.1.0\"] }\n\
         tool = { version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [\"base=0.1.0\"] }\n",
    );
    refused(&organisation, &["versions.toml:2:", "base -> tool -> base"]);
}

#[test]
fn all_mistakes_of_a_manifest_are_named_at_once_with_their_places() {
    let rows: [(&str, &[&str]); 5] = [
        (
            "[versions]\n\
             base = { version = \"0.1.0\", git_tag = \"v0.2.0\" }\n\
             tool = { version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [\"nobody=0.1.0\", \"tool=0.1.0\"] }\n",
            &[
                "versions.toml:2:39: ",
                "versions.toml:3:61: tool requires nobody",
                "versions.toml:3:77: ",
                "requires itself",
            ],
        ),
        (
            "[versions]\nbase = { version = \"one\", git_tag = \"v0.1.0\" }\n",
            &["versions.toml:2:20: "],
        ),
        (
            "[versions]\nbase = { version = \"0.1.0\", git_tag = \"v0.1.0\" }\nbase = { version = \"0.1.0\" }\n",
            &["versions.toml:3:1: "],
        ),
        ("[versions\n", &["versions.toml:1:10: "]),
        ("", &["versions.toml:1:1: "]),
    ];
    for (manifest, texts) in rows {
        let organisation = pair();
        organisation.write_manifest(manifest);
        refused(&organisation, texts);
    }
}

#[test]
fn all_mistakes_of_a_configuration_are_named_at_once_with_their_places() {
    let rows: [(&str, &[&str]); 3] = [
        (
            "[release]\nname = \"a b\"\nrunnerz = 2\nretry_budget = -1\n[repositories.tool]\noptional = \"yes\"\n",
            &[
                "governance-app.toml:2:8: ",
                "governance-app.toml:3:1: unknown key `runnerz`",
                "did you mean `runners`?",
                "governance-app.toml:4:16: ",
                "governance-app.toml:6:12: ",
            ],
        ),
        ("release]\n", &["governance-app.toml:1:8: "]),
        (
            "[repositories.tool]\nartifacts = [\"../../etc/passwd\"]\n",
            &["governance-app.toml:2:14: "],
        ),
    ];
    for (configuration, texts) in rows {
        let organisation = pair();
        organisation.write_configuration(configuration);
        refused(&organisation, texts);
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let organisation = pair();
    fs::remove_file(organisation.manifest()).unwrap();
    refused(&organisation, &["versions.toml", "No such file"]);
}

#[test]
fn an_occupied_release_directory_is_left_alone() {
    let organisation = pair();
    fs::create_dir(organisation.out()).unwrap();
    fs::write(organisation.out().join("mine"), "precious").unwrap();
    let before = contents(&organisation.out());
    organisation
        .release("0.1.0")
        .run()
        .ends_with(2)
        .says(&["exists already", "--out DIR"]);
    assert_eq!(contents(&organisation.out()), before);
    // An empty one is as good as none.
    fs::remove_file(organisation.out().join("mine")).unwrap();
    organisation.release("0.1.0").run().ends_with(0);
}

#[test]
fn a_version_cannot_be_released_from_another_plan() {
    let organisation = pair();
    organisation.release("0.1.0").run().ends_with(0);
    let repository = organisation.repository("base");
    repository
        .write("more", "")
        .commit("More")
        .git(&["tag", "--force", "v0.1.0"]);
    organisation
        .release_into("0.1.0", &organisation.folder().join("other"))
        .run()
        .ends_with(2)
        .says(&["release 0.1.0 was started with another plan", "help: "]);
    assert!(!organisation.folder().join("other").exists());
    organisation
        .release_into("0.1.1", &organisation.folder().join("other"))
        .run()
        .ends_with(0);
}

#[test]
fn a_version_that_is_none_is_explained() {
    for version in ["1.2", "0.1.0-alpha.1", "v", "0.1.0-rc.01", "1.0.0+build"] {
        pair().release(version).run().ends_with(2).says(&["VERSION"]);
    }
    // With or without the `v` it is the same version.
    let organisation = pair();
    organisation.release("v0.1.0-rc.1").run().ends_with(0);
    organisation.release("0.1.0-rc.1").run().ends_with(0);
}
