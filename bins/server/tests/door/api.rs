//! The API: who may do what, what an order becomes, and how a release is followed.

use crate::stage::{Answer, Stage, spec};
use governance_server::TokenApprovals;
use storage::{InboxId, InboxState, Store as _};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

const READER: usize = 0;
const TRIGGER: usize = 1;
const OPERATOR: usize = 2;
const FORMER: usize = 3;

async fn ask(stage: &Stage, line: &str, token: usize, more: &str, body: &str) -> Answer {
    let token = &stage.tokens[token];
    let length = body.len();
    let text = format!(
        "{line} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n{more}\r\n{body}"
    );
    stage.send(text.as_bytes()).await
}

#[tokio::test]
async fn who_may_not_do_it_changes_nothing() {
    let stage = Stage::open_with_release(TokenApprovals::Refused).await;
    let rows = stage.rows().await;
    let bare =
        |header: &str| format!("GET /api/v1/releases HTTP/1.1\r\nHost: x\r\n{header}\r\n").into_bytes();
    let token = &stage.tokens[OPERATOR];
    for header in [
        String::new(),
        "Authorization: Bearer\r\n".to_owned(),
        "Authorization: Bearer govapp_\r\n".to_owned(),
        format!("Authorization: Basic {token}\r\n"),
        format!("Authorization: bearer {token}\r\n"),
        format!("Authorization: Bearer  {token}\r\n"),
        format!("Authorization: Bearer {}\r\n", &token[..token.len() - 1]),
        format!("Authorization: Bearer {token}x\r\n"),
        format!("Authorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n"),
    ] {
        let answer = stage.send(&bare(&header)).await;
        assert_eq!(answer.status, 401, "{header}: {answer:?}");
        assert!(answer.head.contains("www-authenticate: Bearer"), "{answer:?}");
    }
    assert!(
        ask(&stage, "GET /api/v1/releases", FORMER, "", "")
            .await
            .body
            .contains("expired")
    );
    let start = "{\"tag\": \"v0.2.0\"}";
    for (line, token, body) in [
        ("POST /api/v1/releases", READER, start),
        ("POST /api/v1/releases/0.1.0/pause", READER, ""),
        ("POST /api/v1/releases/0.1.0/pause", TRIGGER, ""),
        ("POST /api/v1/releases/0.1.0/cancel", TRIGGER, ""),
    ] {
        let answer = ask(&stage, line, token, "", body).await;
        assert_eq!(answer.status, 403, "{line}: {answer:?}");
    }
    assert_eq!(stage.rows().await, rows);
}

#[tokio::test]
async fn orders_that_make_no_sense_change_nothing() {
    let stage = Stage::open_with_release(TokenApprovals::Refused).await;
    let rows = stage.rows().await;
    for (line, more, body, status, word) in [
        ("POST /api/v1/releases", "", "", 400, "EOF"),
        ("POST /api/v1/releases", "", "{}", 400, "tag"),
        (
            "POST /api/v1/releases",
            "",
            "{\"tag\": \"latest\"}",
            400,
            "version",
        ),
        (
            "POST /api/v1/releases",
            "",
            "{\"tag\": \"v1.0.0\", \"force\": true}",
            400,
            "force",
        ),
        (
            "POST /api/v1/releases",
            "",
            "{\"tag\": \"v1.0.0\", \"channel\": \"nightly\"}",
            400,
            "channel",
        ),
        (
            "POST /api/v1/releases",
            "",
            "{\"tag\": \"v1.0.0\", \"channel\": \"prerelease\"}",
            409,
            "production",
        ),
        (
            "POST /api/v1/releases",
            "Idempotency-Key: \r\n",
            "{\"tag\": \"v1.0.0\"}",
            400,
            "Idempotency-Key",
        ),
        (
            "POST /api/v1/releases/0.9.9/pause",
            "",
            "",
            404,
            "no such release",
        ),
        (
            "POST /api/v1/releases/0.1.0/explode",
            "",
            "",
            404,
            "no such release",
        ),
        ("POST /api/v1/releases/0.1.0", "", "", 404, "no such order"),
        ("POST /api/v1/releases/0.1.0/approve", "", "", 409, "token"),
        ("GET /api/v1/releases/0.1.0/pause", "", "", 405, "POST"),
        ("GET /api/v1/releases/0.9.9", "", "", 404, "no such release"),
        ("DELETE /api/v1/releases/0.1.0", "", "", 405, "method"),
    ] {
        let answer = ask(&stage, line, OPERATOR, more, body).await;
        assert_eq!(answer.status, status, "{line} {body}: {answer:?}");
        assert!(answer.body.contains(word), "{line} {body}: {answer:?}");
        assert!(!answer.json()["remedy"].as_str().unwrap().is_empty());
    }
    assert_eq!(stage.rows().await, rows);
}

#[tokio::test]
async fn a_release_is_listed_shown_and_found_by_id_or_version() {
    let stage = Stage::open_with_release(TokenApprovals::Refused).await;
    let list = ask(&stage, "GET /api/v1/releases", READER, "", "").await.json();
    assert_eq!(list["releases"][0]["state"], "planned");
    let id = spec().id.to_string();
    let escaped = id.replace('/', "%2F");
    for address in ["0.1.0", "v0.1.0", &id, &escaped] {
        let shown = ask(&stage, &format!("GET /api/v1/releases/{address}"), READER, "", "").await;
        assert_eq!(shown.status, 200, "{address}: {shown:?}");
        let shown = shown.json();
        assert_eq!(shown["id"], id.as_str());
        assert_eq!(shown["builds"][1]["repository"], "b");
        assert_eq!(shown["builds"][1]["needs"][0], "a:linux-x86_64");
        assert_eq!(shown["builds"][0]["state"], "waiting");
    }
}

#[tokio::test]
async fn an_order_is_a_row_with_its_actor_and_the_answer_is_its_fate() {
    let stage = Stage::open_with_release(TokenApprovals::Allowed).await;
    let order = |word: &'static str| {
        let stage = &stage;
        async move {
            ask(
                stage,
                &format!("POST /api/v1/releases/0.1.0/{word}"),
                OPERATOR,
                "",
                "",
            )
            .await
        }
    };
    let paused = order("pause").await;
    assert_eq!(
        (paused.status, paused.json()["state"].as_str()),
        (200, Some("paused")),
        "{paused:?}"
    );
    let row = InboxId(paused.json()["inbox"].as_i64().unwrap());
    let row = stage.store.inbox_row(row).await.unwrap().unwrap();
    assert_eq!(
        (row.state, row.row.actor.as_str(), row.row.kind.as_str()),
        (InboxState::Done, "token:operator", "pause")
    );
    assert!(row.row.body.contains("token:operator"), "{}", row.row.body);
    let again = order("pause").await;
    assert_eq!(again.status, 409, "{again:?}");
    let resumed = order("resume").await;
    assert_eq!(
        (resumed.status, resumed.json()["state"].as_str()),
        (200, Some("planned")),
        "{resumed:?}"
    );
    for word in ["retry", "withdraw"] {
        let refused = order(word).await;
        assert_eq!(refused.status, 409, "{refused:?}");
        assert!(!refused.json()["detail"].as_str().unwrap().is_empty());
    }
    let cancelled = order("cancel").await;
    assert_eq!(
        (cancelled.status, cancelled.json()["state"].as_str()),
        (200, Some("cancelled")),
        "{cancelled:?}"
    );
}

#[tokio::test]
async fn the_same_key_is_the_same_order() {
    let stage = Stage::open_with_release(TokenApprovals::Refused).await;
    let key = "Idempotency-Key: 7f0b\r\n";
    let pause = ask(&stage, "POST /api/v1/releases/0.1.0/pause", OPERATOR, key, "").await;
    let resume = ask(&stage, "POST /api/v1/releases/0.1.0/resume", OPERATOR, key, "").await;
    assert_eq!(
        (pause.status, resume.status),
        (200, 200),
        "another order has a key of its own"
    );
    let rows = stage.rows().await;
    let again = ask(&stage, "POST /api/v1/releases/0.1.0/pause", OPERATOR, key, "").await;
    assert_eq!(again.status, 200);
    assert_eq!(again.json()["inbox"], pause.json()["inbox"]);
    assert_eq!(again.json()["state"], "planned", "nothing was paused again");
    assert_eq!(stage.rows().await, rows);
}

#[tokio::test]
async fn a_start_is_a_row_that_names_no_release_yet() {
    let stage = Stage::open_with_release(TokenApprovals::Refused).await;
    let key = "Idempotency-Key: one\r\n";
    let start = ask(
        &stage,
        "POST /api/v1/releases",
        TRIGGER,
        key,
        "{\"tag\": \"0.2.0-rc.1\"}",
    )
    .await;
    // Whoever decides here knows no repositories.
    assert_eq!(start.status, 409, "{start:?}");
    let row = stage
        .store
        .inbox_row(*stage.ids().await.last().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.row.kind.as_str(), row.row.actor.as_str()),
        ("release_requested", "token:trigger")
    );
    assert_eq!(row.row.release, None);
    let body: serde_json::Value = serde_json::from_str(&row.row.body).unwrap();
    let expected = serde_json::json!({
        "schema": "governance/release-requested/v1", "tag": "v0.2.0-rc.1", "channel": null,
    });
    assert_eq!(body, expected);
    let other = ask(
        &stage,
        "POST /api/v1/releases",
        TRIGGER,
        key,
        "{\"tag\": \"0.3.0\"}",
    )
    .await;
    assert_eq!(other.status, 422, "{other:?}");
}

#[tokio::test]
async fn a_release_is_followed_to_its_end_and_from_where_the_reader_was() {
    let stage = Stage::open_with_release(TokenApprovals::Refused).await;
    let mut first = follow(&stage, "").await;
    assert_eq!(first.event().await, ("1".to_owned(), "start".to_owned()));
    ask(&stage, "POST /api/v1/releases/0.1.0/pause", OPERATOR, "", "").await;
    assert_eq!(first.event().await, ("2".to_owned(), "pause".to_owned()));
    ask(&stage, "POST /api/v1/releases/0.1.0/cancel", OPERATOR, "", "").await;
    assert_eq!(first.event().await, ("3".to_owned(), "cancel".to_owned()));
    assert_eq!(first.event().await, (String::new(), "cancelled".to_owned()));
    let mut later = follow(&stage, "Last-Event-ID: 2\r\n").await;
    assert_eq!(later.event().await, ("3".to_owned(), "cancel".to_owned()));
    assert_eq!(later.event().await, (String::new(), "cancelled".to_owned()));
}

#[tokio::test]
async fn who_follows_a_release_does_not_keep_the_server_from_ending() {
    let mut stage = Stage::open_with_release(TokenApprovals::Refused).await;
    let mut reader = follow(&stage, "").await;
    reader.event().await;
    stage.close().await;
}

struct Reader(BufReader<tokio::net::TcpStream>);

async fn follow(stage: &Stage, more: &str) -> Reader {
    let mut stream = stage.connect().await;
    let token = &stage.tokens[READER];
    let text = format!(
        "GET /api/v1/releases/0.1.0/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
    );
    stream.write_all(text.as_bytes()).await.unwrap();
    Reader(BufReader::new(stream))
}

impl Reader {
    /// The id, and the kind of the event or the state at the end.
    async fn event(&mut self) -> (String, String) {
        let mut id = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).await.unwrap(), 0, "the stream ended");
            if let Some(found) = line.strip_prefix("id: ") {
                id = found.trim().to_owned();
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let data: serde_json::Value = serde_json::from_str(data).unwrap();
                let word = data["kind"].as_str().or(data["state"].as_str()).unwrap();
                return (id, word.to_owned());
            }
        }
    }
}
