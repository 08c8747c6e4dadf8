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

/// The outbox as the first schema has it.
const FIRST_OUTBOX: &str = "CREATE TABLE outbox ( seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, release TEXT NOT NULL REFERENCES release (id), kind TEXT NOT NULL, body TEXT NOT NULL, priority INTEGER NOT NULL, pool TEXT, slot_held INTEGER NOT NULL DEFAULT 0 CHECK (slot_held IN (0, 1)), state TEXT NOT NULL DEFAULT 'intent' CHECK (state IN ( 'intent', 'sending', 'unknown', 'done', 'rejected', 'abandoned')), created_at INTEGER NOT NULL, run_after INTEGER NOT NULL, sent_at INTEGER, sends INTEGER NOT NULL DEFAULT 0 CHECK (sends >= 0), unknowns INTEGER NOT NULL DEFAULT 0 CHECK (unknowns >= 0), handle TEXT, result TEXT, reason TEXT, settled_at INTEGER, lease_owner TEXT, lease_until INTEGER, epoch INTEGER NOT NULL DEFAULT 0, CHECK (slot_held = 0 OR pool IS NOT NULL), CHECK ((sends = 0) = (sent_at IS NULL)), CHECK (state NOT IN ('sending', 'unknown', 'done') OR sends >= 1), CHECK ((state = 'done') = (result IS NOT NULL)), CHECK ((state IN ('done', 'rejected', 'abandoned')) = (settled_at IS NOT NULL)), CHECK ((lease_owner IS NULL) = (lease_until IS NULL)), CHECK (settled_at IS NULL OR lease_owner IS NULL) ) STRICT";

/// What it holds.
const FILL_IT: &str = "INSERT INTO outbox SELECT seq, id, release, kind, body, priority, pool, slot_held, state, created_at, run_after, sent_at, sends, unknowns, handle, result, reason, settled_at, lease_owner, lease_until, epoch FROM outbox_now ORDER BY seq";

/// Takes back what the migrations behind the first did: the file is as a program with one migration had written it.
#[track_caller]
fn becomes_the_first_schema(organisation: &Organisation) {
    let back = [
        "DROP TABLE pull_request_decision",
        "DROP TABLE signature",
        "DROP TABLE ruleset",
        "ALTER TABLE outbox RENAME TO outbox_now",
        FIRST_OUTBOX,
        FILL_IT,
        "DROP TABLE outbox_now",
        "DROP TABLE pull_request",
        "CREATE INDEX outbox_open ON outbox (priority, seq) WHERE state IN ('intent', 'sending', 'unknown')",
        "CREATE INDEX outbox_slots ON outbox (pool) WHERE slot_held = 1",
        "CREATE INDEX outbox_release ON outbox (release, seq)",
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
