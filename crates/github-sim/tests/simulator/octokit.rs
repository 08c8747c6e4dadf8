//! octokit as a peer: it authenticates as an App, walks through a release, and takes webhooks.

use crate::programs::Script;
use crate::stage::Stage;
use github_sim::{Clock, Faults, Happened};
use serde_json::{Value, json};
use std::fs::File;
use std::time::Duration;

/// How much time passes when the walk waits.
const WAIT: Duration = Duration::from_secs(10);

const SECRET: &str = "k7!vQ2#pLz9@rT4$";

#[tokio::test]
async fn octokit_authenticates_as_an_app_and_as_its_installation() {
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let files = [("README.md", "# sdk\n")];
    stage.github.create_repository("acme", "sdk", &files).unwrap();
    let foreign = stage.github.create_app("other", &[], &[], None).unwrap();
    let terms = json!({
        "url": stage.github.url(),
        "appId": stage.app.app_id,
        "privateKey": stage.app.private_key_pem,
        "foreignKey": foreign.private_key_pem,
        "installationId": stage.installation,
    });
    let Some(script) = Script::start(include_str!("../peers/app.mjs"), &terms).await else {
        return;
    };
    let expected = json!({
        "slug": "release",
        "permissions": {"contents": "read"},
        "repositories": ["acme/node"],
        "is_kept": true,
        "read": 200,
        "write": "403 Resource not accessible by integration",
        "app_reads": "401 A JSON web token could not be used here: an installation access token is needed",
        "forged": "401 A JSON web token could not be decoded",
        "nonsense": "401 A JSON web token could not be decoded",
    });
    assert_eq!(script.end().await, [expected]);
    let made = |what: &Happened| matches!(what, Happened::TokenMade { .. });
    let tokens = stage.github.truth();
    assert_eq!(tokens.iter().filter(|line| made(&line.what)).count(), 1);
    stage.github.stop();
}

#[tokio::test]
async fn a_script_of_octokit_walks_from_the_repositories_to_the_published_release() {
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    for name in ["sdk", "wallet"] {
        let files = [("README.md", "# read me\n")];
        stage.github.create_repository("acme", name, &files).unwrap();
    }
    let zip = stage.folder.path().join("built.zip");
    let terms = json!({
        "url": stage.github.url(),
        "owner": "acme",
        "repo": "node",
        "auth": {
            "appId": stage.app.app_id,
            "privateKey": stage.app.private_key_pem,
            "installationId": stage.installation,
        },
        "inputs": {
            "version": "1.0.0", "commit": stage.node.head, "platform": "linux-x86_64", "release_id": "r1",
            "dispatch_id": "d1", "clean_cache": "false",
        },
        "zip": zip,
    });
    let Some(mut script) = Script::start(include_str!("../peers/walk.mjs"), &terms).await else {
        return;
    };
    let mut told = Vec::new();
    while let Some(line) = script.hear().await {
        if line["step"] == "wait" {
            stage.github.advance(WAIT).unwrap();
            script.say(&json!("it has passed")).await;
        } else {
            told.push((line["step"].as_str().unwrap().to_owned(), line["value"].clone()));
        }
    }
    script.end().await;
    let expected = [
        ("repositories", json!(["node", "sdk", "wallet"])),
        ("content", json!("# node\n")),
        ("dispatched", json!(204)),
        ("title", json!("build 1.0.0 [d1]")),
        ("asked again", json!(304)),
        ("status", json!("queued")),
        ("status", json!("in_progress")),
        ("status", json!("in_progress")),
        ("status", json!("in_progress")),
        ("status", json!("completed")),
        ("conclusion", json!("success")),
        ("jobs", json!(["success"])),
        ("artifact", json!("build-linux-x86_64")),
        ("artifact is as announced", json!(true)),
        ("draft by tag", json!(404)),
        ("asset is as sent", json!(true)),
        ("the same name again", json!(422)),
        (
            "published",
            json!({"draft": false, "tag": "v1.0.0", "assets": ["build-linux-x86_64.zip"]}),
        ),
        ("asset is as published", json!(true)),
        ("tags", json!([["v1.0.0", true]])),
    ];
    let expected = expected.map(|(step, value)| (step.to_owned(), value));
    assert_eq!(told, expected, "{told:#?}");
    let mut built = zip::ZipArchive::new(File::open(&zip).unwrap()).unwrap();
    let manifest: Value = serde_json::from_reader(built.by_name("build-manifest.json").unwrap()).unwrap();
    assert_eq!(manifest["commit"], stage.node.head.as_str());
    stage.github.stop();
}

#[tokio::test]
async fn octokit_lets_in_the_webhooks_that_are_signed_with_its_secret_and_no_others() {
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let Some(mut script) = Script::start(include_str!("../peers/receive.mjs"), &json!(SECRET)).await else {
        return;
    };
    let port = script.hear().await.unwrap()["value"].clone();
    let url = format!("http://127.0.0.1:{port}/hooks");
    let app = stage.app.app_id;
    let push = |tag: &str| {
        let tagged = stage
            .github
            .push_tag("acme", "node", tag, &stage.node.head, "olga");
        tagged.unwrap();
    };
    stage.github.set_webhook(app, &url, SECRET).unwrap();
    push("v1");
    stage.github.advance(WAIT).unwrap();
    stage.github.settled().await;
    stage.github.set_webhook(app, &url, "another secret").unwrap();
    push("v2");
    stage.github.advance(WAIT).unwrap();
    stage.github.settled().await;
    let mut heard = script.end().await;
    heard.sort_by_key(Value::to_string);
    let event = |name: &str| json!({"step": "event", "value": [name, "acme/node", "olga"]});
    let lines = heard.iter().filter(|line| line["step"] == "event");
    assert_eq!(lines.collect::<Vec<_>>(), [&event("create"), &event("push")]);
    let refused = heard.iter().filter(|line| line["step"] == "error");
    assert_eq!(refused.count(), 2, "{heard:?}");
    let mut sent: Vec<(String, u16)> = Vec::new();
    for line in stage.github.truth() {
        if let Happened::WebhookSent { event, status, .. } = line.what {
            sent.push((event, status));
        }
    }
    sent.sort();
    let expected = [("create", 200), ("create", 400), ("push", 200), ("push", 400)];
    assert_eq!(sent, expected.map(|(event, status)| (event.to_owned(), status)));
    stage.github.stop();
}
