//! `governance release … --server URL` against a server that runs in this process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

use domain_types::{NodeId, ReleaseId, Sha256Digest};
use governance_server::{
    Parts, Scope, ServerConfiguration, TokenApprovals, TokenSource, WebhookSecret, WebhookSecrets, draw,
    serve,
};
use orchestrator::{Event, NodeSpec, Policy, ReleaseSpec};
use runtime::ports::Clock as _;
use runtime::{InboxWorker, SystemClock, Tenancy, inbox_row};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Output;
use std::sync::Arc;
use storage::{OpenMode, Store, open_sqlite};
use tokio::process::Command;
use tokio::sync::{Notify, oneshot, watch};

struct Stage {
    address: SocketAddr,
    token_file: PathBuf,
    folder: tempfile::TempDir,
    _shutdown: watch::Sender<bool>,
}

fn spec() -> ReleaseSpec {
    let (name, version) = ("commons".parse().unwrap(), "0.1.0".parse().unwrap());
    let plan_digest = Sha256Digest::of(b"plan");
    let node = NodeSpec {
        id: NodeId {
            repository: "library".parse().unwrap(),
            platform: "linux-x86_64".parse().unwrap(),
        },
        version: "0.1.0".to_owned(),
        commit: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
        optional: false,
        needs: Vec::new(),
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
        nodes: vec![node],
        policy: Policy::default(),
        follow_ups: Vec::new(),
        former_way: Vec::new(),
        asked_by: None,
        frozen: None,
    }
}

impl Stage {
    /// A server with one release, whose rows are decided.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let store = open_sqlite(&path, OpenMode::CreateOrMigrate, SystemClock.now())
            .await
            .unwrap();
        let store: Arc<dyn Store> = Arc::new(store);
        let owner = "test/1".to_owned();
        let clock = Arc::new(SystemClock);
        let mut worker = InboxWorker::new(Arc::clone(&store), clock, owner, Tenancy::Sole);
        let spec = spec();
        let start = Event::Start {
            spec: Box::new(spec.clone()),
        };
        let row = inbox_row(&spec.id, "start".to_owned(), &start, "alice").unwrap();
        let _ = store.append_inbox(&[row], SystemClock.now()).await.unwrap();
        worker.take_all().await.unwrap();
        let doorbell = Arc::new(Notify::new());
        let rung = Arc::clone(&doorbell);
        let work = async move {
            loop {
                rung.notified().await;
                worker.take_all().await?;
            }
        };
        let (text, token) = draw("hand".parse().unwrap(), Scope::Operate, 1, SystemClock.now()).unwrap();
        let token_file = folder.path().join("token");
        std::fs::write(&token_file, format!("{text}\n")).unwrap();
        let secret = WebhookSecret::new("k7!vQ2#pLz9@rT4$".to_owned()).unwrap();
        let configuration = ServerConfiguration {
            host: "127.0.0.1".to_owned(),
            port: 0,
            webhook_secrets: WebhookSecrets::new(secret, None).unwrap(),
            tokens: TokenSource::Given(vec![token]),
            token_approvals: TokenApprovals::Refused,
        };
        let (told, announced) = oneshot::channel();
        let (shutdown, watched) = watch::channel(false);
        let parts = Parts {
            store,
            clock: Arc::new(SystemClock),
            doorbell,
            worker: Some(Box::pin(work)),
            readings: None,
            reception: None,
            announce: Box::new(move |address| {
                let _ = told.send(address);
            }),
        };
        tokio::spawn(serve(configuration, parts, watched));
        Self {
            address: announced.await.unwrap(),
            token_file,
            folder,
            _shutdown: shutdown,
        }
    }

    async fn governance(&self, words: &str) -> (Output, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_governance"))
            .args(["release"])
            .args(words.split(' '))
            .args(["--server", &format!("http://{}", self.address)])
            .arg("--token-file")
            .arg(&self.token_file)
            .env_clear()
            .output()
            .await
            .unwrap();
        let text = [output.stdout.clone(), output.stderr.clone()].concat();
        (output, String::from_utf8(text).unwrap())
    }

    /// Any command that asks a server.
    async fn asks(&self, words: &str) -> (Option<i32>, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_governance"))
            .args(words.split(' '))
            .args(["--server", &format!("http://{}", self.address)])
            .env_clear()
            .env(
                "GOVERNANCE_TOKEN",
                std::fs::read_to_string(&self.token_file).unwrap(),
            )
            .output()
            .await
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    }

    async fn says(&self, words: &str, code: i32, expected: &str) {
        let (output, text) = self.governance(words).await;
        assert_eq!(output.status.code(), Some(code), "{words}: {text}");
        assert!(text.contains(expected), "{words}: {expected} in {text}");
    }
}

#[tokio::test]
async fn a_release_of_a_server_is_looked_after_by_the_hand() {
    let stage = Stage::open().await;
    stage.says("list", 0, "commons").await;
    stage
        .says("list --format json", 0, "governance/release-list/v1")
        .await;
    stage.says("show 0.1.0", 0, "library").await;
    stage.says("show 0.1.0 --name commons", 0, "planned").await;
    stage.says("show 0.1.0 --name other", 2, "no release other").await;
    stage.says("show 0.9.0", 2, "no such release").await;
    stage.says("pause 0.1.0", 0, "release 0.1.0 is paused").await;
    stage.says("pause 0.1.0", 1, "the server says no (409)").await;
    stage
        .says("resume 0.1.0 --format json", 0, "\"state\": \"planned\"")
        .await;
    stage.says("approve 0.1.0", 1, "allow_token_approvals").await;
    stage.says("withdraw 0.1.0", 1, "the server says no (409)").await;
    // Whoever decides here knows no repositories.
    stage.says("start v0.2.0", 1, "the server says no (409)").await;
    stage.says("cancel 0.1.0", 0, "release 0.1.0 is cancelled").await;
    stage.says("watch 0.1.0", 1, "cancel  by token:hand").await;
}

#[tokio::test]
async fn a_wrong_token_or_address_is_said_and_nothing_is_sent_in_the_clear() {
    let stage = Stage::open().await;
    std::fs::write(&stage.token_file, "govapp_forged").unwrap();
    stage.says("list", 2, "(401)").await;
    std::fs::remove_file(&stage.token_file).unwrap();
    stage.says("list", 2, "token").await;
    let run = |arguments: &'static [&'static str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
        command
            .args(arguments)
            .env_clear()
            .env("GOVERNANCE_TOKEN", "govapp_x")
            .current_dir(stage.folder.path());
        async move { command.output().await.unwrap() }
    };
    for arguments in [
        &["release", "list", "--server", "http://governance.example.org"][..],
        &["release", "list"],
        &[
            "release",
            "list",
            "--server",
            "http://127.0.0.1:1",
            "--state",
            "state.db",
        ],
        &["release", "withdraw", "0.1.0", "--state", "state.db"],
    ] {
        assert_eq!(run(arguments).await.status.code(), Some(2), "{arguments:?}");
    }
    // Nobody listens on port 1.
    assert_eq!(
        run(&["release", "list", "--server", "http://127.0.0.1:1"])
            .await
            .status
            .code(),
        Some(3)
    );
}

#[tokio::test]
async fn what_holds_something_up_is_asked_of_a_server() {
    let stage = Stage::open().await;
    for (words, code, expected) in [
        ("why 0.1.0", 0, "commons 0.1.0 is planned"),
        (
            "why https://github.com/atlas/kit/releases/tag/v0.1.0",
            0,
            "library",
        ),
        ("why v0.9.0", 2, "knows of no release 0.9.0"),
        (
            "why https://github.com/atlas/kit/issues/1",
            2,
            "OWNER/NAME#NUMBER",
        ),
        // This server has no rules.
        ("why atlas/atlas-node#1", 2, "looks at no pull requests"),
        (
            "policy explain atlas/atlas-node#1",
            2,
            "looks at no pull requests",
        ),
        ("policy explain atlas-node", 2, "OWNER/NAME#NUMBER"),
    ] {
        let (exit, said) = stage.asks(words).await;
        assert_eq!(exit, Some(code), "{words}: {said}");
        assert!(said.contains(expected), "{words}: {expected} in {said}");
    }
}
