//! Writing one step: everything that follows from one event, in one transaction.

use super::{inbox, row, timer};
use crate::limits::{require_body, require_rows, require_word};
use crate::{BuildRow, Hold, NewIntent, Step, StoreError};
use domain_types::{CommandId, Timestamp, seeded_bug};
use sqlx::SqliteConnection;

pub(super) async fn commit(connection: &mut SqliteConnection, step: &Step) -> Result<(), StoreError> {
    check(step)?;
    require_free_version(connection, step).await?;
    move_release(connection, step).await?;
    if let Some(lease) = &step.inbox {
        inbox::settle(connection, lease, step.revision, step.at).await?;
    }
    append_event(connection, step).await?;
    for build in &step.builds {
        put_build(connection, step, build).await?;
    }
    for intent in &step.intents {
        put_intent(connection, step, intent).await?;
    }
    for id in &step.abandoned {
        abandon(connection, step, id).await?;
    }
    for id in &step.slots_freed {
        free_slot(connection, step, id).await?;
    }
    for key in &step.timers_cleared {
        timer::clear(connection, &step.release, key).await?;
    }
    for timer in &step.timers_set {
        timer::set(connection, step, timer).await?;
    }
    Ok(())
}

/// Limits, and what no database can say: a command belongs to the release that decided it.
fn check(step: &Step) -> Result<(), StoreError> {
    require_word("the event kind", &step.event_kind)?;
    for (what, body) in [
        ("the event", &step.event),
        ("the facts", &step.facts),
        ("the release body", &step.row.body),
    ] {
        require_body(what, body)?;
    }
    require_body("the snapshot", step.snapshot.as_deref().unwrap_or_default())?;
    let lists = [
        ("the list of builds", step.builds.len()),
        ("the list of intents", step.intents.len()),
        ("the list of freed slots", step.slots_freed.len()),
        ("the list of abandoned commands", step.abandoned.len()),
        (
            "the list of timers",
            step.timers_set.len().max(step.timers_cleared.len()),
        ),
    ];
    for (what, rows) in lists {
        require_rows(what, rows)?;
    }
    let named = step
        .intents
        .iter()
        .map(|intent| &intent.id)
        .chain(&step.slots_freed)
        .chain(&step.abandoned);
    let owned = |id: &CommandId| {
        id.as_str()
            .strip_prefix(step.release.as_str())
            .is_some_and(|rest| rest.starts_with('/'))
    };
    match named.into_iter().find(|id| !owned(id)) {
        Some(foreign) => Err(StoreError::Constraint {
            rule: format!("command {foreign} is none of release {}", step.release),
        }),
        None => Ok(()),
    }
}

async fn require_free_version(connection: &mut SqliteConnection, step: &Step) -> Result<(), StoreError> {
    if !step.row.occupies {
        return Ok(());
    }
    let other: Option<String> = sqlx::query_scalar(
        "SELECT id FROM release WHERE name = $1 AND version = $2 AND occupies = 1 AND id <> $3",
    )
    .bind(step.row.name.as_str())
    .bind(step.row.version.to_string())
    .bind(step.release.as_str())
    .fetch_optional(connection)
    .await?;
    match other {
        None => Ok(()),
        Some(_) => Err(StoreError::VersionOccupied {
            name: step.row.name.to_string(),
            version: step.row.version.to_string(),
        }),
    }
}

async fn move_release(connection: &mut SqliteConnection, step: &Step) -> Result<(), StoreError> {
    let statement = if step.revision == 1 {
        "INSERT INTO release (id, name, version, plan_digest, phase, held, ended, occupies, body, created_at,
                              updated_at, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) ON CONFLICT (id) DO NOTHING"
    } else {
        "UPDATE release SET name = $2, version = $3, plan_digest = $4, phase = $5, held = $6, ended = $7,
                            occupies = $8, body = $9, updated_at = $10, revision = $11
         WHERE id = $1 AND revision = $11 - 1"
    };
    let moved = sqlx::query(statement)
        .bind(step.release.as_str())
        .bind(step.row.name.as_str())
        .bind(step.row.version.to_string())
        .bind(step.row.plan_digest.to_string())
        .bind(&step.row.phase)
        .bind(i64::from(step.row.held && !seeded_bug("hold-not-stored")))
        .bind(i64::from(step.row.ended))
        .bind(i64::from(step.row.occupies))
        .bind(&step.row.body)
        .bind(step.at.milliseconds())
        .bind(row::integer(step.revision))
        .execute(&mut *connection)
        .await?;
    if moved.rows_affected() == 1 {
        Ok(())
    } else {
        Err(conflict(connection, step).await?)
    }
}

async fn conflict(connection: &mut SqliteConnection, step: &Step) -> Result<StoreError, StoreError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT revision FROM release WHERE id = $1")
        .bind(step.release.as_str())
        .fetch_optional(connection)
        .await?;
    Ok(StoreError::RevisionConflict {
        release: step.release.clone(),
        expected: step.revision.saturating_sub(1),
        found: found.and_then(|revision| u64::try_from(revision).ok()),
    })
}

async fn append_event(connection: &mut SqliteConnection, step: &Step) -> Result<(), StoreError> {
    if seeded_bug("journal-entry-skipped") && step.builds.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO release_event (release, revision, at, event_kind, event, facts, inbox, snapshot)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
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

async fn put_build(
    connection: &mut SqliteConnection,
    step: &Step,
    build: &BuildRow,
) -> Result<(), StoreError> {
    require_body("the build body", &build.body)?;
    sqlx::query(
        "INSERT INTO build (release, repository, platform, attempt, state, reuse_key, body, revision, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (release, repository, platform) DO UPDATE SET
             attempt = excluded.attempt, state = excluded.state, reuse_key = excluded.reuse_key,
             body = excluded.body, revision = excluded.revision, updated_at = excluded.updated_at",
    )
    .bind(step.release.as_str())
    .bind(build.repository.as_str())
    .bind(build.platform.as_str())
    .bind(i64::from(build.attempt))
    .bind(&build.state)
    .bind(build.reuse_key.as_ref().map(ToString::to_string))
    .bind(&build.body)
    .bind(row::integer(step.revision))
    .bind(step.at.milliseconds())
    .execute(connection)
    .await?;
    Ok(())
}

async fn put_intent(
    connection: &mut SqliteConnection,
    step: &Step,
    intent: &NewIntent,
) -> Result<(), StoreError> {
    if seeded_bug("second-command-lost") && intent.id.as_str().ends_with("/1") {
        return Ok(());
    }
    require_word("the intent kind", &intent.kind)?;
    require_body("the intent body", &intent.body)?;
    if let Some(pool) = &intent.pool {
        require_word("the pool", pool)?;
    }
    sqlx::query(
        "INSERT INTO outbox (id, release, kind, body, priority, pool, created_at, passes_hold, run_after)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
    )
    .bind(intent.id.as_str())
    .bind(step.release.as_str())
    .bind(&intent.kind)
    .bind(&intent.body)
    .bind(intent.priority)
    .bind(&intent.pool)
    .bind(step.at.milliseconds())
    .bind(i64::from(intent.hold == Hold::Passes))
    .execute(connection)
    .await?;
    Ok(())
}

/// An intent that was claimed and not yet marked as being sent is abandoned too: the epoch shuts its holder out.
async fn abandon(connection: &mut SqliteConnection, step: &Step, id: &CommandId) -> Result<(), StoreError> {
    if seeded_bug("abandoned-intents-kept") {
        return Ok(());
    }
    sqlx::query(
        "UPDATE outbox SET state = 'abandoned', settled_at = $1, slot_held = 0, lease_owner = NULL,
                           lease_until = NULL, epoch = epoch + 1
         WHERE id = $2 AND release = $3 AND state = 'intent'",
    )
    .bind(step.at.milliseconds())
    .bind(id.as_str())
    .bind(step.release.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

/// An intent that goes back among the others after its release came to its end: the step that ended it could not abandon
/// what was being sent.
pub(super) async fn abandon_if_over(
    connection: &mut SqliteConnection,
    id: &CommandId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE outbox SET state = 'abandoned', settled_at = $1, slot_held = 0, epoch = epoch + 1
         WHERE id = $2 AND state = 'intent' AND passes_hold = 0
           AND EXISTS (SELECT 1 FROM release r WHERE r.id = outbox.release AND r.ended = 1)",
    )
    .bind(now.milliseconds())
    .bind(id.as_str())
    .execute(connection)
    .await?;
    Ok(())
}

async fn free_slot(connection: &mut SqliteConnection, step: &Step, id: &CommandId) -> Result<(), StoreError> {
    sqlx::query("UPDATE outbox SET slot_held = 0 WHERE id = $1 AND release = $2")
        .bind(id.as_str())
        .bind(step.release.as_str())
        .execute(connection)
        .await?;
    Ok(())
}
