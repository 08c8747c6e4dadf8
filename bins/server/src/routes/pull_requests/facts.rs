//! `GET /api/v1/pull-requests/OWNER/NAME/NUMBER/facts` and `GET /api/v1/facts?after=CURSOR`: what pull requests were judged by, for whoever judges
//! them by other rules. One document, `governance/facts/v1`, or a page of them.

use super::{named, not_shown, reception, visible};
use crate::parts::Shared;
use crate::problem::Problem;
use crate::routes::access;
use crate::tokens::Scope;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain_types::PullRequestId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The facts of one pull request: for everybody who may see it. Those with something of another repository are not: that one may be hidden.
pub(crate) async fn facts(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, number)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let reception = reception(&shared)?;
    let stored = named(reception, (&owner, &name, &number)).await;
    let stored = visible(&shared, reception, stored, &headers).await?;
    match reception
        .facts(&stored)
        .await
        .map_err(|error| not_shown(&error))?
    {
        Ok(facts) => {
            if !facts.companions.is_empty() || !facts.references.is_empty() {
                access::actor(&shared, &headers, Scope::Read).await?;
            }
            Ok(Json(facts).into_response())
        }
        Err(without) => Err(Problem::new(
            StatusCode::CONFLICT,
            without.because,
            "wait until something of it changes, or write its facts into a file and name that with `--facts`",
        )),
    }
}

/// Where a page begins.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    #[serde(default)]
    after: Option<String>,
}

/// The facts of all pull requests, page by page.
pub(crate) async fn facts_page(
    State(shared): State<Arc<Shared>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    access::actor(&shared, &headers, Scope::Read).await?;
    let wrong = || {
        Problem::bad(
            "the page is none",
            "name the `next` of the page before as `after`, or nothing",
        )
    };
    let Query(asked) = asked.map_err(|_| wrong())?;
    let after = match asked.after {
        Some(text) => Some(of_cursor(&text).ok_or_else(wrong)?),
        None => None,
    };
    let page = reception(&shared)?.facts_page(after).await;
    let page = page.map_err(|error| not_shown(&error))?;
    let without: Vec<Value> = page
        .without
        .iter()
        .map(|without| {
            json!({
                "repository": without.repository,
                "number": without.number,
                "because": without.because,
            })
        })
        .collect();
    let document = json!({
        "schema": "governance/facts-page/v1",
        "facts": page.facts,
        "without": without,
        "next": page.next.map(cursor),
    });
    Ok(Json(document).into_response())
}

/// A pull request as it stands in an address, where `#` has a meaning.
fn cursor(id: PullRequestId) -> String {
    format!("{}-{}", id.repository_id(), id.number())
}

fn of_cursor(text: &str) -> Option<PullRequestId> {
    let (repository, number) = text.split_once('-')?;
    PullRequestId::new(repository.parse().ok()?, number.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_its_pull_request() {
        let id = PullRequestId::new(1_296_269, 42).unwrap();
        assert_eq!(cursor(id), "1296269-42");
        assert_eq!(of_cursor("1296269-42"), Some(id));
        for text in ["", "7", "7-", "-7", "7-x", "7#42", "7-42-1"] {
            assert_eq!(of_cursor(text), None, "{text}");
        }
    }
}
