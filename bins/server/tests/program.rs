//! The program as a process: what it refuses to start with, what it says of its configuration, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

mod served;

use hmac::{Hmac, KeyInit, Mac};
use runtime::SystemClock;
use runtime::ports::Clock as _;
use served::{Running, program, start};
use sha2::Sha256;
use std::io::{BufRead as _, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use storage::{Appended, NewInboxRow, OpenMode, Store as _, open_sqlite};

const SECRET: &str = "k7!vQ2#pLz9@rT4$";

/// Without a subcommand it serves.
const AT_ONCE: &[&str] = &["--format", "json"];

fn folder(configuration: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("governance-app.toml"), configuration).unwrap();
    folder
}

fn good() -> String {
    format!(
        "[github]\nwebhook_secret = '{SECRET}'\n[server]\nport = 0\ntokens_file = 'tokens.toml'\n[database]\nurl = 'sqlite:state.db'\n"
    )
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn it_does_not_start_with_a_configuration_that_is_not_safe_or_not_understood() {
    let without = |part: &str| good().replace(part, "");
    let rows = [
        (
            without(&format!("webhook_secret = '{SECRET}'\n")),
            "",
            "",
            "webhook_secret",
        ),
        (
            without("url = 'sqlite:state.db'\n"),
            "",
            "",
            "`url` in [database]",
        ),
        (
            good().replace(SECRET, "changeme-changeme-changeme"),
            "",
            "",
            "placeholder",
        ),
        (good().replace(SECRET, "short"), "", "", "at least 16"),
        (good().replace(SECRET, "env:NOT_SET"), "", "", "NOT_SET"),
        (good().replace(SECRET, "file:not-there"), "", "", "not-there"),
        (
            good().replace("port = 0", "prot = 0"),
            "",
            "",
            "governance-app.toml:4:1: unknown key `prot`",
        ),
        (good().replace("sqlite:", "mysql:"), "", "", "names no database"),
        (good(), "GITHUB_WEBHOOK_SECRET", "", "empty"),
        (good(), "GITHUB_WEBHOOK_SECRET", "test", "at least 16"),
        (good(), "DRY_RUN_MODE", "maybe", "neither true nor false"),
        (good(), "SERVER_PORT", "http", "not a port"),
    ];
    for (configuration, variable, value, expected) in rows {
        let folder = folder(&configuration);
        let mut command = program(folder.path());
        if !variable.is_empty() {
            command.env(variable, value);
        }
        let output = command.output().unwrap();
        let said = errors(&output);
        assert_eq!(output.status.code(), Some(2), "{expected}: {said}");
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(!said.contains("hunter2") && !said.contains(SECRET), "{said}");
        assert!(!folder.path().join("state.db").exists(), "{expected}");
    }
}

#[test]
fn a_database_that_does_not_answer_is_said_without_its_password() {
    let folder = folder(&good());
    // Nobody listens on port 1.
    let output = program(folder.path())
        .env("DATABASE_URL", "postgres://u:hunter2@127.0.0.1:1/db")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", errors(&output));
    assert!(!errors(&output).contains("hunter2"), "{}", errors(&output));
}

#[test]
fn it_says_what_it_understood_and_no_secret() {
    let folder = folder(&good());
    for format in ["text", "json"] {
        let output = program(folder.path())
            .args(["check-config", "--format", format])
            .env("GITHUB_APP_ID", "4711")
            .env("DATABASE_URL", "sqlite:other.db")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0));
        for word in ["4711", "sqlite:other.db", "tokens.toml", "api.github.com"] {
            assert!(said.contains(word), "{word} in {said}");
        }
        assert!(!said.contains(SECRET), "{said}");
    }
}

#[test]
fn a_token_is_shown_once_and_kept_as_a_digest() {
    let folder = folder(&good());
    let new = |name: &str, days: &str| {
        program(folder.path())
            .args(["token", "new", name, "--scope", "read", "--expires", days])
            .output()
            .unwrap()
    };
    let first = new("ci", "30");
    assert_eq!(first.status.code(), Some(0), "{}", errors(&first));
    let token = String::from_utf8(first.stdout).unwrap().trim().to_owned();
    assert!(token.starts_with("govapp_"), "{token}");
    let file = folder.path().join("tokens.toml");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(kept.contains("name = \"ci\"") && !kept.contains(&token), "{kept}");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(new("ci", "30").status.code(), Some(2), "one name, one token");
    assert_eq!(new("ci2", "91").status.code(), Some(2), "too long");
    assert_eq!(new("CI 3", "1").status.code(), Some(2), "no name");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), kept);
    std::fs::write(&file, "[[token]]\nname = 'all'\n").unwrap();
    for words in [
        &["check-config"][..],
        &["serve"],
        &["token", "new", "b", "--scope", "read", "--expires", "1"],
    ] {
        let refused = program(folder.path()).args(words).output().unwrap();
        assert_eq!(refused.status.code(), Some(2), "{words:?}");
        assert!(
            errors(&refused).contains("tokens.toml"),
            "{words:?}: {}",
            errors(&refused)
        );
    }
}

impl Running {
    fn get(&self, path: &str, token: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, signal: &str) {
        let told = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(told.success());
    }
}

#[test]
fn it_serves_until_a_signal_and_ends_with_zero() {
    let folder = folder(&good());
    let token = program(folder.path())
        .args(["token", "new", "ci", "--scope", "read", "--expires", "1"])
        .output()
        .unwrap();
    let token = String::from_utf8(token.stdout).unwrap();
    for signal in ["-TERM", "-INT"] {
        let mut running = start(folder.path(), AT_ONCE);
        assert!(running.get("/health/ready", "").starts_with("HTTP/1.1 200"));
        assert!(
            running
                .get("/api/v1/releases", token.trim())
                .contains("governance/release-list/v1")
        );
        assert!(
            running
                .get("/api/v1/releases", "govapp_x")
                .starts_with("HTTP/1.1 401")
        );
        running.signal(signal);
        let status = running.child.wait().unwrap();
        let mut rest = String::new();
        running.errors.read_to_string(&mut rest).unwrap();
        assert_eq!(status.code(), Some(0), "{signal}: {rest}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let folder = folder(&good());
    let mut running = start(folder.path(), AT_ONCE);
    // Whoever is being answered keeps a good end waiting.
    let mut slow = TcpStream::connect(&running.address).unwrap();
    slow.write_all(b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n")
        .unwrap();
    let rest = format!(
        "X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958\r\nX-GitHub-Event: push\r\nX-Hub-Signature-256: sha256={}\r\n\r\nx",
        "0".repeat(64)
    );
    slow.write_all(rest.as_bytes()).unwrap();
    assert!(running.get("/health/live", "").starts_with("HTTP/1.1 200"));
    running.signal("-TERM");
    let mut line = String::new();
    running.errors.read_line(&mut line).unwrap();
    assert!(line.contains("in good order"), "{line}");
    running.signal("-TERM");
    assert_eq!(running.child.wait().unwrap().code(), Some(143));
}

/// Sends deliveries until the server is gone; answers those that it acknowledged.
fn send_until_the_end(address: &str, sender: usize) -> Vec<String> {
    let body = format!("{{\"pad\":\"{}\"}}", "x".repeat(2_000));
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let digits = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let delivery = format!("{sender:08x}-0000-0000-0000-{number:012x}");
        let request = format!(
            "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nX-GitHub-Delivery: {delivery}\r\nX-GitHub-Event: push\r\n\
             X-Hub-Signature-256: sha256={digits}\r\n\r\n{body}",
            body.len()
        );
        let mut answer = String::new();
        let sent = TcpStream::connect(address).and_then(|mut stream| {
            stream.write_all(request.as_bytes())?;
            stream.read_to_string(&mut answer)
        });
        match answer.starts_with("HTTP/1.1 202") {
            true => acknowledged.push(delivery),
            false if sent.is_err() || answer.is_empty() => break,
            false => panic!("{answer}"),
        }
    }
    acknowledged
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = folder(&good());
    let mut acknowledged = Vec::new();
    for round in 0..3 {
        let mut running = start(folder.path(), AT_ONCE);
        let senders: Vec<_> = (0..8)
            .map(|sender| {
                let address = running.address.clone();
                std::thread::spawn(move || send_until_the_end(&address, 8 * round + sender))
            })
            .collect();
        // Killed in the middle of them, once there are some.
        while backlog(&running) < 50 * (round + 1) {}
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        acknowledged.extend(senders.into_iter().flat_map(|sender| sender.join().unwrap()));
    }
    assert!(acknowledged.len() >= 100, "{}", acknowledged.len());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let known = runtime.block_on(known(&folder.path().join("state.db"), &acknowledged));
    assert_eq!(known, acknowledged.len());
}

fn backlog(running: &Running) -> usize {
    let page = running.get("/metrics", "");
    let count = page
        .lines()
        .find_map(|line| line.strip_prefix("governance_inbox_pending "));
    count.unwrap().parse().unwrap()
}

/// How many of them the store has: a known key is a duplicate.
async fn known(path: &Path, deliveries: &[String]) -> usize {
    let now = SystemClock.now();
    let store = open_sqlite(path, OpenMode::Existing, now).await.unwrap();
    let rows: Vec<NewInboxRow> = deliveries
        .iter()
        .map(|delivery| NewInboxRow {
            key: format!("delivery/{delivery}"),
            release: None,
            kind: "webhook".to_owned(),
            body: "{}".to_owned(),
            actor: "test".to_owned(),
        })
        .collect();
    let appended = store.append_inbox(&rows, now).await.unwrap();
    appended
        .iter()
        .filter(|appended| matches!(appended, Appended::Duplicate(_)))
        .count()
}
