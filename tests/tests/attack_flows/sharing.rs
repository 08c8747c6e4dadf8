//! Releases of one workspace under two states, each killed in the middle: they share the source folder and nothing else.

use crate::released::{begun, notes, released};
use house_tests::{
    Component, Gate, Governance, Organisation, Process, Running, Stop, processes_below, until,
};
use std::path::PathBuf;

/// A tool that contains a word of its library and of its own, both of the commit; each commit has its gate.
fn organisation() -> Organisation {
    let base = notes("base-$(cat word)");
    let tool = |gate: &str| {
        format!(
            "{}{}cat ../base/word word > tool",
            notes("tool-$(cat word)"),
            Gate::line(gate)
        )
    };
    let organisation = Organisation::of(&[
        Component::new("base").building(&base).with_file("word", "one\n"),
        Component::new("tool")
            .needing("base")
            .building(&tool("one"))
            .with_binary("tool")
            .with_file("word", "one\n"),
    ]);
    organisation
        .repository("base")
        .write("word", "two\n")
        .commit("Two")
        .tag("v0.2.0");
    let repository = organisation.repository("tool");
    repository
        .write("build.sh", &tool("two"))
        .write("word", "two\n")
        .commit("Two")
        .tag("v0.2.0");
    organisation
}

struct Side<'a> {
    organisation: &'a Organisation,
    name: &'static str,
    version: &'static str,
}

impl Side<'_> {
    fn out(&self) -> PathBuf {
        self.organisation.folder().join(format!("release-{}", self.name))
    }

    fn command(&self) -> Governance {
        let version = self.version;
        self.organisation.write_manifest(&format!(
            "[versions]\n\
             base = {{ version = \"{version}\", git_tag = \"v{version}\" }}\n\
             tool = {{ version = \"{version}\", git_tag = \"v{version}\", requires = [\"base={version}\"], binaries = [\"tool\"] }}\n"
        ));
        let state = self.organisation.folder().join(format!("{}.db", self.name));
        self.organisation
            .release_into(version, &self.out())
            .option("--state", &state)
    }

    /// Started, and killed when its tool is at its gate; what it leaves alive.
    fn killed_in_build(&self) -> Vec<Process> {
        let mut running: Running = self.command().start();
        self.organisation.gate(self.name).is_reached();
        running.stop(Stop::Kill);
        assert_eq!(running.ends().code, None);
        let orphans = processes_below(&self.organisation.sources());
        assert!(!orphans.is_empty());
        orphans
    }

    #[track_caller]
    fn has_its_own_bytes(&self) {
        let word = self.name;
        assert_eq!(
            released(&self.out(), "tool", self.version),
            format!("{word}\n{word}\n")
        );
        let verify = Governance::new().args(["artifacts", "verify"]).args([self.out()]);
        verify.run().ends_with(0);
    }
}

#[track_caller]
fn none_lives(organisation: &Organisation, orphans: &[Process]) {
    let alive = processes_below(&organisation.sources());
    let ids: Vec<u32> = alive.iter().map(|process| process.id).collect();
    let survivors: Vec<&Process> = orphans.iter().filter(|orphan| ids.contains(&orphan.id)).collect();
    assert_eq!(survivors, Vec::<&Process>::new());
}

#[test]
fn a_release_under_another_state_comes_between_a_kill_and_the_same_command() {
    let organisation = organisation();
    let one = Side {
        organisation: &organisation,
        name: "one",
        version: "0.1.0",
    };
    let two = Side {
        organisation: &organisation,
        name: "two",
        version: "0.2.0",
    };
    let orphans = one.killed_in_build();
    organisation.gate("two").open();
    two.command().run().ends_with(0);
    two.has_its_own_bytes();
    assert_eq!(processes_below(&organisation.sources()), []);
    none_lives(&organisation, &orphans);
    assert_eq!(
        begun(&organisation),
        ["base-one", "base-two", "tool-one", "tool-two"]
    );

    organisation.gate("one").open();
    one.command().run().ends_with(0);
    one.has_its_own_bytes();
    two.has_its_own_bytes();
    assert_eq!(begun(&organisation), ["tool-one"], "a finished build began again");
    assert_eq!(processes_below(&organisation.sources()), []);
}

#[test]
fn two_releases_are_killed_in_turn_and_both_go_on() {
    let organisation = organisation();
    let one = Side {
        organisation: &organisation,
        name: "one",
        version: "0.1.0",
    };
    let two = Side {
        organisation: &organisation,
        name: "two",
        version: "0.2.0",
    };
    let orphans_of_one = one.killed_in_build();
    let orphans_of_two = two.killed_in_build();
    none_lives(&organisation, &orphans_of_one);
    organisation.gate("one").open();
    one.command().run().ends_with(0);
    none_lives(&organisation, &orphans_of_two);
    until("nothing is built", || {
        processes_below(&organisation.sources()).is_empty()
    });
    one.has_its_own_bytes();
    organisation.gate("two").open();
    two.command().run().ends_with(0);
    two.has_its_own_bytes();
    assert_eq!(
        begun(&organisation),
        [
            "base-one", "base-two", "tool-one", "tool-one", "tool-two", "tool-two"
        ]
    );
}

/// The orphan ends well while nobody looks, in the tree that the next release uses.
fn an_orphan_ended_well(organisation: &Organisation, one: &Side<'_>) {
    one.killed_in_build();
    begun(organisation);
    organisation.gate("one").open();
    until("the orphan has ended", || {
        processes_below(&organisation.sources()).is_empty()
    });
}

#[test]
fn an_orphan_that_ended_well_is_taken_for_what_it_is() {
    let organisation = organisation();
    let one = Side {
        organisation: &organisation,
        name: "one",
        version: "0.1.0",
    };
    an_orphan_ended_well(&organisation, &one);
    one.command().run().ends_with(0);
    one.has_its_own_bytes();
    assert_eq!(
        begun(&organisation),
        Vec::<String>::new(),
        "a finished build began again"
    );
}

#[test]
fn but_what_another_release_made_in_its_tree_since_is_not_taken_for_its_own() {
    let organisation = organisation();
    let one = Side {
        organisation: &organisation,
        name: "one",
        version: "0.1.0",
    };
    let two = Side {
        organisation: &organisation,
        name: "two",
        version: "0.2.0",
    };
    an_orphan_ended_well(&organisation, &one);
    organisation.gate("two").open();
    two.command().run().ends_with(0);
    begun(&organisation);
    one.command().run().ends_with(0);
    one.has_its_own_bytes();
    two.has_its_own_bytes();
    assert_eq!(begun(&organisation), ["tool-one"]);
}
