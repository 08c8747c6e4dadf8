//! The four classes of what becomes of a write, and what each write makes of GitHub's answers.

use super::HandWound;
use super::stand_in::{NOW, SHA, StandIn, release_json, reply, settings, token};
use crate::client::Client;
use crate::tokens::Token;
use crate::{
    ApiVersion, GitHub, GitHubError, Limit, MakeLatest, NewRelease, NewStatus, ReleaseChange, ReleaseNumber,
    Repository, StatusState, WorkflowRunId, Written,
};
use domain_types::{CommitSha, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

const STATUSES: &str = "POST /repos/acme/node/statuses/0123456789abcdef0123456789abcdef01234567";
const REFS: &str = "POST /repos/acme/node/git/refs";
const TAG: &str = "GET /repos/acme/node/git/ref/tags/v1.0.0";

fn commit() -> CommitSha {
    SHA.parse().unwrap()
}

fn status() -> NewStatus {
    NewStatus {
        state: StatusState::Pending,
        context: "release".to_owned(),
        description: "é".repeat(200),
        target_url: None,
    }
}

fn at(url: &str) -> Repository {
    let settings = crate::Settings {
        api_url: url.to_owned(),
        ..settings()
    };
    let github = GitHub::with_time(settings, Arc::new(HandWound::jumping(NOW))).unwrap();
    github.repository("acme", "node").unwrap()
}

/// A server that gives an installation and a token, and hangs up on everything else once it has been asked.
async fn hangs_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.windows(4).any(|window| window == b"\r\n\r\n") {
                if stream.read_buf(&mut head).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let body = if head.contains("/installation ") {
                r#"{"id":7}"#
            } else if head.contains("/access_tokens ") {
                r#"{"token":"t","expires_at":"2027-01-15T09:00:00Z"}"#
            } else {
                continue;
            };
            let length = body.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

#[tokio::test]
async fn what_is_taken_is_done() {
    let stand_in = StandIn::start().await;
    stand_in.on(STATUSES, [reply(201).json(json!({"id": 1}))]);
    let written = stand_in.repository().create_status(&commit(), &status()).await;
    assert!(matches!(written, Written::Done(())), "{written:?}");
    let sent = stand_in.seen(STATUSES)[0].json();
    assert_eq!(sent["description"].as_str().unwrap().chars().count(), 140);
    assert_eq!(sent["state"], "pending");
}

#[tokio::test]
async fn what_never_left_is_rejected_and_may_be_sent_again() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", unused.local_addr().unwrap());
    drop(unused);
    let written = at(&url).create_status(&commit(), &status()).await;
    let Written::Rejected(error @ GitHubError::NotSent { .. }) = written else {
        panic!("{written:?}")
    };
    assert!(error.is_retryable());
    assert!(error.not_before().is_some());
}

#[tokio::test]
async fn what_got_no_answer_is_unknown() {
    let written = at(&hangs_up().await).create_status(&commit(), &status()).await;
    assert!(
        matches!(written, Written::Unknown(GitHubError::Broken { .. })),
        "{written:?}"
    );
}

/// The client has a token already and waits no time at all, so that nothing else can be late.
#[tokio::test]
async fn what_got_no_answer_in_time_is_unknown() {
    let stand_in = StandIn::start().await;
    stand_in.on(STATUSES, [reply(201).after(&Arc::default())]);
    let mut settings = stand_in.settings();
    settings.limits.answer_seconds_max = 0;
    let time = Arc::new(HandWound::jumping(NOW));
    let client = Arc::new(Client::new(&settings, time).unwrap());
    let slot = client.tokens.slot("acme");
    let now = Timestamp::from_seconds(NOW);
    let token = Token::new("kept".to_owned());
    slot.lock().await.keep(token, now.plus_seconds(3600), now);
    let repository = Repository::new(client, "acme".to_owned(), "node".to_owned());
    let written = repository.create_status(&commit(), &status()).await;
    assert!(
        matches!(
            written,
            Written::Unknown(GitHubError::TimedOut { seconds: 0, .. })
        ),
        "{written:?}"
    );
}

#[tokio::test]
async fn what_got_no_token_is_rejected_however_the_token_failed() {
    for status in [500, 502] {
        let stand_in = StandIn::start().await;
        stand_in.on("POST /app/installations/7/access_tokens", [reply(status)]);
        let written = stand_in
            .repository()
            .create_status(&commit(), &self::status())
            .await;
        let Written::Rejected(error) = written else {
            panic!("{written:?}")
        };
        assert!(error.is_retryable());
        assert!(stand_in.seen(STATUSES).is_empty());
    }
}

#[tokio::test]
async fn an_answer_decides_the_class() {
    let classes = [
        (400, "rejected"),
        (403, "rejected"),
        (404, "rejected"),
        (408, "unknown"),
        (409, "rejected"),
        (422, "rejected"),
        (301, "rejected"),
        (307, "rejected"),
        (500, "unknown"),
        (502, "unknown"),
        (503, "unknown"),
        (504, "unknown"),
    ];
    for (status, expected) in classes {
        let stand_in = StandIn::start().await;
        stand_in.on(STATUSES, [reply(status).json(json!({"message": "because"}))]);
        let written = stand_in
            .repository()
            .create_status(&commit(), &self::status())
            .await;
        let class = match &written {
            Written::Rejected(error) => {
                assert!(!error.is_retryable(), "{status}: {error}");
                "rejected"
            }
            Written::Unknown(_) => "unknown",
            Written::Done(()) | Written::Accepted => "done",
        };
        assert_eq!(class, expected, "{status}");
        assert_eq!(stand_in.seen(STATUSES).len(), 1, "{status} is sent once");
    }
}

#[tokio::test]
async fn a_success_that_cannot_be_read_is_unknown() {
    let drafts = "POST /repos/acme/node/releases";
    for answer in [
        reply(201).bytes("{\"id\": 1"),
        reply(201).json(json!({"id": "one"})),
        reply(201).bytes("{\"id\": 1").breaks(),
    ] {
        let stand_in = StandIn::start().await;
        stand_in.on(drafts, [answer]);
        let written = stand_in.repository().create_draft(&draft()).await;
        assert!(matches!(written, Written::Unknown(_)), "{written:?}");
    }
}

fn draft() -> NewRelease {
    NewRelease {
        tag_name: "v1.0.0".to_owned(),
        target_commitish: SHA.to_owned(),
        name: "1.0.0".to_owned(),
        body: "notes".to_owned(),
        prerelease: true,
    }
}

#[tokio::test]
async fn a_token_that_is_not_accepted_is_renewed_once() {
    let stand_in = StandIn::start().await;
    let tokens = "POST /app/installations/7/access_tokens";
    stand_in.on(tokens, [token("stale", NOW + 3600), token("fresh", NOW + 3600)]);
    stand_in.on(STATUSES, [reply(401), reply(201), reply(401)]);
    let repository = stand_in.repository();
    let written = repository.create_status(&commit(), &status()).await;
    assert!(matches!(written, Written::Done(())), "{written:?}");
    let used: Vec<_> = stand_in
        .seen(STATUSES)
        .iter()
        .map(|seen| seen.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(used, ["Bearer stale", "Bearer fresh"]);
    let written = repository.create_status(&commit(), &status()).await;
    let Written::Rejected(error @ GitHubError::Unauthorized { renewed: true, .. }) = written else {
        panic!("{written:?}")
    };
    assert!(!error.is_retryable());
    assert_eq!(stand_in.seen(tokens).len(), 3);
}

#[tokio::test]
async fn a_token_asks_for_no_more_than_we_do() {
    let stand_in = StandIn::start().await;
    stand_in.on(STATUSES, [reply(201)]);
    drop(stand_in.repository().create_status(&commit(), &status()).await);
    let asked = stand_in.seen("POST /app/installations/7/access_tokens")[0].json();
    let expected = json!({"permissions": {"actions": "write", "contents": "write", "metadata": "read"}});
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn a_token_for_git_reads_one_repository_and_is_never_shown() {
    let stand_in = StandIn::start().await;
    let reading = stand_in.repository().git_reading().await.unwrap();
    let tokens = stand_in.seen("POST /app/installations/7/access_tokens");
    let expected = json!({"repositories": ["node"], "permissions": {"contents": "read"}});
    assert_eq!(tokens[0].json(), expected);
    assert!(reading.url.ends_with("/acme/node.git"), "{}", reading.url);
    assert!(!reading.token.is_empty() && !format!("{reading:?}").contains(&reading.token));
    assert_eq!(tokens.len(), 1);
}

#[tokio::test]
async fn a_limit_is_waited_out_and_nothing_is_dropped() {
    let secondary = || reply(403).json(json!({"message": "You have exceeded a secondary rate limit"}));
    let primary = reply(403)
        .header("x-ratelimit-limit", 5000)
        .header("x-ratelimit-remaining", 0)
        .header("x-ratelimit-reset", NOW + 30);
    for (first, waited) in [
        (secondary(), 60),
        (secondary().header("retry-after", 80), 80),
        (reply(429).header("retry-after", 5), 60),
        (primary, 30),
    ] {
        let stand_in = StandIn::start().await;
        stand_in.on(STATUSES, [first, reply(201)]);
        let time = Arc::new(HandWound::jumping(NOW));
        let github = GitHub::with_time(stand_in.settings(), time.clone()).unwrap();
        let repository = github.repository("acme", "node").unwrap();
        let written = repository.create_status(&commit(), &status()).await;
        assert!(matches!(written, Written::Done(())), "{written:?}");
        assert_eq!(crate::Time::now(&*time).seconds(), NOW + waited);
    }
}

#[tokio::test]
async fn a_limit_that_lasts_is_told_with_its_time() {
    let stand_in = StandIn::start().await;
    stand_in.on(STATUSES, [reply(429).header("retry-after", 600)]);
    let written = stand_in.repository().create_status(&commit(), &status()).await;
    let Written::Rejected(error) = written else {
        panic!("{written:?}")
    };
    assert!(error.is_retryable());
    assert_eq!(error.not_before(), Some(600));
    let secondary = matches!(
        error,
        GitHubError::Limited {
            limit: Limit::Secondary,
            ..
        }
    );
    assert!(secondary, "{error}");
    assert_eq!(stand_in.seen(STATUSES).len(), 1);
}

#[tokio::test]
async fn a_tag_that_is_there_on_the_same_commit_is_as_good_as_made() {
    let other = SHA.replace('0', "f");
    let pointer = |sha: &str| reply(200).json(json!({"ref": "r", "object": {"sha": sha, "type": "commit"}}));
    let exists = || reply(422).json(json!({"message": "Reference already exists"}));
    let no_object = || reply(422).json(json!({"message": "Object does not exist"}));
    for (posted, looked, expected) in [
        (reply(201), None, "done"),
        (exists(), Some(pointer(SHA)), "done"),
        (exists(), Some(pointer(&other)), "rejected"),
        // It is there, and whoever was asked has not seen it yet.
        (exists(), None, "unknown"),
        (exists(), Some(reply(500)), "unknown"),
        (no_object(), None, "rejected"),
        (reply(502), Some(pointer(SHA)), "unknown"),
    ] {
        let stand_in = StandIn::start().await;
        stand_in.on(REFS, [posted]);
        stand_in.on(TAG, looked);
        let class = match stand_in.repository().create_tag("v1.0.0", &commit()).await {
            Written::Done(()) => "done",
            Written::Accepted => "accepted",
            Written::Rejected(_) => "rejected",
            Written::Unknown(_) => "unknown",
        };
        assert_eq!(class, expected);
        assert_eq!(
            stand_in.seen(REFS)[0].json(),
            json!({"ref": "refs/tags/v1.0.0", "sha": SHA})
        );
    }
    let stand_in = StandIn::start().await;
    let written = stand_in.repository().create_tag("-x", &commit()).await;
    assert!(
        matches!(written, Written::Rejected(GitHubError::Invalid(_))),
        "{written:?}"
    );
}

#[tokio::test]
async fn what_has_ended_is_cancelled_and_what_is_gone_is_deleted() {
    let stand_in = StandIn::start().await;
    let repository = stand_in.repository();
    let run = "POST /repos/acme/node/actions/runs/5";
    for (what, status, done) in [
        ("cancel", 202, true),
        ("cancel", 409, true),
        ("cancel", 404, false),
        ("force-cancel", 202, true),
        ("force-cancel", 409, true),
        ("rerun-failed-jobs", 201, true),
        ("rerun-failed-jobs", 403, false),
    ] {
        stand_in.on(&format!("{run}/{what}"), [reply(status)]);
        let written = match what {
            "cancel" => repository.cancel(WorkflowRunId(5)).await,
            "force-cancel" => repository.force_cancel(WorkflowRunId(5)).await,
            _ => repository.rerun_failed_jobs(WorkflowRunId(5)).await,
        };
        assert_eq!(
            matches!(written, Written::Done(())),
            done,
            "{what} {status}: {written:?}"
        );
    }
    for (status, done) in [(204, true), (404, true), (403, false)] {
        stand_in.on("DELETE /repos/acme/node/releases/6", [reply(status)]);
        stand_in.on("DELETE /repos/acme/node/releases/assets/6", [reply(status)]);
        let release = repository.delete_release(ReleaseNumber(6)).await;
        let asset = repository.delete_asset(crate::AssetId(6)).await;
        assert_eq!(
            matches!(release, Written::Done(())),
            done,
            "{status}: {release:?}"
        );
        assert_eq!(matches!(asset, Written::Done(())), done, "{status}: {asset:?}");
    }
}

#[tokio::test]
async fn an_event_is_accepted_and_nothing_more() {
    let stand_in = StandIn::start().await;
    stand_in.on("POST /repos/acme/node/dispatches", [reply(204)]);
    let payload = json!({"version": "1.0.0"});
    let written = stand_in
        .repository()
        .dispatch_event("build-request", &payload)
        .await;
    assert!(matches!(written, Written::Accepted), "{written:?}");
    let sent = stand_in.seen("POST /repos/acme/node/dispatches")[0].json();
    assert_eq!(
        sent,
        json!({"event_type": "build-request", "client_payload": payload})
    );
}

#[tokio::test]
async fn the_newer_version_is_asked_for_runs_without_saying_so() {
    let stand_in = StandIn::start().await;
    let dispatch = "POST /repos/acme/node/actions/workflows/build.yml/dispatches";
    stand_in.on(dispatch, [reply(200).json(json!({"workflow_run_id": 5}))]);
    let settings = crate::Settings {
        api_version: ApiVersion::V2026,
        ..stand_in.settings()
    };
    let github = GitHub::with_time(settings, Arc::new(HandWound::jumping(NOW))).unwrap();
    let repository = github.repository("acme", "node").unwrap();
    let written = repository
        .dispatch_workflow("build.yml", "v1", &BTreeMap::new())
        .await;
    assert!(matches!(written, Written::Done(WorkflowRunId(5))), "{written:?}");
    let seen = &stand_in.seen(dispatch)[0];
    assert_eq!(seen.json(), json!({"ref": "v1", "inputs": {}}));
    assert_eq!(seen.header("x-github-api-version"), Some("2026-03-10"));
}

#[tokio::test]
async fn a_release_is_drafted_and_published() {
    let stand_in = StandIn::start().await;
    let made = release_json(6, "https://uploads.github.com/x{?name,label}");
    stand_in.on("POST /repos/acme/node/releases", [reply(201).json(made.clone())]);
    stand_in.on("PATCH /repos/acme/node/releases/6", [reply(200).json(made)]);
    let repository = stand_in.repository();
    let Written::Done(release) = repository.create_draft(&draft()).await else {
        panic!("not drafted")
    };
    let sent = stand_in.seen("POST /repos/acme/node/releases")[0].json();
    let expected = json!({
        "tag_name": "v1.0.0", "target_commitish": SHA, "name": "1.0.0", "body": "notes", "prerelease": true, "draft": true
    });
    assert_eq!(sent, expected);
    let change = ReleaseChange {
        draft: Some(false),
        make_latest: Some(MakeLatest::No),
        ..ReleaseChange::default()
    };
    let written = repository.update_release(release.id, &change).await;
    assert!(matches!(written, Written::Done(_)), "{written:?}");
    let sent = stand_in.seen("PATCH")[0].json();
    assert_eq!(sent, json!({"draft": false, "make_latest": "false"}));
}
