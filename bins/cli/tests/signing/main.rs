//! A maintainer's hand: `governance key`, `sign` and `verify`, with real git, `ssh-keygen` and `gpg`, and a server that says what it is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

mod deceived;
mod from_a_clone;
mod keys;

use serde_json::{Value, json};
use signatures::{PullRequestApproval, Statement, TierLowering};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SCHEMES: [&str; 3] = ["bip340", "ed25519", "secp256k1"];

/// A folder with a clone in which somebody looked at a pull request.
struct Desk {
    folder: tempfile::TempDir,
}

/// What a command said, and how it ended.
#[derive(Debug)]
struct Said {
    exit: i32,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let origin = desk.path("origin");
        fs::create_dir(&origin).unwrap();
        git(&origin, &["init", "-q", "-b", "main"]);
        commit(&origin, "README.md", "the node\n");
        git(desk.folder.path(), &["clone", "-q", "origin", "clone"]);
        desk.origin_is("https://github.com/atlas/atlas-node.git");
        git(&desk.clone_(), &["switch", "-q", "-c", "feature"]);
        commit(&desk.clone_(), "rpc/get.rs", "fn get() {}\n");
        desk
    }

    /// Another address for the remote of the clone.
    fn origin_is(&self, address: &str) {
        git(&self.clone_(), &["remote", "set-url", "origin", address]);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn clone_(&self) -> PathBuf {
        self.path("clone")
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        name.to_owned()
    }

    /// `governance` with these words, in the folder, where nobody can be asked.
    fn governance(&self, words: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
        let command = command
            .args(words)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command.env_remove("GOVERNANCE_TOKEN").output().unwrap().into()
    }

    /// A key of this scheme, and its public part as `verify` takes it.
    fn key(&self, scheme: &str) -> (String, String) {
        let file = format!("{scheme}.key");
        let made = self.governance(&["key", "generate", "--scheme", scheme, "--out", &file]);
        assert_eq!(made.exit, 0, "{made:?}");
        (file, format!("{scheme}:{}", made.out.trim()))
    }

    /// What the pull request's statement should say.
    fn approval(&self) -> PullRequestApproval {
        let said = |words: &[&str]| git(&self.clone_(), words).trim().to_owned();
        PullRequestApproval {
            forge: "github.com".parse().unwrap(),
            repository_id: 7,
            repository: "atlas/atlas-node".parse().unwrap(),
            pull_request: 42,
            base_ref: "refs/heads/main".parse().unwrap(),
            head_sha: said(&["rev-parse", "HEAD"]).parse().unwrap(),
            head_tree: said(&["rev-parse", "HEAD^{tree}"]).parse().unwrap(),
            tier: "tier_2_feature".parse().unwrap(),
            required: "2-of-5".parse().unwrap(),
            review_days: 14,
        }
    }

    /// Signs what a server shows.
    fn sign(&self, document: &Value, more: &[&str]) -> Said {
        let server = serve(document);
        let words = [
            "sign",
            "--pr",
            "https://github.com/atlas/atlas-node/pull/42",
            "--clone",
            "clone",
            "--server",
            &server,
        ];
        self.governance(&[&words, more].concat())
    }

    fn verify(&self, statement: &str, signature: &str, key: &str) -> Said {
        let (statement, signature) = (self.write("s.txt", statement), self.write("s.sig", signature));
        self.governance(&[
            "verify",
            "--statement",
            &statement,
            "--signature",
            &signature,
            "--key",
            key,
        ])
    }
}

fn must(program: &str, folder: &Path, words: &[&str]) -> String {
    let output = Command::new(program)
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{program} {words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn git(folder: &Path, words: &[&str]) -> String {
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    must("git", folder, &[&who[..], words].concat())
}

fn commit(folder: &Path, file: &str, text: &str) {
    fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
    fs::write(folder.join(file), text).unwrap();
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "-q", "-m", file]);
}

/// What a server answers of a pull request with this statement.
fn document(statement: &Statement) -> Value {
    json!({
        "schema": "governance/verdict/v1", "open": true, "outcome": "pending",
        "statement": {"text": statement.to_string(), "address": "https://gate.example.org/s/1"},
    })
}

/// A server that says this to whoever asks, for as long as the test lasts.
fn serve(document: &Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let body = document.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let asked = BufReader::new(stream.try_clone().unwrap());
            let lines: Vec<String> = asked
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let (status, body) = match lines[0].as_str() {
                "GET /api/v1/pull-requests/atlas/atlas-node/42 HTTP/1.1" => ("200 OK", body.as_str()),
                _ => (
                    "404 Not Found",
                    "{\"title\": \"no such pull request was heard of\"}",
                ),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}
