//! The line of a release over real HTTP, and what only a real connection can show.

use crate::peer::Peer;
use crate::stage::Stage;
use bytes::Bytes;
use github_sim::{Clock, Faults, Happened, MergeMethod, PullPlan};
use serde_json::json;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PLATFORM: &str = "linux-x86_64";

#[tokio::test]
async fn a_release_goes_from_the_dispatch_to_the_published_assets() {
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let peer = stage.peer().await;
    let inputs = json!({
        "version": "1.0.0", "commit": stage.node.head, "platform": PLATFORM, "release_id": "r1", "dispatch_id": "d1",
        "clean_cache": "false",
    });
    let body = json!({"ref": "main", "inputs": inputs, "return_run_details": true});
    let started = peer
        .post("/repos/acme/node/actions/workflows/build.yml/dispatches", &body)
        .await;
    assert_eq!(started.status, 200, "{}", started.text());
    let run = started.json()["workflow_run_id"].as_u64().unwrap();
    stage.github.advance(Duration::from_secs(60)).unwrap();
    let path = format!("/repos/acme/node/actions/runs/{run}");
    let shown = peer.get(&path).await.json();
    assert_eq!(shown["conclusion"], "success");
    assert_eq!(shown["display_title"], "build 1.0.0 [d1]");
    assert_eq!(shown["triggering_actor"]["login"], "release[bot]");

    let artifacts = peer.get(&format!("{path}/artifacts")).await.json();
    assert_eq!(artifacts["artifacts"][0]["name"], "build-linux-x86_64");
    let zip_path = format!(
        "/repos/acme/node/actions/artifacts/{}/zip",
        artifacts["artifacts"][0]["id"]
    );
    let redirect = peer.get(&zip_path).await;
    assert_eq!(redirect.status, 302);
    let zip = Peer::new("", "").get(redirect.header("location")).await;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip.body)).unwrap();
    let manifest: serde_json::Value =
        serde_json::from_reader(zip.by_name("build-manifest.json").unwrap()).unwrap();
    assert_eq!(manifest["commit"], stage.node.head.as_str());
    assert_eq!(manifest["artifacts"][0]["name"], "node");

    let draft = peer
        .post(
            "/repos/acme/node/releases",
            &json!({"tag_name": "v1.0.0", "draft": true}),
        )
        .await
        .json();
    let upload = draft["upload_url"]
        .as_str()
        .unwrap()
        .replace("{?name,label}", "?name=node.tar.gz");
    let uploaded = peer
        .send("POST", &upload, &[], Bytes::from(vec![7; 200_000]))
        .await
        .unwrap();
    assert_eq!(uploaded.status, 201, "{}", uploaded.text());
    let asset = uploaded.json();
    assert_eq!(asset["size"], 200_000);
    let published = peer
        .patch(
            &format!("/repos/acme/node/releases/{}", draft["id"]),
            &json!({"draft": false}),
        )
        .await;
    assert_eq!(published.json()["draft"], false);
    let by_tag = peer.get("/repos/acme/node/releases/tags/v1.0.0").await.json();
    assert_eq!(by_tag["assets"][0]["digest"], asset["digest"]);
    let found = Peer::new("", "")
        .get(by_tag["assets"][0]["browser_download_url"].as_str().unwrap())
        .await;
    let content = Peer::new("", "").get(found.header("location")).await;
    assert_eq!(content.body.len(), 200_000);
    stage.github.stop();
}

#[tokio::test]
async fn git_itself_finds_nothing_wrong_with_a_repository_and_clones_it() {
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let files = [("src/deep/file.txt", "x"), ("src.txt", "y"), ("src-a", "z")];
    let next = stage.github.push_files("acme", "node", &files, "olga").unwrap();
    stage
        .github
        .push_tag("acme", "node", "v1", &next, "olga")
        .unwrap();
    let folder = stage.github.repository_folder("acme", "node");
    git(&folder, &["fsck", "--strict", "--full"]);
    assert_eq!(git(&folder, &["rev-parse", "refs/tags/v1^{commit}"]).trim(), next);
    let clone = stage.folder.path().join("clone");
    git(&folder, &["clone", "--quiet", ".", clone.to_str().unwrap()]);
    assert_eq!(
        std::fs::read_to_string(clone.join("src/deep/file.txt")).unwrap(),
        "x"
    );
    stage.github.stop();
}

#[tokio::test]
async fn git_finds_the_heads_of_forks_and_of_groups_and_the_merges_of_every_kind() {
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let sim = &stage.github;
    sim.create_user("rita").unwrap();
    sim.fork("acme", "node", "rita").unwrap();
    let mut numbers = Vec::new();
    for branch in ["one", "two", "three", "four"] {
        for file in ["a", "b"] {
            let path = format!("{branch}/deep/{file}");
            sim.push_files_to(("rita", "node"), branch, &[(path.as_str(), branch)], "rita")
                .unwrap();
        }
        let plan = PullPlan::of(&format!("rita:{branch}"), "main");
        numbers.push(sim.open_pull_by(("acme", "node"), plan, "rita").unwrap());
    }
    let methods = [MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase];
    for (number, method) in numbers.iter().zip(methods) {
        sim.merge_by(("acme", "node", *number), method, "olga").unwrap();
    }
    let group = sim.enqueue_by(("acme", "node", numbers[3]), "olga").unwrap();
    let folder = sim.repository_folder("acme", "node");
    for folder in [&folder, &sim.repository_folder("rita", "node")] {
        git(folder, &["fsck", "--strict", "--full"]);
    }
    let heads = git(&folder, &["for-each-ref", "--format=%(refname)", "refs/pull"]);
    assert_eq!(heads.lines().count(), 4, "{heads}");
    let contained = git(&folder, &["merge-base", "refs/pull/4/head", &group]);
    assert_eq!(
        contained.trim(),
        git(&folder, &["rev-parse", "refs/pull/4/head"]).trim()
    );
    // What a merge makes is what git itself makes of the same two commits.
    let ours = git(&folder, &["rev-parse", &format!("{group}^{{tree}}")]);
    let theirs = git(
        &folder,
        &[
            "merge-tree",
            "--write-tree",
            "refs/heads/main",
            "refs/pull/4/head",
        ],
    );
    assert_eq!(ours, theirs);
    let commits = git(&folder, &["rev-list", "--count", "refs/heads/main"]);
    // The first commit; a merge of two; a squash; two again.
    assert_eq!(commits.trim(), "7");
    stage.github.stop();
}

fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn runs_end_by_themselves_on_a_real_clock_and_their_webhooks_are_signed() {
    let stage = Stage::set(Clock::Real { speed: 1_000.0 }, Faults::default()).await;
    let (url, mut hooks) = receiver().await;
    stage
        .github
        .set_webhook(stage.app.app_id, &url, "secret")
        .unwrap();
    let peer = stage.peer().await;
    let payload =
        json!({"event_type": "build-request", "client_payload": {"version": "1", "dispatch_id": "d2"}});
    assert_eq!(
        peer.post("/repos/acme/node/dispatches", &payload).await.status,
        204
    );
    let mut seen = Vec::new();
    while let Some((event, body)) = hooks.recv().await {
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        seen.push(format!(
            "{event} {}",
            value["action"].as_str().unwrap_or_default()
        ));
        if event == "workflow_run" && value["action"] == "completed" {
            assert_eq!(value["workflow_run"]["display_title"], "build 1 [d2]");
            break;
        }
    }
    assert!(seen.contains(&"workflow_run requested".to_owned()), "{seen:?}");
    stage.github.settled().await;
    let deliveries = stage.github.truth();
    let sent = |what: &Happened| matches!(what, Happened::WebhookSent { status: 202, .. });
    assert!(deliveries.iter().filter(|truth| sent(&truth.what)).count() >= 6);
    stage.github.stop();
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_has_happened() {
    let faults = Faults {
        reset_after: 1.0,
        ..Faults::default()
    };
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let peer = stage.peer().await;
    stage.github.set_faults(faults);
    let body = Bytes::from(json!({"tag_name": "v9", "draft": true}).to_string());
    assert!(
        peer.send("POST", "/repos/acme/node/releases", &[], body)
            .await
            .is_err()
    );
    stage.github.set_faults(Faults::default());
    let listed = peer.get("/repos/acme/node/releases").await.json();
    assert_eq!(listed[0]["tag_name"], "v9");
    stage.github.stop();
}

/// Somebody who takes webhooks, checks their signature and hands them on.
async fn receiver() -> (String, tokio::sync::mpsc::UnboundedReceiver<(String, Bytes)>) {
    use http_body_util::{BodyExt as _, Full};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hooks", listener.local_addr().unwrap());
    let (sender, received) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let sender = sender.clone();
            let service = hyper::service::service_fn(move |request: http::Request<hyper::body::Incoming>| {
                let sender = sender.clone();
                async move {
                    let event = request.headers()["x-github-event"].to_str().unwrap().to_owned();
                    let signature = request.headers()["x-hub-signature-256"]
                        .to_str()
                        .unwrap()
                        .to_owned();
                    let body = request.into_body().collect().await.unwrap().to_bytes();
                    assert_eq!(signature, signed(&body));
                    let _ = sender.send((event, body));
                    let answer = http::Response::builder()
                        .status(202)
                        .body(Full::new(Bytes::new()));
                    Ok::<_, std::convert::Infallible>(answer.unwrap())
                }
            });
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
        }
    });
    (url, received)
}

fn signed(body: &[u8]) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"secret");
    let code = aws_lc_rs::hmac::sign(&key, body);
    let hex: String = code.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}
