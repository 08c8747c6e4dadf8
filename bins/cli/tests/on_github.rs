//! `governance release rehearse|tag|watch|show --server URL`, against the whole server on a simulated GitHub, both in this process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

use domain_types::Timestamp;
use github_sim::{Clock, Faults, Happened, Limits, Running, ScriptedWorkers, Setup, WORKER_WORKFLOW};
use governance_server::{Scope, draw, entry, serve_file};
use runtime::SystemClock;
use runtime::ports::Clock as _;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Output;
use tokio::process::Command;
use tokio::sync::{oneshot, watch};

const SECRET: &str = "k7!vQ2#pLz9@rT4$";

const MANIFEST: &str = "[versions]\n\
    library = { version = \"0.1.0\", git_tag = \"v0.1.0\", git_commit = \"\", requires = [], binaries = [] }\n\
    tool = { version = \"0.1.0\", git_tag = \"v0.1.0\", git_commit = \"\", requires = [\"library=0.1.0\"], binaries = [\"tool\"] }\n\
    [metadata]\nlast_updated = \"2026-01-01\"\nupdated_by = \"the example organisation\"\nrelease_notes = \"The first set\"\n";

const DEPLOY: &str = "name: deploy\non:\n  repository_dispatch:\n    types: [released]\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n";

/// Times that a run's seconds pass faster than they are written.
const SPEED: f64 = 300.0;

struct Play {
    github: Running,
    address: SocketAddr,
    folder: tempfile::TempDir,
    _shutdown: watch::Sender<bool>,
}

/// An organisation whose components have no tags yet.
async fn organisation(folder: &std::path::Path) -> Running {
    let setup = Setup {
        data: folder.join("github"),
        clock: Clock::Real { speed: SPEED },
        seed: 1,
        faults: Faults::default(),
        limits: Limits::default(),
        workers: Box::new(
            ScriptedWorkers::default()
                .builds("example/library", &[])
                .builds("example/tool", &["tool"]),
        ),
    };
    let github = github_sim::start(setup).await.unwrap();
    github.create_organisation("example").unwrap();
    github.create_user("maintainer").unwrap();
    let worker = [(".github/workflows/build.yml", WORKER_WORKFLOW)];
    github.create_repository("example", "library", &worker).unwrap();
    github.create_repository("example", "tool", &worker).unwrap();
    github
        .create_repository("example", "website", &[(".github/workflows/deploy.yml", DEPLOY)])
        .unwrap();
    github
        .create_repository("example", "commons", &[("versions.toml", MANIFEST)])
        .unwrap();
    github
}

impl Play {
    async fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let github = organisation(folder.path()).await;
        let permissions = [
            ("actions", "write"),
            ("contents", "write"),
            ("metadata", "read"),
            ("statuses", "write"),
        ];
        let events = ["push", "create", "release", "workflow_run", "workflow_job"];
        let app = github
            .create_app("example-release", &permissions, &events, None)
            .unwrap();
        github.install(app.app_id, "example").unwrap();
        let now: Timestamp = SystemClock.now();
        let (text, token) = draw("ops".parse().unwrap(), Scope::Operate, 1, now).unwrap();
        std::fs::write(path("token"), &text).unwrap();
        std::fs::write(path("tokens.toml"), entry(&token)).unwrap();
        std::fs::write(path("app.pem"), &app.private_key_pem).unwrap();
        let text = format!(
            "[github]\napi_url = '{}'\ndownload_hosts = ['127.0.0.1']\napp_id = {}\nprivate_key_path = 'file:{}'\nwebhook_secret = '{SECRET}'\n\
             [server]\nport = 0\ntokens_file = '{}'\n[database]\nurl = 'sqlite:{}'\n\
             [release]\nname = 'example'\nrepository = 'example/commons'\ntriggers = ['token:ops']\nplatforms = ['linux-x86_64']\n\
             [release.follow_up.website]\nrepository = 'website'\nevent_type = 'released'\n",
            github.url(),
            app.app_id,
            path("app.pem").display(),
            path("tokens.toml").display(),
            path("state.db").display(),
        );
        let configuration = path("governance-app.toml");
        std::fs::write(&configuration, text).unwrap();
        let (told, address) = oneshot::channel();
        let announce = Box::new(move |address| {
            let _ = told.send(address);
        });
        let (shutdown, watched) = watch::channel(false);
        tokio::spawn(async move {
            let surroundings = governance_server::Surroundings {
                variables: BTreeMap::new(),
            };
            serve_file(&configuration, &surroundings, announce, watched)
                .await
                .unwrap();
        });
        let address = address.await.unwrap();
        github
            .set_webhook(app.app_id, &format!("http://{address}/webhooks/github"), SECRET)
            .unwrap();
        Self {
            github,
            address,
            folder,
            _shutdown: shutdown,
        }
    }

    async fn governance(&self, words: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_governance"))
            .arg("release")
            .args(words)
            .args(["--server", &format!("http://{}", self.address)])
            .arg("--token-file")
            .arg(self.folder.path().join("token"))
            .env_clear()
            .output()
            .await
            .unwrap()
    }

    /// Yes, and what was written.
    async fn says(&self, words: &[&str]) -> String {
        let output = self.governance(words).await;
        let errors = String::from_utf8(output.stderr).unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}: {text}\n{errors}");
        text
    }

    fn count(&self, is_it: impl Fn(&Happened) -> bool) -> usize {
        self.github
            .truth()
            .iter()
            .filter(|line| is_it(&line.what))
            .count()
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        self.github.stop();
    }
}

fn is_tag(what: &Happened) -> bool {
    matches!(what, Happened::RefCreated { name, .. } if name == "refs/tags/v0.1.0")
}

fn is_published(what: &Happened) -> bool {
    matches!(what, Happened::ReleasePublished { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_is_rehearsed_tagged_watched_and_shown_with_what_followed_it() {
    let play = Play::begin().await;
    let page = play.says(&["rehearse", "0.1.0"]).await;
    for line in [
        "Rehearsal of example-rehearsal-",
        "Nothing was published",
        "library     linux-x86_64  0.1.0",
        "tool",
    ] {
        assert!(page.contains(line), "{line}\n{page}");
    }
    assert_eq!((play.count(is_tag), play.count(is_published)), (0, 0));
    let again = play.says(&["rehearse", "0.1.0", "--format", "json"]).await;
    let again: serde_json::Value = serde_json::from_str(&again).unwrap();
    assert_eq!(again["state"], "rehearsed");
    let name = again["release"].as_str().unwrap();
    assert!(!page.contains(name), "{name} is another one than before");
    // Without a tag nothing is released.
    let refused = play.governance(&["start", "0.1.0"]).await;
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("has no tag v0.1.0")
    );
    play.says(&["tag", "0.1.0"]).await;
    let watched = play.says(&["watch", "0.1.0"]).await;
    assert!(watched.ends_with("the release is published\n"), "{watched}");
    assert_eq!((play.count(is_tag), play.count(is_published)), (3, 1));
    let is_told = |what: &Happened| matches!(what, Happened::Dispatched { repository, .. } if repository == "example/website");
    play.github
        .until(|truth| truth.iter().any(|line| is_told(&line.what)))
        .await;
    play.github.settled().await;
    assert_eq!(play.count(is_told), 1);
    let shown = play.says(&["show", "0.1.0"]).await;
    assert!(
        shown.contains("example 0.1.0 is published") && shown.contains("website"),
        "{shown}"
    );
}
