//! A stand-in for GitHub on loopback: it answers by script, in order, and the last answer to a question stays.

use crate::tests::HandWound;
use crate::{GitHub, Limits, PrivateKey, Repository, Settings};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// A key of nobody, made for these tests.
pub(crate) const KEY: &str = include_str!("app_key.pem");
/// Now, for tests that do not care.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const SHA: &str = "0123456789abcdef0123456789abcdef01234567";

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// `METHOD /path?query`.
    pub(crate) asked: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What is answered.
#[derive(Clone)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    breaks: bool,
    never: bool,
}

pub(crate) fn reply(status: u16) -> Reply {
    Reply {
        status,
        headers: Vec::new(),
        body: Bytes::new(),
        breaks: false,
        never: false,
    }
}

impl Reply {
    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn json(self, body: Value) -> Self {
        self.bytes(body.to_string())
    }

    pub(crate) fn bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The body breaks off behind what it has.
    pub(crate) fn breaks(mut self) -> Self {
        self.breaks = true;
        self
    }

    /// Nothing is ever answered.
    pub(crate) fn never(mut self) -> Self {
        self.never = true;
        self
    }

    fn response(self) -> Response {
        let mut builder = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            builder = builder.header(*name, value);
        }
        let body = if self.breaks {
            let pieces = [Ok(self.body), Err(std::io::Error::other("broken off"))];
            Body::from_stream(futures::stream::iter(pieces))
        } else {
            Body::from(self.body)
        };
        builder.body(body).unwrap()
    }
}

#[derive(Default)]
struct Script {
    replies: Mutex<BTreeMap<String, VecDeque<Reply>>>,
    seen: Mutex<Vec<Seen>>,
}

/// The stand-in.
pub(crate) struct StandIn {
    script: Arc<Script>,
    pub(crate) url: String,
}

impl StandIn {
    /// A stand-in that knows an installation and gives tokens, and nothing else.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Script::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let stand_in = Self { script, url };
        let permissions =
            json!({"actions": "write", "contents": "write", "metadata": "read", "issues": "write"});
        let installation = json!({"id": 7, "permissions": permissions});
        stand_in.on(
            "GET /repos/acme/node/installation",
            [reply(200).json(installation)],
        );
        stand_in.on(
            "POST /app/installations/7/access_tokens",
            [token("first", NOW + 3600)],
        );
        stand_in
    }

    /// What is answered to a question, in order; the last answer stays.
    pub(crate) fn on(&self, asked: &str, replies: impl IntoIterator<Item = Reply>) {
        let replies = replies.into_iter().collect();
        self.script
            .replies
            .lock()
            .unwrap()
            .insert(asked.to_owned(), replies);
    }

    /// All requests so far whose question begins so.
    pub(crate) fn seen(&self, beginning: &str) -> Vec<Seen> {
        let seen = self.script.seen.lock().unwrap();
        seen.iter()
            .filter(|seen| seen.asked.starts_with(beginning))
            .cloned()
            .collect()
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            api_url: self.url.clone(),
            ..settings()
        }
    }

    /// A client whose clock jumps to whatever it waits for.
    pub(crate) fn github(&self) -> GitHub {
        GitHub::with_time(self.settings(), Arc::new(HandWound::jumping(NOW))).unwrap()
    }

    pub(crate) fn repository(&self) -> Repository {
        self.github().repository("acme", "node").unwrap()
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        limits: Limits::default(),
        ..Settings::new(12, PrivateKey::new(KEY))
    }
}

pub(crate) fn token(text: &str, expires: i64) -> Reply {
    let expires_at = domain_types::Timestamp::from_seconds(expires).to_string();
    reply(201).json(json!({"token": text, "expires_at": expires_at}))
}

async fn answer(State(script): State<Arc<Script>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let asked = format!("{} {}", head.method, head.uri.path_and_query().unwrap());
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    script.seen.lock().unwrap().push(Seen {
        asked: asked.clone(),
        headers: head.headers,
        body,
    });
    let reply = script.next(&asked);
    if reply.never {
        return std::future::pending().await;
    }
    reply.response()
}

impl Script {
    fn next(&self, asked: &str) -> Reply {
        let mut replies = self.replies.lock().unwrap();
        let next = replies.get_mut(asked).and_then(|queue| match queue.len() {
            0 | 1 => queue.front().cloned(),
            _ => queue.pop_front(),
        });
        next.unwrap_or_else(|| reply(404).json(json!({"message": format!("nothing at {asked}")})))
    }
}

pub(crate) fn run_json(id: u64) -> Value {
    json!({
        "id": id, "name": "build", "display_title": "build 1.0.0 [d-1]", "run_attempt": 1, "event": "workflow_dispatch",
        "status": "in_progress", "conclusion": null, "head_sha": SHA, "head_branch": "main",
        "path": ".github/workflows/build.yml@main",
        "repository": {"id": 1}, "head_repository": {"id": 1},
        "actor": {"login": "gate[bot]", "id": 5, "type": "Bot"},
        "triggering_actor": {"login": "gate[bot]", "id": 5, "type": "Bot"},
        "created_at": "2026-11-24T06:00:00Z", "run_started_at": "2026-11-24T06:00:01Z",
        "updated_at": "2026-11-24T06:00:02Z", "html_url": "https://github.com/acme/node/actions/runs/1"
    })
}

pub(crate) fn release_json(id: u64, upload_url: &str) -> Value {
    json!({
        "id": id, "tag_name": "v1", "target_commitish": SHA, "name": "v1", "body": null, "draft": true,
        "prerelease": false, "author": null, "created_at": "2026-11-24T06:00:00Z", "published_at": null,
        "html_url": "https://github.com/acme/node/releases/1", "upload_url": upload_url, "assets": []
    })
}
