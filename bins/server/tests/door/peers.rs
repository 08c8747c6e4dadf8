//! What a peer signs counts here, and what is signed here counts with the peer: bodies of webhooks with `@octokit/webhooks-methods`, the
//! App's own token with `jsonwebtoken`. Neither side lets anything in that was changed since.

use crate::stage::{DELIVERY, NEXT_SECRET, POST, SECRET, Stage, headers, request, sign, with};
use github_client::webhook::{Secret, verify_signature};
use github_client::{GitHub, PrivateKey, Settings};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::process::Command;

/// Where the peers are installed. `cargo xtask test --require-all` puts them there.
const PEERS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/peers");

/// What signs and verifies there.
const BODIES: &str = include_str!("peers/bodies.mjs");

/// Longest time that GitHub lets an App's own token last, and how far the moment of its making is dated back, in seconds.
const TOKEN_SECONDS_MAX: i64 = 600;
const BACKDATED_SECONDS: i64 = 60;

const APP_ID: u64 = 1_234_567;

/// Another secret than those of the door.
const FOREIGN_SECRET: &str = "k7!vQ2#pLz9@rT4%";

fn bodies() -> Vec<(&'static str, String)> {
    let long = json!({"ref": "refs/tags/v1.0.0", "text": "zwölf Boxkämpfer ".repeat(850)}).to_string();
    assert!(long.len() > 15_000);
    [
        (
            "an object",
            r#"{"action":"completed","workflow_run":{"id":42}}"#.to_owned(),
        ),
        ("one character", "0".to_owned()),
        (
            "many scripts",
            r#"{"text":"Grüße, 你好, नमस्ते, 🦀, e\u0301 and é"}"#.to_owned(),
        ),
        ("15 kB", long),
        ("line ends of three kinds", "{\r\n\"a\":\n1\r}\n".to_owned()),
        ("a line end behind it", "{}\n".to_owned()),
        (
            "a byte order mark and a zero",
            "\u{feff}{\"a\":\"\u{0}\"}".to_owned(),
        ),
    ]
    .into()
}

/// The same with one byte changed, and still text.
fn spoilt(body: &str) -> String {
    let mut bytes = body.as_bytes().to_vec();
    let last_ascii = bytes.iter().rposition(u8::is_ascii).unwrap();
    bytes[last_ascii] ^= 1;
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn what_octokit_signs_comes_in_and_nothing_that_was_changed_since() {
    let bodies = bodies();
    let secrets = [SECRET, NEXT_SECRET, FOREIGN_SECRET];
    let questions: Vec<Value> = bodies
        .iter()
        .flat_map(|(_, body)| secrets.map(|secret| json!({"secret": secret, "body": body})))
        .collect();
    let Some(answers) = ask(BODIES, &json!(questions)).await else {
        return;
    };
    let stage = Stage::open().await;
    let mut signatures = answers.as_array().unwrap().iter();
    let mut number = 0;
    for (name, body) in &bodies {
        let changed = spoilt(body);
        for (index, secret) in secrets.iter().enumerate() {
            let signature = signatures.next().unwrap().as_str().unwrap();
            let signer = (index < 2).then_some(index);
            for (sent, expected) in [(body, signer), (&changed, None)] {
                number += 1;
                let status = deliver(&stage, number, sent, signature).await;
                let wanted = if expected.is_some() { 202 } else { 401 };
                assert_eq!(status, wanted, "{name}, signed with {secret}");
                assert_eq!(read(sent, signature), expected, "{name}, signed with {secret}");
            }
        }
    }
    assert_eq!(stage.rows().await, 2 * bodies.len());
}

#[tokio::test]
async fn octokit_takes_what_is_signed_here_and_nothing_that_was_changed_since() {
    let mut questions = Vec::new();
    let mut expected = Vec::new();
    let mut names = Vec::new();
    for (name, body) in bodies() {
        let signature = sign(SECRET, body.as_bytes());
        let other = sign(FOREIGN_SECRET, body.as_bytes());
        let changed = spoilt(&body);
        for (body, signature, counts) in [
            (&body, &signature, true),
            (&changed, &signature, false),
            (&body, &other, false),
            (&body, &spoilt(&signature), false),
        ] {
            questions.push(json!({"secret": SECRET, "body": body, "signature": signature}));
            expected.push(json!(counts));
            names.push(name);
        }
    }
    let Some(answers) = ask(BODIES, &json!(questions)).await else {
        return;
    };
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), expected.len());
    for (place, name) in names.iter().enumerate() {
        assert_eq!(answers[place], expected[place], "{name}, row {place}");
    }
}

/// GitHub sends no empty body, and the peer signs none; the door takes one as any other, if it is signed.
#[tokio::test]
async fn of_an_empty_body_octokit_says_nothing() {
    let signature = sign(SECRET, b"");
    let questions = json!([
        {"secret": SECRET, "body": ""},
        {"secret": SECRET, "body": "", "signature": signature},
    ]);
    let Some(answers) = ask(BODIES, &questions).await else {
        return;
    };
    for answer in answers.as_array().unwrap() {
        assert!(answer["refused"].is_string(), "{answer}");
    }
    let stage = Stage::open().await;
    assert_eq!(deliver(&stage, 1, "", &signature).await, 202);
    assert_eq!(read("", &signature), Some(0));
    assert_eq!(read("", &sign(FOREIGN_SECRET, b"")), None);
}

#[tokio::test]
async fn the_token_of_our_app_is_one_that_a_peer_accepts() {
    let Some(keys) = ask(include_str!("peers/app_keys.mjs"), &Value::Null).await else {
        return;
    };
    let script = include_str!("peers/app_token.mjs");
    for (own, other) in [(0, 1), (1, 0)] {
        let token = token_of(APP_ID, keys[own]["privateKey"].as_str().unwrap()).await;
        let question = |issuer: u64, pair: usize| json!({"token": token, "key": keys[pair]["publicKey"], "issuer": issuer});
        let read = run(script, &question(APP_ID, own)).await.unwrap();
        assert_eq!(read["header"], json!({"typ": "JWT", "alg": "RS256"}));
        let claims = &read["payload"];
        assert_eq!(claims.as_object().unwrap().len(), 3, "{claims}");
        let seconds = |name: &str| claims[name].as_i64().unwrap();
        let lifetime = seconds("exp") - seconds("iat");
        assert!(
            lifetime > BACKDATED_SECONDS && lifetime <= TOKEN_SECONDS_MAX + BACKDATED_SECONDS,
            "{claims}"
        );
        for (question, expected) in [
            (question(APP_ID, other), "invalid signature"),
            (question(APP_ID + 1, own), "jwt issuer invalid"),
        ] {
            let refused = run(script, &question).await.unwrap_err();
            assert!(refused.contains(expected), "{refused}");
        }
    }
}

/// The token that our client shows to GitHub, heard by somebody who answers nothing of use.
async fn token_of(app_id: u64, pem: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = Settings::new(app_id, PrivateKey::new(pem));
    settings.api_url = format!("http://{}", listener.local_addr().unwrap());
    let client = GitHub::new(settings).unwrap();
    let heard = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(stream.read_u8().await.unwrap());
        }
        let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let (head, answer) = tokio::join!(heard, client.app());
    assert!(answer.is_err());
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let (_, value) = lines
        .find(|(name, _)| name.eq_ignore_ascii_case("authorization"))
        .unwrap();
    value.strip_prefix("Bearer ").unwrap().to_owned()
}

/// Brings a signed body to the door. Answers the status.
async fn deliver(stage: &Stage, number: u32, body: &str, signature: &str) -> u16 {
    let delivery = format!("{number:08}{}", &DELIVERY[8..]);
    let headers = with(headers(body.as_bytes()), "X-GitHub-Delivery", &delivery);
    let headers = with(headers, "X-Hub-Signature-256", signature);
    stage.send(&request(POST, &headers, body.as_bytes())).await.status
}

/// Which of the two secrets of the door signed a body, as the client's reading of webhooks sees it.
fn read(body: &str, signature: &str) -> Option<usize> {
    let secrets = [Secret::new(SECRET), Secret::new(NEXT_SECRET)];
    verify_signature(&secrets, [signature], body.as_bytes()).ok()
}

/// Asks a peer; `None` if peers are not installed, which is said.
async fn ask(script: &str, question: &Value) -> Option<Value> {
    if !Path::new(PEERS).join("installed.json").exists() {
        println!(
            "skipped: nothing is installed in {PEERS}; install it with `cargo xtask test --require-all`"
        );
        return None;
    }
    Some(run(script, question).await.unwrap())
}

/// Runs a script within reach of the peers. What it complains of is the error.
async fn run(script: &str, question: &Value) -> Result<Value, String> {
    let mut node = Command::new("node")
        .args(["--input-type=module", "--eval", script])
        .current_dir(PEERS)
        .env_remove("NODE_OPTIONS")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = node.stdin.take().unwrap();
    let output = tokio::spawn(node.wait_with_output());
    // A script that asks for nothing may be over before it is told.
    let _ = input.write_all(question.to_string().as_bytes()).await;
    drop(input);
    let output = output.await.unwrap().unwrap();
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
