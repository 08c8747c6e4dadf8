//! `/health/live`: the process answers. `/health/ready`: it can take deliveries, and somebody works on them.

use crate::parts::Shared;
use crate::problem::Problem;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// The process answers.
pub(crate) async fn live() -> Response {
    Json(json!({ "schema": "governance/health/v1", "live": true })).into_response()
}

/// The store takes what is written, and the server is not about to end.
pub(crate) async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    if *shared.shutdown.borrow() {
        return Problem::unavailable("the server is about to end").into_response();
    }
    if shared.store.settle().await.is_err() || shared.store.next_timer().await.is_err() {
        return Problem::unavailable("the store does not answer").into_response();
    }
    Json(json!({ "schema": "governance/health/v1", "ready": true })).into_response()
}
