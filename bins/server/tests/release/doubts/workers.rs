//! Runs that are hard to tell, and the Apps that begin them.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_runs_that_takes_long_does_not_settle_that_there_is_none() {
    // Of one App, so that its token is there when nothing else is answered any more.
    let play = Play::begin(Plan {
        apps: Apps::One,
        ..Plan::of(ALONE)
    })
    .await;
    let github = &play.house.github;
    let head = push_listener(github, "./build.sh");
    github.push_tag(OWNER, "sdk", TAG, &head, MAINTAINER).unwrap();
    // Nothing comes of the dispatch, and the connection breaks before its answer.
    github.once(
        |what| asks(what, "GET", "/contents/versions.toml"),
        |github| {
            github.set_faults(Faults {
                run_never_starts: 1.0,
                reset_after: 1.0,
                ..Faults::default()
            });
        },
    );
    let is_dispatch = |what: &Happened| asks(what, "POST", "/sdk/dispatches");
    github.once(is_dispatch, |github| {
        github.set_faults(Faults::default());
        github.once(
            |what| asks(what, "GET", "/runs"),
            |github| github.advance(Duration::from_secs(600)).unwrap(),
        );
    });
    play.house.push_tag_as(MAINTAINER);
    assert_eq!(play.ends().await, Phase::Published);
    let truth = play.house.github.truth();
    let sent: Vec<_> = truth.split(|line| is_dispatch(&line.what)).collect();
    let [_, between, _] = &sent[..] else {
        panic!("{} dispatches", sent.len() - 1);
    };
    let lists = between.iter().filter(|line| asks(&line.what, "GET", "/runs"));
    assert!(lists.count() > 1, "sent again after one list: {between:#?}");
}

/// A worker that only listens for the event, as older ones do, and what it runs.
fn listener(step: &str) -> String {
    let (head, rest) = WORKER_WORKFLOW.split_once("  workflow_dispatch:").unwrap();
    let (_, rest) = rest.split_once("  repository_dispatch:").unwrap();
    format!("{head}  repository_dispatch:{rest}").replace("./build.sh", step)
}

fn push_listener(github: &Running, step: &str) -> String {
    let files = [(".github/workflows/build.yml", listener(step))];
    github.push_files(OWNER, "sdk", &files, MAINTAINER).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_only_listens_counts_if_it_runs_the_file_that_was_frozen() {
    for is_changed in [false, true] {
        let play = Play::begin(told_by_event()).await;
        let github = &play.house.github;
        let head = push_listener(github, "./build.sh");
        github.push_tag(OWNER, "sdk", TAG, &head, MAINTAINER).unwrap();
        if is_changed {
            let is_refused = |what: &Happened| {
                matches!(what, Happened::Request { method, path, status: 422, .. }
                    if method == "POST" && path.ends_with("/dispatches"))
            };
            // The plan is made, and the event not sent yet.
            github.once(is_refused, |github| {
                push_listener(github, "./elsewhere.sh");
            });
        }
        play.house.push_tag_as(MAINTAINER);
        let phase = play.ends().await;
        let release = play.release().await.unwrap();
        let state = runtime::load(&*play.server.store, &release)
            .await
            .unwrap()
            .unwrap();
        let attempts: Vec<_> = state.nodes().flat_map(|(_, node)| &node.attempts).collect();
        let ran = play.house.count(
            |what| matches!(what, Happened::RunCreated { event, .. } if event == "repository_dispatch"),
        );
        assert!(ran > 0, "{phase:?}");
        match is_changed {
            false => assert_eq!(phase, Phase::Published),
            true => {
                assert!(matches!(phase, Phase::Stalled { .. }), "{phase:?}");
                let said = format!("{attempts:?}");
                assert!(said.contains("is not the one that was frozen"), "{said}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_app_that_cannot_speak_fails_no_build() {
    let mut play = Play::begin(Plan::of(ALONE)).await;
    // It speaks with a key that is not its own, until somebody mends that.
    let good = play.house.release_app.clone().unwrap();
    let other = play
        .house
        .github
        .create_app("other", &[("metadata", "read")], &[], None)
        .unwrap();
    play.house.release_app = Some(github_sim::AppCredentials {
        private_key_pem: other.private_key_pem,
        ..good.clone()
    });
    play.server.die().await;
    play.server = Instance::start(&play.house, &play.clock, &Database::Sqlite, ("server", 1)).await;
    play.house.push_tag_as(MAINTAINER);
    for _ in 0..200 {
        play.clock.idle().await;
        let phase = play.phase().await;
        assert!(!matches!(phase, Phase::Stalled { .. }), "{phase:?}");
        play.clock.wind();
    }
    play.house.release_app = Some(good);
    play.server.die().await;
    play.server = Instance::start(&play.house, &play.clock, &Database::Sqlite, ("server", 2)).await;
    assert_eq!(play.ends().await, Phase::Published);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_an_app_began_stays_ours_when_a_second_one_is_configured() {
    let mut plan = told_by_event();
    plan.workers.running_seconds = 600;
    let mut play = Play::begin(plan).await;
    let second = play.house.release_app.take();
    let github = &play.house.github;
    let head = push_listener(github, "./build.sh");
    github.push_tag(OWNER, "sdk", TAG, &head, MAINTAINER).unwrap();
    // One App that may do everything, and then two.
    let all = [
        ("actions", "write"),
        ("contents", "write"),
        ("metadata", "read"),
        ("statuses", "write"),
    ];
    let events = ["push", "workflow_run", "workflow_job"];
    let sole = github.create_app("sole", &all, &events, None).unwrap();
    github.install(sole.app_id, OWNER).unwrap();
    play.house.app = sole;
    play.server.die().await;
    play.server = Instance::start(&play.house, &play.clock, &Database::Sqlite, ("server", 1)).await;
    play.house.push_tag_as(MAINTAINER);
    play.clock
        .wind_until(&play.house, |what| matches!(what, Happened::RunCreated { .. }))
        .await;
    play.house.release_app = second;
    play.server.die().await;
    play.server = Instance::start(&play.house, &play.clock, &Database::Sqlite, ("server", 2)).await;
    assert_eq!(play.ends().await, Phase::Published);
    let runs = play
        .house
        .count(|what| matches!(what, Happened::RunCreated { .. }));
    assert_eq!(runs, 1);
}
