//! What a file may be: absent, empty, foreign, newer, older, changed, contradictory.

use super::{TestFile, assert_sound, at};
use crate::contract::Sample;
use crate::sqlite::connection::options;
use crate::sqlite::migration::{MIGRATIONS, apply, newest};
use crate::{
    Listed, Migrated, OpenMode, PullRequestStore, Step, Store, StoreError, check_sqlite, migrate_sqlite,
    open_sqlite,
};
use expect_test::{Expect, expect};
use sqlx::{ConnectOptions as _, Connection as _};
use std::path::Path;

/// Another program's hand on the file.
async fn tamper(path: &Path, sql: &'static str) {
    let mut connection = options(path)
        .foreign_keys(false)
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// A file as a program wrote it that knew only the first so many migrations, with a row of every kind.
async fn written_under(schema: usize, sample: &'static str) -> TestFile {
    let file = TestFile::new();
    let mut connection = options(&file.path())
        .create_if_missing(true)
        .connect()
        .await
        .unwrap();
    for migration in &MIGRATIONS[..schema] {
        apply(&mut connection, &file.path(), migration, at(0))
            .await
            .unwrap();
    }
    connection.close().await.unwrap();
    tamper(&file.path(), sample).await;
    file
}

/// The first schema that has pull requests.
const PULL_REQUESTS_SINCE: u32 = 6;

#[tokio::test]
async fn every_migration_keeps_the_sample_rows_of_the_schema_before_it() {
    const SAMPLES: [&str; 7] = [
        include_str!("samples/0001_first_house.sql"),
        include_str!("samples/0002_passes_hold.sql"),
        // The third changed no row.
        include_str!("samples/0002_passes_hold.sql"),
        include_str!("samples/0004_answered_rows.sql"),
        include_str!("samples/0005_rehearsed.sql"),
        include_str!("samples/0006_pull_requests.sql"),
        include_str!("samples/0007_subjects.sql"),
    ];
    assert_eq!(
        SAMPLES.len(),
        MIGRATIONS.len(),
        "each migration has its sample rows"
    );
    for (migration, sample) in MIGRATIONS.iter().zip(SAMPLES) {
        let file = written_under(migration.version as usize, sample).await;
        let (from, to) = (migration.version, newest());
        assert_eq!(
            migrate_sqlite(&file.path(), at(1)).await.unwrap(),
            Migrated { from, to }
        );
        assert_sound(&file.path()).await;
        let opened = open_sqlite(&file.path(), OpenMode::Existing, at(1)).await;
        let store = opened.unwrap();
        let listed = store.list_releases().await.unwrap();
        assert_eq!(listed.len(), 1);
        let release = store.load_release(&listed[0].id).await.unwrap().unwrap();
        assert_eq!((release.revision, release.builds.len()), (2, 2));
        assert_eq!(store.journal(&release.id, 0, 10).await.unwrap().len(), 2);
        assert_eq!(store.intents(&release.id).await.unwrap().len(), 6);
        let pull_requests = store.pull_requests(None, Listed::All, None, 10).await.unwrap();
        let expected = if migration.version < PULL_REQUESTS_SINCE {
            0
        } else {
            4
        };
        assert_eq!(pull_requests.len(), expected);
    }
}

#[test]
fn a_released_migration_never_changes() {
    let checksums: String = MIGRATIONS
        .iter()
        .map(|it| format!("{} {} {}\n", it.version, it.name, it.checksum()))
        .collect();
    expect![[r#"
        1 first_house sha256:47f78a8d426a113b7cb3ca2107e6216635bbf7d0dd5d6371cdddb097fd47d54e
        2 passes_hold sha256:631d34873b6d167efcbe7832374f7fd171251ae833313cd27663b5c55a52dd6a
        3 next_intent sha256:a3ff8606f83daa74ae98623669f49e2adc7ddcfe50b0e4f88cb7756811420391
        4 answered_rows sha256:e69cf098c14ee7ffdf192b737c3d11c262b3d3a53fa745e8cd3d0197444ef4e3
        5 rehearsed sha256:8ff94f93307904c6da36997b0e6a61568305925cf85170130802f28c681aef43
        6 pull_requests sha256:505d09a8ed9fc229913e2c45ef24acba56e91012186faf37b7ca5d8853115d73
        7 subjects sha256:8608ca3a9eb323511b017077c9c85312d29b1f0144e4d727f7dc0a4c9b0133b1
    "#]]
    .assert_eq(&checksums);
    let versions: Vec<_> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    assert_eq!(versions, (1..=newest()).collect::<Vec<_>>());
}

/// Prepares a file and says how opening it is refused, with the path replaced.
async fn check_refusal(prepare: impl AsyncFnOnce(&Path), mode: OpenMode, expected: Expect) {
    let file = TestFile::new();
    prepare(&file.path()).await;
    let before = std::fs::read(file.path()).ok();
    let refused = open_sqlite(&file.path(), mode, at(0))
        .await
        .err()
        .map(|error| error.to_string());
    let told = refused.unwrap_or_else(|| "it was opened".to_owned());
    expected.assert_eq(&told.replace(&file.path().display().to_string(), "state.db"));
    assert_eq!(
        std::fs::read(file.path()).ok(),
        before,
        "a refused file stays as it is"
    );
}

#[tokio::test]
async fn a_foreign_file_is_refused_and_stays_as_it_is() {
    let text = async |path: &Path| {
        std::fs::write(
            path,
            "not a database, but long enough to be read as one".repeat(40),
        )
        .unwrap()
    };
    check_refusal(
        text,
        OpenMode::CreateOrMigrate,
        expect!["state.db is not a database of governance-app: not a database"],
    )
    .await;
    let unnamed = async |path: &Path| tamper(path, "CREATE TABLE note (text TEXT)").await;
    check_refusal(unnamed, OpenMode::CreateOrMigrate, expect!["state.db is not a database of governance-app: a database of another program (application id 0, 1 schema entries)"]).await;
    let other =
        async |path: &Path| tamper(path, "PRAGMA application_id = 42; CREATE TABLE note (text TEXT)").await;
    check_refusal(other, OpenMode::CreateOrMigrate, expect!["state.db is not a database of governance-app: a database of another program (application id 42, 1 schema entries)"]).await;
    let other_and_empty = async |path: &Path| tamper(path, "PRAGMA application_id = 42").await;
    check_refusal(other_and_empty, OpenMode::CreateOrMigrate, expect!["state.db is not a database of governance-app: a database of another program (application id 42, 0 schema entries)"]).await;
}

#[tokio::test]
async fn an_absent_or_empty_file_is_made_only_on_demand() {
    check_refusal(
        async |_: &Path| (),
        OpenMode::Existing,
        expect!["state.db cannot be opened: No such file or directory (os error 2)"],
    )
    .await;
    let empty = async |path: &Path| std::fs::write(path, "").unwrap();
    check_refusal(
        empty,
        OpenMode::Existing,
        expect!["state.db is not a database of governance-app: an empty database"],
    )
    .await;
    let file = TestFile::new();
    std::fs::write(file.path(), "").unwrap();
    file.open().await.close().await;
    assert_sound(&file.path()).await;
    let nowhere = file.path().join("below/a/file");
    let refused = open_sqlite(&nowhere, OpenMode::CreateOrMigrate, at(0)).await;
    assert!(
        matches!(refused, Err(StoreError::CannotOpen { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn another_schema_is_refused_and_stays_as_it_is() {
    let newer = async |path: &Path| {
        migrate_sqlite(path, at(0)).await.unwrap();
        tamper(
            path,
            "INSERT INTO schema_migration VALUES (99, 'later', 'sha256:00', 0)",
        )
        .await;
    };
    check_refusal(
        newer,
        OpenMode::CreateOrMigrate,
        expect!["state.db has schema 99, this program knows up to 7: use the newer program"],
    )
    .await;
    let changed = async |path: &Path| {
        migrate_sqlite(path, at(0)).await.unwrap();
        tamper(
            path,
            "UPDATE schema_migration SET checksum = 'sha256:00' WHERE version = 1",
        )
        .await;
    };
    check_refusal(
        changed,
        OpenMode::CreateOrMigrate,
        expect!["migration 1 of state.db is not the one of this program: checksums differ"],
    )
    .await;
    let older = async |path: &Path| {
        migrate_sqlite(path, at(0)).await.unwrap();
        tamper(path, "DELETE FROM schema_migration").await;
    };
    check_refusal(
        older,
        OpenMode::Existing,
        expect!["state.db has schema 0, this program needs 7: run `governance db migrate`"],
    )
    .await;
}

#[tokio::test]
async fn the_journal_cannot_be_changed_by_any_statement() {
    let file = TestFile::new();
    let store = file.open().await;
    store.commit_step(&Sample::commons().step(1)).await.unwrap();
    let mut connection = options(&file.path()).connect().await.unwrap();
    for statement in [
        "UPDATE release_event SET event = '{}'",
        "DELETE FROM release_event",
    ] {
        let refused = sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap_err();
        assert!(refused.to_string().contains("only appended to"), "{refused}");
    }
}

#[tokio::test]
async fn what_was_decided_signed_and_accepted_cannot_be_changed_by_any_statement() {
    let file = written_under(MIGRATIONS.len(), include_str!("samples/0007_subjects.sql")).await;
    let mut connection = options(&file.path()).connect().await.unwrap();
    for (statement, told) in [
        ("UPDATE pull_request_decision SET body = '{}'", "only appended to"),
        ("DELETE FROM pull_request_decision", "only appended to"),
        (
            "UPDATE signature SET source = 'edited'",
            "stays as it was received",
        ),
        (
            "UPDATE signature SET withdrawn_at = 7, signature = 'another'",
            "stays as it was received",
        ),
        (
            "UPDATE signature SET withdrawn_at = NULL",
            "stays as it was received",
        ),
        (
            "UPDATE signature SET withdrawn_at = 7 WHERE key_identity = 'key b'",
            "stays as it was received",
        ),
        ("DELETE FROM signature", "stays as it was received"),
        ("UPDATE ruleset SET body = '{}'", "only appended to"),
        ("DELETE FROM ruleset", "only appended to"),
        (
            "INSERT INTO ruleset VALUES (3, 'd', 'c', '{}', '{}', 1)",
            "follows upon the newest",
        ),
    ] {
        let refused = sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap_err();
        assert!(refused.to_string().contains(told), "{statement}: {refused}");
    }
    let withdrawn = "UPDATE signature SET withdrawn_at = 7 WHERE key_identity = 'key a'";
    sqlx::raw_sql(withdrawn).execute(&mut connection).await.unwrap();
}

#[tokio::test]
async fn a_check_finds_what_contradicts_itself() {
    let file = TestFile::new();
    let store = file.open().await;
    let sample = Sample::commons();
    let builds = vec![sample.build("a", "waiting", None)];
    store
        .commit_step(&Step {
            builds,
            intents: vec![sample.intent(1, 0, 0)],
            ..sample.step(1)
        })
        .await
        .unwrap();
    store.close().await;
    assert_sound(&file.path()).await;
    tamper(
        &file.path(),
        "UPDATE release SET revision = 3; UPDATE build SET release = 'gone', revision = 9;
         UPDATE outbox SET id = 'other/1/0';
         INSERT INTO inbox (key, kind, body, actor, received_at, state, decided_at, revision)
             VALUES ('k', 'start', '{}', 'operator', 0, 'done', 1, 7);
         INSERT INTO pull_request (id, repository_id, number, repository, revision, wanted, due_at, first_seen_at, updated_at)
             VALUES ('1#2', 1, 2, 'a/b', 1, 1, 0, 0, 0);
         DROP TRIGGER ruleset_follows_upon_the_newest;
         INSERT INTO ruleset VALUES (3, 'd', 'c', '{}', '{}', 1);",
    )
    .await;
    let report = check_sqlite(&file.path()).await.unwrap();
    let problems: String = report
        .problems
        .iter()
        .map(|it| format!("{}: {}\n", it.check, it.found))
        .collect();
    expect![[r#"
        no row is an orphan: build row 1 has no release
        the journal of a release has no gap and ends at its revision: commons@0.1.0/64879f7d6b960a01 at revision 3
        every inbox row that made a revision has it in the journal: inbox/1
        every intent belongs to the release or pull request in its id: other/1/0
        the decisions about a pull request have no gap and end at its revision: pull request 1#2 at revision 1
        the versions of the rules have no gap: ruleset 3
    "#]].assert_eq(&problems);
}

#[tokio::test]
async fn a_stored_word_that_is_none_of_ours_is_corruption_not_a_default() {
    let file = TestFile::new();
    let store = file.open().await;
    let sample = Sample::commons();
    store.commit_step(&sample.step(1)).await.unwrap();
    tamper(&file.path(), "UPDATE release SET plan_digest = 'sha256:short'").await;
    let refused = store.load_release(&sample.release).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { .. })), "{refused:?}");
}
