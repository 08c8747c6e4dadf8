//! `/health/live`: the process answers. `/health/ready`: it can take deliveries, and somebody works on them.

use crate::parts::Shared;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain_types::Timestamp;
use serde_json::json;
use std::sync::Arc;
use storage::Backlog;

/// Seconds that a row may wait to be decided: a decision takes milliseconds, so nobody decides.
const QUEUE_SECONDS_MAX: u64 = 300;

/// The process answers.
pub(crate) async fn live() -> Response {
    Json(json!({ "schema": "governance/health/v1", "live": true })).into_response()
}

/// The store takes what is written, somebody decides it, and the server is not about to end.
pub(crate) async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    match readiness(&shared).await {
        Ok(queue_seconds) => Json(json!({
            "schema": "governance/health/v1",
            "ready": true,
            "queue_seconds": queue_seconds,
        }))
        .into_response(),
        Err(problem) => problem.into_response(),
    }
}

async fn readiness(shared: &Shared) -> Result<Option<u64>, Problem> {
    if *shared.shutdown.borrow() {
        return Err(Problem::unavailable("the server is about to end"));
    }
    let silent = |_| Problem::unavailable("the store does not answer");
    shared.store.settle().await.map_err(silent)?;
    if !shared.queue.last_commit_succeeded() {
        return Err(Problem::unavailable("the store did not take what came last"));
    }
    let Some(backlog) = shared.store.backlog().await.map_err(silent)? else {
        return Ok(None);
    };
    let seconds = queue_seconds(&backlog, shared.clock.now());
    if seconds > QUEUE_SECONDS_MAX {
        let detail = format!("the oldest row of the inbox has waited for {seconds} seconds");
        return Err(Problem::unavailable(detail));
    }
    Ok(Some(seconds))
}

/// How long the oldest row of the inbox has waited, in seconds.
pub(super) fn queue_seconds(backlog: &Backlog, now: Timestamp) -> u64 {
    backlog
        .oldest
        .map_or(0, |oldest| now.milliseconds_since(oldest) / 1000)
}
