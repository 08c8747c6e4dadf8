//! What else may be wished of a tag: that it is made, that its release is rehearsed; and what is done once a release is public.

use crate::house::{Apps, COMPONENTS, HOME, House, MAINTAINER, OWNER, Plan, TAG, within};
use crate::wound::{Database, Instance, Wound};
use github_sim::{Clock, Faults, Happened, Outcome};
use orchestrator::{Command, Event, State};
use runtime::inbox_row;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use storage::{InboxId, InboxState, IntentRow, IntentState, NewInboxRow, ReleaseSummary};

/// A server under a wound clock.
struct Play {
    house: House,
    clock: Arc<Wound>,
    server: Instance,
}

impl Play {
    async fn begin(plan: Plan) -> Self {
        let house = House::make(Plan {
            clock: Clock::Hand,
            // Tags are made in every repository, and a website is told by an event.
            apps: Apps::TwoEverywhere,
            ..plan
        })
        .await;
        let clock = Wound::of(&house.github);
        let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 0)).await;
        Self { house, clock, server }
    }

    /// Somebody asks, and is refused: why.
    async fn asks_in_vain(&self, wish: &str, key: &str) -> String {
        let row = self.asks(wish, key).await;
        let refused = async || {
            let row = self.server.store.inbox_row(row).await.unwrap().unwrap();
            assert!(row.state != InboxState::Done, "it is not refused");
            row.reason.filter(|_| row.state == InboxState::Refused)
        };
        self.until_some("it is refused", refused).await
    }

    /// Somebody who may ask the server asks for this.
    async fn asks(&self, wish: &str, key: &str) -> InboxId {
        let row = NewInboxRow {
            key: format!("request/{key}"),
            release: None,
            kind: "release_wished".to_owned(),
            body: json!({ "tag": TAG, "wish": wish }).to_string(),
            actor: MAINTAINER.to_owned(),
        };
        let now = self.house.github.now();
        let appended = self.server.store.append_inbox(&[row], now).await.unwrap();
        self.server.bell.notify_one();
        appended[0].id()
    }

    async fn until(&self, is_it: impl Fn(&Happened) -> bool) {
        self.clock.wind_until(&self.house, is_it).await;
    }

    /// Winds until something is there.
    async fn until_some<T>(&self, what: &str, there: impl AsyncFn() -> Option<T>) -> T {
        let winding = async {
            loop {
                self.clock.idle().await;
                if let Some(found) = there().await {
                    return found;
                }
                self.clock.wind();
            }
        };
        within(what, winding).await
    }

    /// Winds until the newest release is in this state; answers it.
    async fn until_newest_is(&self, phase: &str) -> ReleaseSummary {
        let newest = async || {
            let all = self.server.store.list_releases().await.unwrap();
            let newest = all.into_iter().next()?;
            let is_stuck = newest.row.phase == "stalled" && phase == "rehearsed";
            assert!(!is_stuck, "{:?}", self.state(&newest).await.phase());
            (newest.row.phase == phase).then_some(newest)
        };
        self.until_some(phase, newest).await
    }

    /// Winds until the one follow-up is settled; answers what was recorded.
    async fn follow_up(&self, release: &ReleaseSummary) -> Value {
        let recorded = async || {
            let rows = self.server.store.intents(&release.id).await.unwrap();
            let row = rows.into_iter().find(is_follow_up)?;
            let text = match row.state {
                IntentState::Rejected => row.intent.reason,
                _ => row.result,
            };
            text.map(|text| serde_json::from_str(&text).unwrap())
        };
        self.until_some("the follow-up is settled", recorded).await
    }

    fn tags_made(&self) -> Vec<(String, String)> {
        let truth = self.house.github.truth();
        let made = truth.iter().filter_map(|line| match &line.what {
            Happened::RefCreated {
                repository,
                name,
                sha,
            } if name == &format!("refs/tags/{TAG}") => Some((repository.clone(), sha.clone())),
            _ => None,
        });
        made.collect()
    }
}

fn is_follow_up(row: &IntentRow) -> bool {
    matches!(
        runtime::command(&row.intent.body).unwrap(),
        Command::FollowUp { .. }
    )
}

fn is_run(what: &Happened) -> bool {
    matches!(what, Happened::RunCreated { .. })
}

fn is_published(what: &Happened) -> bool {
    matches!(what, Happened::ReleasePublished { .. })
}

fn untagged() -> Plan {
    Plan {
        tagged: false,
        ..Plan::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_that_are_not_there_are_made_where_they_were_frozen_the_releases_own_last_and_it_is_released() {
    let play = Play::begin(untagged()).await;
    play.asks("tag", "1").await;
    play.until_newest_is("published").await;
    let made = play.tags_made();
    assert_eq!(made.len(), COMPONENTS.len() + 1, "{made:?}");
    assert_eq!(
        made.last().unwrap(),
        &(format!("{OWNER}/{HOME}"), play.house.home.head.to_string())
    );
    // Our own tag asks for nothing.
    assert_eq!(play.server.store.list_releases().await.unwrap().len(), 1);
    assert_eq!(play.house.count(is_run), COMPONENTS.len());
    assert_eq!(
        play.house.count(|what| matches!(what, Happened::RefMoved { .. })),
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_are_made_once_whatever_is_lost_on_the_way() {
    let play = Play::begin(untagged()).await;
    play.house.github.set_faults(Faults {
        server_error_after: 0.4,
        server_error_before: 0.2,
        stale_read: 0.3,
        ..Faults::default()
    });
    play.asks("tag", "1").await;
    play.until(|what| {
        matches!(what, Happened::RefCreated { repository, name, .. }
        if repository == &format!("{OWNER}/{HOME}") && name == &format!("refs/tags/{TAG}"))
    })
    .await;
    play.house.github.set_faults(Faults::default());
    play.until_newest_is("published").await;
    assert_eq!(play.tags_made().len(), COMPONENTS.len() + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_that_somebody_makes_elsewhere_meanwhile_is_not_moved_and_nothing_is_built() {
    let play = Play::begin(untagged()).await;
    let other = play
        .house
        .github
        .push_files(OWNER, "sdk", &[("README.md", "other\n")], MAINTAINER)
        .unwrap();
    let first = play
        .house
        .github
        .push_files(OWNER, "sdk", &[("README.md", "newest\n")], MAINTAINER);
    let newest = first.unwrap();
    // The plan is frozen when its first tag is made.
    play.house.github.once(
        |what| matches!(what, Happened::RefCreated { repository, .. } if repository.ends_with("/consensus")),
        move |github| {
            github.push_tag(OWNER, "sdk", TAG, &other, MAINTAINER).unwrap();
        },
    );
    play.asks("tag", "1").await;
    let release = play.until_newest_is("stalled").await;
    let state = runtime::load(&*play.server.store, &release.id)
        .await
        .unwrap()
        .unwrap();
    let said = format!("{:?}", state.phase());
    assert!(
        said.contains("a tag never moves") && said.contains(&newest.to_string()),
        "{said}"
    );
    assert_eq!(play.house.count(is_run), 0);
    let is_home = |(repository, _): &(String, String)| repository == &format!("{OWNER}/{HOME}");
    assert!(!play.tags_made().iter().any(is_home));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_does_everything_but_publish_needs_no_tag_and_leaves_nothing() {
    let play = Play::begin(untagged()).await;
    let mut names = BTreeSet::new();
    for number in 1..=2 {
        play.asks("rehearse", &number.to_string()).await;
        let begun = async || (play.server.store.list_releases().await.unwrap().len() == number).then_some(());
        play.until_some("it is begun", begun).await;
        let rehearsed = play.until_newest_is("rehearsed").await;
        names.insert(rehearsed.row.name.to_string());
        let removed = |what: &Happened| matches!(what, Happened::ReleaseDeleted { .. });
        let all_removed = async || (play.house.count(removed) == number).then_some(());
        play.until_some("its draft is removed", all_removed).await;
    }
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.iter().all(|name| name.starts_with("example-rehearsal-")));
    play.clock.idle().await;
    assert_eq!(play.house.count(is_run), 2 * COMPONENTS.len());
    assert_eq!(play.house.count(is_published), 0);
    assert!(play.tags_made().is_empty());
    // What was rehearsed can be released.
    play.asks("tag", "3").await;
    let released = play.until_newest_is("published").await;
    assert_eq!(released.row.name.as_str(), "example");
    let left = play.house.github.releases(OWNER, HOME).unwrap();
    assert_eq!(left.len(), 1, "{left:#?}");
}

/// Tells the website, whose workflow shows the id of the dispatch or does not.
const WEBSITE: &str = "[release.follow_up.website]\nrepository = 'website'\nevent_type = 'released'\npayload = { page = 'downloads' }";

fn workflow(run_name: &str) -> String {
    format!(
        "name: deploy\n{run_name}on:\n  repository_dispatch:\n    types: [released]\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n"
    )
}

const SHOWS_ID: &str = "run-name: deploy [${{ github.event.client_payload.dispatch_id }}]\n";

async fn with_website(run_name: &str) -> Play {
    let plan = Plan {
        release: WEBSITE,
        ..Plan::default()
    };
    let play = Play::begin(plan).await;
    let files = [(".github/workflows/deploy.yml", workflow(run_name))];
    play.house
        .github
        .create_repository(OWNER, "website", &files)
        .unwrap();
    play
}

fn tells_website(what: &Happened) -> bool {
    matches!(what, Happened::Dispatched { repository, .. } if repository.ends_with("/website"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_a_release_is_public_whom_it_concerns_is_told_once() {
    let play = with_website("").await;
    play.house.push_tag_as(MAINTAINER);
    let release = play.until_newest_is("published").await;
    let recorded = play.follow_up(&release).await;
    assert_eq!(
        (&recorded["follow_up"], &recorded["outcome"]),
        (&json!("website"), &json!("done"))
    );
    assert_eq!(play.house.count(tells_website), 1);
}

/// Tells the website, and the answer is lost; answers what was recorded.
async fn whose_answer_is_lost(run_name: &str) -> (Play, Value) {
    let play = with_website(run_name).await;
    // Of everything after the publication no answer comes, until the website was told.
    let lose = Faults {
        server_error_after: 1.0,
        ..Faults::default()
    };
    play.house
        .github
        .once(is_published, move |github| github.set_faults(lose));
    play.house
        .github
        .once(tells_website, |github| github.set_faults(Faults::default()));
    play.house.push_tag_as(MAINTAINER);
    play.until(tells_website).await;
    let release = play.until_newest_is("published").await;
    let recorded = play.follow_up(&release).await;
    (play, recorded)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_told_without_an_answer_is_found_by_the_id_that_its_run_shows() {
    let (play, recorded) = whose_answer_is_lost(SHOWS_ID).await;
    assert_eq!(recorded["outcome"], "done", "{recorded}");
    assert!(
        recorded["detail"].as_str().unwrap().contains("was found"),
        "{recorded}"
    );
    assert_eq!(play.house.count(tells_website), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_can_tell_whether_it_arrived_it_is_recorded_and_not_sent_twice() {
    let (play, recorded) = whose_answer_is_lost("").await;
    assert_eq!(recorded["outcome"], "in_doubt", "{recorded}");
    assert!(
        recorded["detail"].as_str().unwrap().contains("by hand"),
        "{recorded}"
    );
    assert_eq!(play.house.count(tells_website), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follow_up_that_cannot_be_sent_is_recorded_and_the_release_stays_public() {
    let plan = Plan {
        release: WEBSITE,
        ..Plan::default()
    };
    // There is no such repository.
    let play = Play::begin(plan).await;
    play.house.push_tag_as(MAINTAINER);
    let release = play.until_newest_is("published").await;
    let recorded = play.follow_up(&release).await;
    assert_eq!(recorded["outcome"], "failed", "{recorded}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_rehearsal_of_a_version_waits_for_the_first() {
    let play = Play::begin(untagged()).await;
    play.asks("rehearse", "1").await;
    play.until(is_run).await;
    play.asks("rehearse", "2").await;
    play.until_newest_is("rehearsed").await;
    assert_eq!(play.server.store.list_releases().await.unwrap().len(), 1);
}

/// The former way: two workflows of the release's repository, which show no id.
const FORMER_WAY: &str = "[release.former_way]\nrepository = 'commons'\nbranch = 'main'\nautomatic = true\n\
    orchestrator = 'orchestrator.yml'\nrelease = 'release.yml'\nrelease_inputs = { version_tag = '{tag}' }";

/// A release of which a component does not build, and a former way whose runs end like this.
async fn that_cannot_go_on(former: &[Outcome]) -> Play {
    let mut plan = Plan {
        release: FORMER_WAY,
        ..Plan::default()
    };
    plan.workers = plan
        .workers
        .ends(&format!("{OWNER}/sdk"), &[Outcome::StartupFailure])
        .ends(&format!("{OWNER}/{HOME}"), former);
    let play = Play::begin(plan).await;
    let old = |inputs: &str| {
        format!("name: old\non:\n  workflow_dispatch:\n{inputs}jobs:\n  all:\n    runs-on: ubuntu-latest\n")
    };
    let inputs = "    inputs:\n      version_tag: { required: true, type: string }\n";
    let (first, second) = (old(""), old(inputs));
    let files = [
        (".github/workflows/orchestrator.yml", first.as_str()),
        (".github/workflows/release.yml", second.as_str()),
    ];
    play.house
        .github
        .push_files(OWNER, HOME, &files, MAINTAINER)
        .unwrap();
    play
}

impl Play {
    async fn state(&self, release: &ReleaseSummary) -> State {
        runtime::load(&*self.server.store, &release.id)
            .await
            .unwrap()
            .unwrap()
    }

    /// Winds until so many steps of the former way have ended; answers whether each went well.
    async fn former_steps(&self, release: &ReleaseSummary, number: usize) -> Vec<bool> {
        let ended = async || {
            let state = self.state(release).await;
            let ended: Vec<bool> = state
                .header()
                .former_steps
                .iter()
                .map(|step| step.succeeded)
                .collect();
            (ended.len() == number).then_some(ended)
        };
        self.until_some("the former way has ended", ended).await
    }

    fn former_runs(&self) -> usize {
        self.house.count(|what| matches!(what, Happened::RunCreated { repository, .. } if repository.ends_with("/commons")))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_release_of_the_production_channel_falls_back_only_if_an_operator_says_so_and_then_once() {
    let play = that_cannot_go_on(&[Outcome::Success]).await;
    play.house.push_tag_as(MAINTAINER);
    let release = play.until_newest_is("stalled").await;
    // Long after, nothing has happened by itself.
    for _ in 0..20 {
        play.clock.idle().await;
        play.clock.wind();
    }
    assert_eq!(play.former_runs(), 0);
    let event = Event::FallBack {
        actor: "token:ops".to_owned(),
        at_revision: None,
    };
    let row = inbox_row(&release.id, "fall back".to_owned(), &event, "token:ops").unwrap();
    let _ = play
        .server
        .store
        .append_inbox(&[row], play.house.github.now())
        .await
        .unwrap();
    play.server.bell.notify_one();
    assert_eq!(play.former_steps(&release, 2).await, [true, true]);
    assert_eq!(play.former_runs(), 2);
    let state = play.state(&release).await;
    let detail = &state.header().former_steps[1].detail;
    assert!(detail.contains("nothing of it was verified"), "{detail}");
    assert_eq!(play.house.count(is_published), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_release_of_the_prerelease_channel_falls_back_by_itself_and_ends_with_the_step_that_fails()
{
    let play = that_cannot_go_on(&[Outcome::Failure]).await;
    let head = &play.house.home.head;
    play.house
        .github
        .push_tag(OWNER, HOME, "v0.1.0-rc.1", head, MAINTAINER)
        .unwrap();
    let release = play.until_newest_is("fell_back").await;
    assert_eq!(play.former_steps(&release, 1).await, [false]);
    assert_eq!(play.former_runs(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_of_the_former_way_whose_answer_is_lost_is_found_and_not_begun_twice() {
    let play = that_cannot_go_on(&[Outcome::Success]).await;
    let is_former = |what: &Happened| matches!(what, Happened::Dispatched { repository, .. } if repository.ends_with("/commons"));
    play.house.github.once(
        |what| matches!(what, Happened::RunCompleted { conclusion, .. } if conclusion == "startup_failure"),
        |github| {
            github.set_faults(Faults {
                server_error_after: 0.7,
                ..Faults::default()
            });
        },
    );
    let head = &play.house.home.head;
    play.house
        .github
        .push_tag(OWNER, HOME, "v0.1.0-rc.1", head, MAINTAINER)
        .unwrap();
    play.until(is_former).await;
    play.house.github.set_faults(Faults::default());
    let release = play.until_newest_is("fell_back").await;
    assert_eq!(play.former_steps(&release, 2).await, [true, true]);
    assert_eq!(play.former_runs(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_verified_not_to_be_ours_is_not_released_by_the_former_way_instead() {
    let plan = Plan {
        release: FORMER_WAY,
        ..Plan::default()
    };
    let play = Play::begin(plan).await;
    let tag = "v0.1.0-rc.1";
    let swap = |github: &github_sim::Running| {
        github
            .swap_asset((OWNER, HOME), "v0.1.0-rc.1", ("SHA256SUMS", b"something else\n"))
            .unwrap();
    };
    play.house.github.once(
        |what| matches!(what, Happened::Request { path, .. } if path.ends_with("/git/ref/tags/v0.1.0-rc.1")),
        swap,
    );
    let head = &play.house.home.head;
    play.house
        .github
        .push_tag(OWNER, HOME, tag, head, MAINTAINER)
        .unwrap();
    play.until_newest_is("stalled").await;
    for _ in 0..20 {
        play.clock.idle().await;
        play.clock.wind();
    }
    assert_eq!((play.house.count(is_published), play.former_runs()), (1, 0));
    play.until_newest_is("stalled").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_public_beside_a_rehearsal_does_not_concern_it() {
    let play = Play::begin(untagged()).await;
    play.asks("rehearse", "1").await;
    play.until(is_run).await;
    play.house
        .github
        .release_by(OWNER, HOME, TAG, MAINTAINER)
        .unwrap();
    play.until_newest_is("rehearsed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_whose_draft_somebody_publishes_is_no_rehearsal_that_went_well() {
    let play = Play::begin(untagged()).await;
    play.house.github.once(
        |what| matches!(what, Happened::AssetUploaded { .. }),
        |github| {
            let draft = github.releases(OWNER, HOME).unwrap().remove(0);
            github
                .publish_by(draft["id"].as_u64().unwrap(), "stranger")
                .unwrap();
        },
    );
    play.asks("rehearse", "1").await;
    let release = play.until_newest_is("stalled").await;
    let state = play.state(&release).await;
    let said = format!("{:?}", state.phase());
    assert!(
        said.contains("somebody has published the draft of the rehearsal"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_nobody_has_merged_gets_no_tag_whatever_the_manifest_says() {
    let play = Play::begin(untagged()).await;
    let github = &play.house.github;
    let sdk = (OWNER, "sdk");
    let aside = github
        .push_files_to(sdk, "aside", &[("evil.rs", "")], "stranger")
        .unwrap();
    let names = |commit: &str| {
        let sdk = "sdk = { version = \"0.1.0\", git_tag = \"v0.1.0\", git_commit = \"";
        let text = crate::house::manifest(COMPONENTS);
        assert!(text.contains(sdk), "{text}");
        let text = text.replace(sdk, &format!("{sdk}{commit}"));
        let files = [("versions.toml", text)];
        github.push_files(OWNER, HOME, &files, MAINTAINER).unwrap();
    };
    names(&aside);
    let refused = play.asks_in_vain("tag", "1").await;
    assert!(refused.contains("not on its branch main"), "{refused}");
    assert_eq!(play.tags_made(), []);
    // Once it is merged it is like any other.
    let merged = github
        .push_files(OWNER, "sdk", &[("good.rs", "")], MAINTAINER)
        .unwrap();
    github
        .push_files(OWNER, "sdk", &[("newer.rs", "")], MAINTAINER)
        .unwrap();
    names(&merged);
    play.asks("tag", "2").await;
    play.until_newest_is("published").await;
    assert!(play.tags_made().contains(&("example/sdk".to_owned(), merged)));
}
