//! What the library below does wrong when it is used as it comes, one by one.

use super::HandWound;
use super::stand_in::{NOW, StandIn, release_json, reply, run_json, token};
use crate::{GitHub, GitHubError, RunQuery, WorkflowRunId, Written};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

const DISPATCH: &str = "POST /repos/acme/node/actions/workflows/build.yml/dispatches";

fn inputs() -> BTreeMap<String, String> {
    [("version".to_owned(), "1.0.0".to_owned())].into()
}

fn release(stand_in: &StandIn) -> crate::Release {
    let template = format!("{}/uploads/1/assets{{?name,label}}", stand_in.url);
    serde_json::from_value(release_json(1, &template)).unwrap()
}

fn asset() -> serde_json::Value {
    json!({"id": 3, "name": "a", "size": 1, "state": "uploaded", "digest": null, "uploader": null})
}

#[tokio::test]
async fn an_upload_carries_our_token() {
    let stand_in = StandIn::start().await;
    stand_in.on("POST /uploads/1/assets?name=a", [reply(201).json(asset())]);
    let written = stand_in
        .repository()
        .upload_asset(&release(&stand_in), "a", 1, &b"x"[..], "text/plain")
        .await;
    assert!(matches!(written, Written::Done(_)), "{written:?}");
    let seen = &stand_in.seen("POST /uploads")[0];
    assert_eq!(seen.header("authorization"), Some("Bearer first"));
    assert_eq!(seen.header("content-length"), Some("1"));
    assert_eq!(seen.header("content-type"), Some("text/plain"));
    assert_eq!(&seen.body[..], b"x");
}

#[tokio::test]
async fn a_write_that_failed_is_not_sent_again() {
    let stand_in = StandIn::start().await;
    stand_in.on(DISPATCH, [reply(502), reply(502), reply(204)]);
    let written = stand_in
        .repository()
        .dispatch_workflow("build.yml", "main", &inputs())
        .await;
    assert!(matches!(written, Written::Unknown(_)), "{written:?}");
    assert_eq!(stand_in.seen(DISPATCH).len(), 1);
}

#[tokio::test]
async fn what_is_read_again_is_asked_for_with_its_etag_and_kept_per_installation() {
    let stand_in = StandIn::start().await;
    let path = "GET /repos/acme/node/actions/runs/1";
    let other = "GET /repos/other/node/actions/runs/1";
    stand_in.on(
        path,
        [reply(200).header("etag", "\"a\"").json(run_json(1)), reply(304)],
    );
    stand_in.on(
        "GET /repos/other/node/installation",
        [reply(200).json(json!({"id": 8}))],
    );
    stand_in.on(
        "POST /app/installations/8/access_tokens",
        [token("other", NOW + 3600)],
    );
    let github = stand_in.github();
    let repository = github.repository("acme", "node").unwrap();
    let first = repository.run(WorkflowRunId(1)).await.unwrap();
    let second = repository.run(WorkflowRunId(1)).await.unwrap();
    assert_eq!(first, second);
    assert!(first.is_some());
    let etags: Vec<_> = stand_in
        .seen(path)
        .iter()
        .map(|seen| seen.header("if-none-match").map(str::to_owned))
        .collect();
    assert_eq!(etags, [None, Some("\"a\"".to_owned())]);
    let elsewhere = github.repository("other", "node").unwrap();
    assert!(elsewhere.run(WorkflowRunId(1)).await.unwrap().is_none());
    assert_eq!(stand_in.seen(other)[0].header("if-none-match"), None);
}

#[tokio::test]
async fn however_many_ask_at_a_time_one_token_is_fetched() {
    let stand_in = StandIn::start().await;
    stand_in.on(
        "GET /repos/acme/node/actions/runs/1",
        [reply(200).json(run_json(1))],
    );
    let repository = stand_in.repository();
    let runs = (0..5).map(|_| repository.run(WorkflowRunId(1)));
    for run in futures::future::join_all(runs).await {
        assert!(run.unwrap().is_some());
    }
    assert_eq!(stand_in.seen("POST /app/installations").len(), 1);
    assert_eq!(stand_in.seen("GET /repos/acme/node/installation").len(), 1);
}

#[tokio::test]
async fn names_of_files_are_encoded() {
    let stand_in = StandIn::start().await;
    let name = "a b+c&d=#é.tar.gz";
    let asked = "POST /uploads/1/assets?name=a%20b%2Bc%26d%3D%23%C3%A9.tar.gz";
    stand_in.on(asked, [reply(201).json(asset())]);
    let written = stand_in
        .repository()
        .upload_asset(&release(&stand_in), name, 1, &b"x"[..], "text/plain")
        .await;
    assert!(matches!(written, Written::Done(_)), "{written:?}");
}

#[tokio::test]
async fn a_stream_is_sent_once_and_never_as_an_empty_one() {
    for status in [401, 429, 502] {
        let stand_in = StandIn::start().await;
        let asked = "POST /uploads/1/assets?name=a";
        stand_in.on(asked, [reply(status), reply(201).json(asset())]);
        let written = stand_in
            .repository()
            .upload_asset(&release(&stand_in), "a", 4, &b"body"[..], "text/plain")
            .await;
        match (status, &written) {
            (502, Written::Unknown(_)) => {}
            (401 | 429, Written::Rejected(error)) => assert!(error.is_retryable(), "{error}"),
            _ => panic!("{status}: {written:?}"),
        }
        let bodies: Vec<_> = stand_in
            .seen(asked)
            .iter()
            .map(|seen| seen.body.clone())
            .collect();
        assert_eq!(bodies, ["body"]);
    }
}

#[tokio::test]
async fn what_is_too_late_when_its_turn_has_come_is_not_sent() {
    let stand_in = StandIn::start().await;
    stand_in.on(DISPATCH, [reply(204), reply(204)]);
    let long_ago = domain_types::Timestamp::from_seconds(1);
    let late = stand_in.repository().not_after(long_ago);
    let written = late.dispatch_workflow("build.yml", "main", &inputs()).await;
    let Written::Rejected(error) = written else {
        panic!("{written:?}")
    };
    assert!(
        matches!(error, GitHubError::TooLate { .. }) && error.is_retryable(),
        "{error}"
    );
    assert_eq!(stand_in.seen(DISPATCH).len(), 0);
    let in_time = domain_types::Timestamp::from_seconds(9_999_999_999);
    let early = stand_in.repository().not_after(in_time);
    let written = early.dispatch_workflow("build.yml", "main", &inputs()).await;
    assert!(matches!(written, Written::Accepted), "{written:?}");
}

#[tokio::test]
async fn a_dispatch_says_which_run_it_made() {
    let stand_in = StandIn::start().await;
    let details = json!({"workflow_run_id": 77, "run_url": "u", "html_url": "h"});
    stand_in.on(DISPATCH, [reply(200).json(details), reply(204)]);
    let repository = stand_in.repository();
    let written = repository.dispatch_workflow("build.yml", "main", &inputs()).await;
    assert!(matches!(written, Written::Done(WorkflowRunId(77))), "{written:?}");
    let sent = stand_in.seen(DISPATCH)[0].json();
    assert_eq!(
        sent,
        json!({"ref": "main", "inputs": {"version": "1.0.0"}, "return_run_details": true})
    );
    let written = repository.dispatch_workflow("build.yml", "main", &inputs()).await;
    assert!(matches!(written, Written::Accepted), "{written:?}");
}

#[tokio::test]
async fn every_page_is_asked_for_with_our_token_and_all_are_read() {
    let stand_in = StandIn::start().await;
    let page = |ids: std::ops::Range<u64>| {
        let runs: Vec<_> = ids.map(run_json).collect();
        reply(200).json(json!({"total_count": 150, "workflow_runs": runs}))
    };
    let first = "GET /repos/acme/node/actions/runs?event=workflow_dispatch&per_page=100";
    let second = "GET /repos/acme/node/actions/runs?event=workflow_dispatch&per_page=100&page=2";
    let next = format!("<{}{}>; rel=\"next\"", stand_in.url, &second["GET ".len()..]);
    stand_in.on(first, [page(0..100).header("link", next)]);
    // One run came meanwhile and pushed number 99 to the second page.
    stand_in.on(second, [page(99..150)]);
    let query = RunQuery {
        event: Some("workflow_dispatch".to_owned()),
        ..RunQuery::default()
    };
    let runs = stand_in.repository().runs(&query).await.unwrap();
    assert_eq!(
        runs.iter().map(|run| run.id.0).collect::<Vec<_>>(),
        (0..150).collect::<Vec<_>>()
    );
    assert_eq!(
        stand_in.seen(second)[0].header("authorization"),
        Some("Bearer first")
    );
}

#[tokio::test]
async fn a_path_of_the_api_stays_where_it_is() {
    let stand_in = StandIn::start().await;
    stand_in.on(
        "GET /api/v3/app",
        [reply(200).json(json!({"id": 12, "slug": "gate"}))],
    );
    let mut settings = stand_in.settings();
    settings.api_url.push_str("/api/v3/");
    let github = GitHub::with_time(settings, Arc::new(HandWound::jumping(NOW))).unwrap();
    let app = github.app().await.unwrap();
    assert_eq!((app.id, app.slug.as_str()), (12, "gate"));
    let seen = &stand_in.seen("GET /api/v3/app")[0];
    assert!(seen.header("authorization").unwrap().starts_with("Bearer ey"));
    assert_eq!(seen.header("x-github-api-version"), Some("2022-11-28"));
    assert_eq!(seen.header("accept"), Some("application/vnd.github+json"));
    let agents: Vec<_> = seen.headers.get_all("user-agent").iter().collect();
    assert_eq!(agents, [concat!("governance-app/", env!("CARGO_PKG_VERSION"))]);
    assert_eq!(github.requests_made(), [("GET /app".to_owned(), 1)]);
}
