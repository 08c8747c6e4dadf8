//! Writing one step: everything that follows from one event, in one transaction.

use super::connection::{BEGIN, COMMIT, Failed, Words, Writer};
use super::{inbox, row, timer};
use crate::limits::{require_body, require_rows, require_word};
use crate::{BuildRow, Hold, NewIntent, Step, StoreError};
use domain_types::{CommandId, seeded_bug};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

/// The inbox row that the step came from is done, if it is ours. `$1` is the release, `$2` the revision, `$3` the time.
const SETTLE: &str = "\
UPDATE inbox SET state = 'done', revision = $2, decided_at = $3, lease_owner = NULL, lease_until = NULL
    WHERE id = $12 AND lease_owner = $13 AND epoch = $14 AND state = 'pending';
";

/// The first revision of a release, and every other: if the release is where the step expects it and the row before was ours.
const CREATE: &str = "\
INSERT INTO release (id, name, version, plan_digest, phase, held, ended, occupies, body, created_at, updated_at, revision)
    SELECT $1, $4, $5, $6, $7, $8, $9, $10, $11, $3, $3, $2 WHERE $12 IS NULL OR changes() = 1
    ON CONFLICT (id) DO NOTHING;
";
const MOVE: &str = "\
UPDATE release SET name = $4, version = $5, plan_digest = $6, phase = $7, held = $8, ended = $9, occupies = $10,
                   body = $11, updated_at = $3, revision = $2
    WHERE id = $1 AND revision = $2 - 1 AND ($12 IS NULL OR changes() = 1);
";

/// Fails, and the whole step with it, if the release was not moved: an entry needs a revision.
const JOURNAL: &str = "\
INSERT INTO release_event (release, revision, at, event_kind, event, facts, inbox, snapshot)
    VALUES ($1, iif(changes() = 1, $2, NULL), $3, $15, $16, $17, $12, $18);
";

const BUILDS: &str = "\
INSERT INTO build (release, repository, platform, attempt, state, reuse_key, body, revision, updated_at)
    SELECT $1, b.value ->> 'repository', b.value ->> 'platform', b.value ->> 'attempt', b.value ->> 'state',
           b.value ->> 'reuse_key', b.value ->> 'body', $2, $3
    FROM json_each($19) b WHERE true ORDER BY b.key
    ON CONFLICT (release, repository, platform) DO UPDATE SET
        attempt = excluded.attempt, state = excluded.state, reuse_key = excluded.reuse_key,
        body = excluded.body, revision = excluded.revision, updated_at = excluded.updated_at;
";

const INTENTS: &str = "\
INSERT INTO outbox (id, release, kind, body, priority, pool, created_at, passes_hold, run_after)
    SELECT i.value ->> 'id', $1, i.value ->> 'kind', i.value ->> 'body', i.value ->> 'priority', i.value ->> 'pool',
           $3, i.value ->> 'passes_hold', 0
    FROM json_each($20) i ORDER BY i.key;
";

/// An intent that was claimed and not yet marked as being sent is abandoned too: the epoch shuts its holder out.
const ABANDON: &str = "\
UPDATE outbox SET state = 'abandoned', settled_at = $3, slot_held = 0, lease_owner = NULL, lease_until = NULL,
                  epoch = epoch + 1
    WHERE id IN (SELECT a.value FROM json_each($21) a) AND release = $1 AND state = 'intent';
";

const FREE_SLOTS: &str = "\
UPDATE outbox SET slot_held = 0 WHERE id IN (SELECT f.value FROM json_each($22) f) AND release = $1;
";

const TIMERS: &str = "\
DELETE FROM timer WHERE release = $1 AND key IN (SELECT c.value FROM json_each($23) c);
INSERT INTO timer (release, key, due_at, kind, body, revision)
    SELECT $1, t.value ->> 'key', t.value ->> 'due', t.value ->> 'kind', t.value ->> 'body', $2
    FROM json_each($24) t WHERE true
    ON CONFLICT (release, key) DO UPDATE SET
        due_at = excluded.due_at, kind = excluded.kind, body = excluded.body, revision = excluded.revision;
";

pub(super) async fn commit(writer: &Writer, step: &Step) -> Result<(), StoreError> {
    check(step)?;
    match writer.script(bound(script(step), step)).await {
        Ok(_) => Ok(()),
        Err(failed) if matches!(failed.error, StoreError::Constraint { .. }) => {
            Err(reason(writer, step, failed).await?)
        }
        Err(failed) => Err(failed.error),
    }
}

/// Why a step was refused: the release is elsewhere, its version is taken, its inbox row is not ours, or else what the database
/// said.
async fn reason(writer: &Writer, step: &Step, failed: Failed) -> Result<StoreError, StoreError> {
    let release = || step.release.as_str();
    let query = sqlx::query("SELECT revision FROM release WHERE id = $1").bind(release());
    let found = writer.write(query).await?;
    let found = found
        .first()
        .map(|found| row::count(found, "revision"))
        .transpose()?;
    if step.revision.checked_sub(1) != Some(found.unwrap_or(0)) {
        return Ok(StoreError::RevisionConflict {
            release: step.release.clone(),
            expected: step.revision.saturating_sub(1),
            found,
        });
    }
    let query = sqlx::query(
        "SELECT id FROM release WHERE name = $2 AND version = $3 AND occupies = 1 AND id <> $1 AND $4",
    )
    .bind(release())
    .bind(step.row.name.as_str())
    .bind(step.row.version.to_string())
    .bind(i64::from(step.row.occupies));
    if !writer.write(query).await?.is_empty() {
        return Ok(StoreError::VersionOccupied {
            name: step.row.name.to_string(),
            version: step.row.version.to_string(),
        });
    }
    match (&step.inbox, failed.given.get(1)) {
        (Some(lease), Some(settled)) if settled.changed != 1 => Ok(inbox::lost(lease)),
        (Some(_) | None, _) => Ok(failed.error),
    }
}

/// What is to be written of a step: most have only some of its parts.
fn script(step: &Step) -> String {
    let parts = [
        (BEGIN, true),
        (SETTLE, step.inbox.is_some()),
        (if step.revision == 1 { CREATE } else { MOVE }, true),
        (
            JOURNAL,
            !(seeded_bug("journal-entry-skipped") && step.builds.is_empty()),
        ),
        (BUILDS, !step.builds.is_empty()),
        (INTENTS, !step.intents.is_empty()),
        (
            ABANDON,
            !step.abandoned.is_empty() && !seeded_bug("abandoned-intents-kept"),
        ),
        (FREE_SLOTS, !step.slots_freed.is_empty()),
        (
            TIMERS,
            !(step.timers_cleared.is_empty() && step.timers_set.is_empty()),
        ),
        (COMMIT, true),
    ];
    let wanted = parts
        .into_iter()
        .filter_map(|(part, wanted)| wanted.then_some(part));
    wanted.collect()
}

fn bound(script: String, step: &Step) -> Words<'_> {
    let lease = step.inbox.as_ref();
    sqlx::query(AssertSqlSafe(script))
        .bind(step.release.as_str())
        .bind(row::integer(step.revision))
        .bind(step.at.milliseconds())
        .bind(step.row.name.as_str())
        .bind(step.row.version.to_string())
        .bind(step.row.plan_digest.to_string())
        .bind(&step.row.phase)
        .bind(i64::from(step.row.held && !seeded_bug("hold-not-stored")))
        .bind(i64::from(step.row.ended))
        .bind(i64::from(step.row.occupies))
        .bind(&step.row.body)
        .bind(lease.map(|lease| lease.id.0))
        .bind(lease.map(|lease| &lease.owner))
        .bind(lease.map(|lease| row::integer(lease.epoch)))
        .bind(&step.event_kind)
        .bind(&step.event)
        .bind(&step.facts)
        .bind(&step.snapshot)
        .bind(builds(&step.builds))
        .bind(intents(&step.intents))
        .bind(ids(&step.abandoned))
        .bind(ids(&step.slots_freed))
        .bind(json!(step.timers_cleared).to_string())
        .bind(timer::list(&step.timers_set))
}

fn builds(builds: &[BuildRow]) -> String {
    let value = |build: &BuildRow| {
        json!({
            "repository": build.repository.as_str(),
            "platform": build.platform.as_str(),
            "attempt": build.attempt,
            "state": build.state,
            "reuse_key": build.reuse_key.as_ref().map(ToString::to_string),
            "body": build.body,
        })
    };
    builds.iter().map(value).collect::<Value>().to_string()
}

fn intents(intents: &[NewIntent]) -> String {
    let is_lost =
        |intent: &NewIntent| seeded_bug("second-command-lost") && intent.id.as_str().ends_with("/1");
    let value = |intent: &NewIntent| {
        json!({
            "id": intent.id.as_str(),
            "kind": intent.kind,
            "body": intent.body,
            "priority": intent.priority,
            "pool": intent.pool,
            "passes_hold": i64::from(intent.hold == Hold::Passes),
        })
    };
    let kept = intents.iter().filter(|intent| !is_lost(intent));
    kept.map(value).collect::<Value>().to_string()
}

fn ids(ids: &[CommandId]) -> String {
    ids.iter()
        .map(|id| json!(id.as_str()))
        .collect::<Value>()
        .to_string()
}

/// Limits, and what no database can say.
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
    for build in &step.builds {
        require_body("the build body", &build.body)?;
    }
    step.intents.iter().try_for_each(check_intent)?;
    step.timers_set.iter().try_for_each(timer::check)?;
    require_own(step)
}

fn check_intent(intent: &NewIntent) -> Result<(), StoreError> {
    require_word("the intent kind", &intent.kind)?;
    require_body("the intent body", &intent.body)?;
    match &intent.pool {
        Some(pool) => require_word("the pool", pool),
        None => Ok(()),
    }
}

/// A command belongs to the release that decided it, which no database can say.
fn require_own(step: &Step) -> Result<(), StoreError> {
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
