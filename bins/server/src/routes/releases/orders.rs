//! `POST /api/v1/releases`, `POST /api/v1/releases/ID/approve|pause|resume|retry|cancel|withdraw|fall-back`.
//!
//! An order is an inbox row. Its key comes from the header `Idempotency-Key`, so that the same order sent twice is one, or is drawn
//! at random. The answer waits until the row is decided.

use super::super::access;
use super::address::{Asked, find};
use super::decided::{begun_rehearsal, decided};
use crate::append_queue::NotAppended;
use crate::body::{ORDER_BYTES_MAX, read_body};
use crate::configuration::TokenApprovals;
use crate::fresh::fresh_bytes;
use crate::parts::Shared;
use crate::problem::Problem;
use crate::tokens::Scope;
use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain_types::{Channel, ReleaseVersion};
use orchestrator::Event;
use runtime::github::Wish;
use runtime::inbox_row;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::sync::Arc;
use storage::{InboxRow, InboxState, NewInboxRow, ReleaseSummary};

/// Longest `Idempotency-Key` in bytes.
const KEY_BYTES_MAX: usize = 100;

/// What starts a release.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    /// `v` and the version, or the version.
    tag: String,
    /// The channel that is expected: refused if the tag is of another.
    #[serde(default)]
    channel: Option<String>,
    /// `release`, `tag` or `rehearse`.
    #[serde(default)]
    wish: Wish,
}

/// The inbox row of a start, as stored.
#[derive(Serialize)]
struct ReleaseRequested {
    schema: &'static str,
    tag: String,
    channel: Option<Channel>,
    #[serde(skip_serializing_if = "Wish::is_release")]
    wish: Wish,
    #[serde(skip)]
    version: ReleaseVersion,
}

/// `POST /api/v1/releases`.
pub(crate) async fn start(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, Problem> {
    let actor = access::actor(&shared, request.headers(), Scope::Trigger).await?;
    let (parts, body) = request.into_parts();
    let held = read_body(&shared.memory, &parts.headers, body, ORDER_BYTES_MAX).await?;
    let requested = requested(&held.bytes)?;
    let row = NewInboxRow {
        key: format!("request/{actor}/{}", order_key(&parts.headers)?),
        release: None,
        // A program that knows no wishes refuses the row by its kind.
        kind: match requested.wish {
            Wish::Release => "release_requested".to_owned(),
            Wish::Tag | Wish::Rehearse => "release_wished".to_owned(),
        },
        body: serde_json::to_string(&requested).unwrap_or_default(),
        actor,
    };
    let row = given(&shared, row).await?;
    let release = match requested.wish {
        Wish::Rehearse => begun_rehearsal(&shared, row.id).await?,
        Wish::Release | Wish::Tag => find(&*shared.store, &requested.version.to_string()).await.ok(),
    };
    let about = json!({
        "schema": "governance/release-start/v1",
        "tag": requested.tag,
        "wish": requested.wish,
        "release": release.map(|release| release.id.to_string()),
    });
    answer(&row, about)
}

fn requested(body: &[u8]) -> Result<ReleaseRequested, Problem> {
    let remedy = "send JSON such as {\"tag\": \"v1.2.0\"}, `channel` production or prerelease if it must be that one, and \
                  `wish` release, tag or rehearse";
    let start: Start =
        serde_json::from_slice(body).map_err(|error| Problem::bad(error.to_string(), remedy))?;
    let version: ReleaseVersion = start
        .tag
        .parse()
        .map_err(|error| Problem::bad(format!("{error}"), remedy))?;
    let channel = match start.channel.as_deref() {
        None => None,
        Some("production") => Some(Channel::Production),
        Some("prerelease") => Some(Channel::Prerelease),
        Some(_) => return Err(Problem::bad("there is no such channel", remedy)),
    };
    if channel.is_some_and(|channel| channel != version.channel()) {
        let detail = format!("{} is of the {} channel", start.tag, version.channel());
        return Err(Problem::new(
            StatusCode::CONFLICT,
            detail,
            "name another tag or the other channel",
        ));
    }
    Ok(ReleaseRequested {
        schema: "governance/release-requested/v1",
        tag: version.tag().to_string(),
        channel,
        wish: start.wish,
        version,
    })
}

/// `POST /api/v1/releases/ID/WORD`.
pub(crate) async fn order(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let actor = access::actor(&shared, request.headers(), Scope::Operate).await?;
    let asked = Asked::of(&path);
    let release = find(&*shared.store, &asked.release).await?;
    let word = asked.what.unwrap_or_default();
    let event = event(&word, &actor, &release)?;
    if matches!(event, Event::Approve { .. })
        && shared.configuration.token_approvals == TokenApprovals::Refused
    {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "a token does not count as an approval here",
            "set `allow_token_approvals = true` in [release] of the configuration",
        ));
    }
    let key = format!(
        "order/{actor}/{}/{word}/{}",
        release.id,
        order_key(request.headers())?
    );
    let row = inbox_row(&release.id, key, &event, &actor).map_err(|error| {
        Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            error.to_string(),
            "report this as a bug",
        )
    })?;
    let row = given(&shared, row).await?;
    let now = find(&*shared.store, release.id.as_str()).await?;
    let about = json!({
        "schema": "governance/release-order/v1",
        "id": release.id,
        "release": release.row.name,
        "version": release.row.version,
        "order": word,
        "state": now.row.phase,
    });
    answer(&row, about)
}

fn event(word: &str, actor: &str, release: &ReleaseSummary) -> Result<Event, Problem> {
    let actor = actor.to_owned();
    match word {
        "approve" => Ok(Event::Approve {
            actor,
            plan_digest: release.row.plan_digest,
        }),
        "pause" => Ok(Event::Pause { actor }),
        "resume" => Ok(Event::Resume { actor }),
        "retry" => Ok(Event::Retry { actor }),
        "cancel" => Ok(Event::Cancel { actor }),
        "withdraw" => Ok(Event::Withdraw { actor }),
        "fall-back" => Ok(Event::FallBack {
            actor,
            at_revision: None,
        }),
        _ => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "there is no such order",
            "orders are approve, pause, resume, retry, cancel, withdraw and fall-back",
        )),
    }
}

fn order_key(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(key) = headers.get("idempotency-key") else {
        let random = fresh_bytes::<16>().map_err(|error| Problem::unavailable(error.to_string()))?;
        return Ok(u128::from_be_bytes(random).to_string());
    };
    let text = key.to_str().unwrap_or_default();
    let fits = (1..=KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    match fits {
        true => Ok(format!("key:{text}")),
        false => Err(Problem::bad(
            "an Idempotency-Key has 1 to 100 visible ASCII characters",
            "draw a UUID for every order, or leave the header out",
        )),
    }
}

/// Puts an order into the inbox and waits until it is decided.
async fn given(shared: &Shared, row: NewInboxRow) -> Result<InboxRow, Problem> {
    let sent = (row.kind.clone(), row.body.clone());
    let appended = shared.queue.append(row).await.map_err(|error| match error {
        NotAppended::Store(_) => Problem::unavailable("the order could not be stored"),
        NotAppended::Crowded | NotAppended::Ending => Problem::unavailable(error.to_string()),
    })?;
    let decided = decided(shared, appended.id()).await?;
    if (&decided.row.kind, &decided.row.body) != (&sent.0, &sent.1) {
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "this Idempotency-Key was used for another order",
            "draw a new key for every order",
        ));
    }
    Ok(decided)
}

/// 200 if it was carried out, 202 if nobody has decided yet, 409 with the reason if it was refused.
fn answer(row: &InboxRow, mut about: serde_json::Value) -> Result<Response, Problem> {
    let (status, outcome) = match row.state {
        InboxState::Done => (StatusCode::OK, "done"),
        InboxState::Pending => (StatusCode::ACCEPTED, "stored"),
        InboxState::Refused => {
            let reason = row.reason.clone().unwrap_or_else(|| "it was refused".to_owned());
            return Err(Problem::new(
                StatusCode::CONFLICT,
                reason,
                "look where the release stands with `GET /api/v1/releases/ID`",
            ));
        }
    };
    about["outcome"] = json!(outcome);
    about["inbox"] = json!(row.id.0);
    Ok((status, Json(about)).into_response())
}
