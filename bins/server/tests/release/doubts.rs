//! What is not seen, not whole or not answered for a while: it is waited for, and not for ever, and nothing of it is taken for a verdict.

use crate::house::{Apps, Component, HOME, House, MAINTAINER, OWNER, Plan, TAG};
use crate::wound::{Database, Instance, Wound};
use domain_types::ReleaseId;
use github_sim::{Clock, Faults, Happened, Running, WORKER_WORKFLOW};
use orchestrator::{Event, Phase, StallReason};
use runtime::inbox_row;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Hours on the simulator's clock within which a release of these plays is public, or stands still for a reason.
const HOURS_MAX: u64 = 1;

/// A component that needs nobody.
const ALONE: &[Component] = &[("sdk", &[], &["sign"])];

/// It is told by an event, which only who may write can send.
fn told_by_event() -> Plan {
    Plan {
        apps: Apps::TwoEverywhere,
        ..Plan::of(ALONE)
    }
}

/// An organisation whose time is wound, and its server.
struct Play {
    house: House,
    clock: Arc<Wound>,
    server: Instance,
}

impl Play {
    async fn begin(plan: Plan) -> Self {
        let plan = Plan {
            clock: Clock::Hand,
            ..plan
        };
        let house = House::make(plan).await;
        let clock = Wound::of(&house.github);
        let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 0)).await;
        Self { house, clock, server }
    }

    async fn release(&self) -> Option<ReleaseId> {
        let releases = self.server.store.list_releases().await.unwrap();
        releases.first().map(|release| release.id.clone())
    }

    /// Where the release is.
    async fn phase(&self) -> Phase {
        let Some(release) = self.release().await else {
            return Phase::Unplanned;
        };
        let state = runtime::load(&*self.server.store, &release).await.unwrap();
        state.unwrap().phase().clone()
    }

    /// How much has happened to the release.
    async fn revision(&self) -> u64 {
        let release = self.release().await.unwrap();
        let state = runtime::load(&*self.server.store, &release).await.unwrap();
        state.unwrap().revision()
    }

    /// Lets the time pass until the page of the release says that it was withdrawn; answers the page.
    async fn is_marked(&self) -> serde_json::Value {
        let marking = async {
            loop {
                self.clock.idle().await;
                let view = self.house.github.releases(OWNER, HOME).unwrap().remove(0);
                if view["name"].as_str().unwrap().starts_with("[withdrawn] ") {
                    return view;
                }
                self.clock.wind();
            }
        };
        crate::house::within("the page is marked", marking).await
    }

    /// Lets the time pass until the release is public or stands still.
    async fn ends(&self) -> Phase {
        let began = self.house.github.now();
        loop {
            self.clock.idle().await;
            let phase = self.phase().await;
            let passed = self.house.github.now().milliseconds_since(began);
            assert!(
                passed < HOURS_MAX * 3_600_000,
                "after {HOURS_MAX} hours it is {phase:?}"
            );
            if matches!(phase, Phase::Published | Phase::Stalled { .. }) {
                return phase;
            }
            self.clock.wind();
        }
    }

    /// Why the release stands still.
    async fn stalls(&self) -> String {
        match self.ends().await {
            Phase::Stalled {
                reason: StallReason::Stage { failure },
                ..
            } => failure.reason,
            phase => panic!("{phase:?}"),
        }
    }

    /// Somebody orders something.
    async fn order(&self, event: Event) {
        let release = self.release().await.unwrap();
        let row = inbox_row(&release, event.label().to_owned(), &event, "github:maintainer").unwrap();
        let now = self.house.github.now();
        let _appended = self.server.store.append_inbox(&[row], now).await.unwrap();
        self.server.bell.notify_one();
    }
}

/// Our App asks for this path with this verb.
fn asks(what: &Happened, verb: &str, end: &str) -> bool {
    matches!(what, Happened::Request { method, path, .. } if method == verb && path.ends_with(end))
}

fn delete(github: &Running) {
    github.delete_asset((OWNER, HOME), TAG, "SHA256SUMS").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_somebody_deletes_from_the_draft_stops_the_release_and_a_retry_uploads_it_anew() {
    let play = Play::begin(Plan::of(ALONE)).await;
    // The draft was looked through, and found as it should be.
    play.house
        .github
        .once(|what| asks(what, "GET", "/assets"), delete);
    play.house.push_tag_as(MAINTAINER);
    let reason = play.stalls().await;
    assert!(
        reason.contains("the draft of v0.1.0 lacks a file") && reason.contains("SHA256SUMS"),
        "{reason}"
    );
    assert!(reason.contains("retry uploads it anew"), "{reason}");
    play.order(Event::Retry {
        actor: "github:maintainer".to_owned(),
    })
    .await;
    play.clock
        .wind_until(&play.house, |what| {
            matches!(what, Happened::ReleasePublished { .. })
        })
        .await;
    let view = play.house.github.releases(OWNER, HOME).unwrap().remove(0);
    let assets = view["assets"].as_array().unwrap();
    assert!(assets.iter().any(|asset| asset["name"] == "SHA256SUMS"), "{view}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_deleted_at_the_last_moment_is_missed_and_nobody_cries_that_files_were_altered() {
    let play = Play::begin(Plan::of(ALONE)).await;
    // Nothing is asked any more between this and the publication.
    play.house
        .github
        .once(|what| asks(what, "GET", "/git/ref/tags/v0.1.0"), delete);
    play.house.push_tag_as(MAINTAINER);
    let reason = play.stalls().await;
    assert!(
        reason.contains("v0.1.0 is public and lacks a file") && reason.contains("SHA256SUMS"),
        "{reason}"
    );
    assert!(!reason.contains("not those that were verified"), "{reason}");
}

/// Everything that a server downloaded and put together is lost.
fn lose(work: &Path) {
    std::fs::remove_dir_all(work.join("collected")).unwrap();
    for object in std::fs::read_dir(work.join("objects")).unwrap() {
        std::fs::remove_file(object.unwrap().path()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_that_fails_while_lost_files_are_fetched_again_is_waited_for() {
    let play = Play::begin(Plan::of(ALONE)).await;
    let work = play.house.path("server").join("work");
    // The draft was looked through, and is to be published.
    play.house.github.once(
        |what| asks(what, "GET", "/assets"),
        move |github| {
            lose(&work);
            github.set_faults(Faults {
                server_error_before: 1.0,
                ..Faults::default()
            });
        },
    );
    play.house.push_tag_as(MAINTAINER);
    while play.house.count(|what| matches!(what, Happened::Fault { .. })) < 20 {
        play.clock.idle().await;
        let phase = play.phase().await;
        let has_ended = matches!(phase, Phase::Stalled { .. } | Phase::Published);
        assert!(!has_ended, "{phase:?}");
        play.clock.wind();
    }
    play.house.github.set_faults(Faults::default());
    assert_eq!(play.ends().await, Phase::Published);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_status_that_may_not_be_written_is_not_tried_for_ever() {
    let mut plan = Plan {
        statuses: "read",
        ..Plan::of(ALONE)
    };
    plan.workers.running_seconds = 2_400;
    let play = Play::begin(plan).await;
    play.house.push_tag_as(MAINTAINER);
    assert_eq!(play.ends().await, Phase::Published);
    let tries = play.house.count(|what| {
        matches!(what, Happened::Request { method, path, .. } if method == "POST" && path.contains("/statuses/"))
    });
    assert!((1..=20).contains(&tries), "{tries} tries in an hour");
}

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
async fn a_draft_that_is_not_listed_for_a_while_is_not_gone() {
    let play = Play::begin(Plan::of(ALONE)).await;
    play.house.github.once(
        |what| asks(what, "GET", "/assets"),
        |github| {
            github.set_faults(Faults {
                stale_read: 1.0,
                ..Faults::default()
            });
        },
    );
    play.house.push_tag_as(MAINTAINER);
    assert_eq!(play.ends().await, Phase::Published);
}

/// The release stalls over what is public already; somebody takes it back. Answers what was said, and how the page looks.
async fn withdrawn_after(what_somebody_does: fn(&Running)) -> (String, serde_json::Value) {
    let play = Play::begin(Plan::of(ALONE)).await;
    // Nothing is asked any more between this and the publication.
    play.house.github.once(
        |what| asks(what, "GET", "/git/ref/tags/v0.1.0"),
        what_somebody_does,
    );
    play.house.push_tag_as(MAINTAINER);
    let reason = play.stalls().await;
    play.order(Event::Withdraw {
        actor: "github:maintainer".to_owned(),
    })
    .await;
    let view = play.is_marked().await;
    assert_eq!(play.phase().await, Phase::Withdrawn);
    (reason, view)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_public_and_not_as_it_should_be_can_be_withdrawn_as_is_advised() {
    let (reason, view) = withdrawn_after(|github| {
        github
            .swap_asset((OWNER, HOME), TAG, ("SHA256SUMS", b"something else\n"))
            .unwrap();
    })
    .await;
    assert!(
        reason.contains("not those that were verified") && reason.contains("withdraw it"),
        "{reason}"
    );
    assert!(view["body"].as_str().unwrap().contains("Do not use it"), "{view}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_that_is_moved_at_the_last_moment_is_cried_out() {
    let (reason, view) = withdrawn_after(|github| {
        let files = [("README.md", "other\n")];
        let other = github.push_files(OWNER, HOME, &files, "stranger").unwrap();
        github.push_tag(OWNER, HOME, TAG, &other, "stranger").unwrap();
    })
    .await;
    assert!(reason.contains("is public and its tag names"), "{reason}");
    assert!(
        view["name"].as_str().unwrap().starts_with("[withdrawn] "),
        "{view}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawn_release_that_is_not_shown_yet_is_marked_once_it_is() {
    let play = Play::begin(Plan::of(ALONE)).await;
    play.house.push_tag_as(MAINTAINER);
    assert_eq!(play.ends().await, Phase::Published);
    play.house.github.set_faults(Faults {
        stale_read: 1.0,
        ..Faults::default()
    });
    play.order(Event::Withdraw {
        actor: "github:maintainer".to_owned(),
    })
    .await;
    play.is_marked().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_asks_again_for_a_release_that_was_cancelled_is_told_that_nothing_will_come_of_it() {
    let play = Play::begin(Plan::of(ALONE)).await;
    play.house.push_tag_as(MAINTAINER);
    play.clock
        .wind_until(&play.house, |what| matches!(what, Happened::RunCreated { .. }))
        .await;
    play.order(Event::Cancel {
        actor: "github:maintainer".to_owned(),
    })
    .await;
    while play.phase().await != Phase::Cancelled {
        play.clock.idle().await;
        play.clock.wind();
    }
    let again = storage::NewInboxRow {
        key: "request/again".to_owned(),
        release: None,
        kind: "release_requested".to_owned(),
        body: serde_json::json!({ "tag": TAG }).to_string(),
        actor: MAINTAINER.to_owned(),
    };
    let now = play.house.github.now();
    let appended = play.server.store.append_inbox(&[again], now).await.unwrap();
    play.server.bell.notify_one();
    let row = loop {
        play.clock.idle().await;
        let row = play
            .server
            .store
            .inbox_row(appended[0].id())
            .await
            .unwrap()
            .unwrap();
        if row.state != storage::InboxState::Pending {
            break row;
        }
        play.clock.wind();
    };
    let reason = row.reason.unwrap();
    assert!(reason.contains("has ended already (cancelled)"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_withdrawn_while_it_is_listed_as_a_draft_still_is_not_deleted() {
    let play = Play::begin(Plan::of(ALONE)).await;
    play.house.github.once(
        |what| asks(what, "GET", "/git/ref/tags/v0.1.0"),
        |github| {
            github
                .swap_asset((OWNER, HOME), TAG, ("SHA256SUMS", b"something else\n"))
                .unwrap();
            // From the publication on, lists show what was before it.
            github.once(
                |what| matches!(what, Happened::ReleasePublished { .. }),
                |github| {
                    github.set_faults(Faults {
                        stale_read: 1.0,
                        ..Faults::default()
                    });
                },
            );
        },
    );
    play.house.push_tag_as(MAINTAINER);
    let reason = play.stalls().await;
    assert!(reason.contains("withdraw it"), "{reason}");
    play.order(Event::Withdraw {
        actor: "github:maintainer".to_owned(),
    })
    .await;
    let view = play.is_marked().await;
    assert_eq!(view["draft"], false, "{view}");
    let deleted = |what: &Happened| matches!(what, Happened::ReleaseDeleted { .. });
    assert_eq!(play.house.count(deleted), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_cancelled_though_it_is_public_is_marked_too() {
    let play = Play::begin(Plan::of(ALONE)).await;
    play.house.github.once(
        |what| asks(what, "GET", "/git/ref/tags/v0.1.0"),
        |github| {
            github
                .swap_asset((OWNER, HOME), TAG, ("SHA256SUMS", b"something else\n"))
                .unwrap();
        },
    );
    play.house.push_tag_as(MAINTAINER);
    play.stalls().await;
    play.order(Event::Cancel {
        actor: "github:maintainer".to_owned(),
    })
    .await;
    play.is_marked().await;
    assert_eq!(play.phase().await, Phase::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_made_public_half_uploaded_can_be_withdrawn() {
    let play = Play::begin(Plan::of(ALONE)).await;
    play.house.github.once(
        |what| matches!(what, Happened::AssetUploaded { .. }),
        |github| {
            let draft = github.releases(OWNER, HOME).unwrap().remove(0);
            let first = draft["assets"][0]["name"].as_str().unwrap();
            github
                .swap_asset((OWNER, HOME), TAG, (first, b"something else\n"))
                .unwrap();
            github
                .publish_by(draft["id"].as_u64().unwrap(), "stranger")
                .unwrap();
        },
    );
    play.house.push_tag_as(MAINTAINER);
    play.stalls().await;
    let before = play.revision().await;
    play.order(Event::Retry {
        actor: "github:maintainer".to_owned(),
    })
    .await;
    // It may stall again before anybody looks.
    while play.revision().await == before {
        play.clock.idle().await;
        play.clock.wind();
    }
    let reason = play.stalls().await;
    assert!(reason.contains("is public"), "{reason}");
    play.order(Event::Withdraw {
        actor: "github:maintainer".to_owned(),
    })
    .await;
    play.is_marked().await;
    assert_eq!(play.phase().await, Phase::Withdrawn);
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
