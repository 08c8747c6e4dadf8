//! What the gate of pull requests reads and writes.

use super::stand_in::{SHA, StandIn, reply};
use crate::{
    ActivityKind, Association, BypassKind, ChangedFiles, CheckReport, CheckRunId, CommentId,
    ComparisonStatus, Conclusion, FileStatus, GitHubError, PullRequestEventKind, PullRequestState, Reaction,
    ReviewState, RunStatus, Written,
};
use domain_types::{CommitSha, Timestamp};
use serde_json::{Value, json};

const PULL: &str = "GET /repos/acme/node/pulls/12";
const BASE: &str = "89abcdef0123456789abcdef0123456789abcdef";
const NOON: &str = "2026-11-24T12:00:00Z";

fn head() -> CommitSha {
    SHA.parse().unwrap()
}

fn noon() -> Timestamp {
    NOON.parse().unwrap()
}

fn pull(number: u64) -> Value {
    let node = json!({"id": 1, "full_name": "acme/node"});
    json!({
        "id": 900 + number, "node_id": "PR_1", "number": number, "state": "open", "draft": true, "title": "t", "body": null,
        "user": {"login": "alice", "id": 21, "type": "User"}, "author_association": "MEMBER",
        "head": {"label": "alice:side", "ref": "side", "sha": SHA, "user": null, "repo": {"id": 2, "full_name": "alice/node"}},
        "base": {"label": "acme:main", "ref": "main", "sha": BASE, "user": null, "repo": node},
        "labels": [{"id": 1, "name": "tier-3", "color": "ffffff"}],
        "created_at": "2026-11-24T06:00:00Z", "updated_at": NOON, "closed_at": null, "merged_at": null,
        "html_url": "https://github.com/acme/node/pull/12"
    })
}

#[tokio::test]
async fn a_pull_request_is_read_with_both_of_its_sides() {
    let stand_in = StandIn::start().await;
    let mut gone = pull(12);
    gone["head"]["repo"] = json!(null);
    gone["head"]["label"] = json!(null);
    gone["user"] = json!(null);
    let mut merged = pull(12);
    for (field, value) in [
        ("state", json!("closed")),
        ("merged_at", json!(NOON)),
        ("merge_commit_sha", json!(BASE)),
        ("merged_by", json!({"login": "bob", "id": 3, "type": "User"})),
        ("changed_files", json!(3)),
    ] {
        merged[field] = value;
    }
    merged["head"]["repo"] = merged["base"]["repo"].clone();
    stand_in.on(PULL, [pull(12), gone, merged].map(|body| reply(200).json(body)));
    let repository = stand_in.repository();
    let read = || async { repository.pull_request(12).await.unwrap().unwrap() };
    let first = read().await;
    assert!(first.is_from_fork() && first.draft && !first.is_merged());
    assert_eq!(
        (first.head.reference.as_str(), first.head.sha.as_str()),
        ("side", SHA)
    );
    assert_eq!(first.head.label.as_deref(), Some("alice:side"));
    assert_eq!(first.base.repository.unwrap().full_name, "acme/node");
    assert_eq!(
        (first.labels.as_slice(), first.body),
        (&["tier-3".to_owned()][..], None)
    );
    assert_eq!(first.author_association, Some(Association::Member));
    let gone = read().await;
    assert!(gone.is_from_fork());
    assert_eq!((gone.head.repository, gone.author), (None, None));
    let merged = read().await;
    assert!(merged.is_merged() && !merged.is_from_fork());
    assert_eq!(merged.state, PullRequestState::Closed);
    assert_eq!(merged.merge_commit_sha.unwrap().as_str(), BASE);
    assert_eq!(
        (merged.merged_by.unwrap().login.as_str(), merged.changed_files),
        ("bob", Some(3))
    );
    assert_eq!(repository.pull_request(13).await.unwrap(), None);
}

#[tokio::test]
async fn a_pull_request_that_is_the_same_costs_a_304() {
    let stand_in = StandIn::start().await;
    let answers = [reply(200).header("etag", "\"a\"").json(pull(12)), reply(304)];
    stand_in.on(PULL, answers);
    let repository = stand_in.repository();
    let first = repository.pull_request(12).await.unwrap();
    assert_eq!(repository.pull_request(12).await.unwrap(), first);
    assert_eq!(stand_in.seen(PULL)[1].header("if-none-match"), Some("\"a\""));
}

#[tokio::test]
async fn pull_requests_are_listed_open_by_change_and_by_commit() {
    let stand_in = StandIn::start().await;
    let list = "GET /repos/acme/node/pulls?state";
    let open = format!("{list}=open&sort=created&direction=asc&per_page=100");
    let next = format!("<{}/repos/acme/node/pulls?page=2>; rel=\"next\"", stand_in.url);
    stand_in.on(
        &open,
        [reply(200).header("link", next.clone()).json(json!([pull(12)]))],
    );
    stand_in.on(
        "GET /repos/acme/node/pulls?page=2",
        [reply(200).json(json!([pull(12), pull(13)]))],
    );
    let mut old = pull(11);
    old["updated_at"] = json!("2026-11-24T11:59:59Z");
    let changed = format!("{list}=all&sort=updated&direction=desc&per_page=100");
    // What comes behind the first old one is not asked for.
    stand_in.on(
        &changed,
        [reply(200)
            .header("link", next)
            .json(json!([pull(14), old, pull(9)]))],
    );
    let of_commit = format!("GET /repos/acme/node/commits/{SHA}/pulls?per_page=100");
    stand_in.on(&of_commit, [reply(200).json(json!([pull(12), pull(15)]))]);
    let repository = stand_in.repository();
    let numbers = |pulls: Vec<crate::PullRequest>| pulls.iter().map(|pull| pull.number).collect::<Vec<_>>();
    assert_eq!(numbers(repository.open_pull_requests().await.unwrap()), [12, 13]);
    assert_eq!(
        numbers(repository.pull_requests_changed_since(noon()).await.unwrap()),
        [14]
    );
    assert_eq!(
        numbers(repository.pull_requests_of_commit(&head()).await.unwrap()),
        [12, 15]
    );
    assert_eq!(stand_in.seen("GET /repos/acme/node/pulls?page=2").len(), 1);
}

#[tokio::test]
async fn files_are_all_of_them_or_too_many() {
    let stand_in = StandIn::start().await;
    let file = |index: usize| json!({"filename": format!("f{index}"), "status": "added", "sha": "b10b"});
    let asked = "GET /repos/acme/node/pulls/12/files?per_page=100";
    let renamed = json!({"filename": "b", "previous_filename": "a", "status": "renamed", "sha": "b10b"});
    let odd = json!({"filename": "c", "status": "dreamt", "sha": null});
    let many = |count: usize| reply(200).json((0..count).map(file).collect());
    stand_in.on(
        asked,
        [reply(200).json(json!([renamed, odd])), many(2_999), many(3_000)],
    );
    let repository = stand_in.repository();
    let ChangedFiles::All(files) = repository.pull_request_files(12).await.unwrap() else {
        panic!("not all")
    };
    assert_eq!(
        (files[0].path.as_str(), files[0].previous_path.as_deref()),
        ("b", Some("a"))
    );
    assert_eq!(files[0].status, FileStatus::Renamed);
    assert_eq!((files[1].status.as_str(), &files[1].blob_sha), ("dreamt", &None));
    let all = repository.pull_request_files(12).await.unwrap();
    assert!(matches!(all, ChangedFiles::All(files) if files.len() == 2_999));
    assert_eq!(
        repository.pull_request_files(12).await.unwrap(),
        ChangedFiles::TooMany
    );
}

#[tokio::test]
async fn commits_have_trees_and_parents_in_either_form() {
    let stand_in = StandIn::start().await;
    let parents = json!([{"sha": BASE, "url": "u"}]);
    let plain = json!({
        "sha": SHA, "tree": {"sha": BASE}, "message": "m", "parents": parents,
        "committer": {"name": "n", "email": "e", "date": NOON}
    });
    let around = json!({
        "sha": SHA, "parents": parents, "committer": {"login": "alice", "id": 1},
        "commit": {"tree": {"sha": BASE}, "message": "m", "committer": {"date": NOON}}
    });
    let comparison =
        json!({"status": "diverged", "ahead_by": 2, "behind_by": 1, "merge_base_commit": around});
    let asked = "GET /repos/acme/node/pulls/12/commits?per_page=100";
    let many = |count: usize| {
        let named = |index: usize| {
            let mut one = around.clone();
            one["sha"] = json!(format!("{index:040}"));
            one
        };
        reply(200).json((0..count).map(named).collect())
    };
    stand_in.on(asked, [reply(200).json(json!([around])), many(250)]);
    stand_in.on(
        &format!("GET /repos/acme/node/git/commits/{SHA}"),
        [reply(200).json(plain)],
    );
    stand_in.on(
        "GET /repos/acme/node/compare/main...side?per_page=1",
        [reply(200).json(comparison)],
    );
    let repository = stand_in.repository();
    let commit = repository.commit(&head()).await.unwrap().unwrap();
    assert_eq!((commit.tree.as_str(), commit.parents[0].as_str()), (BASE, BASE));
    assert_eq!((commit.committed, commit.message.as_str()), (noon(), "m"));
    assert_eq!(
        repository.pull_request_commits(12).await.unwrap(),
        std::slice::from_ref(&commit)
    );
    let cut = repository.pull_request_commits(12).await;
    assert!(
        matches!(cut, Err(GitHubError::TooLarge { max: 250, .. })),
        "{cut:?}"
    );
    let found = repository.compare("main", "side").await.unwrap().unwrap();
    assert_eq!(
        (found.status, found.ahead_by, found.behind_by),
        (ComparisonStatus::Diverged, 2, 1)
    );
    assert_eq!(found.merge_base, commit);
    assert_eq!(repository.compare("main", "none").await.unwrap(), None);
    assert_eq!(repository.commit(&BASE.parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn githubs_own_times_come_from_events_and_from_activity() {
    let stand_in = StandIn::start().await;
    let event = |id: u64, kind: &str, commit: Value| json!({"id": id, "event": kind, "actor": null, "commit_id": commit, "created_at": NOON});
    stand_in.on(
        "GET /repos/acme/node/issues/12/events?per_page=100",
        [reply(200).json(json!([
            event(1, "ready_for_review", json!(null)),
            event(2, "head_ref_force_pushed", json!(SHA)),
            event(3, "subscribed", json!(null)),
        ]))],
    );
    let zeros = "0".repeat(40);
    let activity = |id: u64, kind: &str, before: &str, at: &str| {
        json!({
            "id": id, "node_id": "n", "ref": "refs/heads/side", "before": before, "after": SHA, "timestamp": at,
            "activity_type": kind, "actor": {"login": "alice", "id": 21, "type": "User"}
        })
    };
    let asked = "GET /repos/acme/node/activity?ref=refs%2Fheads%2Fside&per_page=100";
    stand_in.on(
        asked,
        [reply(200).json(json!([
            activity(9, "force_push", BASE, NOON),
            activity(8, "branch_creation", &zeros, NOON),
            activity(7, "push", BASE, "2026-11-24T11:00:00Z"),
        ]))],
    );
    let repository = stand_in.repository();
    let events = repository.pull_request_events(12).await.unwrap();
    assert_eq!(
        (events[0].kind.clone(), events[0].created_at),
        (PullRequestEventKind::ReadyForReview, noon())
    );
    assert_eq!(events[1].kind, PullRequestEventKind::HeadForcePushed);
    assert_eq!(events[1].commit_id, Some(head()));
    assert_eq!(
        events[2].kind,
        PullRequestEventKind::Other("subscribed".to_owned())
    );
    let changes = repository.activity("refs/heads/side", noon()).await.unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(
        (changes[0].kind.clone(), changes[0].at),
        (ActivityKind::ForcePush, noon())
    );
    assert_eq!((&changes[1].before, &changes[1].after), (&None, &Some(head())));
}

#[tokio::test]
async fn comments_are_read_by_pull_request_and_by_time() {
    let stand_in = StandIn::start().await;
    let comment = |id: u64, issue: &str| {
        json!({
            "id": id, "user": {"login": "alice", "id": 21, "type": "User"}, "body": "/governance-status",
            "issue_url": format!("https://api.github.com/repos/acme/node/issues/{issue}"),
            "created_at": NOON, "updated_at": NOON, "author_association": "NONE"
        })
    };
    let of_one = "GET /repos/acme/node/issues/12/comments";
    stand_in.on(
        &format!("{of_one}?per_page=100"),
        [reply(200).json(json!([comment(5, "12")]))],
    );
    stand_in.on(
        &format!("{of_one}?since=2026-11-24T12%3A00%3A00Z&per_page=100"),
        [reply(200).json(json!([]))],
    );
    stand_in.on(
        "GET /repos/acme/node/issues/comments?sort=updated&direction=asc&since=2026-11-24T12%3A00%3A00Z&per_page=100",
        [reply(200).json(json!([comment(5, "12"), comment(6, "13")])), reply(200).json(json!([comment(5, "x")]))],
    );
    let repository = stand_in.repository();
    let comments = repository.issue_comments(12, None).await.unwrap();
    assert_eq!((comments[0].id, comments[0].issue_number), (CommentId(5), 12));
    assert_eq!(repository.issue_comments(12, Some(noon())).await.unwrap(), []);
    let all = repository.comments_since(noon()).await.unwrap();
    assert_eq!(
        all.iter().map(|comment| comment.issue_number).collect::<Vec<_>>(),
        [12, 13]
    );
    let bad = repository.comments_since(noon()).await;
    assert!(matches!(bad, Err(GitHubError::Undecodable { .. })), "{bad:?}");
}

#[tokio::test]
async fn comments_are_written_changed_and_reacted_to() {
    let stand_in = StandIn::start().await;
    let made = json!({
        "id": 5, "user": null, "body": "x", "issue_url": "https://api.github.com/repos/acme/node/issues/12",
        "created_at": NOON, "updated_at": NOON
    });
    let (post, patch) = (
        "POST /repos/acme/node/issues/12/comments",
        "PATCH /repos/acme/node/issues/comments/5",
    );
    let react = "POST /repos/acme/node/issues/comments/5/reactions";
    stand_in.on(post, [reply(201).json(made.clone()), reply(403), reply(502)]);
    stand_in.on(patch, [reply(200).json(made)]);
    stand_in.on(
        react,
        [
            reply(200).json(json!({"id": 1})),
            reply(201).json(json!({"id": 1})),
        ],
    );
    let repository = stand_in.repository();
    let long = "a line\n".repeat(10_000);
    let written = repository.create_comment(12, &long).await;
    assert!(
        matches!(&written, Written::Done(comment) if comment.id == CommentId(5)),
        "{written:?}"
    );
    let sent = stand_in.seen(post)[0].json();
    assert!(sent["body"].as_str().unwrap().len() <= 65_535);
    assert!(matches!(
        repository.create_comment(12, "x").await,
        Written::Rejected(_)
    ));
    assert!(matches!(
        repository.create_comment(12, "x").await,
        Written::Unknown(_)
    ));
    assert_eq!(stand_in.seen(post).len(), 3, "a write is never sent twice");
    assert!(matches!(
        repository.update_comment(CommentId(5), "y").await,
        Written::Done(_)
    ));
    assert_eq!(stand_in.seen(patch)[0].json(), json!({"body": "y"}));
    for reaction in [Reaction::PlusOne, Reaction::Confused] {
        let written = repository.create_comment_reaction(CommentId(5), reaction).await;
        assert!(matches!(written, Written::Done(())), "{written:?}");
    }
    let sent: Vec<_> = stand_in.seen(react).iter().map(|seen| seen.json()).collect();
    assert_eq!(sent, [json!({"content": "+1"}), json!({"content": "confused"})]);
}

#[tokio::test]
async fn reviews_are_read_in_capitals_and_with_what_they_looked_at() {
    let stand_in = StandIn::start().await;
    let review = |id: u64, state: &str, at: Value| json!({"id": id, "user": null, "body": null, "state": state, "submitted_at": at, "commit_id": SHA});
    stand_in.on(
        "GET /repos/acme/node/pulls/12/reviews?per_page=100",
        [reply(200).json(json!([
            review(1, "APPROVED", json!(NOON)),
            review(2, "CHANGES_REQUESTED", json!(NOON)),
            review(3, "PENDING", json!(null)),
        ]))],
    );
    let reviews = stand_in.repository().pull_request_reviews(12).await.unwrap();
    let states: Vec<_> = reviews.iter().map(|review| review.state.clone()).collect();
    assert_eq!(
        states,
        [
            ReviewState::Approved,
            ReviewState::ChangesRequested,
            ReviewState::Pending
        ]
    );
    assert_eq!(
        (reviews[0].commit_id.clone(), reviews[0].body.as_str()),
        (Some(head()), "")
    );
    assert_eq!(
        (reviews[0].submitted_at, reviews[2].submitted_at),
        (Some(noon()), None)
    );
}

#[tokio::test]
async fn check_runs_tell_whose_they_are() {
    let stand_in = StandIn::start().await;
    let check = |id: u64, app: Value| {
        json!({
            "id": id, "name": "test", "head_sha": SHA, "status": "completed", "conclusion": "success", "app": app,
            "external_id": "", "started_at": NOON, "completed_at": NOON
        })
    };
    let asked = format!("GET /repos/acme/node/commits/{SHA}/check-runs?filter=latest&per_page=100");
    let page = |total: u64| json!({"total_count": total, "check_runs": [check(1, json!({"id": 15368, "slug": "x"})), check(2, json!(null))]});
    stand_in.on(&asked, [reply(200).json(page(2)), reply(200).json(page(1_001))]);
    let repository = stand_in.repository();
    let checks = repository.check_runs(&head()).await.unwrap();
    assert_eq!((checks[0].app_id, checks[1].app_id), (Some(15368), None));
    assert_eq!(
        (checks[0].conclusion.clone(), checks[0].completed_at),
        (Some(Conclusion::Success), Some(noon()))
    );
    assert_eq!(checks[0].external_id, None);
    let cut = repository.check_runs(&head()).await;
    assert!(matches!(cut, Err(GitHubError::TooLarge { .. })), "{cut:?}");
}

#[tokio::test]
async fn a_check_run_is_made_completed_or_left_in_progress() {
    let stand_in = StandIn::start().await;
    let made = json!({"id": 4, "name": "governance report", "head_sha": SHA, "status": "completed", "conclusion": "neutral"});
    let (post, patch) = (
        "POST /repos/acme/node/check-runs",
        "PATCH /repos/acme/node/check-runs/4",
    );
    stand_in.on(post, [reply(201).json(made.clone())]);
    stand_in.on(patch, [reply(200).json(made)]);
    let mut report = CheckReport {
        conclusion: Some(Conclusion::Neutral),
        title: "Waits for two signatures".to_owned(),
        summary: "s".to_owned(),
        text: Some("x".repeat(70_000)),
        external_id: Some("c1".to_owned()),
        details_url: None,
    };
    let repository = stand_in.repository();
    let written = repository
        .create_check_run(&head(), "governance report", &report)
        .await;
    let Written::Done(check) = written else {
        panic!("{written:?}")
    };
    assert_eq!((check.id, check.status), (CheckRunId(4), RunStatus::Completed));
    let mut sent = stand_in.seen(post)[0].json();
    let text = sent["output"]["text"].take();
    assert!(text.as_str().unwrap().len() <= 65_535);
    assert_eq!(
        sent,
        json!({
            "name": "governance report", "head_sha": SHA, "status": "completed", "conclusion": "neutral", "external_id": "c1",
            "output": {"title": "Waits for two signatures", "summary": "s", "text": null}
        })
    );
    report.conclusion = None;
    report.text = None;
    assert!(matches!(
        repository.update_check_run(check.id, &report).await,
        Written::Done(_)
    ));
    let sent = stand_in.seen(patch)[0].json();
    let output = json!({"title": "Waits for two signatures", "summary": "s"});
    assert_eq!(
        sent,
        json!({"status": "in_progress", "external_id": "c1", "output": output})
    );
}

#[tokio::test]
async fn rules_tell_which_checks_and_whose_they_must_be() {
    let stand_in = StandIn::start().await;
    let source = json!({"ruleset_source_type": "Repository", "ruleset_source": "acme/node", "ruleset_id": 3});
    let mut checks = source.clone();
    checks["type"] = json!("required_status_checks");
    checks["parameters"] = json!({
        "strict_required_status_checks_policy": true,
        "required_status_checks": [{"context": "governance/main", "integration_id": 12}, {"context": "any"}]
    });
    let mut deletion = source;
    deletion["type"] = json!("deletion");
    stand_in.on(
        "GET /repos/acme/node/rules/branches/release%2F1?per_page=100",
        [reply(200).json(json!([checks, deletion, {"type": "pull_request", "parameters": {"allowed_merge_methods": ["merge"]}}]))],
    );
    let bypass = json!([{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}, {"actor_id": null, "actor_type": "OrganizationAdmin"}]);
    stand_in.on(
        "GET /repos/acme/node/rulesets/3",
        [
            reply(200)
                .json(json!({"id": 3, "name": "gate", "enforcement": "active", "bypass_actors": bypass})),
        ],
    );
    let repository = stand_in.repository();
    let rules = repository.branch_rules("release/1").await.unwrap();
    assert_eq!(
        (rules.len(), rules[0].ruleset_id, rules[0].is_strict),
        (3, Some(3), true)
    );
    let required: Vec<_> = rules[0]
        .required_checks
        .iter()
        .map(|check| (check.context.as_str(), check.integration_id))
        .collect();
    assert_eq!(required, [("governance/main", Some(12)), ("any", None)]);
    assert_eq!(
        (rules[1].kind.as_str(), rules[1].required_checks.len()),
        ("deletion", 0)
    );
    assert_eq!((rules[2].source.as_deref(), rules[2].is_strict), (None, false));
    let actors = repository
        .ruleset(3)
        .await
        .unwrap()
        .unwrap()
        .bypass_actors
        .unwrap();
    assert_eq!(
        (actors[0].kind.clone(), actors[0].id),
        (BypassKind::RepositoryRole, Some(5))
    );
    assert_eq!(
        (actors[0].mode.as_str(), actors[1].mode.as_str()),
        ("pull_request", "always")
    );
}

/// A page of a comparison with so many commits altogether, whose own are numbered.
fn range_page(total: u64, numbers: std::ops::Range<u64>) -> Value {
    let commits: Vec<Value> = numbers
        .map(|number| {
            let sha = format!("{number:040x}");
            let commit = json!({"tree": {"sha": SHA}, "message": "m", "committer": {"date": NOON}});
            json!({"sha": sha, "commit": commit, "parents": [{"sha": BASE}]})
        })
        .collect();
    json!({"status": "ahead", "ahead_by": total, "behind_by": 0, "total_commits": total, "commits": commits})
}

#[tokio::test]
async fn of_a_long_range_the_newest_commits_are_read_and_all_are_counted() {
    let stand_in = StandIn::start().await;
    let compare =
        |range: &str, page: &str| format!("GET /repos/acme/node/compare/{range}?per_page=100{page}");
    stand_in.on(&compare("a...b", ""), [reply(200).json(range_page(150, 0..100))]);
    stand_in.on(
        &compare("a...b", "&page=2"),
        [reply(200).json(range_page(150, 100..150))],
    );
    stand_in.on(&compare("a...c", ""), [reply(200).json(range_page(420, 0..100))]);
    for page in 3..=5 {
        let numbers = (page - 1) * 100..(page * 100).min(420);
        stand_in.on(
            &compare("a...c", &format!("&page={page}")),
            [reply(200).json(range_page(420, numbers))],
        );
    }
    let repository = stand_in.repository();
    for (head, total, first, last) in [("b", 150, 0, 149), ("c", 420, 200, 419)] {
        let found = repository.commits_between("a", head).await.unwrap().unwrap();
        let names = |commit: Option<&crate::Commit>| commit.map(|commit| commit.sha.to_string());
        assert_eq!((found.total, found.behind_by), (total, 0));
        assert_eq!(
            names(found.commits.first()),
            Some(format!("{first:040x}")),
            "{head}"
        );
        assert_eq!(
            names(found.commits.last()),
            Some(format!("{last:040x}")),
            "{head}"
        );
        assert_eq!(found.commits.len(), last - first + 1);
    }
    assert_eq!(repository.commits_between("a", "none").await.unwrap(), None);
}
