//! A real server on a free port of loopback, over a real store, and a visitor who writes bytes to it.

use domain_types::{NodeId, ReleaseId, Sha256Digest, Timestamp};
use governance_server::{
    Parts, Scope, ServerConfiguration, Token, TokenApprovals, TokenSource, WebhookSecret, WebhookSecrets,
    draw, serve,
};
use hmac::{Hmac, KeyInit, Mac};
use orchestrator::{Event, NodeSpec, Policy, ReleaseSpec};
use runtime::ports::Clock as _;
use runtime::{InboxWorker, SystemClock, Tenancy, inbox_row};
use sha2::Sha256;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use storage::{InboxId, OpenMode, SqliteStore, Store, open_sqlite};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot, watch};
use tokio::task::JoinHandle;

/// More than any of these plays gives out.
const IDS_MAX: i64 = 1_000;

pub(crate) const SECRET: &str = "k7!vQ2#pLz9@rT4$";
pub(crate) const NEXT_SECRET: &str = "n3^wB8*mXc6&yH1(";
pub(crate) const DELIVERY: &str = "72d3162e-cc78-11e3-81ab-4c9367dc0958";

/// A server that runs.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) doorbell: Arc<Notify>,
    shutdown: watch::Sender<bool>,
    serving: JoinHandle<()>,
    pub(crate) tokens: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Nobody decides what comes.
    pub(crate) async fn open() -> Self {
        Self::open_with(false, TokenApprovals::Refused).await
    }

    /// What comes is decided, and there is a release.
    pub(crate) async fn open_with_release(token_approvals: TokenApprovals) -> Self {
        let stage = Self::open_with(true, token_approvals).await;
        let spec = spec();
        let start = Event::Start {
            spec: Box::new(spec.clone()),
        };
        let row = inbox_row(&spec.id, "start".to_owned(), &start, "alice").unwrap();
        let _ = stage.store.append_inbox(&[row], SystemClock.now()).await.unwrap();
        stage.doorbell.notify_one();
        while stage.store.load_release(&spec.id).await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
        stage
    }

    async fn open_with(decides: bool, token_approvals: TokenApprovals) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let store = open_sqlite(&path, OpenMode::CreateOrMigrate, SystemClock.now())
            .await
            .unwrap();
        let store = Arc::new(store);
        let doorbell = Arc::new(Notify::new());
        let (told, announced) = oneshot::channel();
        let (shutdown, watched) = watch::channel(false);
        let (texts, tokens) = tokens();
        let configuration = ServerConfiguration {
            host: "127.0.0.1".to_owned(),
            port: 0,
            webhook_secrets: WebhookSecrets::new(secret(SECRET), Some(secret(NEXT_SECRET))).unwrap(),
            tokens: TokenSource::Given(tokens),
            token_approvals,
        };
        let parts = Parts {
            store: Arc::clone(&store) as Arc<dyn Store>,
            clock: Arc::new(SystemClock),
            doorbell: Arc::clone(&doorbell),
            worker: match decides {
                true => Some(Box::pin(work(
                    Arc::clone(&store) as Arc<dyn Store>,
                    Arc::clone(&doorbell),
                    watched.clone(),
                ))),
                false => None,
            },
            readings: None,
            reception: None,
            announce: Box::new(move |address| {
                let _ = told.send(address);
            }),
        };
        let serving = tokio::spawn(async move { serve(configuration, parts, watched).await.unwrap() });
        Self {
            address: announced.await.unwrap(),
            store,
            doorbell,
            shutdown,
            serving,
            tokens: texts,
            _folder: folder,
        }
    }

    /// Ends in good order.
    pub(crate) async fn close(&mut self) {
        self.shutdown.send_replace(true);
        (&mut self.serving).await.unwrap();
    }

    pub(crate) fn ask_to_end(&self) {
        self.shutdown.send_replace(true);
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Writes bytes, closes nothing, and reads the answer to its end.
    pub(crate) async fn send(&self, bytes: &[u8]) -> Answer {
        let mut stream = self.connect().await;
        // The server may answer, and close, before everything is written.
        let _ = stream.write_all(bytes).await;
        Answer::read(&mut stream).await
    }

    /// How many rows the inbox has. A row that was known already leaves a gap in the numbers.
    pub(crate) async fn rows(&self) -> usize {
        self.ids().await.len()
    }

    pub(crate) async fn ids(&self) -> Vec<InboxId> {
        let mut ids = Vec::new();
        for id in (1..=IDS_MAX).map(InboxId) {
            if self.store.inbox_row(id).await.unwrap().is_some() {
                ids.push(id);
            }
        }
        ids
    }
}

/// Decides every row that comes, as the engine does.
async fn work(
    store: Arc<dyn Store>,
    doorbell: Arc<Notify>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let owner = "test/1".to_owned();
    let mut worker = InboxWorker::new(store, Arc::new(SystemClock), owner, Tenancy::Sole);
    loop {
        tokio::select! {
            () = doorbell.notified() => {}
            _ = shutdown.wait_for(|ending| *ending) => return Ok(()),
        }
        worker.take_all().await?;
    }
}

/// A release of `a`, and `b` that needs it.
pub(crate) fn spec() -> ReleaseSpec {
    let (name, version) = ("commons".parse().unwrap(), "0.1.0".parse().unwrap());
    let plan_digest = Sha256Digest::of(b"plan");
    let node = |repository: &str| NodeId {
        repository: repository.parse().unwrap(),
        platform: "linux-x86_64".parse().unwrap(),
    };
    let one = |repository: &str, needs: Vec<NodeId>| NodeSpec {
        id: node(repository),
        version: "0.1.0".to_owned(),
        commit: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
        optional: false,
        needs,
        remaining_path: 1,
        queued_seconds_max: 1_000_000,
        running_seconds_max: 1_000_000,
        alone: None,
    };
    ReleaseSpec {
        id: ReleaseId::new(&name, &version, &plan_digest),
        name,
        version,
        plan_digest,
        nodes: vec![one("a", Vec::new()), one("b", vec![node("a")])],
        policy: Policy::default(),
        follow_ups: Vec::new(),
        former_way: Vec::new(),
        asked_by: None,
        frozen: None,
    }
}

fn secret(text: &str) -> WebhookSecret {
    WebhookSecret::new(text.to_owned()).unwrap()
}

/// One for each scope, and one that has expired.
fn tokens() -> (Vec<String>, Vec<Token>) {
    let now = SystemClock.now();
    let long_ago = Timestamp::from_seconds(0);
    let rows = [
        ("reader", Scope::Read, now),
        ("trigger", Scope::Trigger, now),
        ("operator", Scope::Operate, now),
        ("former", Scope::Operate, long_ago),
    ];
    rows.map(|(name, scope, at)| draw(name.parse().unwrap(), scope, 1, at).unwrap())
        .into_iter()
        .unzip()
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// 0: nothing but the end of the connection.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The first answer on a connection, whose body is as long as it says; or to the end.
    pub(crate) async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut piece = [0; 4096];
        loop {
            if let Some(answer) = Self::parse(&bytes) {
                return answer;
            }
            match stream.read(&mut piece).await {
                Ok(0) | Err(_) => break,
                Ok(count) => bytes.extend_from_slice(&piece[..count]),
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self {
            status: 0,
            head: text,
            body: String::new(),
        }
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")
                .map(str::to_owned)
        });
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        if body.len() < length {
            return None;
        }
        Some(Self {
            status: head.split(' ').nth(1)?.parse().ok()?,
            head: head.to_owned(),
            body: body.to_owned(),
        })
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    let mut text = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}").unwrap();
    }
    text
}

/// The headers of a good delivery, to be spoilt.
pub(crate) fn headers(body: &[u8]) -> Vec<(String, String)> {
    [
        ("Host", "localhost".to_owned()),
        ("User-Agent", "GitHub-Hookshot/044aadd".to_owned()),
        ("Content-Type", "application/json".to_owned()),
        ("Content-Length", body.len().to_string()),
        ("X-GitHub-Delivery", DELIVERY.to_owned()),
        ("X-GitHub-Event", "push".to_owned()),
        ("X-Hub-Signature-256", sign(SECRET, body)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

pub(crate) fn with(mut headers: Vec<(String, String)>, name: &str, value: &str) -> Vec<(String, String)> {
    match headers.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value.to_owned(),
        None => headers.push((name.to_owned(), value.to_owned())),
    }
    headers
}

pub(crate) fn without(mut headers: Vec<(String, String)>, name: &str) -> Vec<(String, String)> {
    headers.retain(|(known, _)| known != name);
    headers
}

pub(crate) fn request(line: &str, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("{line}\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

pub(crate) const POST: &str = "POST /webhooks/github HTTP/1.1";

pub(crate) fn delivery(body: &[u8]) -> Vec<u8> {
    request(POST, &headers(body), body)
}
