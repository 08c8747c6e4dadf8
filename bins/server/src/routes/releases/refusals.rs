//! `GET /api/v1/releases/VERSION/refusals`: why a release that was asked for was never begun.

use super::of_store;
use crate::parts::Shared;
use crate::problem::Problem;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain_types::ReleaseVersion;
use runtime::github::RefusedWish;
use serde_json::{Value, json};

/// Refused rows that are looked through, the newest first: what is older nobody asks about any more.
const ROWS_MAX: u32 = 100;
/// Refusals of one version that are told.
const TOLD_MAX: usize = 5;

/// The newest refusals of a version.
///
/// # Errors
/// 400 for what is no version.
pub(super) async fn list(shared: &Shared, asked: &str) -> Result<Response, Problem> {
    let version: ReleaseVersion = asked.parse().map_err(|_| {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "this is no version",
            "refusals are told by the version that was asked for, such as 1.2.0",
        )
    })?;
    let rows = shared.store.refused_inbox(ROWS_MAX).await.map_err(of_store)?;
    let refusals: Vec<Value> = rows
        .iter()
        .filter_map(|row| Some((row, RefusedWish::of(row)?)))
        .filter(|(_, wish)| wish.tag.parse::<ReleaseVersion>().is_ok_and(|tag| tag == version))
        .take(TOLD_MAX)
        .map(|(row, wish)| {
            json!({
                "at": row.decided_at,
                "tag": wish.tag,
                "asked_by": wish.asked_by,
                "reason": wish.reason,
                "who": wish.who,
                "commands": wish.commands,
            })
        })
        .collect();
    Ok(Json(json!({
        "schema": "governance/release-refusals/v1",
        "version": version,
        "refusals": refusals,
    }))
    .into_response())
}
