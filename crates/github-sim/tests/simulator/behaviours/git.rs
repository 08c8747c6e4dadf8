//! Git over HTTP: who may read what, with git itself.

use crate::peer::{Peer, app_token};
use crate::stage::Stage;
use base64::Engine as _;
use github_sim::{Clock, Faults};
use serde_json::json;
use std::path::Path;
use std::process::Stdio;

/// What git came to: whether it went well, and what it said.
struct Came {
    well: bool,
    said: String,
}

/// Runs git with a token, or without one.
async fn git(folder: &Path, token: Option<&str>, words: &[&str]) -> Came {
    let mut git = tokio::process::Command::new("git");
    git.current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null());
    for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        git.env_remove(proxy);
    }
    if let Some(token) = token {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("x-access-token:{token}"));
        git.args(["-c", &format!("http.extraHeader=Authorization: Basic {pair}")]);
    }
    let output = git.args(words).output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    Came {
        well: output.status.success(),
        said: String::from_utf8_lossy(&said).into_owned(),
    }
}

/// A token of the installation that may do what is said.
async fn token(stage: &Stage, body: serde_json::Value) -> String {
    let app = Peer::new(stage.github.url(), &app_token(&stage.app, stage.github.now()));
    let path = format!("/app/installations/{}/access_tokens", stage.installation);
    let made = app.post(&path, &body).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn git_is_let_in_by_a_token_that_may_read_contents() {
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let (folder, url) = (
        stage.folder.path(),
        format!("{}/acme/node.git", stage.github.url()),
    );
    let list = ["ls-remote", url.as_str(), "refs/heads/main"];
    // What is public is everybody's.
    let came = git(folder, None, &list).await;
    assert!(
        came.well && came.said.starts_with(&stage.node.head),
        "{}",
        came.said
    );
    stage.github.set_private("acme", "node", true).unwrap();
    let reading = token(
        &stage,
        json!({"repositories": ["node"], "permissions": {"contents": "read"}}),
    )
    .await;
    let came = git(folder, Some(&reading), &list).await;
    assert!(
        came.well && came.said.starts_with(&stage.node.head),
        "{}",
        came.said
    );
    let other = token(&stage, json!({"permissions": {"statuses": "write"}})).await;
    for (token, word) in [
        (None, "terminal prompts disabled"),
        (Some(other.as_str()), "403"),
        (Some("x"), "terminal prompts disabled"),
    ] {
        let came = git(folder, token, &list).await;
        assert!(!came.well && came.said.contains(word), "{token:?}: {}", came.said);
    }
    let missing = format!("{}/acme/nothing.git", stage.github.url());
    let came = git(folder, Some(&reading), &["ls-remote", &missing]).await;
    assert!(!came.well && came.said.contains("not found"), "{}", came.said);
    stage.github.stop();
}

#[tokio::test]
async fn any_commit_is_fetched_by_its_name_and_without_its_files() {
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let url = format!("{}/acme/node.git", stage.github.url());
    // Nothing names the first commit any more.
    stage
        .github
        .push_files_to(("acme", "node"), "main", &[("README.md", "another\n")], "olga")
        .unwrap();
    let mirror = stage.folder.path().join("mirror");
    let path = mirror.to_str().unwrap();
    assert!(
        git(stage.folder.path(), None, &["init", "--quiet", "--bare", path])
            .await
            .well
    );
    let fetch = [
        "fetch",
        "--quiet",
        "--filter=blob:none",
        url.as_str(),
        stage.node.head.as_str(),
    ];
    let came = git(&mirror, None, &fetch).await;
    assert!(came.well, "{}", came.said);
    let kinds = ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"];
    let came = git(&mirror, None, &kinds).await;
    assert!(
        came.said.contains("commit") && came.said.contains("tree") && !came.said.contains("blob"),
        "{}",
        came.said
    );
    stage.github.stop();
}
