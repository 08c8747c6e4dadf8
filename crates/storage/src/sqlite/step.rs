//! Writing one step: everything that follows from one event, in one transaction.

use super::connection::{Statement, Writer};
use super::timer;
use crate::acceptance::{check_step, lost_inbox};
use crate::row;
use crate::{BuildRow, Hold, NewIntent, Step, StoreError};
use domain_types::{CommandId, Subject, seeded_bug};
use serde_json::{Value, json};

/// One row into the view `step` of `session.sql`, in the order of its columns.
const COMMIT_STEP: &str = "\
INSERT INTO step VALUES
    ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)";

pub(super) async fn commit(writer: &Writer, step: &Step) -> Result<(), StoreError> {
    check_step(step)?;
    match writer.change(bound(step)).await {
        Ok(_) => Ok(()),
        Err(StoreError::Constraint { rule }) => Err(reason(writer, step, rule).await?),
        Err(error) => Err(error),
    }
}

/// Why a step was refused, by the rule that refused it.
async fn reason(writer: &Writer, step: &Step, rule: String) -> Result<StoreError, StoreError> {
    match (rule.as_str(), &step.inbox) {
        ("revision conflict", _) => {
            let query = sqlx::query("SELECT revision FROM release WHERE id = $1").bind(step.release.as_str());
            let found = writer.write(query).await?;
            let found = found.first().map(|found| row::count(found, "revision"));
            Ok(StoreError::RevisionConflict {
                subject: Subject::Release(step.release.clone()),
                expected: step.revision.saturating_sub(1),
                found: found.transpose()?,
            })
        }
        ("version occupied", _) => Ok(StoreError::VersionOccupied {
            name: step.row.name.to_string(),
            version: step.row.version.to_string(),
        }),
        ("lease lost", Some(lease)) => Ok(lost_inbox(lease)),
        (_, Some(_) | None) => Ok(StoreError::Constraint { rule }),
    }
}

fn bound(step: &Step) -> Statement<'_> {
    let lease = step.inbox.as_ref();
    let journalled = !(seeded_bug("journal-entry-skipped") && step.builds.is_empty());
    let abandoned: &[CommandId] = if seeded_bug("abandoned-intents-kept") {
        &[]
    } else {
        &step.abandoned
    };
    sqlx::query(COMMIT_STEP)
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
        .bind(i64::from(journalled))
        .bind(builds(&step.builds))
        .bind(intents(&step.intents))
        .bind(ids(abandoned))
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

pub(super) fn intents(intents: &[NewIntent]) -> String {
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
