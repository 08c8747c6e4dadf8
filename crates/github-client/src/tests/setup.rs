//! How an App and its repositories are set up, as GitHub tells it.

use super::stand_in::{NOW, StandIn, reply};
use crate::{GitHubError, WorkflowState};
use serde_json::json;

#[tokio::test]
async fn an_installation_is_there_or_not() {
    let stand_in = StandIn::start().await;
    let suspended = json!({
        "id": 7, "permissions": {"contents": "read"}, "events": ["push"], "suspended_at": "2026-11-24T06:00:00Z",
        "html_url": "https://github.com/organizations/acme/settings/installations/7"
    });
    stand_in.on(
        "GET /repos/acme/node/installation",
        [reply(200).json(suspended), reply(200).json(json!({"id": 7}))],
    );
    let github = stand_in.github();
    let found = github.installation("acme", "node").await.unwrap().unwrap();
    assert_eq!(found.permissions["contents"], "read");
    assert_eq!(found.events, ["push"]);
    assert!(found.suspended_at.is_some());
    let found = github.installation("acme", "node").await.unwrap().unwrap();
    assert_eq!((found.suspended_at, found.events.len()), (None, 0));
    assert_eq!(github.installation("acme", "other").await.unwrap(), None);
    assert!(github.installation("acme/../x", "node").await.is_err());
}

#[tokio::test]
async fn who_we_are_is_told_whatever_the_repository_is_called() {
    for (owner, name) in [
        ("acme", "no name of GitHub's"),
        ("acme", ""),
        ("acme", "../x"),
        ("acme/..", "node"),
        ("", "node"),
    ] {
        let stand_in = StandIn::start().await;
        stand_in.on(
            "GET /app",
            [reply(200).json(json!({"id": 12, "slug": "the-gate"}))],
        );
        let github = stand_in.github();
        let login = github.own_login(owner, name).await;
        assert_eq!(login.unwrap(), "the-gate[bot]", "{owner}/{name}");
    }
}

#[tokio::test]
async fn the_webhook_is_read_however_its_flag_is_written() {
    let stand_in = StandIn::start().await;
    let hook = |flag: serde_json::Value| {
        reply(200).json(json!({"url": "https://a.example/w", "content_type": "json", "insecure_ssl": flag}))
    };
    stand_in.on(
        "GET /app/hook/config",
        [
            hook(json!("0")),
            hook(json!("1")),
            hook(json!(1)),
            reply(200).json(json!({})),
        ],
    );
    let github = stand_in.github();
    let mut taken = Vec::new();
    for _ in 0..4 {
        let hook = github.hook_config().await.unwrap();
        taken.push((hook.takes_any_certificate, hook.url.is_some()));
    }
    assert_eq!(taken, [(false, true), (true, true), (true, true), (false, false)]);
}

#[tokio::test]
async fn the_hour_of_an_installation_is_asked_for() {
    let stand_in = StandIn::start().await;
    let core = json!({"limit": 5000, "used": 1, "remaining": 4999, "reset": NOW + 5});
    let answer = json!({"resources": {"core": core}});
    stand_in.on("GET /rate_limit", [reply(200).json(answer)]);
    let budget = stand_in.github().rate_limit("acme", "node").await.unwrap();
    assert_eq!((budget.limit, budget.remaining), (Some(5000), Some(4999)));
    assert_eq!(budget.reset_seconds, u64::try_from(NOW + 5).ok());
}

#[tokio::test]
async fn the_repositories_that_the_app_reaches_are_listed_to_their_end() {
    let stand_in = StandIn::start().await;
    let page = |id: u64, is_private: bool| {
        let one = json!({"id": id, "full_name": format!("acme/r{id}"), "private": is_private, "default_branch": "main"});
        json!({"total_count": 2, "repositories": [one]})
    };
    let next = format!(
        "<{}/installation/repositories?per_page=100&page=2>; rel=\"next\"",
        stand_in.url
    );
    stand_in.on(
        "GET /installation/repositories?per_page=100",
        [
            reply(200).header("link", &next).json(page(1, false)),
            reply(200).header("link", &next).json(page(1, false)),
        ],
    );
    stand_in.on(
        "GET /installation/repositories?per_page=100&page=2",
        [reply(200).json(page(2, true))],
    );
    let github = stand_in.github();
    let found = github.reached_with(("acme", "node"), 2).await.unwrap();
    let found: Vec<_> = found.iter().map(|one| (one.id, one.private)).collect();
    assert_eq!(found, [(1, false), (2, true)]);
    // Whoever would read fewer is told by the first page.
    let error = github.reached_with(("acme", "node"), 1).await.unwrap_err();
    assert!(matches!(error, GitHubError::TooLarge { max: 1, .. }), "{error}");
}

#[tokio::test]
async fn every_answer_tells_the_time() {
    let stand_in = StandIn::start().await;
    let at = |date: &str| reply(200).header("date", date).json(json!({"id": 12}));
    let answers = [
        at("Fri, 15 Jan 2027 08:00:00 GMT"),
        at("Fri, 15 Jan 2027 08:00:31 GMT"),
        at("yesterday"),
    ];
    stand_in.on("GET /app", answers);
    let github = stand_in.github();
    assert_eq!(github.clock_ahead_seconds(), None);
    let mut heard = Vec::new();
    for _ in 0..3 {
        github.app().await.unwrap();
        heard.push(github.clock_ahead_seconds());
    }
    assert_eq!(heard, [Some(0), Some(-31), Some(-31)]);
}

#[tokio::test]
async fn workflows_have_states_and_repositories_may_forbid_them() {
    let stand_in = StandIn::start().await;
    let workflow = |state: &str| {
        reply(200).json(json!({"id": 1, "path": ".github/workflows/build.yml", "state": state}))
    };
    stand_in.on(
        "GET /repos/acme/node/actions/workflows/build.yml",
        [
            workflow("active"),
            workflow("disabled_manually"),
            workflow("dreaming"),
        ],
    );
    let repository = stand_in.repository();
    for state in [
        WorkflowState::Active,
        WorkflowState::DisabledManually,
        WorkflowState::Other("dreaming".to_owned()),
    ] {
        let found = repository.workflow("build.yml").await.unwrap().unwrap();
        assert_eq!(found.state, state);
    }
    assert_eq!(repository.workflow("other.yml").await.unwrap(), None);
    let permissions = "GET /repos/acme/node/actions/permissions";
    let denied = json!({"message": "Resource not accessible by integration"});
    stand_in.on(
        permissions,
        [
            reply(200).json(json!({"enabled": true, "allowed_actions": "selected"})),
            reply(200).json(json!({"enabled": false})),
            reply(403).json(denied),
        ],
    );
    let found = repository.actions_permissions().await.unwrap();
    assert_eq!(found.allowed_actions.as_deref(), Some("selected"));
    assert!(!repository.actions_permissions().await.unwrap().enabled);
    let error = repository.actions_permissions().await.unwrap_err();
    assert!(
        matches!(error, GitHubError::Refused { status: 403, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn runners_and_rulesets_are_listed_to_their_end() {
    let stand_in = StandIn::start().await;
    let runner = |id: u64| json!({"id": id, "name": format!("r{id}"), "os": "linux", "status": "online", "busy": false, "labels": [{"name": "gpu"}]});
    let runners = "GET /repos/acme/node/actions/runners?per_page=100";
    let next = format!(
        "<{}/repos/acme/node/actions/runners?per_page=100&page=2>; rel=\"next\"",
        stand_in.url
    );
    let page = |id| json!({"total_count": 2, "runners": [runner(id)]});
    stand_in.on(runners, [reply(200).header("link", next).json(page(1))]);
    stand_in.on(&format!("{runners}&page=2"), [reply(200).json(page(2))]);
    let repository = stand_in.repository();
    let found = repository.runners().await.unwrap();
    let names: Vec<&str> = found.iter().map(|runner| runner.name.as_str()).collect();
    assert_eq!(names, ["r1", "r2"]);
    assert_eq!(found[0].labels[0].name, "gpu");
    let short = json!({"id": 5, "name": "tags", "target": "tag", "enforcement": "active"});
    stand_in.on(
        "GET /repos/acme/node/rulesets?per_page=100",
        [reply(200).json(json!([short]))],
    );
    let listed = repository.rulesets().await.unwrap();
    assert_eq!((listed[0].id, listed[0].rules.len()), (5, 0));
    let mut whole = short;
    whole["conditions"] = json!({"ref_name": {"include": ["refs/tags/v*"], "exclude": []}});
    whole["rules"] = json!([{"type": "update", "parameters": {}}, {"type": "deletion"}]);
    stand_in.on("GET /repos/acme/node/rulesets/5", [reply(200).json(whole)]);
    let found = repository.ruleset(5).await.unwrap().unwrap();
    let kinds: Vec<&str> = found.rules.iter().map(|rule| rule.kind.as_str()).collect();
    assert_eq!(kinds, ["update", "deletion"]);
    let patterns = found.conditions.unwrap().ref_name.unwrap();
    assert_eq!(patterns.include, ["refs/tags/v*"]);
    assert_eq!(repository.ruleset(6).await.unwrap(), None);
}

#[tokio::test]
async fn releases_are_immutable_only_where_github_says_so() {
    let stand_in = StandIn::start().await;
    let enabled = |is: bool| reply(200).json(json!({"enabled": is, "enforced_by_owner": false}));
    stand_in.on(
        "GET /repos/acme/node/immutable-releases",
        [enabled(true), enabled(false), reply(404), reply(403)],
    );
    let repository = stand_in.repository();
    assert!(repository.has_immutable_releases().await.unwrap());
    assert!(!repository.has_immutable_releases().await.unwrap());
    assert!(!repository.has_immutable_releases().await.unwrap());
    assert!(repository.has_immutable_releases().await.is_err());
}
