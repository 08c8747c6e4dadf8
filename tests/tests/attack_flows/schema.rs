//! A state file of the first schema, with a release in its middle or at its end, under the program of today.

use crate::released::{begun, notes, released};
use crate::state_file::ask;
use house_tests::{Component, Gate, Governance, Organisation, Stop};

fn organisation() -> Organisation {
    let tool = format!("{}{}echo tool > tool", notes("tool"), Gate::line("tool"));
    Organisation::of(&[
        Component::new("base").building(&notes("base")),
        Component::new("tool")
            .needing("base")
            .building(&tool)
            .with_binary("tool"),
    ])
}

/// Takes back what the migrations behind the first did: the file is as a program with one migration had written it.
#[track_caller]
fn becomes_the_first_schema(organisation: &Organisation) {
    let back = [
        "DROP INDEX outbox_next",
        "CREATE INDEX outbox_open ON outbox (priority, seq) WHERE state IN ('intent', 'sending', 'unknown')",
        "ALTER TABLE outbox DROP COLUMN passes_hold",
        "DELETE FROM schema_migration WHERE version > 1",
        "SELECT MAX(version) FROM schema_migration",
    ];
    assert_eq!(ask(&organisation.state(), &back), Some(1));
}

fn database(organisation: &Organisation, command: &str) -> Governance {
    let state = organisation.state().display().to_string();
    Governance::new()
        .args(["db", command])
        .args(["--state".to_owned(), state])
}

#[test]
fn a_release_that_an_older_program_began_goes_on() {
    let organisation = organisation();
    let mut running = organisation.release("0.1.0").start();
    organisation.gate("tool").is_reached();
    running.stop(Stop::Kill);
    assert_eq!(running.ends().code, None);
    becomes_the_first_schema(&organisation);
    let check = database(&organisation, "check").json();
    assert_eq!(
        (&check["database_schema"], &check["sound"]),
        (&1.into(), &true.into()),
        "{check}"
    );
    let answer = organisation.order("show", "0.1.0").run();
    assert!(
        answer.code != Some(0) && answer.error.contains("db migrate"),
        "{answer}"
    );

    organisation.gate("tool").open();
    organisation.release("0.1.0").run().ends_with(0);
    assert_eq!(released(&organisation.out(), "tool", "0.1.0"), "tool\n");
    let bases = begun(&organisation);
    assert_eq!(
        bases.iter().filter(|name| *name == "base").count(),
        1,
        "{bases:?}"
    );
    let check = database(&organisation, "check").json();
    assert_eq!(
        (&check["database_schema"], &check["sound"]),
        (&check["newest_schema"], &true.into()),
        "{check}"
    );
}

#[test]
fn what_an_older_program_published_is_known_and_taken() {
    let organisation = organisation();
    organisation.gate("tool").open();
    organisation.release("0.1.0").run().ends_with(0);
    becomes_the_first_schema(&organisation);
    organisation
        .release("0.1.0")
        .run()
        .ends_with(0)
        .says(&["verified again"]);
    becomes_the_first_schema(&organisation);
    database(&organisation, "migrate")
        .run()
        .ends_with(0)
        .says(&["moved from schema 1 to "]);
    begun(&organisation);
    let out = organisation.folder().join("second");
    organisation.release_into("0.2.0", &out).run().ends_with(0);
    assert_eq!(begun(&organisation), Vec::<String>::new(), "nothing was reused");
}
