//! What is read, and when reading fails instead of giving a part.

use super::HandWound;
use super::stand_in::{NOW, SHA, StandIn, release_json, reply, run_json, token};
use crate::client::Client;
use crate::{
    ActorKind, GitHub, GitHubError, JobId, Permission, ReleaseNumber, Repository, RunQuery, RunStatus,
    WorkflowRunId,
};
use base64::Engine as _;
use domain_types::Timestamp;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Notify;

const RUN: &str = "GET /repos/acme/node/actions/runs/1";
const TAG_OBJECT: &str = "89abcdef0123456789abcdef0123456789abcdef";

#[tokio::test]
async fn a_run_is_read_with_all_that_tells_it_from_others() {
    let stand_in = StandIn::start().await;
    stand_in.on(RUN, [reply(200).json(run_json(1))]);
    let run = stand_in
        .repository()
        .run(WorkflowRunId(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.status, RunStatus::InProgress);
    assert_eq!(run.conclusion, None);
    assert_eq!(run.workflow_path(), ".github/workflows/build.yml");
    assert_eq!((run.repository_id, run.head_repository_id), (1, Some(1)));
    assert_eq!(run.actor.unwrap().kind, ActorKind::Bot);
    assert_eq!(run.created_at.to_string(), "2026-11-24T06:00:00.000Z");
    assert_eq!(stand_in.repository().run(WorkflowRunId(2)).await.unwrap(), None);
}

#[tokio::test]
async fn words_that_are_not_known_are_kept() {
    let stand_in = StandIn::start().await;
    let mut run = run_json(1);
    run["status"] = json!("dreaming");
    run["conclusion"] = json!("startup_failure");
    run["head_repository"] = json!(null);
    stand_in.on(RUN, [reply(200).json(run)]);
    let run = stand_in
        .repository()
        .run(WorkflowRunId(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(run.status, RunStatus::Other("dreaming".to_owned()));
    assert_eq!(run.conclusion.unwrap().as_str(), "startup_failure");
    assert_eq!(run.head_repository_id, None);
}

#[tokio::test]
async fn tags_lead_to_commits_through_tags_of_tags() {
    let stand_in = StandIn::start().await;
    let pointer = |sha: &str, kind: &str| reply(200).json(json!({"object": {"sha": sha, "type": kind}}));
    let peel = format!("GET /repos/acme/node/git/tags/{TAG_OBJECT}");
    stand_in.on(
        "GET /repos/acme/node/git/ref/tags/light",
        [pointer(SHA, "commit")],
    );
    stand_in.on(
        "GET /repos/acme/node/git/ref/tags/heavy",
        [pointer(TAG_OBJECT, "tag")],
    );
    stand_in.on(
        &peel,
        [
            pointer(TAG_OBJECT, "tag"),
            pointer(SHA, "commit"),
            pointer(TAG_OBJECT, "tag"),
        ],
    );
    stand_in.on(
        "GET /repos/acme/node/git/ref/tags/tree",
        [pointer(TAG_OBJECT, "tree")],
    );
    let repository = stand_in.repository();
    assert_eq!(repository.tag("light").await.unwrap().unwrap().as_str(), SHA);
    assert_eq!(repository.tag("heavy").await.unwrap().unwrap().as_str(), SHA);
    assert_eq!(repository.tag("none").await.unwrap(), None);
    for bad in ["tree", "heavy"] {
        let error = repository.tag(bad).await.unwrap_err();
        assert!(matches!(error, GitHubError::Undecodable { .. }), "{error}");
    }
    assert!(matches!(
        repository.tag("a b").await,
        Err(GitHubError::Invalid(_))
    ));
}

#[tokio::test]
async fn files_are_read_whole_or_not_at_all() {
    let stand_in = StandIn::start().await;
    let asked = "GET /repos/acme/node/contents/.github/workflows/build.yml?ref=v1.0.0";
    let text = "name: build\n".repeat(20);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
    let lines: Vec<_> = encoded
        .as_bytes()
        .chunks(60)
        .map(|line| String::from_utf8_lossy(line))
        .collect();
    let content = |encoding: &str, size: usize| {
        reply(200).json(json!({
            "type": "file", "encoding": encoding, "size": size, "sha": "b10b", "content": lines.join("\n")
        }))
    };
    stand_in.on(
        asked,
        [
            content("base64", text.len()),
            content("base64", text.len() + 1),
            content("none", text.len()),
            content("none", 2 * 1024 * 1024),
            reply(200).json(json!([])),
        ],
    );
    let repository = stand_in.repository();
    let read = || repository.file(".github/workflows/build.yml", "v1.0.0");
    let file = read().await.unwrap().unwrap();
    assert_eq!((file.bytes, file.blob_sha.as_str()), (text.into_bytes(), "b10b"));
    assert!(
        matches!(read().await, Err(GitHubError::Undecodable { .. })),
        "another size"
    );
    assert!(
        matches!(read().await, Err(GitHubError::Undecodable { .. })),
        "another encoding"
    );
    assert!(
        matches!(read().await, Err(GitHubError::TooLarge { .. })),
        "too large to be shown"
    );
    assert!(
        matches!(read().await, Err(GitHubError::Undecodable { .. })),
        "a folder"
    );
    assert_eq!(repository.file("none", "v1.0.0").await.unwrap(), None);
}

#[tokio::test]
async fn a_read_that_was_let_down_is_sent_once_more() {
    for (answers, good) in [
        (vec![reply(502), reply(200).json(run_json(1))], true),
        (
            vec![reply(200).bytes("{").breaks(), reply(200).json(run_json(1))],
            true,
        ),
        (vec![reply(502), reply(503), reply(200).json(run_json(1))], false),
        (vec![reply(403), reply(200).json(run_json(1))], false),
    ] {
        let stand_in = StandIn::start().await;
        stand_in.on(RUN, answers);
        let read = stand_in.repository().run(WorkflowRunId(1)).await;
        assert_eq!(read.is_ok(), good, "{read:?}");
    }
}

#[tokio::test]
async fn a_list_is_complete_or_an_error() {
    let stand_in = StandIn::start().await;
    let asked = "GET /repos/acme/node/actions/runs?per_page=100";
    let page = || reply(200).json(json!({"total_count": 1, "workflow_runs": [run_json(1)]}));
    let url = &stand_in.url;
    let link = |to: &str| format!("<{to}>; rel=\"next\"");
    let itself = link(&format!("{url}{}", &asked["GET ".len()..]));
    let list = |answer| {
        stand_in.on(asked, [answer]);
        let repository = stand_in.repository();
        async move { repository.runs(&RunQuery::default()).await }
    };
    assert_eq!(list(page()).await.unwrap().len(), 1);
    let endless = list(page().header("link", itself)).await;
    assert!(
        matches!(endless, Err(GitHubError::TooLarge { unit: "pages", .. })),
        "{endless:?}"
    );
    let foreign = list(page().header("link", link("https://elsewhere.example/x?page=2"))).await;
    assert!(
        matches!(foreign, Err(GitHubError::ForeignHost { .. })),
        "{foreign:?}"
    );
    let many: Vec<_> = (0..1000).map(run_json).collect();
    let cut = list(reply(200).json(json!({"total_count": 1001, "workflow_runs": many}))).await;
    assert!(
        matches!(cut, Err(GitHubError::TooLarge { unit: "rows", .. })),
        "{cut:?}"
    );
    // A run that moved to the next page while we read is shown twice, and another one not at all.
    let shown: Vec<_> = (0..999).chain([998]).map(run_json).collect();
    let cut = list(reply(200).json(json!({"total_count": 1001, "workflow_runs": shown}))).await;
    assert!(
        matches!(cut, Err(GitHubError::TooLarge { unit: "rows", .. })),
        "{cut:?}"
    );
    let broken = list(reply(200).json(json!({"total_count": 1}))).await;
    assert!(
        matches!(broken, Err(GitHubError::Undecodable { .. })),
        "{broken:?}"
    );
}

#[tokio::test]
async fn questions_for_runs_are_asked_as_github_wants_them() {
    let stand_in = StandIn::start().await;
    let asked = "GET /repos/acme/node/actions/workflows/build.yml/runs?event=workflow_dispatch\
        &created=%3E%3D2026-11-24T06%3A00%3A00Z&actor=gate%5Bbot%5D&head_sha=0123456789abcdef0123456789abcdef01234567\
        &branch=main&status=queued&per_page=100";
    stand_in.on(
        asked,
        [reply(200).json(json!({"total_count": 0, "workflow_runs": []}))],
    );
    let query = RunQuery {
        workflow: Some("build.yml".to_owned()),
        event: Some("workflow_dispatch".to_owned()),
        created_since: Some("2026-11-24T06:00:00.999Z".parse::<Timestamp>().unwrap()),
        created_until: None,
        actor: Some("gate[bot]".to_owned()),
        head_sha: Some(SHA.parse().unwrap()),
        branch: Some("main".to_owned()),
        status: Some("queued".to_owned()),
    };
    assert_eq!(stand_in.repository().runs(&query).await.unwrap(), []);
    let until = Some("2026-11-24T06:05:00Z".parse::<Timestamp>().unwrap());
    for (created_since, asked) in [
        (
            query.created_since,
            "2026-11-24T06%3A00%3A00Z..2026-11-24T06%3A05%3A00Z",
        ),
        (None, "%3C%3D2026-11-24T06%3A05%3A00Z"),
    ] {
        let asked = format!("GET /repos/acme/node/actions/runs?created={asked}&per_page=100");
        stand_in.on(
            &asked,
            [reply(200).json(json!({"total_count": 0, "workflow_runs": []}))],
        );
        let query = RunQuery {
            created_since,
            created_until: until,
            ..RunQuery::default()
        };
        assert_eq!(stand_in.repository().runs(&query).await.unwrap(), []);
    }
}

#[tokio::test]
async fn jobs_and_artifacts_are_listed() {
    let stand_in = StandIn::start().await;
    let job = json!({
        "id": 8, "run_id": 1, "name": "build", "status": "queued", "conclusion": null, "labels": ["self-hosted"],
        "runner_name": null, "started_at": "2026-11-24T06:00:00Z", "completed_at": null, "run_attempt": 2,
        "steps": [{"name": "test", "status": "completed", "conclusion": "failure", "number": 1}]
    });
    let digest = "a".repeat(64);
    let artifact = json!({
        "id": 4, "name": "build-linux-x86_64", "size_in_bytes": 5, "expired": false, "digest": format!("sha256:{digest}"),
        "workflow_run": {"id": 1, "repository_id": 1, "head_repository_id": 1, "head_branch": "main", "head_sha": SHA}
    });
    stand_in.on(
        "GET /repos/acme/node/actions/runs/1/jobs?filter=latest&per_page=100",
        [reply(200).json(json!({"total_count": 1, "jobs": [job]}))],
    );
    stand_in.on(
        "GET /repos/acme/node/actions/runs/1/artifacts?per_page=100",
        [reply(200).json(json!({"total_count": 1, "artifacts": [artifact]}))],
    );
    let repository = stand_in.repository();
    let jobs = repository.jobs(WorkflowRunId(1)).await.unwrap();
    assert_eq!(
        (jobs[0].run_attempt, jobs[0].labels.as_slice()),
        (2, &["self-hosted".to_owned()][..])
    );
    assert_eq!(jobs[0].steps[0].conclusion.as_ref().unwrap().as_str(), "failure");
    let artifacts = repository.artifacts(WorkflowRunId(1)).await.unwrap();
    assert_eq!(artifacts[0].digest.unwrap().hex(), digest);
    assert_eq!(artifacts[0].workflow_run.as_ref().unwrap().id, WorkflowRunId(1));
}

#[tokio::test]
async fn releases_are_listed_and_found_by_number_and_by_tag() {
    let stand_in = StandIn::start().await;
    let release = release_json(6, "https://uploads.github.com/x{?name,label}");
    stand_in.on(
        "GET /repos/acme/node/releases?per_page=30",
        [reply(200).json(json!([release]))],
    );
    stand_in.on(
        "GET /repos/acme/node/releases/6",
        [reply(200).json(release.clone())],
    );
    stand_in.on(
        "GET /repos/acme/node/releases/tags/v1",
        [reply(200).json(release)],
    );
    let asset =
        json!({"id": 3, "name": "a", "size": 1, "state": "starter", "digest": null, "uploader": null});
    stand_in.on(
        "GET /repos/acme/node/releases/6/assets?per_page=100",
        [reply(200).json(json!([asset]))],
    );
    let repository = stand_in.repository();
    let releases = repository.releases().await.unwrap();
    assert_eq!(releases.len(), 1);
    assert_eq!(
        repository.release(ReleaseNumber(6)).await.unwrap().as_ref(),
        releases.first()
    );
    assert_eq!(
        repository.release_by_tag("v1").await.unwrap().as_ref(),
        releases.first()
    );
    assert_eq!(repository.release_by_tag("v2").await.unwrap(), None);
    let assets = repository.assets(ReleaseNumber(6)).await.unwrap();
    assert_eq!((assets[0].state.as_str(), assets[0].digest), ("starter", None));
}

#[tokio::test]
async fn statuses_are_listed() {
    let stand_in = StandIn::start().await;
    let status = json!({
        "id": 3, "state": "success", "context": "c", "description": null, "target_url": null, "creator": null,
        "created_at": "2026-11-24T06:00:00Z"
    });
    stand_in.on(
        &format!("GET /repos/acme/node/commits/{SHA}/statuses?per_page=100"),
        [reply(200).json(json!([status]))],
    );
    let statuses = stand_in
        .repository()
        .statuses(&SHA.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(statuses[0].context, "c");
}

#[tokio::test]
async fn whom_github_does_not_know_may_do_nothing() {
    let stand_in = StandIn::start().await;
    let of = |login: &str| format!("GET /repos/acme/node/collaborators/{login}/permission");
    stand_in.on(
        &of("alice"),
        [reply(200).json(json!({"permission": "admin", "role_name": "admin"}))],
    );
    stand_in.on(&of("bob"), [reply(200).json(json!({"permission": "owner"}))]);
    let repository = stand_in.repository();
    assert_eq!(
        repository.permission_of("alice").await.unwrap(),
        Permission::Admin
    );
    assert_eq!(
        repository.permission_of("bob").await.unwrap(),
        Permission::Other("owner".to_owned())
    );
    assert_eq!(repository.permission_of("carol").await.unwrap(), Permission::None);
}

#[tokio::test]
async fn deliveries_are_paged_by_their_cursor_and_delivered_again() {
    let stand_in = StandIn::start().await;
    let delivery = json!({
        "id": 11, "guid": "g", "delivered_at": "2026-11-24T06:00:00Z", "redelivery": false, "duration": 0.1,
        "status": "timed out", "status_code": 0, "event": "push", "action": null, "installation_id": 7, "repository_id": 1
    });
    let next = format!(
        "<{}/app/hook/deliveries?per_page=100&cursor=v1%5F12>; rel=\"next\"",
        stand_in.url
    );
    let first = reply(200).header("link", next).json(json!([delivery]));
    stand_in.on("GET /app/hook/deliveries?per_page=100", [first]);
    stand_in.on(
        "GET /app/hook/deliveries?per_page=100&cursor=v1_12",
        [reply(200).json(json!([]))],
    );
    stand_in.on(
        "POST /app/hook/deliveries/11/attempts",
        [reply(202).json(json!({}))],
    );
    let github = stand_in.github();
    let page = github.deliveries(None).await.unwrap();
    assert_eq!((page.deliveries[0].id, page.deliveries[0].status_code), (11, 0));
    let last = github.deliveries(page.next.as_deref()).await.unwrap();
    assert_eq!((last.deliveries.len(), last.next), (0, None));
    let written = github.redeliver(11).await;
    assert!(matches!(written, crate::Written::Done(())), "{written:?}");
}

#[tokio::test]
async fn a_repository_without_the_app_is_told_as_such() {
    let stand_in = StandIn::start().await;
    let error = stand_in
        .github()
        .repository("nobody", "x")
        .unwrap()
        .info()
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "the App is not installed on nobody/x");
    let github = stand_in.github();
    for (owner, name) in [
        ("acme", ".."),
        ("acme", ""),
        ("", "x"),
        ("a/b", "x"),
        ("a", "x/y"),
        ("..", "x"),
    ] {
        let made = github.repository(owner, name);
        assert!(matches!(made, Err(GitHubError::Invalid(_))), "{owner}/{name}");
    }
}

#[tokio::test]
async fn an_installation_that_was_made_anew_is_found_again() {
    let stand_in = StandIn::start().await;
    stand_in.on(RUN, [reply(200).json(run_json(1))]);
    let installation = |id: u64| reply(200).json(json!({"id": id}));
    stand_in.on(
        "GET /repos/acme/node/installation",
        [installation(7), installation(8)],
    );
    stand_in.on(
        "POST /app/installations/7/access_tokens",
        [token("first", NOW + 3600), reply(404)],
    );
    stand_in.on(
        "POST /app/installations/8/access_tokens",
        [token("second", NOW + 9999)],
    );
    let time = Arc::new(HandWound::standing(NOW));
    let github = GitHub::with_time(stand_in.settings(), time.clone()).unwrap();
    let repository = github.repository("acme", "node").unwrap();
    repository.run(WorkflowRunId(1)).await.unwrap();
    time.set(NOW + 3300);
    repository.run(WorkflowRunId(1)).await.unwrap();
    let used: Vec<_> = stand_in
        .seen(RUN)
        .iter()
        .map(|seen| seen.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(used, ["Bearer first", "Bearer second"]);
}

/// One request at a time. The first is answered with 401 while the second holds the slot to renew the token, for which it waits at
/// the gate.
#[tokio::test]
async fn a_refused_token_and_a_stale_one_do_not_wait_for_each_other() {
    let stand_in = StandIn::start().await;
    let told = Arc::new(Notify::new());
    stand_in.on(RUN, [reply(401).after(&told), reply(200).json(run_json(1))]);
    stand_in.on(
        "GET /repos/acme/node/actions/runs/2",
        [reply(200).json(run_json(2))],
    );
    let mut settings = stand_in.settings();
    settings.limits.concurrent_max = 1;
    let time = Arc::new(HandWound::standing(NOW));
    let client = Arc::new(Client::new(&settings, time.clone()).unwrap());
    let repository = Repository::new(Arc::clone(&client), "acme".to_owned(), "node".to_owned());
    let also = repository.clone();
    let first = tokio::spawn(async move { repository.run(WorkflowRunId(1)).await });
    while stand_in.seen(RUN).is_empty() {
        tokio::task::yield_now().await;
    }
    time.set(NOW + 3400);
    let second = tokio::spawn(async move { also.run(WorkflowRunId(2)).await });
    let slot = client.tokens.slot("acme");
    while slot.try_lock().is_ok() {
        tokio::task::yield_now().await;
    }
    told.notify_one();
    assert!(first.await.unwrap().unwrap().is_some());
    assert!(second.await.unwrap().unwrap().is_some());
}

#[tokio::test]
async fn a_commit_is_found_by_any_name() {
    let stand_in = StandIn::start().await;
    let of = |reference: &str| format!("GET /repos/acme/node/commits/{reference}");
    let commit = json!({"sha": SHA, "commit": {"committer": {"name": "a", "date": "2026-11-24T06:00:00Z"}}});
    stand_in.on(&of("tags/v1.0.0"), [reply(200).json(commit)]);
    stand_in.on(
        &of("heads/main"),
        [reply(200).json(json!({"sha": SHA, "commit": {"committer": null}}))],
    );
    stand_in.on(&of("nonsense"), [reply(422)]);
    let repository = stand_in.repository();
    let found = repository.commit_at("tags/v1.0.0").await.unwrap().unwrap();
    assert_eq!(
        (found.sha.as_str(), found.committed.to_string().as_str()),
        (SHA, "2026-11-24T06:00:00.000Z")
    );
    assert_eq!(
        repository
            .commit_at("heads/main")
            .await
            .unwrap()
            .unwrap()
            .committed,
        Timestamp::EPOCH
    );
    assert_eq!(repository.commit_at("nonsense").await.unwrap(), None);
    assert_eq!(repository.commit_at("tags/none").await.unwrap(), None);
}

#[tokio::test]
async fn a_branch_has_what_lies_behind_it_and_its_head() {
    let stand_in = StandIn::start().await;
    let asked = format!("GET /repos/acme/node/compare/main...{SHA}?per_page=1");
    let words = ["behind", "identical", "ahead", "diverged", "unheard_of"];
    let answers = words.map(|status| reply(200).json(json!({ "status": status })));
    stand_in.on(
        &asked,
        answers.into_iter().chain([reply(404)]).collect::<Vec<_>>(),
    );
    let (repository, commit) = (stand_in.repository(), SHA.parse().unwrap());
    for expected in [
        Some(true),
        Some(true),
        Some(false),
        Some(false),
        Some(false),
        None,
    ] {
        let has = repository.has_on_branch("main", &commit).await.unwrap();
        assert_eq!(has, expected);
    }
}

#[tokio::test]
async fn what_github_says_of_the_hour_is_seen() {
    let stand_in = StandIn::start().await;
    let answer = reply(200)
        .header("x-ratelimit-limit", 5000)
        .header("x-ratelimit-remaining", 4321)
        .header("x-ratelimit-reset", NOW + 30)
        .header("x-ratelimit-resource", "core");
    stand_in.on(RUN, [answer.json(run_json(1))]);
    let github = stand_in.github();
    assert_eq!(github.budget().remaining, None);
    github
        .repository("acme", "node")
        .unwrap()
        .run(WorkflowRunId(1))
        .await
        .unwrap();
    let budget = github.budget();
    assert_eq!((budget.limit, budget.remaining), (Some(5000), Some(4321)));
    let made = github.requests_made();
    let made: Vec<_> = made
        .iter()
        .map(|(operation, count)| (operation.as_str(), *count))
        .collect();
    let expected = [
        ("GET /repos/{owner}/{repo}/actions/runs/{run_id}", 1),
        ("GET /repos/{owner}/{repo}/installation", 1),
        ("POST /app/installations/{installation_id}/access_tokens", 1),
    ];
    assert_eq!(made, expected);
}

#[tokio::test]
async fn the_tail_of_a_log_is_read_and_a_missing_log_is_none() {
    let stand_in = StandIn::start().await;
    let logs = "GET /repos/acme/node/actions/jobs/8/logs";
    let there = reply(302).header("location", format!("{}/blob/log", stand_in.url));
    stand_in.on(logs, [there, reply(404), reply(410), reply(500)]);
    stand_in.on("GET /blob/log", [reply(200).bytes("first line\nlast line\n")]);
    let repository = stand_in.repository();
    let tail = || repository.job_log_tail(JobId(8), 10);
    assert_eq!(tail().await.unwrap().unwrap(), b"last line\n");
    assert_eq!(tail().await.unwrap(), None);
    assert_eq!(tail().await.unwrap(), None);
    assert!(tail().await.is_err());
}
