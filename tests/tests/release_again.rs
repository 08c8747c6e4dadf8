//! A release and the next one: equal bytes, reuse, what changed, what is optional, platforms, and a published one again.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

use house_tests::{Component, Governance, Organisation, ReleaseFolder, contents};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Two libraries, each with a tool that is made from its library's sources; every build notes that it was begun.
fn four() -> Organisation {
    let build = |name: &str, rest: &str| format!("echo {name} >> ../../../../begun\n{rest}");
    Organisation::of(&[
        Component::new("base").building(&build("base", "echo one > base.txt")),
        Component::new("tool")
            .needing("base")
            .building(&build("tool", "cat ../base/build.sh build.sh > tool"))
            .with_binary("tool"),
        Component::new("side").building(&build("side", "echo two > side.txt")),
        Component::new("other")
            .needing("side")
            .building(&build("other", "cat ../side/build.sh build.sh > other"))
            .with_binary("other"),
    ])
}

/// The builds begun since the last look, sorted.
fn begun(organisation: &Organisation) -> Vec<String> {
    let file = organisation.folder().join("begun");
    let mut names: Vec<String> = fs::read_to_string(&file)
        .unwrap_or_default()
        .lines()
        .map(str::to_owned)
        .collect();
    let _absent_if_nothing_was_begun = fs::remove_file(&file);
    names.sort();
    names
}

fn compare(left: &Path, right: &Path) -> Governance {
    Governance::new().args(["compare", "dirs"]).args([left, right])
}

fn verify(folder: &Path) -> Governance {
    Governance::new().args(["artifacts", "verify"]).args([folder])
}

fn document(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&ReleaseFolder::at(folder).text(name)).unwrap()
}

fn evidence(folder: &Path) -> Value {
    document(folder, "release-evidence.json")["content"].take()
}

fn states(organisation: &Organisation, version: &str) -> Vec<(String, String)> {
    let release = organisation.order("show", version).json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let builds = release["builds"].as_array().unwrap();
    builds
        .iter()
        .map(|build| (text(&build["repository"]), text(&build["state"])))
        .collect()
}

fn archive(name: &str, version: &str) -> String {
    format!("{name}-{version}-linux-{}.tar.gz", std::env::consts::ARCH)
}

/// A second release of the same tags elsewhere: another state, another directory, one build at a time.
fn elsewhere(organisation: &Organisation, more: &[&str]) -> PathBuf {
    let out = organisation.folder().join("elsewhere/release");
    fs::create_dir_all(out.parent().unwrap()).unwrap();
    organisation
        .release_into("0.1.0", &out)
        .option("--state", &organisation.folder().join("elsewhere/other.db"))
        .args(more.iter().copied())
        .run()
        .ends_with(0);
    out
}

#[test]
fn the_same_tags_give_the_same_bytes_and_compare_says_so() {
    let organisation = four();
    organisation
        .release("0.1.0")
        .args(["--jobs", "4"])
        .run()
        .ends_with(0);
    let other = elsewhere(&organisation, &["--jobs", "1"]);
    assert_eq!(begun(&organisation).len(), 8);
    let (release, again) = (ReleaseFolder::at(&organisation.out()), ReleaseFolder::at(&other));
    assert_eq!(release.what(), again.what());

    let answer = compare(&organisation.out(), &other).run().ends_with(0);
    assert!(answer.output.contains("identical"), "{answer}");
    let report = compare(&organisation.out(), &other).json();
    assert_eq!(report["verdict"], "identical", "{report}");

    fs::copy(
        other.join("release-evidence.json"),
        organisation.folder().join("kept"),
    )
    .unwrap();
    let file = other.join(archive("tool", "0.1.0"));
    let mut bytes = fs::read(&file).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&file, bytes).unwrap();
    let answer = compare(&organisation.out(), &other).run().ends_with(1);
    assert!(
        answer.output.contains("different") && answer.output.contains(&archive("tool", "0.1.0")),
        "{answer}"
    );
    assert_eq!(
        compare(&organisation.out(), &other).json()["verdict"],
        "different"
    );
    verify(&other).run().ends_with(1);
    verify(&organisation.out()).run().ends_with(0);
}

#[test]
fn what_an_earlier_release_built_is_reused_and_said_so() {
    let organisation = four();
    organisation.release("0.1.0").run().ends_with(0);
    begun(&organisation);
    let first = organisation.order("show", "0.1.0").json();
    assert_eq!(first["state"], "published");

    // One tool moves on: it alone is built.
    let tool = organisation.repository("tool");
    tool.write(
        "build.sh",
        &format!(
            "{}# more\n",
            fs::read_to_string(tool.folder().join("build.sh")).unwrap()
        ),
    );
    tool.commit("More").git(&["tag", "--force", "v0.1.0"]);
    let out = organisation.folder().join("second");
    let answer = organisation.release_into("0.2.0", &out).run().ends_with(0);
    assert_eq!(begun(&organisation), ["tool"]);
    assert!(
        answer
            .error
            .contains("reused, an earlier release built exactly this"),
        "{answer}"
    );
    assert!(
        answer
            .output
            .contains("reused from an earlier release (`--no-reuse` builds anew): "),
        "{answer}"
    );
    let expected = [
        ("base", "reused"),
        ("other", "reused"),
        ("side", "reused"),
        ("tool", "succeeded"),
    ];
    let expected = expected.map(|(name, state)| (name.to_owned(), state.to_owned()));
    assert_eq!(states(&organisation, "0.2.0"), expected);
    let evidence = evidence(&out);
    for build in evidence["builds"].as_array().unwrap() {
        let from = build["reused_from"].as_str();
        match build["repository"].as_str().unwrap() {
            "tool" => assert_eq!(from, None, "{build}"),
            _ => assert!(from.unwrap().contains("play@0.1.0"), "{build}"),
        }
    }
    verify(&out).run().ends_with(0);
    let manifest = fs::read_to_string(out.join("release-manifest.json")).unwrap();
    assert!(
        !manifest.contains("reused"),
        "how it was made belongs into the evidence\n{manifest}"
    );

    // Without reuse everything is built, into the same bytes.
    let anew = organisation.folder().join("anew");
    let state = organisation.folder().join("anew.db");
    organisation
        .release_into("0.2.0", &anew)
        .option("--state", &state)
        .run()
        .ends_with(0);
    assert_eq!(begun(&organisation).len(), 4);
    assert_eq!(ReleaseFolder::at(&anew).what(), ReleaseFolder::at(&out).what());
}

#[test]
fn no_reuse_builds_everything_but_this_releases_own_finished_builds() {
    let organisation = four();
    organisation.release("0.1.0").run().ends_with(0);
    begun(&organisation);
    // The second release stalls once, then goes on: what it had built itself is kept in spite of `--no-reuse`.
    let configuration = fs::read_to_string(organisation.configuration()).unwrap();
    let broken = "[ -e ../../../../mended ] || { echo 'error[E0425]'; exit 1; }; sh -e build.sh";
    let other = "[repositories.other]\nbuild = [\"sh\", \"-e\", \"build.sh\"]";
    assert!(configuration.contains(other));
    let changed = format!("[repositories.other]\nbuild = [\"sh\", \"-ec\", \"{broken}\"]");
    organisation.write_configuration(&configuration.replace(other, &changed));
    let out = organisation.folder().join("second");
    let second = organisation.release_into("0.2.0", &out).args(["--no-reuse"]);
    second.run().ends_with(1);
    assert_eq!(begun(&organisation), ["base", "side", "tool"]);
    fs::write(organisation.folder().join("mended"), "").unwrap();
    second.run().ends_with(0);
    assert_eq!(begun(&organisation), ["other"]);
}

#[test]
fn a_reused_artifact_that_was_damaged_is_built_anew() {
    let organisation = four();
    organisation.release("0.1.0").run().ends_with(0);
    begun(&organisation);
    let objects = organisation
        .state()
        .with_file_name("state.db.work")
        .join("objects");
    for entry in fs::read_dir(objects).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::remove_file(&path).unwrap();
            fs::write(&path, "damaged").unwrap();
        }
    }
    let out = organisation.folder().join("second");
    organisation.release_into("0.2.0", &out).run().ends_with(0);
    assert_eq!(begun(&organisation), ["other", "tool"]);
    verify(&out).run().ends_with(0);
}

#[test]
fn only_what_changed_and_everything_downstream_is_released() {
    let organisation = four();
    let answer = organisation
        .release("0.1.0")
        .args(["--changed", "base"])
        .run()
        .ends_with(0);
    assert_eq!(begun(&organisation), ["base", "tool"], "{answer}");
    let names = ReleaseFolder::at(&organisation.out()).names();
    assert!(
        names.contains(&archive("tool", "0.1.0")) && !names.contains(&archive("other", "0.1.0")),
        "{names:?}"
    );
    verify(&organisation.out()).run().ends_with(0);
    let plan = Governance::new()
        .args(["plan", "--changed", "base", "--manifest"])
        .args([organisation.manifest()])
        .json();
    assert_eq!(plan["order"], json!(["base", "tool"]));
    organisation
        .release("0.2.0")
        .args(["--changed", "nobody"])
        .run()
        .ends_with(2)
        .says(&["nobody"]);
}

#[test]
fn an_optional_component_that_fails_is_listed_and_blocks_nothing() {
    let organisation = Organisation::of(&[
        Component::new("tool")
            .building("echo tool > tool")
            .with_binary("tool"),
        Component::new("extra")
            .building("echo 'error[E0425]: broken'; exit 1")
            .with_binary("extra")
            .configured("optional = true"),
        Component::new("plugin")
            .needing("extra")
            .building("echo plugin > plugin")
            .with_binary("plugin")
            .configured("optional = true"),
    ]);
    let answer = organisation.release("0.1.0").run().ends_with(0);
    assert!(
        answer.output.contains("optional and not in it: extra:"),
        "{answer}"
    );
    let out = organisation.out();
    verify(&out).run().ends_with(0);
    let manifest = document(&out, "release-manifest.json");
    let outcomes: Vec<(&str, &str, bool)> = manifest["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|component| {
            let outcome = component["platforms"][0]["outcome"].as_str().unwrap();
            let optional = component["optional"].as_bool().unwrap();
            (component["repository"].as_str().unwrap(), outcome, optional)
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            ("extra", "failed", true),
            ("plugin", "skipped", true),
            ("tool", "built", false)
        ]
    );
    let notes = ReleaseFolder::at(&out).text("RELEASE_NOTES.md");
    assert!(
        notes.contains("extra") && notes.contains("plugin") && notes.contains("failed"),
        "{notes}"
    );
    let names = ReleaseFolder::at(&out).names();
    assert!(!names.contains(&archive("extra", "0.1.0")), "{names:?}");
}

#[test]
fn a_component_is_built_for_each_of_its_platforms() {
    let script =
        "echo tool > tool\nif [ ! -e ../../../../begun ]; then echo; fi\necho built >> ../../../../begun";
    let organisation = Organisation::of(&[
        Component::new("tool")
            .building(script)
            .with_binary("tool")
            .configured("platforms = [\"linux-x86_64\", \"linux-aarch64\"]"),
        Component::new("after")
            .needing("tool")
            .building("echo after > after")
            .with_binary("after"),
    ]);
    organisation.release("0.1.0").run().ends_with(0);
    assert_eq!(begun(&organisation), ["built", "built"]);
    let names = ReleaseFolder::at(&organisation.out()).names();
    for platform in ["linux-x86_64", "linux-aarch64"] {
        assert!(
            names.contains(&format!("tool-0.1.0-{platform}.tar.gz")),
            "{names:?}"
        );
        assert!(
            names.contains(&format!("play-0.1.0-{platform}.tar.gz")) || platform != "linux-x86_64",
            "{names:?}"
        );
    }
    verify(&organisation.out()).run().ends_with(0);
    let release = organisation.order("show", "0.1.0").json();
    assert_eq!(release["builds"].as_array().unwrap().len(), 3);
}

#[test]
fn a_published_release_is_verified_again_and_a_tampered_one_refused() {
    let organisation = four();
    organisation.release("0.1.0").run().ends_with(0);
    let (before, built) = (contents(&organisation.out()), begun(&organisation).len());
    assert_eq!(built, 4);
    let answer = organisation.release("0.1.0").run().ends_with(0);
    assert!(
        answer.output.contains("is published already, and verified again"),
        "{answer}"
    );
    assert_eq!(
        (contents(&organisation.out()), begun(&organisation).len()),
        (before, 0)
    );

    let file = organisation.out().join(archive("tool", "0.1.0"));
    let whole = fs::read(&file).unwrap();
    fs::write(&file, "tampered").unwrap();
    organisation.release("0.1.0").run().ends_with(1).says(&[
        "release 0.1.0 was published, but its directory does not verify",
        &archive("tool", "0.1.0"),
        "help: ",
    ]);
    fs::write(&file, whole).unwrap();
    organisation.release("0.1.0").run().ends_with(0);
    fs::remove_file(organisation.out().join("SHA256SUMS")).unwrap();
    organisation.release("0.1.0").run().ends_with(1);
    fs::remove_dir_all(organisation.out()).unwrap();
    organisation
        .release("0.1.0")
        .run()
        .ends_with(1)
        .says(&["0.1.0", "help: "]);
    assert_eq!(begun(&organisation).len(), 0);
}
