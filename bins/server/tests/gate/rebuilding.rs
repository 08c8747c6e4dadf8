//! The machine is lost, and the book is made anew by the program itself.

use crate::house::{House, NODE, Plan, within};
use crate::served::{program, start};
use github_sim::{Clock, Happened, MergeMethod};
use governance_rules::RulesetDigest;
use serde_json::{Value, json};
use std::process::{Child, Output};
use storage::contract::{empty_schema, test_server};
use storage::{OpenMode, Presence, PullRequestStore as _, StoreError, enter_postgres, open_sqlite};

/// Rules without days of review, so that a play needs none.
fn without_days(house: &House) {
    let mut files = house.rules("");
    for text in files.values_mut() {
        *text = text.replace("review_period_days: 14", "review_period_days: 0");
    }
    for (path, text) in &files {
        std::fs::write(house.path("rules").join(path), text).unwrap();
    }
    let digest = RulesetDigest::of(&files).to_string();
    let file = house.path("governance-app.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, behind) = text.split_once("genesis_digest = '").unwrap();
    let (_, behind) = behind.split_once('\'').unwrap();
    std::fs::write(&file, format!("{before}genesis_digest = '{digest}'{behind}")).unwrap();
}

async fn house() -> House {
    let house = House::make(Plan {
        clock: Some(Clock::Real { speed: 1.0 }),
        ..Plan::default()
    })
    .await;
    without_days(&house);
    house
}

/// Waits until so many things of a kind have happened.
async fn until(house: &House, many: usize, is_it: impl Fn(&Happened) -> bool) {
    let is_so = |truth: &[github_sim::Truth]| truth.iter().filter(|line| is_it(&line.what)).count() >= many;
    within("it happens", house.github.until(is_so)).await;
}

/// A server that has told of every open pull request what is to be signed, and is no more.
async fn tell_what_to_sign(house: &House, pulls: usize) {
    let running = start(&house.path("."), &["--format", "json"]);
    until(house, pulls, |what| {
        matches!(what, Happened::CheckRunWritten { .. })
    })
    .await;
    die(running.child);
}

fn die(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The disk is gone.
fn lose(house: &House) {
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        let _ = std::fs::remove_file(house.path(name));
    }
    assert!(!house.path("state.db").exists());
}

fn rebuild(house: &House, format: &str) -> Output {
    let words = ["rebuild", "--format", format];
    program(&house.path(".")).args(words).output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What the program says of it, without times.
fn said(output: &Output) -> Value {
    let mut said: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", errors(output)));
    let pulls = said["pull_requests"].as_array_mut().unwrap();
    for pull in pulls.iter_mut() {
        pull["looked_at_again"] = json!(pull["looked_at_again"].is_string());
    }
    pulls.sort_by_key(|pull| pull["number"].as_u64());
    said
}

/// Everything that was asked of GitHub and is no question.
fn writes(house: &House) -> usize {
    let is_write = |what: &Happened| matches!(what, Happened::Request { method, path, .. } if method != "GET" && !path.contains("/access_tokens"));
    house.count(is_write)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_book_is_made_anew_after_the_machine_was_lost() {
    let house = house().await;
    let open = house.open("open", &[("rpc/get.rs", "fn get() {}\n")]);
    let landed = house.open("landed", &[("rpc/put.rs", "fn put() {}\n")]);
    tell_what_to_sign(&house, 2).await;
    house.sign(open, "atlas-ada");
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(landed, login);
    }
    house
        .github
        .merge_past_rules_by((NODE.0, NODE.1, landed), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    lose(&house);
    let before = writes(&house);
    let first = rebuild(&house, "json");
    assert_eq!(first.status.code(), Some(0), "{}", errors(&first));
    let expected = json!({
        "schema": "governance/rebuilt/v1",
        "rules": null,
        "refused": null,
        "pull_requests": [
            {"repository": "atlas/atlas-node", "number": open, "open": true, "outcome": "pending", "signatures": 1,
             "looked_at_again": true, "trouble": null},
            {"repository": "atlas/atlas-node", "number": landed, "open": false, "outcome": "success", "signatures": 2,
             "looked_at_again": true, "trouble": null},
        ],
        "unlisted": [],
        "interrupted": false,
    });
    assert_eq!(said(&first), expected);
    let told = errors(&first);
    assert!(
        told.contains(&format!(
            "atlas/atlas-node#{landed}: closed, success, 2 signatures"
        )),
        "{told}"
    );
    // Again changes nothing, and nothing of it is said on GitHub.
    let again = rebuild(&house, "json");
    assert_eq!((again.status.code(), said(&again)), (Some(0), expected));
    assert_eq!(writes(&house), before);
    let text = String::from_utf8(rebuild(&house, "text").stdout).unwrap();
    assert_eq!(
        text,
        "2 pull requests restored, with 3 signatures; 0 could not be\n"
    );
    // What stands behind the merged commit is known again.
    assert!(
        house
            .merged_in(&house.path("state.db"))
            .await
            .starts_with("success ")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_not_restored_is_said_and_restored_by_the_same_command() {
    let house = house().await;
    house.open("open", &[("rpc/get.rs", "fn get() {}\n")]);
    let file = house.path("governance-app.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    // Nobody listens there.
    std::fs::write(&file, good.replace(house.github.url(), "http://127.0.0.1:1")).unwrap();
    let failed = rebuild(&house, "text");
    assert_eq!(failed.status.code(), Some(3), "{}", errors(&failed));
    let text = String::from_utf8(failed.stdout).unwrap();
    assert!(text.contains("atlas-node could not be listed"), "{text}");
    std::fs::write(&file, &good).unwrap();
    let restored = rebuild(&house, "text");
    assert_eq!(restored.status.code(), Some(0), "{}", errors(&restored));
    // Not beside a server, which does it by itself.
    let running = start(&house.path("."), &["--format", "json"]);
    let refused = rebuild(&house, "text");
    die(running.child);
    assert_eq!(refused.status.code(), Some(3), "{}", errors(&refused));
    assert!(
        errors(&refused).contains("end the other server"),
        "{}",
        errors(&refused)
    );
    // Without rules there is nothing to restore.
    let (bare, _) = good.split_once("[governance]").unwrap();
    std::fs::write(&file, bare).unwrap();
    let none = rebuild(&house, "text");
    assert_eq!(none.status.code(), Some(2), "{}", errors(&none));
}

/// The same on a PostgreSQL database, and its address; none without a server for it.
async fn house_on_postgres() -> Option<(House, String)> {
    let server = test_server()?;
    let house = house().await;
    let url = empty_schema(&server, &format!("rebuilding_{}", std::process::id()))
        .await
        .unwrap();
    let file = house.path("governance-app.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let sqlite = format!("sqlite:{}", house.path("state.db").display());
    assert!(text.contains(&sqlite));
    std::fs::write(&file, text.replace(&sqlite, &url)).unwrap();
    Some((house, url))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgres_servers_work_beside_each_other_and_beside_no_rebuild() {
    let Some((house, url)) = house_on_postgres().await else {
        return;
    };
    house.open("open", &[("rpc/get.rs", "fn get() {}\n")]);
    let servers = [1, 2].map(|_| start(&house.path("."), &["--format", "json"]));
    let refused = rebuild(&house, "text");
    for server in servers {
        die(server.child);
    }
    assert_eq!(refused.status.code(), Some(3), "{}", errors(&refused));
    assert!(
        errors(&refused).contains("end every server that works on this database"),
        "{}",
        errors(&refused)
    );
    // The database notices a moment later that they are gone.
    let place = within("the places are free", async {
        loop {
            match enter_postgres(&url, Presence::Alone).await {
                Ok(place) => return place,
                Err(error) => assert!(matches!(error, StoreError::Occupied { .. }), "{error}"),
            }
        }
    })
    .await;
    let refused = program(&house.path(".")).output().unwrap();
    assert_eq!(refused.status.code(), Some(3), "{}", errors(&refused));
    assert!(
        errors(&refused).contains("wait until the rebuild has ended"),
        "{}",
        errors(&refused)
    );
    place.leave().await;
    let restored = rebuild(&house, "text");
    assert_eq!(restored.status.code(), Some(0), "{}", errors(&restored));
}

impl House {
    /// The merges in a database, as [`House::merges`].
    async fn merged_in(&self, database: &std::path::Path) -> String {
        let store = open_sqlite(database, OpenMode::Existing, self.github.now())
            .await
            .unwrap();
        let all = store
            .pull_requests(None, storage::Listed::All, None, 100)
            .await
            .unwrap();
        let mut merges = String::new();
        for stored in all {
            for row in store.decisions(stored.id, None, 100).await.unwrap() {
                let body: Value = serde_json::from_str(&row.decision.body).unwrap();
                if let Some(merge) = body.get("merge") {
                    merges.push_str(&format!("{} {merge}\n", row.decision.outcome));
                }
            }
        }
        merges
    }
}
