//! The client against a simulated GitHub over HTTP: what a gate of pull requests reads and writes there, story by story.

#![allow(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use domain_types::{CommitSha, Timestamp};
use github_client::{
    ActivityKind, ChangedFiles, CheckReport, Conclusion, FileStatus, GitHub, NewStatus, PrivateKey,
    PullRequestEventKind, PullRequestState, Reaction, Repository, ReviewState, Settings, StatusState,
    Written,
};
use github_sim::{Clock, Faults, MergeMethod, PullPlan, Running, ScriptedWorkers, Setup};
use std::time::Duration;
use tempfile::TempDir;

const NODE: (&str, &str) = ("acme", "node");
const ONE: (&str, &str, u64) = ("acme", "node", 1);

/// A simulated GitHub with a repository and the App of the gate, and a client that speaks as it.
struct Stage {
    _folder: TempDir,
    sim: Running,
    github: GitHub,
    node: Repository,
    app: u64,
}

impl Stage {
    async fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sim = github_sim::start(Setup {
            data: folder.path().to_owned(),
            clock: Clock::Hand,
            seed: 1,
            faults: Faults::default(),
            limits: github_sim::Limits::default(),
            workers: Box::new(ScriptedWorkers::default()),
        })
        .await
        .unwrap();
        sim.create_organisation("acme").unwrap();
        for person in ["olga", "rita"] {
            sim.create_user(person).unwrap();
        }
        sim.create_repository(
            "acme",
            "node",
            &[("consensus/a", "one\n"), ("README.md", "# node\n")],
        )
        .unwrap();
        // No more than the page about the App asks for.
        let permissions = [
            ("checks", "write"),
            ("contents", "read"),
            ("issues", "read"),
            ("metadata", "read"),
            ("pull_requests", "write"),
            ("statuses", "write"),
        ];
        let app = sim.create_app("gate", &permissions, &[], None).unwrap();
        sim.install(app.app_id, "acme").unwrap();
        let github = GitHub::new(Settings {
            api_url: sim.url().to_owned(),
            ..Settings::new(app.app_id, PrivateKey::new(app.private_key_pem))
        })
        .unwrap();
        Self {
            _folder: folder,
            sim,
            node: github.repository("acme", "node").unwrap(),
            github,
            app: app.app_id,
        }
    }

    /// A pull request of olga's from `side` to `main`; answers its head.
    fn open(&self) -> CommitSha {
        let head = self
            .sim
            .push_files_to(NODE, "side", &[("consensus/b", "two\n")], "olga")
            .unwrap();
        let plan = PullPlan::of("side", "main");
        self.sim.open_pull_by(NODE, plan, "olga").unwrap();
        head.parse().unwrap()
    }

    async fn pull(&self) -> github_client::PullRequest {
        self.node.pull_request(1).await.unwrap().unwrap()
    }

    fn calls(&self) -> u64 {
        self.github.requests_made().iter().map(|(_, count)| count).sum()
    }
}

fn status(state: StatusState) -> NewStatus {
    NewStatus {
        state,
        context: "governance/main".to_owned(),
        description: "Waits for two signatures".to_owned(),
        target_url: None,
    }
}

fn report() -> CheckReport {
    CheckReport {
        conclusion: Some(Conclusion::Neutral),
        title: "Waits for two signatures".to_owned(),
        summary: "| who | what |\n".repeat(10_000),
        text: None,
        external_id: None,
        details_url: None,
    }
}

#[tokio::test]
async fn a_pull_request_is_followed_from_its_opening_to_its_merge() {
    let stage = Stage::set().await;
    let head = stage.open();
    let pull = stage.pull().await;
    assert_eq!(
        (pull.head.sha.clone(), pull.base.reference.as_str()),
        (head.clone(), "main")
    );
    assert!(!pull.is_from_fork() && !pull.draft);
    let begin = stage.sim.now();
    stage.sim.advance(Duration::from_secs(60)).unwrap();
    let pushed = stage
        .sim
        .push_files_to(NODE, "side", &[("consensus/c", "three\n")], "olga")
        .unwrap();
    let moved = stage.pull().await;
    assert_eq!(moved.head.sha.as_str(), pushed);
    let activity = stage.node.activity("refs/heads/side", begin).await.unwrap();
    assert_eq!(
        (activity[0].kind.clone(), activity[0].before.clone()),
        (ActivityKind::Push, Some(head))
    );
    assert_eq!(activity[0].at.seconds(), begin.seconds() + 60);
    stage.sim.set_draft_by(ONE, true, "olga").unwrap();
    stage.sim.set_draft_by(ONE, false, "olga").unwrap();
    stage
        .sim
        .push_files_to(NODE, "dev", &[("d", "d")], "olga")
        .unwrap();
    stage.sim.retarget_by(ONE, "dev", "olga").unwrap();
    stage.sim.retarget_by(ONE, "main", "olga").unwrap();
    let sha = stage.sim.merge_by(ONE, MergeMethod::Squash, "olga").unwrap();
    let kinds: Vec<_> = stage.node.pull_request_events(1).await.unwrap();
    let kinds: Vec<_> = kinds.into_iter().map(|event| event.kind).collect();
    assert_eq!(
        kinds,
        [
            PullRequestEventKind::ConvertedToDraft,
            PullRequestEventKind::ReadyForReview,
            PullRequestEventKind::BaseChanged,
            PullRequestEventKind::BaseChanged,
            PullRequestEventKind::Merged,
            PullRequestEventKind::Closed,
        ]
    );
    let merged = stage.pull().await;
    assert!(merged.is_merged());
    assert_eq!(merged.merge_commit_sha.unwrap().as_str(), sha);
    let landed: CommitSha = sha.parse().unwrap();
    let of_commit = stage.node.pull_requests_of_commit(&landed).await.unwrap();
    assert_eq!(of_commit.iter().map(|pull| pull.number).collect::<Vec<_>>(), [1]);
    let changed = stage.node.pull_requests_changed_since(begin).await.unwrap();
    assert_eq!(
        (changed.len(), changed[0].state.clone()),
        (1, PullRequestState::Closed)
    );
    assert_eq!(stage.node.open_pull_requests().await.unwrap(), []);
    let of_main = stage.node.activity("refs/heads/main", begin).await.unwrap();
    assert_eq!(of_main[0].kind, ActivityKind::PullRequestMerge);
    let commit = stage.node.commit(&landed).await.unwrap().unwrap();
    assert_eq!(commit.parents.len(), 1);
}

#[tokio::test]
async fn files_are_seen_with_their_former_names_and_from_where_the_branches_parted() {
    let stage = Stage::set().await;
    stage.open();
    stage
        .sim
        .push_files("acme", "node", &[("later", "x")], "olga")
        .unwrap();
    stage
        .sim
        .push_files_to(NODE, "side", &[("docs/a", "one\n")], "olga")
        .unwrap();
    stage
        .sim
        .remove_files(NODE, "side", &["consensus/a"], "olga")
        .unwrap();
    let ChangedFiles::All(files) = stage.node.pull_request_files(1).await.unwrap() else {
        panic!("not all")
    };
    let seen: Vec<_> = files
        .iter()
        .map(|file| {
            (
                file.path.as_str(),
                file.previous_path.as_deref(),
                file.status.clone(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("consensus/b", None, FileStatus::Added),
            ("docs/a", Some("consensus/a"), FileStatus::Renamed)
        ]
    );
    assert_eq!(stage.node.pull_request_commits(1).await.unwrap().len(), 3);
    let apart = stage.node.compare("main", "side").await.unwrap().unwrap();
    assert_eq!((apart.ahead_by, apart.behind_by), (3, 1));
    let many: Vec<(String, &str)> = (0..3_000).map(|index| (format!("f/{index}"), "x")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    stage.sim.push_files_to(NODE, "side", &many, "olga").unwrap();
    assert_eq!(
        stage.node.pull_request_files(1).await.unwrap(),
        ChangedFiles::TooMany
    );
}

#[tokio::test]
async fn a_fork_is_told_apart_even_when_it_is_gone() {
    let stage = Stage::set().await;
    stage.sim.fork("acme", "node", "rita").unwrap();
    let head = stage
        .sim
        .push_files_to(("rita", "node"), "side", &[("a", "a")], "rita")
        .unwrap();
    let plan = PullPlan::of("rita:side", "main");
    stage.sim.open_pull_by(NODE, plan, "rita").unwrap();
    let pull = stage.pull().await;
    assert!(pull.is_from_fork());
    assert_eq!(pull.head.repository.unwrap().full_name, "rita/node");
    let head: CommitSha = head.parse().unwrap();
    assert!(stage.node.commit(&head).await.unwrap().is_some());
    stage.sim.delete_repository("rita", "node", "rita").unwrap();
    let pull = stage.pull().await;
    assert_eq!(
        (pull.is_from_fork(), pull.head.repository, pull.head.sha),
        (true, None, head)
    );
}

#[tokio::test]
async fn comments_reviews_and_reactions_come_and_go() {
    let stage = Stage::set().await;
    let head = stage.open();
    let first = stage.sim.comment_by(ONE, "/governance-status", "rita").unwrap();
    stage.sim.review_by(ONE, ("APPROVED", "fine"), "rita").unwrap();
    stage.sim.advance(Duration::from_secs(60)).unwrap();
    let later = stage.sim.now();
    let Written::Done(ours) = stage.node.create_comment(1, "Waits.").await else {
        panic!("not written")
    };
    let Written::Done(changed) = stage.node.update_comment(ours.id, "Waits still.").await else {
        panic!("not changed")
    };
    assert_eq!((changed.issue_number, changed.body.as_str()), (1, "Waits still."));
    let all = stage.node.issue_comments(1, None).await.unwrap();
    assert_eq!(
        all.iter().map(|comment| comment.id.0).collect::<Vec<_>>(),
        [first, ours.id.0]
    );
    assert_eq!(all[0].author.as_ref().unwrap().login, "rita");
    let new = stage.node.issue_comments(1, Some(later)).await.unwrap();
    assert_eq!(new, stage.node.comments_since(later).await.unwrap());
    assert_eq!(new.len(), 1);
    let reacted = stage
        .node
        .create_comment_reaction(all[0].id, Reaction::PlusOne)
        .await;
    assert!(matches!(reacted, Written::Done(())), "{reacted:?}");
    stage.sim.delete_comment_by(first, "rita").unwrap();
    assert_eq!(stage.node.issue_comments(1, None).await.unwrap().len(), 1);
    let reviews = stage.node.pull_request_reviews(1).await.unwrap();
    assert_eq!(
        (reviews[0].state.clone(), reviews[0].commit_id.clone()),
        (ReviewState::Approved, Some(head))
    );
}

#[tokio::test]
async fn the_status_of_the_gate_is_what_the_branch_waits_for() {
    let stage = Stage::set().await;
    let head = stage.open();
    let required = ("governance/main", Some(stage.app));
    stage.sim.require_check(NODE, "main", required).unwrap();
    let rules = stage.node.branch_rules("main").await.unwrap();
    assert_eq!(rules[0].required_checks[0].integration_id, Some(stage.app));
    stage
        .sim
        .status_by(NODE, head.as_str(), ("governance/main", "success"), "olga")
        .unwrap();
    assert!(stage.sim.merge_by(ONE, MergeMethod::Merge, "olga").is_err());
    let written = stage
        .node
        .create_status(&head, &status(StatusState::Success))
        .await;
    assert!(matches!(written, Written::Done(())), "{written:?}");
    let statuses = stage.node.statuses(&head).await.unwrap();
    let said: Vec<_> = statuses
        .iter()
        .map(|status| status.creator.as_ref().unwrap().login.as_str())
        .collect();
    assert_eq!(said, ["gate[bot]", "olga"]);
    stage.sim.merge_by(ONE, MergeMethod::Merge, "olga").unwrap();
}

#[tokio::test]
async fn check_runs_are_made_changed_and_told_apart() {
    let stage = Stage::set().await;
    let head = stage.open();
    let other = stage
        .sim
        .create_app("tester", &[("checks", "write")], &[], None)
        .unwrap();
    let said = ("test", Some("success"));
    stage
        .sim
        .check_by(NODE, head.as_str(), said, other.app_id)
        .unwrap();
    let Written::Done(made) = stage
        .node
        .create_check_run(&head, "governance report", &report())
        .await
    else {
        panic!("not made")
    };
    let done = CheckReport {
        conclusion: Some(Conclusion::Success),
        ..report()
    };
    let written = stage.node.update_check_run(made.id, &done).await;
    assert!(matches!(written, Written::Done(_)), "{written:?}");
    let checks = stage.node.check_runs(&head).await.unwrap();
    let told: Vec<_> = checks
        .iter()
        .map(|check| {
            (
                check.name.as_str(),
                check.app_id,
                check.conclusion.clone().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("governance report", Some(stage.app), Conclusion::Success),
            ("test", Some(other.app_id), Conclusion::Success)
        ]
    );
}

#[tokio::test]
async fn a_group_of_the_merge_queue_waits_for_the_status_on_its_own_commit() {
    let stage = Stage::set().await;
    stage.open();
    let required = ("governance/main", Some(stage.app));
    stage.sim.require_check(NODE, "main", required).unwrap();
    let group = stage.sim.enqueue_by(ONE, "olga").unwrap();
    let group: CommitSha = group.parse().unwrap();
    assert!(!stage.pull().await.is_merged());
    let written = stage
        .node
        .create_status(&group, &status(StatusState::Success))
        .await;
    assert!(matches!(written, Written::Done(())), "{written:?}");
    let merged = stage.pull().await;
    assert_eq!((merged.is_merged(), merged.merge_commit_sha), (true, Some(group)));
}

#[tokio::test]
async fn looking_again_at_what_is_the_same_costs_nothing_of_the_hour() {
    let stage = Stage::set().await;
    let head = stage.open();
    stage.sim.comment_by(ONE, "hello", "rita").unwrap();
    let look = async || {
        stage.pull().await;
        stage.node.open_pull_requests().await.unwrap();
        stage
            .node
            .pull_requests_changed_since(Timestamp::EPOCH)
            .await
            .unwrap();
        stage.node.pull_requests_of_commit(&head).await.unwrap();
        stage.node.pull_request_files(1).await.unwrap();
        stage.node.pull_request_commits(1).await.unwrap();
        stage.node.pull_request_reviews(1).await.unwrap();
        stage.node.pull_request_events(1).await.unwrap();
        stage
            .node
            .activity("refs/heads/side", Timestamp::EPOCH)
            .await
            .unwrap();
        stage.node.issue_comments(1, None).await.unwrap();
        stage.node.comments_since(Timestamp::EPOCH).await.unwrap();
        stage.node.check_runs(&head).await.unwrap();
        stage.node.statuses(&head).await.unwrap();
        stage.node.branch_rules("main").await.unwrap();
        stage.node.commit(&head).await.unwrap();
        stage.node.compare("main", "side").await.unwrap();
    };
    look().await;
    let (calls, left) = (stage.calls(), stage.github.budget().remaining);
    look().await;
    assert_eq!(stage.calls() - calls, 16);
    assert_eq!(stage.github.budget().remaining, left);
}
