//! What else may be wished of a tag: that it is made, that its release is rehearsed; and what is done once a release is public.

mod follow_ups;
mod rehearsals;
mod tags;

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

fn untagged() -> Plan {
    Plan {
        tagged: false,
        ..Plan::default()
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
