//! A component reads what another one declared as its artifact: it lies there also when that one is not built again.

use crate::released::{begun, notes, released};
use house_tests::{Component, Gate, Organisation, Stop, processes_below};
use std::fs;

/// What happens to the source folder between a kill and the same command.
#[derive(Debug, Clone, Copy)]
enum Between {
    Nothing,
    SourcesRemoved,
    ArtifactDamaged,
    AnotherRelease,
}

const BETWEEN: [Between; 4] = [
    Between::Nothing,
    Between::SourcesRemoved,
    Between::ArtifactDamaged,
    Between::AnotherRelease,
];

/// A base that makes a program in a folder of its own, and a tool whose bytes are what that program says.
fn organisation() -> Organisation {
    let program = "printf '#!/bin/sh\\necho %s\\n' \"$(cat word)\" > out/deep/base";
    let base = format!(
        "{}mkdir -p out/deep\n{program}\nchmod 755 out/deep/base",
        notes("base")
    );
    let tool = format!(
        "{}{}../base/out/deep/base > tool",
        notes("tool"),
        Gate::line("tool")
    );
    let organisation = Organisation::of(&[
        Component::new("base")
            .building(&base)
            .with_binary("base")
            .with_file("word", "first\n"),
        Component::new("tool")
            .needing("base")
            .building(&tool)
            .with_binary("tool"),
    ]);
    let text = fs::read_to_string(organisation.configuration()).unwrap();
    organisation
        .write_configuration(&text.replace("artifacts = [\"base\"]", "artifacts = [\"out/deep/base\"]"));
    organisation
}

fn manifest(organisation: &Organisation, base: &str, tool: &str) {
    organisation.write_manifest(&format!(
        "[versions]\n\
         base = {{ version = \"{base}\", git_tag = \"v{base}\", binaries = [\"base\"] }}\n\
         tool = {{ version = \"{tool}\", git_tag = \"v{tool}\", requires = [\"base={base}\"], binaries = [\"tool\"] }}\n"
    ));
}

/// Another word in the base, and another commit of the tool.
fn moved_on(organisation: &Organisation) {
    organisation
        .repository("base")
        .write("word", "second\n")
        .commit("Second")
        .tag("v0.9.0");
    organisation
        .repository("tool")
        .write("more", "more\n")
        .commit("More")
        .tag("v0.2.0");
}

fn close(organisation: &Organisation) {
    for name in ["tool.open", "tool.reached"] {
        let _absent_at_first = fs::remove_file(organisation.folder().join(name));
    }
}

fn disturb(organisation: &Organisation, between: Between) {
    let artifact = organisation.sources().join("base/out/deep/base");
    match between {
        Between::Nothing => {}
        Between::SourcesRemoved => fs::remove_dir_all(organisation.sources()).unwrap(),
        Between::ArtifactDamaged => fs::write(artifact, "#!/bin/sh\necho damaged\n").unwrap(),
        Between::AnotherRelease => {
            organisation.gate("tool").open();
            manifest(organisation, "0.9.0", "0.2.0");
            let out = organisation.folder().join("another");
            let release = organisation.release_into("0.9.0", &out);
            let state = organisation.folder().join("another.db");
            release.option("--state", &state).run().ends_with(0);
            assert_eq!(released(&out, "tool", "0.2.0"), "second\n");
        }
    }
}

/// Kills the release of this version when its tool is being built, and lets it be resumed.
#[track_caller]
fn killed_and_resumed(organisation: &Organisation, version: &str, tool: &str, between: Between) {
    let out = organisation.folder().join(version);
    let release = organisation.release_into(version, &out);
    manifest(organisation, "0.1.0", tool);
    let mut running = release.start();
    organisation.gate("tool").is_reached();
    running.stop(Stop::Kill);
    assert_eq!(running.ends().code, None);
    disturb(organisation, between);
    begun(organisation);
    manifest(organisation, "0.1.0", tool);
    close(organisation);
    let running = release.start();
    // The orphan would be let through as well, and its end be taken for what it is.
    organisation.gate("tool").is_reached();
    organisation.gate("tool").open();
    running.ends().ends_with(0);
    assert_eq!(begun(organisation), ["tool"], "{between:?}");
    assert_eq!(released(&out, "tool", tool), "first\n", "{between:?}");
    assert_eq!(processes_below(&organisation.sources()), [], "{between:?}");
}

#[test]
fn a_reused_artifact_lies_where_its_build_left_it() {
    for between in [
        Between::Nothing,
        Between::SourcesRemoved,
        Between::ArtifactDamaged,
    ] {
        let organisation = organisation();
        organisation.gate("tool").open();
        organisation.release("0.1.0").run().ends_with(0);
        moved_on(&organisation);
        begun(&organisation);
        disturb(&organisation, between);
        manifest(&organisation, "0.1.0", "0.2.0");
        let out = organisation.folder().join("second");
        organisation.release_into("0.2.0", &out).run().ends_with(0);
        assert_eq!(begun(&organisation), ["tool"], "{between:?}");
        assert_eq!(released(&out, "tool", "0.2.0"), "first\n", "{between:?}");
        assert_eq!(
            released(&out, "base", "0.1.0"),
            released(&organisation.out(), "base", "0.1.0")
        );
    }
}

#[test]
fn it_lies_there_also_after_a_kill_and_whatever_came_between() {
    for between in BETWEEN {
        let organisation = organisation();
        organisation.gate("tool").open();
        organisation.release("0.1.0").run().ends_with(0);
        moved_on(&organisation);
        close(&organisation);
        killed_and_resumed(&organisation, "0.2.0", "0.2.0", between);
    }
}

#[test]
fn so_does_the_artifact_of_a_build_of_the_same_release() {
    for between in BETWEEN {
        let organisation = organisation();
        moved_on(&organisation);
        killed_and_resumed(&organisation, "0.1.0", "0.1.0", between);
    }
}
