//! `/api/v1/releases`: looking at releases, and orders to them. An order is an inbox row with its actor, like everything else.

mod address;
mod decided;
mod document;
mod events;
mod orders;
mod refusals;

use super::access;
use crate::parts::Shared;
use crate::problem::Problem;
use crate::tokens::Scope;
use address::{Asked, find};
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;
use storage::StoreError;

pub(super) use orders::{order, start};

/// `GET /api/v1/releases`: the newest first.
pub(super) async fn list(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Result<Response, Problem> {
    access::actor(&shared, &headers, Scope::Read).await?;
    let releases = shared.store.list_releases().await.map_err(of_store)?;
    let releases: Vec<_> = releases.iter().map(document::summary).collect();
    Ok(Json(json!({ "schema": "governance/release-list/v1", "releases": releases })).into_response())
}

/// `GET /api/v1/releases/ID`, `GET /api/v1/releases/ID/events` and `GET /api/v1/releases/VERSION/refusals`.
pub(super) async fn look(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    access::actor(&shared, request.headers(), Scope::Read).await?;
    let asked = Asked::of(&path);
    if asked.what.as_deref() == Some("refusals") {
        return refusals::list(&shared, &asked.release).await;
    }
    let release = find(&*shared.store, &asked.release).await?;
    match asked.what.as_deref() {
        None => document::show(&shared, &release).await,
        Some("events") => events::follow(shared, release, request.headers()),
        Some(_) => Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "an order is not given with GET",
            "use POST",
        )),
    }
}

/// A store that does not answer.
fn of_store(error: StoreError) -> Problem {
    tracing::error!(error = %error, "failed to read from the store");
    Problem::unavailable("the store does not answer")
}
