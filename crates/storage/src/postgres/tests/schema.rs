//! What a database may be: empty, foreign, newer, older, changed, contradictory, or served by somebody who forgets.

use super::{TestSchema, at};
use crate::contract::Sample;
use crate::crash_play::judge;
use crate::postgres::migration::{MIGRATIONS, newest};
use crate::{Migrated, OpenMode, Step, Store, StoreError, check_postgres, migrate_postgres, open_postgres};
use expect_test::{Expect, expect};
use sqlx::{Connection as _, PgConnection};

/// Another program's hand on the database.
async fn tamper(schema: &TestSchema, sql: &'static str) {
    let mut connection = PgConnection::connect(&schema.url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[test]
fn a_released_migration_never_changes() {
    let checksums: String = MIGRATIONS
        .iter()
        .map(|it| format!("{} {} {}\n", it.version, it.name, it.checksum()))
        .collect();
    expect![[r#"
        1 first_house sha256:246061f3b8e3f91abfaaf4059f961c44cfc2fdeddc3c4785cdc116933f39f239
        2 rehearsed sha256:185b04ea3d168abe23e93d1ede6550099e540327998df4e82e93066cc18b7a27
        3 pull_requests sha256:ebeb04a82c58579a37dcf238a50d6c13f22835906f096fe46711892bd506e58d
        4 subjects sha256:e2e3d023c3e41607ff1cb1a8cf902fd05b20dbe05458c198855f4b8bb379d940
    "#]]
    .assert_eq(&checksums);
    let versions: Vec<_> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    assert_eq!(versions, (1..=newest()).collect::<Vec<_>>());
}

/// Prepares a schema and says how opening it is refused, with the address replaced.
async fn check_refusal(sql: &'static str, mode: OpenMode, expected: Expect) {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    tamper(&schema, sql).await;
    let refused = open_postgres(&schema.url, mode, at(0)).await.err();
    let told = refused.map_or_else(|| "it was opened".to_owned(), |error| error.to_string());
    // Where the server is differs from run to run.
    let told = told.split(' ').map(|word| {
        if word.starts_with("postgres://") {
            "HERE"
        } else {
            word
        }
    });
    expected.assert_eq(&told.collect::<Vec<_>>().join(" "));
}

#[tokio::test]
async fn a_foreign_or_empty_schema_is_refused() {
    let foreign = expect!["HERE is not a database of governance-app: a schema of another program (1 tables)"];
    check_refusal(
        "CREATE TABLE note (text TEXT)",
        OpenMode::CreateOrMigrate,
        foreign,
    )
    .await;
    let alike = "CREATE TABLE schema_migration (version BIGINT)";
    check_refusal(
        alike,
        OpenMode::CreateOrMigrate,
        expect!["HERE is not a database of governance-app: a schema of another program (1 tables)"],
    )
    .await;
    check_refusal(
        "SELECT 1",
        OpenMode::Existing,
        expect!["HERE is not a database of governance-app: an empty database"],
    )
    .await;
}

#[tokio::test]
async fn another_version_of_the_schema_is_refused() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let to = newest();
    assert_eq!(
        migrate_postgres(&schema.url, at(0)).await.unwrap(),
        Migrated { from: 0, to }
    );
    assert_eq!(
        migrate_postgres(&schema.url, at(1)).await.unwrap(),
        Migrated { from: to, to }
    );
    tamper(
        &schema,
        "INSERT INTO schema_migration VALUES (99, 'later', 'sha256:00', 0)",
    )
    .await;
    let newer = open_postgres(&schema.url, OpenMode::CreateOrMigrate, at(2)).await;
    assert!(
        matches!(newer, Err(StoreError::NewerSchema { found: 99, .. })),
        "{newer:?}"
    );
    tamper(
        &schema,
        "DELETE FROM schema_migration WHERE version = 99; UPDATE schema_migration SET checksum = 'sha256:00'",
    )
    .await;
    let changed = open_postgres(&schema.url, OpenMode::CreateOrMigrate, at(2)).await;
    assert!(
        matches!(changed, Err(StoreError::ChangedMigration { version: 1, .. })),
        "{changed:?}"
    );
    tamper(&schema, "DELETE FROM schema_migration").await;
    let older = open_postgres(&schema.url, OpenMode::Existing, at(2)).await;
    assert!(
        matches!(older, Err(StoreError::OlderSchema { found: 0, .. })),
        "{older:?}"
    );
}

#[tokio::test]
async fn a_server_that_forgets_is_refused() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    schema.open().await.close().await;
    let url = format!("{}&options[synchronous_commit]=off", schema.url);
    let refused = open_postgres(&url, OpenMode::Existing, at(0)).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::ForgetfulServer { found, .. } if found == "synchronous_commit is off"),
        "{refused}"
    );
}

#[tokio::test]
async fn no_error_tells_the_password() {
    let url = "postgres://somebody:secret@127.0.0.1:1/database";
    let refused = open_postgres(url, OpenMode::Existing, at(0)).await.unwrap_err();
    let told = format!("{refused} {refused:?}");
    assert!(
        told.contains("postgres://somebody@127.0.0.1:1/database") && !told.contains("secret"),
        "{told}"
    );
    let refused = open_postgres("somebody:secret", OpenMode::Existing, at(0))
        .await
        .unwrap_err();
    assert!(
        !format!("{refused} {refused:?}").contains("secret"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_journal_cannot_be_changed_by_any_statement() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let store = schema.open().await;
    store.commit_step(&Sample::commons().step(1)).await.unwrap();
    for statement in [
        "UPDATE release_event SET event = '{}'",
        "DELETE FROM release_event",
        "TRUNCATE release_event",
    ] {
        let refused = sqlx::raw_sql(statement).execute(&store.pool).await.unwrap_err();
        assert!(refused.to_string().contains("only appended to"), "{refused}");
    }
}

#[tokio::test]
async fn what_was_decided_signed_and_accepted_cannot_be_changed_by_any_statement() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let store = schema.open().await;
    // Four signatures, of which the first and the third are withdrawn.
    judge(&store, 1, "{}").await.unwrap();
    for (statement, told) in [
        ("UPDATE pull_request_decision SET body = '{}'", "only appended to"),
        ("DELETE FROM pull_request_decision", "only appended to"),
        ("TRUNCATE pull_request_decision", "only appended to"),
        (
            "UPDATE signature SET source = 'edited'",
            "stays as it was received",
        ),
        (
            "UPDATE signature SET withdrawn_at = 7, signature = 'another' WHERE withdrawn_at IS NULL",
            "stays as it was received",
        ),
        (
            "UPDATE signature SET withdrawn_at = NULL",
            "stays as it was received",
        ),
        (
            "UPDATE signature SET withdrawn_at = 7 WHERE withdrawn_at IS NOT NULL",
            "stays as it was received",
        ),
        ("DELETE FROM signature", "stays as it was received"),
        ("TRUNCATE signature", "stays as it was received"),
        ("UPDATE ruleset SET body = '{}'", "only appended to"),
        ("DELETE FROM ruleset", "only appended to"),
        ("TRUNCATE ruleset", "only appended to"),
    ] {
        let refused = sqlx::raw_sql(statement).execute(&store.pool).await.unwrap_err();
        assert!(refused.to_string().contains(told), "{statement}: {refused}");
    }
    tamper(
        &schema,
        "UPDATE signature SET withdrawn_at = 7 WHERE withdrawn_at IS NULL",
    )
    .await;
}

#[tokio::test]
async fn a_check_finds_what_contradicts_itself() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let (store, sample) = (schema.open().await, Sample::commons());
    let step = Step {
        builds: vec![sample.build("a", "waiting", None)],
        intents: vec![sample.intent(1, 0, 0)],
        ..sample.step(1)
    };
    store.commit_step(&step).await.unwrap();
    schema.assert_sound().await;
    tamper(
        &schema,
        "UPDATE release SET revision = 3; UPDATE build SET revision = 9; UPDATE outbox SET id = 'other/1/0';
         INSERT INTO inbox (key, kind, body, actor, received_at, state, decided_at, revision)
             VALUES ('k', 'start', '{}', 'operator', 0, 'done', 1, 7);
         INSERT INTO pull_request (id, repository_id, number, repository, revision, wanted, due_at, first_seen_at, updated_at)
             VALUES ('1#2', 1, 2, 'a/b', 1, 1, 0, 0, 0);
         INSERT INTO ruleset VALUES (3, 'd', 'c', '{}', '{}', 1);",
    )
    .await;
    let report = check_postgres(&schema.url).await.unwrap();
    let problems: String = report
        .problems
        .iter()
        .map(|it| format!("{}: {}\n", it.check, it.found))
        .collect();
    expect![[r#"
        the journal of a release has no gap and ends at its revision: commons@0.1.0/64879f7d6b960a01 at revision 3
        every inbox row that made a revision has it in the journal: inbox/1
        no build is newer than its release: commons@0.1.0/64879f7d6b960a01 a:linux-x86_64
        every intent belongs to the release or pull request in its id: other/1/0
        the decisions about a pull request have no gap and end at its revision: pull request 1#2 at revision 1
        the versions of the rules have no gap: ruleset 3
    "#]].assert_eq(&problems);
}

#[tokio::test]
async fn a_stored_word_that_is_none_of_ours_is_corruption_not_a_default() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let (store, sample) = (schema.open().await, Sample::commons());
    store.commit_step(&sample.step(1)).await.unwrap();
    tamper(&schema, "UPDATE release SET plan_digest = 'sha256:short'").await;
    let refused = store.load_release(&sample.release).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_text_that_no_column_takes_is_refused() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let (store, sample) = (schema.open().await, Sample::commons());
    let step = Step {
        event: "\0".to_owned(),
        ..sample.step(1)
    };
    let refused = store.commit_step(&step).await;
    assert!(
        matches!(refused, Err(StoreError::Constraint { .. })),
        "{refused:?}"
    );
    assert_eq!(store.load_release(&sample.release).await.unwrap(), None);
}
