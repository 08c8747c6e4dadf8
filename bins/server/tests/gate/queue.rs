//! The merge queue: what it would merge has the gate's status too.

use crate::house::{AUTHOR, House, NODE, Plan, masked};
use expect_test::expect;
use github_sim::{Faults, Happened};
use serde_json::json;

/// Two pull requests that are green, in a repository whose main branch takes nothing but what its queue merges.
async fn two_green(plan: Plan) -> (House, [u64; 2]) {
    let house = House::make(plan).await;
    house
        .github
        .require_check(NODE, "main", (&house.context("main"), Some(house.app.app_id)))
        .unwrap();
    let queue = json!({
        "name": "a queue", "target": "branch", "enforcement": "active", "rules": [{"type": "merge_queue"}],
        "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}},
    });
    house.github.add_ruleset(NODE, &queue).unwrap();
    let server = house.serve(1).await;
    let mut numbers = [0; 2];
    for (number, branch) in numbers.iter_mut().zip(["one", "two"]) {
        *number = house.open(branch, &[(&format!("rpc/{branch}.rs"), "fn get() {}\n")]);
        house.settle().await;
        for login in ["atlas-ada", "atlas-ben"] {
            house.sign(*number, login);
        }
    }
    house.days(14).await;
    for number in numbers {
        assert!(
            house.gate(number).starts_with("success"),
            "{}",
            house.gate(number)
        );
    }
    // The server lives as long as the house: it is the one that writes there.
    std::mem::forget(server);
    (house, numbers)
}

fn is_merged(house: &House, number: u64) -> bool {
    house.shown(&format!("pulls/{number}"))["merged"] == true
}

fn enqueue(house: &House, number: u64) -> String {
    house
        .github
        .enqueue_by((NODE.0, NODE.1, number), "atlas-ada")
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_queue_would_merge_is_green_if_all_that_is_in_it_is() {
    let (house, [first, second]) = two_green(Plan::default()).await;
    let groups = [enqueue(&house, first), enqueue(&house, second)];
    house.settle().await;
    // The second may be green twice: onto the first, and onto the base when the first is there.
    for group in &groups {
        let green = |what: &Happened| matches!(what, Happened::StatusCreated { sha, state, .. } if state == "success" && sha == group);
        assert!(house.count(green) >= 1, "{group}");
    }
    assert!(is_merged(&house, first) && is_merged(&house, second));
    // Both were let through.
    expect![[r#"
        success {"at":"TIME","by":"github-merge-queue[bot]","commit":"COMMIT","mode":"MODE","status":{"description":"All rules hold: 2 signatures, 14 days of review","state":"success"}}
        success {"at":"TIME","by":"github-merge-queue[bot]","commit":"COMMIT","mode":"MODE","status":{"description":"All rules hold: 2 signatures, 14 days of review","state":"success"}}
    "#]].assert_eq(&house.merges().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_loses_its_green_with_any_of_those_that_are_in_it() {
    let (house, [first, second]) = two_green(Plan {
        // Nothing else lets the queue merge before somebody holds it.
        ..Plan::default()
    })
    .await;
    house.github.require_check(NODE, "main", ("slow", None)).unwrap();
    let groups = [enqueue(&house, first), enqueue(&house, second)];
    house.settle().await;
    assert!(
        groups
            .iter()
            .all(|group| house.status(group).starts_with("success"))
    );
    house.say(first, "/governance-hold I saw something", "atlas-finn");
    house.settle().await;
    let failed = |what: &Happened| matches!(what, Happened::StatusCreated { sha, state, .. } if state == "failure" && *sha == groups[0]);
    assert!(house.count(failed) >= 1);
    // The queue lets it go, and makes another group for whoever stood behind it.
    let after = house.shown("git/matching-refs/heads/gh-readonly-queue/main/");
    let names: Vec<String> = after
        .as_array()
        .unwrap()
        .iter()
        .map(|named| masked(named["ref"].as_str().unwrap()))
        .collect();
    assert_eq!(names.len(), 1, "{names:?}");
    let rebuilt = after[0]["object"]["sha"].as_str().unwrap();
    let shown = house.status(rebuilt);
    assert!(
        shown.starts_with("success: Every pull request in it is green: #2"),
        "{shown}"
    );
    // What was green and is in no queue any more is green for nobody.
    for group in &groups {
        let shown = house.status(group);
        assert!(!shown.starts_with("success"), "{shown}");
    }
    assert!(!is_merged(&house, first) && !is_merged(&house, second));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_base_leaves_no_green_group_behind() {
    let (house, [first, _]) = two_green(Plan::default()).await;
    house.github.require_check(NODE, "main", ("slow", None)).unwrap();
    let group = enqueue(&house, first);
    house.settle().await;
    assert!(house.status(&group).starts_with("success"));
    house
        .github
        .push_branch_by(NODE, ("release", &house.main()), AUTHOR)
        .unwrap();
    house
        .github
        .retarget_by((NODE.0, NODE.1, first), "release", AUTHOR)
        .unwrap();
    house.settle().await;
    let shown = house.status(&group);
    assert!(!shown.starts_with("success"), "{shown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_merged_while_it_is_looked_at_keeps_its_green() {
    let (house, [first, _]) = two_green(Plan::default()).await;
    house.github.require_check(NODE, "main", ("slow", None)).unwrap();
    let group = enqueue(&house, first);
    house.settle().await;
    assert!(house.status(&group).starts_with("success"));
    // The pull request is asked for, and is open; then the queue merges it; then the branches of the queue are asked for.
    let path = format!("/repos/{}/{}/pulls/{first}", NODE.0, NODE.1);
    let (merged, app) = (group.clone(), house.app.app_id);
    house.github.once(
        move |what| matches!(what, Happened::Request { method, path: asked, .. } if *method == "GET" && *asked == path),
        move |github| {
            github
                .check_by(NODE, &merged, ("slow", Some("success")), app)
                .unwrap();
        },
    );
    house.say(first, "Looks good", "atlas-finn");
    house.settle().await;
    assert!(is_merged(&house, first));
    let context = house.context("main");
    let pending = |what: &Happened| {
        matches!(what, Happened::StatusCreated { sha, context: of, state, .. }
            if *sha == group && *of == context && state != "success")
    };
    assert_eq!(house.count(pending), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_of_which_no_webhook_tells_is_found() {
    let (house, [first, _]) = two_green(Plan::default()).await;
    house.github.set_faults(Faults {
        webhook_lost: 1.0,
        ..Faults::default()
    });
    enqueue(&house, first);
    house.days(1).await;
    assert!(is_merged(&house, first));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_merges_no_head_as_it_was_signed_is_not_let_through() {
    let (house, [first, _]) = two_green(Plan::default()).await;
    // Somebody who may write there makes a branch as the queue would: with a change that nobody signed.
    let base = house.main();
    let branch = format!("gh-readonly-queue/main/pr-{first}-{base}");
    let evil = [("rpc/one.rs", "fn get() { steal() }\n")];
    let group = house
        .github
        .force_push_by(NODE, (&branch, &base), &evil, AUTHOR)
        .unwrap();
    house.days(1).await;
    expect![
        "failure: its commit COMMIT merges no head as it was signed: let the merge queue make merge commits"
    ]
    .assert_eq(&house.status(&group));
    let green = |what: &Happened| matches!(what, Happened::StatusCreated { sha, state, .. } if state == "success" && *sha == group);
    assert_eq!(house.count(green), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_both_sides_changed_was_signed_by_nobody() {
    let (house, [first, _]) = two_green(Plan::default()).await;
    let news = [("rpc/one.rs", "fn get() { log() }\n")];
    house
        .github
        .push_files_to(NODE, "main", &news, "atlas-ada")
        .unwrap();
    let group = enqueue(&house, first);
    house.settle().await;
    expect!["failure: its commit COMMIT is not COMMIT with the files of #1 as they were signe…"]
        .assert_eq(&house.status(&group));
    assert!(!is_merged(&house, first));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_group_that_is_built_upon_something_else_than_the_base_is_not_let_through() {
    let (house, [first, _]) = two_green(Plan::default()).await;
    let evil = [("rpc/evil.rs", "fn steal() {}\n")];
    house.github.push_files_to(NODE, "evil", &evil, AUTHOR).unwrap();
    // An honest merge of what was signed, onto what nobody signed, under the names that a queue gives.
    house
        .github
        .merge_branch_by(NODE, ("one", "evil"), AUTHOR)
        .unwrap();
    let shown = house.shown("branches/evil");
    let sha = shown["commit"]["sha"].as_str().unwrap();
    let before = shown["commit"]["parents"][0]["sha"].as_str().unwrap();
    for (number, upon, names) in [(9, before, before), (first, before, sha)] {
        let branch = format!("gh-readonly-queue/main/pr-{number}-{upon}");
        house
            .github
            .push_branch_by(NODE, (&branch, names), AUTHOR)
            .unwrap();
    }
    house.days(1).await;
    let shown = house.status(sha);
    expect![
        "failure: its commit COMMIT merges no head as it was signed: let the merge queue make merge commits"
    ]
    .assert_eq(&shown);
}
