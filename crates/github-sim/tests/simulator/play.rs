//! What the stories stand on: the model alone, with a hand-wound clock, and everybody who has a part. Every exchange is remembered.

use crate::peer::signed_token;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain_types::Timestamp;
use github_sim::{
    Answer, AppPlan, Effect, Faults, GitHub, Host, Limits, ModelSetup, Outcome, Reception, Repo, Request,
    RequestBody, RunRequest, RunScript, ScriptedWorkers, StoredFile, WORKER_WORKFLOW, Workers,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The time at which every play begins, in seconds since the epoch.
pub(crate) const START_SECONDS: i64 = 1_780_000_000;

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// The App, with a token that it signed itself.
    App,
    /// The App's installation.
    Bot,
    /// A person who may write.
    Olga,
    /// A person who may read.
    Rita,
    Nobody,
    /// Anybody with this token.
    Token(String),
}

/// A webhook that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) delivery: u64,
    pub(crate) guid: String,
    pub(crate) event: String,
    pub(crate) payload: Value,
}

pub(crate) struct Play {
    pub(crate) github: GitHub,
    pub(crate) now: Timestamp,
    pub(crate) app: u64,
    pub(crate) installation: u64,
    pub(crate) pem: String,
    pub(crate) node: Repo,
    pub(crate) exchanges: Vec<(Request, Answer)>,
    pub(crate) hooks: Vec<Hook>,
    /// What receivers say to webhooks.
    pub(crate) reception: u16,
    headers: BTreeMap<String, String>,
    bot: String,
    olga: String,
    rita: String,
}

/// Every permission that the stories need.
const PERMISSIONS: [(&str, &str); 9] = [
    ("actions", "write"),
    ("administration", "write"),
    ("checks", "write"),
    ("contents", "write"),
    ("issues", "write"),
    ("metadata", "read"),
    ("pull_requests", "write"),
    ("statuses", "write"),
    ("workflows", "write"),
];

const EVENTS: [&str; 12] = [
    "check_run",
    "create",
    "delete",
    "installation",
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "push",
    "release",
    "repository_dispatch",
    "workflow_job",
    "workflow_run",
];

impl Play {
    pub(crate) fn begin() -> Self {
        Self::begin_with(Box::new(ScriptedWorkers::default()))
    }

    pub(crate) fn begin_with(workers: Box<dyn Workers>) -> Self {
        let now = Timestamp::from_seconds(START_SECONDS);
        let mut github = GitHub::new(ModelSetup {
            api: "http://api.example".to_owned(),
            storage: "http://storage.example".to_owned(),
            start: now,
            speed: 1.0,
            seed: 7,
            faults: Faults::default(),
            limits: Limits::default(),
            workers,
        });
        github.create_account("acme", "Organization").unwrap();
        let files = [
            (".github/workflows/build.yml", WORKER_WORKFLOW.as_bytes()),
            ("README.md", b"# node\n"),
        ];
        let node = github.create_repository("acme", "node", &files).unwrap();
        for person in ["olga", "rita"] {
            github.create_account(person, "User").unwrap();
        }
        github
            .set_role("rita", "acme", "node", github_sim::Role::Read)
            .unwrap();
        let (olga, rita) = (
            github.create_person_token("olga"),
            github.create_person_token("rita"),
        );
        let (pem, public_key) = key();
        let owned = |words: &[(&str, &str)]| {
            words
                .iter()
                .map(|(name, level)| ((*name).to_owned(), (*level).to_owned()))
                .collect()
        };
        let app = github
            .create_app(AppPlan {
                slug: "release".to_owned(),
                permissions: owned(&PERMISSIONS),
                events: EVENTS.map(str::to_owned).to_vec(),
                public_key,
                webhook: Some(("http://hooks.example".to_owned(), "secret".to_owned())),
            })
            .unwrap();
        let installation = github.install(app, "acme").unwrap();
        let mut play = Self {
            github,
            now,
            app,
            installation,
            pem,
            node,
            exchanges: Vec::new(),
            hooks: Vec::new(),
            reception: 202,
            headers: BTreeMap::new(),
            bot: String::new(),
            olga,
            rita,
        };
        play.bot = play.new_token(&json!({}));
        play
    }

    /// A token of the installation, narrowed as said.
    pub(crate) fn new_token(&mut self, narrowed: &Value) -> String {
        let path = format!("/app/installations/{}/access_tokens", self.installation);
        let made = self.ask(&Who::App, "POST", &path, narrowed);
        assert_eq!(made.status, 201, "{}", made.value());
        made.value()["token"].as_str().unwrap().to_owned()
    }

    /// The App's own token with these bounds, in seconds from now.
    pub(crate) fn app_token(&self, issued: i64, expires: i64) -> String {
        let now = self.now.seconds();
        let claims = json!({"iss": self.app.to_string(), "iat": now + issued, "exp": now + expires});
        signed_token(&self.pem, &claims)
    }

    /// From now on every request carries this header.
    pub(crate) fn with_header(&mut self, name: &str, value: &str) {
        self.headers.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.ask(&Who::Bot, "GET", path, &Value::Null)
    }

    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask(&Who::Bot, "POST", path, body)
    }

    pub(crate) fn patch(&mut self, path: &str, body: &Value) -> Answer {
        self.ask(&Who::Bot, "PATCH", path, body)
    }

    pub(crate) fn delete(&mut self, path: &str) -> Answer {
        self.ask(&Who::Bot, "DELETE", path, &Value::Null)
    }

    pub(crate) fn ask(&mut self, who: &Who, method: &str, path: &str, body: &Value) -> Answer {
        let bytes = if body.is_null() {
            Bytes::new()
        } else {
            body.to_string().into()
        };
        self.send(who, method, path, RequestBody::Bytes(bytes))
    }

    /// Uploads an asset that the shell has written to disk already.
    pub(crate) fn upload(&mut self, release: &Value, name: &str) -> Answer {
        let file = StoredFile {
            path: "uploads/1".into(),
            size: 3,
            sha256: "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c".to_owned(),
        };
        let path = format!(
            "/uploads/repos/acme/node/releases/{}/assets?name={name}",
            release["id"]
        );
        self.send(&Who::Bot, "POST", &path, RequestBody::File(file))
    }

    pub(crate) fn send(&mut self, who: &Who, method: &str, path: &str, body: RequestBody) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = self.headers.clone();
        let token = match who {
            Who::App => self.app_token(-60, 300),
            Who::Bot => self.bot.clone(),
            Who::Olga => self.olga.clone(),
            Who::Rita => self.rita.clone(),
            Who::Nobody => String::new(),
            Who::Token(token) => token.clone(),
        };
        if !token.is_empty() {
            headers.insert("authorization".to_owned(), format!("Bearer {token}"));
        }
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let request = Request {
            host: Host::Api,
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            headers,
            body,
            wall: self.now,
            concurrent: 1,
        };
        let answer = self.github.handle(self.now, &request);
        self.exchanges.push((request, answer.clone()));
        self.carry();
        answer
    }

    /// Fetches what a redirect leads to, with a header or without.
    pub(crate) fn fetch(&mut self, answer: &Answer, token: Option<&str>) -> Answer {
        let location = answer.header_value("location").unwrap();
        let path = location.strip_prefix("http://storage.example").unwrap();
        let headers = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        let request = Request {
            host: Host::Storage,
            method: http::Method::GET,
            path: path.split('?').next().unwrap().to_owned(),
            query: Vec::new(),
            headers: headers.into_iter().collect(),
            body: RequestBody::Bytes(Bytes::new()),
            wall: self.now,
            concurrent: 1,
        };
        self.github.handle(self.now, &request)
    }

    /// Lets the time pass.
    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now = self.now.plus_seconds(seconds);
        self.github.advance(self.now);
        self.carry();
    }

    /// Dispatches a build with this id; answers the run.
    pub(crate) fn build(&mut self, dispatch_id: &str) -> u64 {
        let body = json!({"ref": "main", "return_run_details": true, "inputs": self.inputs(dispatch_id)});
        let started = self.post("/repos/acme/node/actions/workflows/build.yml/dispatches", &body);
        assert_eq!(started.status, 200, "{}", started.value());
        started.value()["workflow_run_id"].as_u64().unwrap()
    }

    pub(crate) fn inputs(&self, dispatch_id: &str) -> Value {
        json!({
            "version": "1.0.0", "commit": self.node.head, "platform": "linux-x86_64", "release_id": "r1",
            "dispatch_id": dispatch_id,
        })
    }

    pub(crate) fn run(&mut self, id: u64) -> Value {
        self.get(&format!("/repos/acme/node/actions/runs/{id}")).value()
    }

    /// A draft of this tag.
    pub(crate) fn draft(&mut self, tag: &str) -> Value {
        let made = self.post(
            "/repos/acme/node/releases",
            &json!({"tag_name": tag, "draft": true}),
        );
        assert_eq!(made.status, 201, "{}", made.value());
        made.value()
    }

    pub(crate) fn publish(&mut self, release: &Value) -> Answer {
        let path = format!("/repos/acme/node/releases/{}", release["id"]);
        self.patch(&path, &json!({"draft": false}))
    }

    /// What was told of: event and action, in order.
    pub(crate) fn told(&self) -> Vec<String> {
        let line = |hook: &Hook| match hook.payload["action"].as_str() {
            Some(action) => format!("{} {action}", hook.event),
            None => hook.event.clone(),
        };
        self.hooks.iter().map(line).collect()
    }

    fn carry(&mut self) {
        for effect in self.github.take_effects() {
            let Effect::Send {
                delivery,
                headers,
                body,
                ..
            } = effect
            else {
                continue;
            };
            let header = |wanted: &str| {
                let found = headers.iter().find(|(name, _)| name == wanted);
                found.map(|(_, value)| value.clone()).unwrap()
            };
            self.hooks.push(Hook {
                delivery,
                guid: header("x-github-delivery"),
                event: header("x-github-event"),
                payload: serde_json::from_slice(&body).unwrap(),
            });
            let reception = Reception {
                status: self.reception,
                body: String::new(),
                milliseconds: 12,
            };
            self.github.received(delivery, reception);
        }
    }
}

/// Workers that all do the same.
pub(crate) struct Always(pub(crate) RunScript);

impl Always {
    /// Runs that end like this.
    pub(crate) fn ends(outcome: Outcome) -> Box<dyn Workers> {
        Box::new(Self(RunScript {
            outcome,
            ..RunScript::default()
        }))
    }
}

impl Workers for Always {
    fn script(&mut self, _run: &RunRequest) -> RunScript {
        self.0.clone()
    }
}

/// The App's key. Making one takes long, so that the first test leaves it to the others, in the folder that cargo gives to tests.
fn key() -> (String, Vec<u8>) {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/play-key.pkcs8");
    let kept = std::fs::read(path)
        .ok()
        .and_then(|der| KeyPair::from_pkcs8(&der).ok());
    let pair = kept.unwrap_or_else(|| {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let fresh = folder.path().join("key");
        std::fs::write(&fresh, AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref()).unwrap();
        std::fs::rename(&fresh, path).unwrap();
        pair
    });
    let private = AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap();
    (
        STANDARD.encode(private.as_ref()),
        pair.public_key().as_ref().to_vec(),
    )
}

/// The private half of a key that nobody knows.
pub(crate) fn fresh_key() -> String {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    STANDARD.encode(AsDer::<Pkcs8V1Der<'_>>::as_der(&pair).unwrap().as_ref())
}
