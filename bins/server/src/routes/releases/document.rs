//! `governance/release/v1`: a release for programs, from its stored state.

use super::of_store;
use crate::parts::Shared;
use crate::problem::Problem;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain_types::CommandId;
use orchestrator::{Attempt, AttemptOutcome, Node, NodeSpec, Phase, StallReason, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use storage::{IntentRow, ReleaseSummary};

/// A line of the list.
pub(super) fn summary(release: &ReleaseSummary) -> Value {
    json!({
        "id": release.id,
        "release": release.row.name,
        "version": release.row.version,
        "state": release.row.phase,
        "revision": release.revision,
        "plan_digest": release.row.plan_digest,
        "created": release.created_at,
        "updated": release.updated_at,
    })
}

/// Plan, states, runs, attempts, artifacts, reasons.
pub(super) async fn show(shared: &Shared, release: &ReleaseSummary) -> Result<Response, Problem> {
    let failed = |detail: String| {
        tracing::error!(release = %release.id, error = detail, "failed to load a release");
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            detail,
            "look at the server's log; `governance db check` tells whether the database is whole",
        )
    };
    let state = runtime::load(&*shared.store, &release.id)
        .await
        .map_err(|error| failed(error.to_string()))?
        .ok_or_else(|| failed("the release is gone".to_owned()))?;
    let intents = shared.store.intents(&release.id).await.map_err(of_store)?;
    let intents = intents
        .into_iter()
        .map(|intent| (intent.intent.id.clone(), intent));
    Ok(Json(document(release, &state, &intents.collect())).into_response())
}

fn document(release: &ReleaseSummary, state: &State, intents: &BTreeMap<CommandId, IntentRow>) -> Value {
    let header = state.header();
    let builds: Vec<Value> = state
        .nodes()
        .map(|(spec, node)| build(spec, node, intents))
        .collect();
    let policy = state.spec().map(|spec| spec.policy);
    json!({
        "schema": "governance/release/v1",
        "id": release.id,
        "release": release.row.name,
        "version": release.row.version,
        "state": state.phase().label(),
        "reason": reason(state.phase()),
        "revision": state.revision(),
        "plan_digest": release.row.plan_digest,
        "manifest": header.manifest,
        "asked_by": state.spec().and_then(|spec| spec.asked_by.as_deref()),
        "approvals": header.approvals,
        "approvals_required": policy.map(|policy| policy.approvals_required),
        "signatures": header.signatures,
        "signatures_required": policy.map(|policy| policy.signatures_required),
        "retries_left": header.budget_left,
        "started": header.started,
        "ended": header.ended,
        "stage": header.awaited.as_ref().map(|(stage, command)| json!({
            "doing": stage.to_string(),
            "command": command,
        })),
        "builds": builds,
    })
}

/// Why it stands still.
fn reason(phase: &Phase) -> Option<String> {
    match phase {
        Phase::Stalled { reason, .. } => Some(match reason {
            StallReason::Builds { blocking, first } => {
                format!("{blocking} required builds failed or could not begin, {first} the first of them")
            }
            StallReason::Stage { failure } => failure.reason.clone(),
        }),
        Phase::Paused { from } => reason(from),
        Phase::Superseded { by } => Some(format!("{by} took its place")),
        Phase::Unplanned
        | Phase::Planned
        | Phase::AwaitingApproval
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted
        | Phase::Published
        | Phase::Withdrawn
        | Phase::Cancelled
        | Phase::FellBack => None,
    }
}

fn build(spec: &NodeSpec, node: &Node, intents: &BTreeMap<CommandId, IntentRow>) -> Value {
    let needs: Vec<String> = spec.needs.iter().map(ToString::to_string).collect();
    let attempts: Vec<Value> = node
        .attempts
        .iter()
        .map(|number| attempt(number, intents.get(&number.command)))
        .collect();
    let artifacts = node.output.iter().flat_map(|output| &output.artifacts);
    let artifacts: Vec<Value> = artifacts
        .map(|artifact| {
            json!({
                "name": artifact.name,
                "sha256": artifact.digest.hex(),
                "size": artifact.size,
            })
        })
        .collect();
    json!({
        "repository": spec.id.repository,
        "platform": spec.id.platform,
        "version": spec.version,
        "commit": spec.commit,
        "optional": spec.optional,
        "needs": needs,
        "state": node.state.label(),
        "skipped_because": node.skipped_because.as_ref().map(ToString::to_string),
        "retry_due": node.retry.as_ref().map(|retry| retry.due),
        "attempts": attempts,
        "artifacts": artifacts,
    })
}

/// One attempt, with what its performer noted of the run that it began.
fn attempt(attempt: &Attempt, intent: Option<&IntentRow>) -> Value {
    let failure = match &attempt.outcome {
        Some(AttemptOutcome::Failed { failure }) => Some(failure),
        Some(
            AttemptOutcome::Succeeded
            | AttemptOutcome::Reused { .. }
            | AttemptOutcome::Interrupted
            | AttemptOutcome::Cancelled,
        )
        | None => None,
    };
    let run = intent.and_then(|intent| intent.result.as_deref().or(intent.intent.handle.as_deref()));
    json!({
        "number": attempt.number,
        "command": attempt.command,
        "requested": attempt.requested,
        "started": attempt.started,
        "ended": attempt.ended,
        "outcome": attempt.outcome.as_ref().map(AttemptOutcome::label),
        "kind": failure.map(|failure| failure.kind),
        "reason": failure.map(|failure| failure.reason.as_str()),
        "seen": attempt.run,
        "run": run.map(|run| serde_json::from_str(run).unwrap_or_else(|_| json!(run))),
    })
}
