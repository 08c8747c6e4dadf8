//! What landed, held against what merging the judged head gives: by real git, over HTTP.

use crate::house::{House, NODE, Plan, masked};
use crate::surfaces::get;
use crate::wound::Instance;
use expect_test::expect;
use github_sim::{Happened, MergeMethod};
use storage::Listed;

/// Seconds within which an alarm has to come.
const ALARM_SECONDS: u64 = 60;

/// Opens a pull request of one file, lets two maintainers sign it, and waits until it is green.
async fn green(house: &House, branch: &str) -> u64 {
    let path = format!("rpc/{branch}.rs");
    let number = house.open(branch, &[(path.as_str(), "fn get() {}\n")]);
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(14).await;
    assert!(
        house.gate(number).starts_with("success"),
        "{}",
        house.gate(number)
    );
    number
}

/// What was said of what landed.
fn told(house: &House, number: u64) -> Vec<String> {
    let mut answers = house.answers(number);
    answers.retain(|answer| answer.contains("What landed"));
    answers
}

/// What was written down of what landed, a line each.
async fn written(server: &Instance) -> String {
    let mut lines = String::new();
    let pulls = server.store.pull_requests(None, Listed::All, None, 100).await;
    for stored in pulls.unwrap() {
        let mut rows = server.store.decisions(stored.id, None, 100).await.unwrap();
        rows.reverse();
        for row in rows {
            let body: serde_json::Value = serde_json::from_str(&row.decision.body).unwrap();
            if let Some(landed) = body.get("landed") {
                let word = |key: &str| landed[key].as_str().unwrap_or_default().to_owned();
                let (result, mode, because) = (word("result"), word("mode"), word("because"));
                let line = format!(
                    "{} {result} {mode} {}: {because}\n",
                    row.decision.outcome,
                    word("by")
                );
                lines.push_str(&masked(&line));
            }
        }
    }
    lines
}

/// What whoever watches the gate sees of what landed: how often it was another thing, and how often nobody could tell.
async fn counted(house: &House, server: &Instance) -> Vec<String> {
    let page = get(house, server, "/metrics").await.body;
    let counts = page
        .lines()
        .filter_map(|line| line.strip_prefix("governance_gate_landed_total"));
    counts.map(str::to_owned).collect()
}

/// How often git asked for objects.
fn fetches(house: &House) -> usize {
    house.count(|what| matches!(what, Happened::Request { host: "git", path, .. } if path.ends_with("git-upload-pack")))
}

/// Somebody merges it by hand, with a file in the merge that is not the pull request's.
fn smuggle(house: &House, number: u64) {
    let files = [("src/door.rs", "fn door() {}\n")];
    house
        .github
        .merge_by_hand_by((NODE.0, NODE.1, number), &files, "atlas-ada")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merges_of_every_kind_raise_nothing_whatever_the_base_did_meanwhile() {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    for (branch, method) in [
        ("merged", MergeMethod::Merge),
        ("squashed", MergeMethod::Squash),
        ("rebased", MergeMethod::Rebase),
    ] {
        let number = green(&house, branch).await;
        let before = fetches(&house);
        house
            .github
            .push_files_to(NODE, "main", &[("README.md", branch)], "atlas-ada")
            .unwrap();
        house
            .github
            .merge_by((NODE.0, NODE.1, number), method, "atlas-ada")
            .unwrap();
        house.settle().await;
        assert_eq!(told(&house, number), Vec::<String>::new());
        assert!(fetches(&house) > before, "{branch} was compared with nothing");
    }
    assert_eq!(written(&server).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_put_into_a_merge_is_told_within_a_minute_and_written_down() {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    let number = green(&house, "feature").await;
    let (landed_at, before) = (house.github.now(), house.github.truth_len());
    smuggle(&house, number);
    house.settle().await;
    assert_eq!(
        counted(&house, &server).await,
        ["{result=\"different\"} 1", "{result=\"unknown\"} 0"]
    );
    if house.by_mode("told", "written down") != "told" {
        assert!(told(&house, number).is_empty());
        assert!(written(&server).await.starts_with("failure different dry_run "));
        return;
    }
    let [alarm] = told(&house, number).try_into().unwrap();
    expect![[r#"
        **What landed is not what the merge gives.** `COMMIT`, by atlas-ada, brings something else than merging `COMMIT`: it was merged onto COMMIT, and merging the two gives other files in `src/door.rs`.

        This is written down. Nobody has signed what else it brings: look at it, at who may push to `main`, and decide whether it has to be reverted.
        <!-- governance-app tells that what landed differs: COMMIT -->"#]]
    .assert_eq(&alarm);
    expect![[r#"
        failure different enforce atlas-ada: it was merged onto COMMIT, and merging the two gives other files in `src/door.rs`
    "#]]
    .assert_eq(&written(&server).await);
    let truth = house.github.truth();
    let is_comment = |what: &Happened| matches!(what, Happened::CommentCreated { .. });
    let told_at = truth[before..]
        .iter()
        .find(|line| is_comment(&line.what))
        .unwrap()
        .at;
    let seconds = told_at.milliseconds_since(landed_at) / 1_000;
    assert!(seconds <= ALARM_SECONDS, "it took {seconds} s");
    // Told once, however often somebody comes back to it.
    house.say(number, "why?", "stranger");
    house.days(2).await;
    assert_eq!(told(&house, number).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_branch_loses_by_a_head_that_is_pushed_onto_it_is_told() {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    // Pushed by itself upon what it was begun from, it takes nothing away.
    let honest = green(&house, "honest").await;
    let push = |head: &str| house.github.push_branch_by(NODE, ("main", head), "atlas-ada");
    push(&house.head(honest)).unwrap();
    house.settle().await;
    assert_eq!(written(&server).await, "");
    let number = green(&house, "feature").await;
    let head = house.head(number);
    for path in ["src/one.rs", "src/two.rs"] {
        house
            .github
            .push_files_to(NODE, "main", &[(path, "")], "atlas-ada")
            .unwrap();
    }
    push(&head).unwrap();
    house.settle().await;
    assert!(told(&house, honest).is_empty());
    if house.by_mode("told", "written down") != "told" {
        assert!(told(&house, number).is_empty());
        assert!(written(&server).await.starts_with("failure different dry_run "));
        return;
    }
    let [alarm] = told(&house, number).try_into().unwrap();
    expect![[r#"
        **What landed is not what the merge gives.** `COMMIT`, by atlas-ada, brings something else than merging `COMMIT`: the branch lost 2 commits by it, the newest COMMIT, which is not behind it: look whether that was to go, and if not, bring it back by a pull request.

        This is written down. Nobody has signed what else it brings: look at it, at who may push to `main`, and decide whether it has to be reverted.
        <!-- governance-app tells that what landed differs: COMMIT -->"#]]
    .assert_eq(&alarm);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_git_it_is_said_that_nobody_can_tell_and_what_comes_out_later() {
    let house = House::make(Plan::default()).await;
    std::fs::write(house.path("git-path"), "/nonexistent").unwrap();
    let server = house.serve(1).await;
    let (evil, honest) = (green(&house, "evil").await, green(&house, "honest").await);
    smuggle(&house, evil);
    house
        .github
        .merge_by((NODE.0, NODE.1, honest), MergeMethod::Squash, "atlas-ada")
        .unwrap();
    house.settle().await;
    assert_eq!(
        counted(&house, &server).await,
        ["{result=\"different\"} 0", "{result=\"unknown\"} 2"]
    );
    if house.by_mode("told", "written down") != "told" {
        assert!(told(&house, evil).is_empty() && told(&house, honest).is_empty());
        assert!(written(&server).await.starts_with("error unknown dry_run "));
        return;
    }
    for number in [evil, honest] {
        let [unknown] = told(&house, number).try_into().unwrap();
        assert!(
            unknown.starts_with("**What landed could not be compared.**")
                && unknown.contains("git could not be started")
                && unknown.contains("install git, or put it on the PATH"),
            "{unknown}"
        );
    }
    // What is owed outlives whoever owes it.
    server.die().await;
    std::fs::write(house.path("git-path"), "/usr/local/bin:/usr/bin:/bin").unwrap();
    let server = house.serve(2).await;
    house.days(1).await;
    let [_, alarm] = told(&house, evil).try_into().unwrap();
    assert!(
        alarm.contains("not what the merge gives") && alarm.contains("src/door.rs"),
        "{alarm}"
    );
    let [_, relief] = told(&house, honest).try_into().unwrap();
    assert!(
        relief.starts_with("What landed could be compared after all"),
        "{relief}"
    );
    let written = written(&server).await;
    let words: Vec<&str> = written
        .lines()
        .filter_map(|line| line.split(" atlas-ada").next())
        .collect();
    assert_eq!(
        words,
        [
            "error unknown enforce",
            "failure different enforce",
            "error unknown enforce",
            "neutral same enforce"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_dry_run_it_is_written_down_and_nobody_is_told() {
    let house = House::make(Plan {
        github: "dry_run = true",
        ..Plan::default()
    })
    .await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    smuggle(&house, number);
    house.settle().await;
    assert_eq!(told(&house, number), Vec::<String>::new());
    expect![[r#"
        failure different dry_run atlas-ada: it was merged onto COMMIT, and merging the two gives other files in `src/door.rs`
    "#]]
    .assert_eq(&written(&server).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_does_not_want_it_compares_nothing() {
    let house = House::make(Plan {
        governance: "compare_landed = false",
        ..Plan::default()
    })
    .await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    smuggle(&house, number);
    house.settle().await;
    assert_eq!((fetches(&house), written(&server).await), (0, String::new()));
}
