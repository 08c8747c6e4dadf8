//! `POST /webhooks/github`: checks a delivery and writes it down. It decides nothing and calls nobody.
//!
//! The answer 202 comes after the commit. What is refused has not touched the database. A delivery that is known already is
//! answered as one that is new: GitHub repeats deliveries under their old number.

use crate::append_queue::NotAppended;
use crate::body::{BODY_BYTES_MAX, Held, read_body, too_large};
use crate::counters::Outcome;
use crate::parts::Shared;
use crate::problem::Problem;
use crate::signature::{Signature, signed_by};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain_types::Sha256Digest;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use storage::{Appended, NewInboxRow, StoreError};

/// Longest name of an event, in bytes.
const EVENT_BYTES_MAX: usize = 100;

/// Bytes above which the signature is computed beside the other requests, not between them.
const QUICK_BYTES_MAX: usize = 256 * 1024;

/// Who brings deliveries, as the inbox has it.
const ACTOR: &str = "github";

/// What the headers say, in the only form that is taken.
struct Heads {
    delivery: String,
    event: String,
    signature: Signature,
}

/// A delivery as it is stored.
#[derive(Serialize)]
struct Envelope<'a> {
    schema: &'static str,
    delivery: &'a str,
    event: &'a str,
    sha256: String,
    secret: usize,
    payload: &'a str,
}

/// Takes one delivery.
pub(crate) async fn receive(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let heads = match heads(&parts.headers) {
        Ok(heads) => heads,
        Err(problem) => return refused(&shared, None, problem),
    };
    let held = match read_body(&shared.memory, &parts.headers, body, BODY_BYTES_MAX).await {
        Ok(held) => held,
        Err(problem) => return refused(&shared, None, problem),
    };
    let (held, signer) = verified(Arc::clone(&shared), held, heads.signature).await;
    let Some(secret) = signer else {
        return refused(&shared, None, unsigned("the signature does not fit the body"));
    };
    let (bytes, loan) = held.into_parts();
    let row = match row(&heads, secret, &bytes) {
        Ok(row) => row,
        Err(problem) => return refused(&shared, Some(&heads.event), problem),
    };
    drop(bytes);
    let appended = shared.queue.append(row).await;
    drop(loan);
    match appended {
        Ok(appended) => accepted(&shared, &heads, appended),
        Err(error) => failed(&shared, &heads.event, &error),
    }
}

fn heads(headers: &HeaderMap) -> Result<Heads, Problem> {
    let signature = only(headers, "x-hub-signature-256").and_then(|value| Signature::parse(value.as_bytes()));
    let Some(signature) = signature else {
        return Err(unsigned(
            "there must be exactly one X-Hub-Signature-256 of the form sha256=<64 hexadecimal digits in lower case>",
        ));
    };
    check_content(headers)?;
    let delivery = only(headers, "x-github-delivery").and_then(delivery);
    let event = only(headers, "x-github-event").and_then(event);
    match (delivery, event) {
        (Some(delivery), Some(event)) => Ok(Heads {
            delivery,
            event,
            signature,
        }),
        (None, _) => Err(Problem::bad(
            "there must be exactly one X-GitHub-Delivery, and it must be a UUID",
            "send the delivery as GitHub does",
        )),
        (_, None) => Err(Problem::bad(
            "there must be exactly one X-GitHub-Event of 1 to 100 of a-z and _",
            "send the delivery as GitHub does",
        )),
    }
}

fn check_content(headers: &HeaderMap) -> Result<(), Problem> {
    let unsupported =
        |detail: &str, remedy| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail.to_owned(), remedy);
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(unsupported(
            "the body is compressed or otherwise encoded",
            "send the bytes that were signed, as they are",
        ));
    }
    let kind = only(headers, CONTENT_TYPE.as_str()).and_then(|value| value.to_str().ok());
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim());
    match kind {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        Some(_) | None => Err(unsupported(
            "only application/json is understood",
            "set the webhook's content type to application/json in the settings of the GitHub App",
        )),
    }
}

/// The value of a header that is there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    values.next().is_none().then_some(first)
}

/// 8-4-4-4-12 hexadecimal digits, in lower case.
fn delivery(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.to_ascii_lowercase();
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let fits = lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| is_hex(part));
    fits.then_some(text)
}

fn event(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let fits = (1..=EVENT_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    fits.then(|| text.to_owned())
}

async fn verified(shared: Arc<Shared>, held: Held, signature: Signature) -> (Held, Option<usize>) {
    let check = move |held: Held| {
        let signer = signed_by(&shared.configuration.webhook_secrets, &held.bytes, &signature);
        (held, signer)
    };
    if held.bytes.len() <= QUICK_BYTES_MAX {
        return check(held);
    }
    match tokio::task::spawn_blocking(move || check(held)).await {
        Ok(checked) => checked,
        Err(_) => (Held::empty(), None),
    }
}

fn row(heads: &Heads, secret: usize, bytes: &[u8]) -> Result<NewInboxRow, Problem> {
    let payload = std::str::from_utf8(bytes)
        .map_err(|_| Problem::bad("the body is not UTF-8", "send the delivery as GitHub does"))?;
    let envelope = Envelope {
        schema: "governance/webhook/v1",
        delivery: &heads.delivery,
        event: &heads.event,
        sha256: Sha256Digest::of(bytes).hex(),
        secret,
        payload,
    };
    let body = serde_json::to_string(&envelope).map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            error.to_string(),
            "report this as a bug",
        )
    })?;
    if body.len() > storage::BODY_BYTES_MAX {
        return Err(too_large(storage::BODY_BYTES_MAX));
    }
    Ok(NewInboxRow {
        key: format!("delivery/{}", heads.delivery),
        release: None,
        kind: "webhook".to_owned(),
        body,
        actor: ACTOR.to_owned(),
    })
}

fn accepted(shared: &Shared, heads: &Heads, appended: Appended) -> Response {
    let (outcome, word) = match appended {
        Appended::New(_) => (Outcome::Stored, "stored"),
        Appended::Duplicate(_) => (Outcome::Known, "known"),
    };
    shared.counters.delivery(Some(&heads.event), outcome);
    let body = json!({
        "schema": "governance/delivery/v1",
        "delivery": heads.delivery,
        "outcome": word,
    });
    (StatusCode::ACCEPTED, axum::Json(body)).into_response()
}

fn failed(shared: &Shared, event: &str, error: &NotAppended) -> Response {
    let problem = match error {
        NotAppended::Store(store) if matches!(**store, StoreError::TooLarge { .. }) => {
            return refused(shared, Some(event), too_large(storage::BODY_BYTES_MAX));
        }
        NotAppended::Store(_) => Problem::unavailable("the delivery could not be stored"),
        NotAppended::Crowded | NotAppended::Ending => Problem::unavailable(error.to_string()),
    };
    shared.counters.delivery(Some(event), Outcome::Failed);
    problem.into_response()
}

fn refused(shared: &Shared, event: Option<&str>, problem: Problem) -> Response {
    let outcome = match problem.status() {
        StatusCode::SERVICE_UNAVAILABLE => Outcome::Failed,
        _ => Outcome::Refused,
    };
    shared.counters.delivery(event, outcome);
    problem.into_response()
}

fn unsigned(detail: &str) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        detail,
        "set the same webhook secret in the GitHub App and in the server's configuration",
    )
}
