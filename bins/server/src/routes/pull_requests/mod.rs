//! Pull requests for people: `GET /api/v1/pull-requests/OWNER/NAME/NUMBER` and `.../facts` for programs, `GET /p/REPOSITORY-ID/NUMBER` as a page, and
//! `POST /s/STATEMENT` for signatures. What everybody may see on GitHub, everybody may see here; the rest needs a token.

mod document;
mod facts;
mod hand_in;
mod html;
mod page;
#[cfg(test)]
mod tests;

pub(super) use facts::{facts, facts_page};
pub(super) use hand_in::hand_in;
pub(super) use page::style;

use super::access;
use crate::parts::Shared;
use crate::problem::Problem;
use crate::tokens::Scope;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain_types::PullRequestId;
use runtime::gate::{NotShown, Reception, Standing, Visible};
use std::sync::Arc;
use storage::StoredPullRequest;

/// `GET /api/v1/pull-requests/OWNER/NAME/NUMBER`.
pub(super) async fn look(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, number)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let reception = reception(&shared)?;
    let stored = named(reception, (&owner, &name, &number)).await;
    let standing = shown(&shared, reception, stored, &headers).await?;
    Ok(Json(document::of(&standing)).into_response())
}

/// The pull request that has this name.
async fn named(
    reception: &Reception,
    (owner, name, number): (&str, &str, &str),
) -> Result<Option<StoredPullRequest>, NotShown> {
    match number.parse() {
        Ok(number) => reception.find_named(&format!("{owner}/{name}"), number).await,
        Err(_) => Ok(None),
    }
}

/// `GET /p/REPOSITORY-ID/NUMBER`.
pub(super) async fn page(
    State(shared): State<Arc<Shared>>,
    Path((repository_id, number)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let reception = reception(&shared)?;
    let numbers = repository_id.parse().ok().zip(number.parse().ok());
    let id = numbers.and_then(|(repository, number)| PullRequestId::new(repository, number).ok());
    let stored = match id {
        Some(id) => reception.find(id).await,
        None => Ok(None),
    };
    let standing = shown(&shared, reception, stored, &headers).await?;
    Ok(page::of(&standing))
}

/// The reception of the gate, where there is one.
pub(super) fn reception(shared: &Shared) -> Result<&Reception, Problem> {
    shared.reception.as_deref().ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "this server looks at no pull requests",
            "write [governance] into its configuration",
        )
    })
}

/// Where it stands, for whoever may know.
async fn shown(
    shared: &Shared,
    reception: &Reception,
    stored: Result<Option<StoredPullRequest>, NotShown>,
    headers: &HeaderMap,
) -> Result<Standing, Problem> {
    let stored = visible(shared, reception, stored, headers).await?;
    reception
        .standing(&stored)
        .await
        .map_err(|error| not_shown(&error))
}

/// A pull request that whoever asks may see. Who bears no token does not learn either whether there is one that is hidden.
async fn visible(
    shared: &Shared,
    reception: &Reception,
    stored: Result<Option<StoredPullRequest>, NotShown>,
    headers: &HeaderMap,
) -> Result<StoredPullRequest, Problem> {
    let stored = stored.map_err(|error| not_shown(&error))?;
    let visible = match &stored {
        Some(stored) => reception.visible(stored).await,
        None => Visible::ToMembers,
    };
    if visible == Visible::ToMembers {
        access::actor(shared, headers, Scope::Read).await?;
    }
    stored.ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "no such pull request was heard of",
            "name it as OWNER/NAME/NUMBER, as GitHub writes them; one that was opened just now is known in a moment",
        )
    })
}

pub(super) fn not_shown(error: &NotShown) -> Problem {
    match error {
        NotShown::Store | NotShown::Crowded => Problem::unavailable(error.to_string()),
        NotShown::Unreadable(reason) => {
            tracing::error!(reason, "a pull request cannot be shown");
            Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                error.to_string(),
                "start a program of the version that wrote it",
            )
        }
    }
}
