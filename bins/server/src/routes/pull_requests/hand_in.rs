//! `POST /s/STATEMENT`, and `PUT` for those who upload: a signature is handed in. Nobody logs in; the key decides.

use super::reception;
use crate::body::read_body;
use crate::parts::Shared;
use crate::problem::Problem;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain_types::Sha256Digest;
use runtime::gate::{NotTaken, Receipt};
use serde_json::json;
use std::sync::Arc;

/// Longest signature in bytes: more than RSA keys of 8192 bits make, little enough for a comment.
const SIGNATURE_BYTES_MAX: usize = 16 * 1024;

/// Takes it: 202 once GitHub has it, 200 if it was received before.
pub(crate) async fn hand_in(
    State(shared): State<Arc<Shared>>,
    Path(statement): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let reception = reception(&shared)?;
    let digest = digest(&statement).ok_or_else(|| problem(&NotTaken::UnknownStatement))?;
    let (parts, body) = request.into_parts();
    let held = read_body(&shared.memory, &parts.headers, body, SIGNATURE_BYTES_MAX).await?;
    let text = std::str::from_utf8(&held.bytes)
        .map_err(|_| problem(&NotTaken::Malformed("it is not even text".to_owned())))?;
    let taken = reception.hand_in(digest, text).await;
    let taken = taken.map_err(|error| problem(&error))?;
    let (status, outcome) = match taken.receipt {
        Receipt::Known => (StatusCode::OK, "already counted"),
        Receipt::Kept => (StatusCode::ACCEPTED, "kept"),
    };
    let about = json!({
        "schema": "governance/signature-receipt/v1",
        "outcome": outcome,
        "repository": taken.repository,
        "number": taken.pull_request.number(),
        "signer": taken.signer,
        "head": taken.head,
        "statement": digest.hex(),
    });
    Ok((status, Json(about)).into_response())
}

/// The digest, in its one spelling.
fn digest(text: &str) -> Option<Sha256Digest> {
    Sha256Digest::from_hex(text)
        .ok()
        .filter(|digest| digest.hex() == text)
}

fn problem(error: &NotTaken) -> Problem {
    let sign = "sign exactly the statement that the page of the pull request shows, with the key that the rules have for you";
    let (status, remedy) = match error {
        NotTaken::UnknownStatement => (
            StatusCode::NOT_FOUND,
            "take the address from the page or the report of the pull request: each push, and each change of what is needed, has a new one",
        ),
        NotTaken::Malformed(_) => (
            StatusCode::BAD_REQUEST,
            "send what `ssh-keygen -Y sign`, `gpg --armor --detach-sign` or `governance sign` wrote, and nothing else",
        ),
        NotTaken::Unverified => (StatusCode::UNPROCESSABLE_ENTITY, sign),
        NotTaken::TakenBack(_) => (StatusCode::CONFLICT, "sign again once there is another head"),
        NotTaken::Refused(_) => (
            StatusCode::BAD_GATEWAY,
            "put the signature into a comment on the pull request yourself",
        ),
        NotTaken::NoRules | NotTaken::Crowded | NotTaken::Store | NotTaken::Unfinished(_) => {
            return Problem::unavailable(error.to_string());
        }
    };
    Problem::new(status, error.to_string(), remedy)
}
