//! Which path leads where, and what every answer carries.

mod access;
mod health;
mod metrics;
mod pull_requests;
mod releases;
mod reports;
mod webhook;

use crate::parts::Shared;
use crate::problem::Problem;
use crate::tokens::Scope;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;

/// All routes.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(for_visitors(&shared))
        .route("/webhooks/github", post(webhook::receive))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/api/v1/releases", get(releases::list).post(releases::start))
        .route(
            "/api/v1/releases/{*path}",
            get(releases::look).post(releases::order),
        )
        .route("/api/v1/facts", get(pull_requests::facts_page))
        .route("/api/v1/reports/dry-run", get(reports::dry_run))
        .route("/page.css", get(pull_requests::style))
        .route(
            "/s/{statement}",
            post(pull_requests::hand_in).put(pull_requests::hand_in),
        )
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(map_response(guarded))
        .with_state(shared)
}

/// What everybody may look at, so many at a time.
fn for_visitors(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/api/v1/pull-requests/{owner}/{name}/{number}",
            get(pull_requests::look),
        )
        .route(
            "/api/v1/pull-requests/{owner}/{name}/{number}/facts",
            get(pull_requests::facts),
        )
        .route("/p/{repository_id}/{number}", get(pull_requests::page))
        .route_layer(from_fn_with_state(Arc::clone(shared), seated))
}

/// Takes a place for as long as an answer is made; without one, whoever asks is to come again.
async fn seated(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let [strangers, bearers] = &shared.visitors;
    // A token that counts, not anything in its place.
    let places = match access::actor(&shared, request.headers(), Scope::Read).await {
        Ok(_) => bearers,
        Err(_) => strangers,
    };
    let _place = places
        .try_acquire()
        .map_err(|_| Problem::unavailable("too many look at pull requests at the same time"))?;
    Ok(next.run(request).await)
}

async fn unknown() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "there is nothing here",
        "the API is at /api/v1/releases, /api/v1/pull-requests, /api/v1/facts and /api/v1/reports, deliveries go to /webhooks/github",
    )
}

async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this address does not know this method",
        "look with GET; give orders, deliveries and signatures with POST",
    )
}

/// Nothing in an answer may be run, framed, kept or guessed at. Only a page says for itself what it may do, which is not much more.
async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let rules = [
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in rules {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
