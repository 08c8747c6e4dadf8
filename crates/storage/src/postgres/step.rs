//! Writing one step in PostgreSQL: everything that follows from one event, in one transaction. The release's row is held first, so that
//! two who move the same release come one after the other.

use super::failure::Failure;
use super::inbox::{Statement, require_taken};
use super::transaction::Transaction;
use crate::acceptance::check_step;
use crate::row;
use crate::{BUILD_STATES, BuildRow, Hold, NewIntent, NewTimer, Step, StoreError};
use domain_types::{CommandId, Subject};
use sqlx::{PgConnection, PgPool};
use std::collections::BTreeMap;

pub(super) async fn commit(pool: &PgPool, step: &Step) -> Result<(), Failure> {
    check_step(step)?;
    match attempt(pool, step).await {
        // Whoever came first has committed by now: a second look tells whether that was this release or another one.
        Err(failure) if is_occupied(&failure) => match attempt(pool, step).await {
            Err(failure) if is_occupied(&failure) => Err(Failure::Refused(occupied(step))),
            again => again,
        },
        first => first,
    }
}

fn is_occupied(failure: &Failure) -> bool {
    failure.constraint() == Some("release_occupied")
}

async fn attempt(pool: &PgPool, step: &Step) -> Result<(), Failure> {
    let mut transaction = Transaction::begin(pool, "BEGIN").await?;
    let written = write(transaction.connection(), step).await;
    transaction.end(written).await
}

async fn write(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    require_place(connection, step).await?;
    take_inbox_row(connection, step).await?;
    write_release(connection, step).await?;
    write_entry(connection, step).await?;
    write_builds(connection, step).await?;
    write_intents(connection, step).await?;
    abandon(connection, step).await?;
    free_slots(connection, step).await?;
    clear_timers(connection, step).await?;
    set_timers(connection, step).await
}

/// The revision of release `$1`, held; and whether another one has name `$2` and version `$3`.
const PLACE: &str = "\
SELECT (SELECT revision FROM release WHERE id = $1 FOR UPDATE),
       EXISTS (SELECT 1 FROM release WHERE name = $2 AND version = $3 AND occupies = 1 AND id <> $1)";

/// The release is where the step expects it, and its version is free.
async fn require_place(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    let (stored, is_occupied): (Option<i64>, bool) = sqlx::query_as(PLACE)
        .bind(step.release.as_str())
        .bind(step.row.name.as_str())
        .bind(step.row.version.to_string())
        .fetch_one(connection)
        .await?;
    if row::integer(step.revision) != stored.unwrap_or(0).saturating_add(1) {
        return Err(Failure::Refused(conflict(step, stored)));
    }
    if step.row.occupies && is_occupied {
        return Err(Failure::Refused(occupied(step)));
    }
    Ok(())
}

fn conflict(step: &Step, stored: Option<i64>) -> StoreError {
    StoreError::RevisionConflict {
        subject: Subject::Release(step.release.clone()),
        expected: step.revision.saturating_sub(1),
        found: stored.and_then(|stored| u64::try_from(stored).ok()),
    }
}

fn occupied(step: &Step) -> StoreError {
    StoreError::VersionOccupied {
        name: step.row.name.to_string(),
        version: step.row.version.to_string(),
    }
}

/// Ends inbox row `$3`, whose lease is `$4`, `$5`, at `$1` with revision `$2`.
const TAKE_INBOX_ROW: &str = "\
UPDATE inbox SET state = 'done', decided_at = $1, revision = $2, lease_owner = NULL, lease_until = NULL
WHERE id = $3 AND lease_owner = $4 AND epoch = $5 AND state = 'pending'";

async fn take_inbox_row(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    let Some(lease) = &step.inbox else {
        return Ok(());
    };
    let taken = sqlx::query(TAKE_INBOX_ROW)
        .bind(step.at.milliseconds())
        .bind(row::integer(step.revision))
        .bind(lease.id.0)
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .execute(connection)
        .await?;
    require_taken(lease, taken.rows_affected())
}

/// The release as it is now. Its row is ours, unless it is new and another one is just making it: then that one was faster.
const WRITE_RELEASE: &str = "\
INSERT INTO release (id, name, version, plan_digest, phase, held, ended, occupies, body, created_at, updated_at, revision)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, version = excluded.version, plan_digest = excluded.plan_digest, phase = excluded.phase,
        held = excluded.held, ended = excluded.ended, occupies = excluded.occupies, body = excluded.body,
        updated_at = excluded.updated_at, revision = excluded.revision
    WHERE release.revision + 1 = excluded.revision";

async fn write_release(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    let written = sqlx::query(WRITE_RELEASE)
        .bind(step.release.as_str())
        .bind(step.row.name.as_str())
        .bind(step.row.version.to_string())
        .bind(step.row.plan_digest.to_string())
        .bind(&step.row.phase)
        .bind(i64::from(step.row.held))
        .bind(i64::from(step.row.ended))
        .bind(i64::from(step.row.occupies))
        .bind(&step.row.body)
        .bind(step.at.milliseconds())
        .bind(row::integer(step.revision))
        .execute(connection)
        .await
        .map_err(Failure::from);
    match written {
        Ok(written) if written.rows_affected() == 1 => Ok(()),
        Ok(_) => Err(Failure::Refused(conflict(step, Some(1)))),
        Err(failure) => Err(failure),
    }
}

const WRITE_ENTRY: &str = "\
INSERT INTO release_event (release, revision, at, event_kind, event, facts, inbox, snapshot)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

async fn write_entry(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    sqlx::query(WRITE_ENTRY)
        .bind(step.release.as_str())
        .bind(row::integer(step.revision))
        .bind(step.at.milliseconds())
        .bind(&step.event_kind)
        .bind(&step.event)
        .bind(&step.facts)
        .bind(step.inbox.as_ref().map(|lease| lease.id.0))
        .bind(&step.snapshot)
        .execute(connection)
        .await?;
    Ok(())
}

/// Builds of release `$1` at revision `$2` and time `$3`, whose columns are `$4` to `$9`.
const WRITE_BUILDS: &str = "\
INSERT INTO build (release, repository, platform, attempt, state, reuse_key, body, revision, updated_at)
    SELECT $1, b.repository, b.platform, b.attempt, b.state, b.reuse_key, b.body, $2, $3
    FROM UNNEST($4::text[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[])
        b (repository, platform, attempt, state, reuse_key, body)
    ON CONFLICT (release, repository, platform) DO UPDATE SET
        attempt = excluded.attempt, state = excluded.state, reuse_key = excluded.reuse_key,
        body = excluded.body, revision = excluded.revision, updated_at = excluded.updated_at";

async fn write_builds(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    if step.builds.is_empty() {
        return Ok(());
    }
    // Of two that are the same node the last one counts, but for one that is refused; no statement may write a row twice.
    let node = |build: &BuildRow| (build.repository.to_string(), build.platform.to_string());
    let mut builds: BTreeMap<_, &BuildRow> = BTreeMap::new();
    for build in &step.builds {
        let known = builds.entry(node(build)).or_insert(build);
        if BUILD_STATES.contains(&known.state.as_str()) {
            *known = build;
        }
    }
    let reuse_key = |build: &BuildRow| build.reuse_key.map(|key| key.to_string());
    sqlx::query(WRITE_BUILDS)
        .bind(step.release.as_str())
        .bind(row::integer(step.revision))
        .bind(step.at.milliseconds())
        .bind(
            builds
                .values()
                .map(|it| it.repository.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(builds.values().map(|it| it.platform.as_str()).collect::<Vec<_>>())
        .bind(
            builds
                .values()
                .map(|it| i64::from(it.attempt))
                .collect::<Vec<_>>(),
        )
        .bind(builds.values().map(|it| it.state.as_str()).collect::<Vec<_>>())
        .bind(builds.values().map(|it| reuse_key(it)).collect::<Vec<_>>())
        .bind(builds.values().map(|it| it.body.as_str()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}

/// Intents of release `$1`, decided at `$2`, whose columns are `$3` to `$8`.
const WRITE_INTENTS: &str = "\
INSERT INTO outbox (id, release, kind, body, priority, pool, created_at, passes_hold, run_after)
    SELECT i.id, $1, i.kind, i.body, i.priority, i.pool, $2, i.passes_hold, 0
    FROM UNNEST($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[])
        WITH ORDINALITY i (id, kind, body, priority, pool, passes_hold, position)
    ORDER BY i.position";

async fn write_intents(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    if step.intents.is_empty() {
        return Ok(());
    }
    let statement = sqlx::query(WRITE_INTENTS)
        .bind(step.release.as_str())
        .bind(step.at.milliseconds());
    with_intents(statement, &step.intents).execute(connection).await?;
    Ok(())
}

/// A statement whose next six arguments are the columns of intents.
pub(super) fn with_intents<'q>(statement: Statement<'q>, intents: &[NewIntent]) -> Statement<'q> {
    let passes = |intent: &NewIntent| i64::from(intent.hold == Hold::Passes);
    let intents = || intents.iter();
    statement
        .bind(intents().map(|it| it.id.as_str()).collect::<Vec<_>>())
        .bind(intents().map(|it| it.kind.as_str()).collect::<Vec<_>>())
        .bind(intents().map(|it| it.body.as_str()).collect::<Vec<_>>())
        .bind(intents().map(|it| it.priority).collect::<Vec<_>>())
        .bind(intents().map(|it| it.pool.as_deref()).collect::<Vec<_>>())
        .bind(intents().map(passes).collect::<Vec<_>>())
}

/// Abandons commands `$3` of release `$1` at `$2`. What was claimed and not yet marked as being sent is abandoned too: the epoch shuts its
/// holder out.
const ABANDON: &str = "\
UPDATE outbox SET state = 'abandoned', settled_at = $2, slot_held = 0, lease_owner = NULL, lease_until = NULL, epoch = epoch + 1
WHERE release = $1 AND id = ANY($3) AND state = 'intent'";

async fn abandon(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    if step.abandoned.is_empty() {
        return Ok(());
    }
    sqlx::query(ABANDON)
        .bind(step.release.as_str())
        .bind(step.at.milliseconds())
        .bind(ids(&step.abandoned))
        .execute(connection)
        .await?;
    Ok(())
}

async fn free_slots(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    if step.slots_freed.is_empty() {
        return Ok(());
    }
    sqlx::query("UPDATE outbox SET slot_held = 0 WHERE release = $1 AND id = ANY($2)")
        .bind(step.release.as_str())
        .bind(ids(&step.slots_freed))
        .execute(connection)
        .await?;
    Ok(())
}

fn ids(commands: &[CommandId]) -> Vec<&str> {
    commands.iter().map(CommandId::as_str).collect()
}

async fn clear_timers(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    if step.timers_cleared.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM timer WHERE release = $1 AND key = ANY($2)")
        .bind(step.release.as_str())
        .bind(&step.timers_cleared)
        .execute(connection)
        .await?;
    Ok(())
}

/// Timers of release `$1`, set by revision `$2`, whose columns are `$3` to `$6`.
const SET_TIMERS: &str = "\
INSERT INTO timer (release, key, due_at, kind, body, revision)
    SELECT $1, t.key, t.due_at, t.kind, t.body, $2
    FROM UNNEST($3::text[], $4::bigint[], $5::text[], $6::text[]) t (key, due_at, kind, body)
    ON CONFLICT (release, key) DO UPDATE SET
        due_at = excluded.due_at, kind = excluded.kind, body = excluded.body, revision = excluded.revision";

async fn set_timers(connection: &mut PgConnection, step: &Step) -> Result<(), Failure> {
    if step.timers_set.is_empty() {
        return Ok(());
    }
    // As with builds: the last one of a name counts.
    let named = |timer: &'_ NewTimer| timer.key.clone();
    let timers: BTreeMap<_, _> = step
        .timers_set
        .iter()
        .map(|timer| (named(timer), timer))
        .collect();
    sqlx::query(SET_TIMERS)
        .bind(step.release.as_str())
        .bind(row::integer(step.revision))
        .bind(timers.values().map(|it| it.key.as_str()).collect::<Vec<_>>())
        .bind(
            timers
                .values()
                .map(|it| it.due.milliseconds())
                .collect::<Vec<_>>(),
        )
        .bind(timers.values().map(|it| it.kind.as_str()).collect::<Vec<_>>())
        .bind(timers.values().map(|it| it.body.as_str()).collect::<Vec<_>>())
        .execute(connection)
        .await?;
    Ok(())
}
