//! `governance/release/v1`: a release for programs, from its stored state.

use super::of_store;
use crate::parts::Shared;
use crate::problem::Problem;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain_types::CommandId;
use orchestrator::{Attempt, AttemptOutcome, Command, Node, NodeSpec, Phase, StallReason, State};
use runtime::github::FrozenRelease;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use storage::{IntentRow, IntentState, ReleaseSummary};

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
        "rehearsal": policy.is_some_and(|policy| policy.rehearsal),
        "follow_ups": follow_ups(state, intents),
        "former_way": former_way(state),
        "changes": changes(state),
        "draft_removed": intents.values().any(is_draft_removed),
    })
}

/// What is done once it is public: each with what came of it, `waiting` before.
fn follow_ups(state: &State, intents: &BTreeMap<CommandId, IntentRow>) -> Vec<Value> {
    let names = state
        .spec()
        .map(|spec| spec.follow_ups.as_slice())
        .unwrap_or_default();
    let follow_up = |name: &String| {
        let is_it =
            |row: &&IntentRow| matches!(command(row), Some(Command::FollowUp { name: of }) if of == *name);
        let (outcome, detail) = match intents.values().find(is_it) {
            Some(row) => outcome(row),
            None => ("waiting".to_owned(), None),
        };
        json!({ "name": name, "outcome": outcome, "detail": detail })
    };
    names.iter().map(follow_up).collect()
}

/// What has come in since the last release, by component; nothing where that was not kept.
fn changes(state: &State) -> Vec<Value> {
    let frozen = FrozenRelease::of(state).ok();
    let ranges = frozen.iter().flat_map(|frozen| &frozen.ranges);
    ranges
        .map(|range| {
            json!({
                "repository": range.repository,
                "source": range.source,
                "commit": range.commit,
                "since": range.since,
                "untold": range.untold,
                "total": range.total,
                "unnamed": range.unnamed(),
                "lacking": range.lacking,
                "ungoverned": range.ungoverned().count(),
                "commits": range.commits,
            })
        })
        .collect()
}

/// The former way of releasing, if the release fell back to it: each step with how it ended. None of it was verified here.
fn former_way(state: &State) -> Vec<Value> {
    let names = state
        .spec()
        .map(|spec| spec.former_way.as_slice())
        .unwrap_or_default();
    let ended = &state.header().former_steps;
    let step = |(position, name): (usize, &String)| {
        let ended = ended.get(position);
        let outcome = match ended.map(|step| step.succeeded) {
            Some(true) => "succeeded",
            Some(false) => "failed",
            None if state.former_step().is_some_and(|step| step as usize == position) => "running",
            None => "waiting",
        };
        json!({ "name": name, "outcome": outcome, "detail": ended.map(|step| &step.detail), "verified": false })
    };
    names.iter().enumerate().map(step).collect()
}

/// What came of a command that nobody waits for: in its own words where it has any.
fn outcome(row: &IntentRow) -> (String, Option<String>) {
    let said = match row.state {
        IntentState::Intent | IntentState::Abandoned => return ("waiting".to_owned(), None),
        IntentState::Sending | IntentState::Unknown => {
            return ("sending".to_owned(), row.intent.reason.clone());
        }
        IntentState::Done => row.result.as_deref(),
        IntentState::Rejected => row.intent.reason.as_deref(),
    };
    let said: Value = said
        .and_then(|said| serde_json::from_str(said).ok())
        .unwrap_or_default();
    let word = |key: &str| said[key].as_str().map(str::to_owned);
    match word("given_up") {
        Some(reason) => ("given_up".to_owned(), Some(reason)),
        None => (
            word("outcome").unwrap_or_else(|| "done".to_owned()),
            word("detail"),
        ),
    }
}

fn is_draft_removed(row: &IntentRow) -> bool {
    row.state == IntentState::Done && command(row) == Some(Command::DiscardDraft)
}

fn command(row: &IntentRow) -> Option<Command> {
    runtime::command(&row.intent.body).ok()
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
        | Phase::Rehearsed
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
