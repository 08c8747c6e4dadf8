//! What goes otherwise than asked, and what the person in charge reads of it.

use crate::house::{HOME, House, MAINTAINER, OWNER, Plan, TAG};
use crate::wound::{Database, Instance, Wound};
use github_sim::{Clock, Happened};
use orchestrator::{Event, Phase, State};
use runtime::inbox_row;
use storage::{InboxRow, InboxState};

fn is_run(what: &Happened) -> bool {
    matches!(what, Happened::RunCreated { .. })
}

fn is_draft(what: &Happened) -> bool {
    matches!(what, Happened::ReleaseCreated { draft: true, .. })
}

fn is_published(what: &Happened) -> bool {
    matches!(what, Happened::ReleasePublished { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_named_starts_nothing() {
    let house = House::make(Plan::default()).await;
    let mut served = house.serve();
    house.push_tag_as("stranger");
    let line = served.hears("stranger may not start the production release v0.1.0");
    assert!(line.contains("`[release] triggers`"), "{line}");
    assert_eq!(house.count(is_run), 0);
    // Nothing was asked of GitHub for it either.
    let asked =
        house.count(|what| matches!(what, Happened::Request { asker, .. } if asker.contains("release")));
    assert_eq!(asked, 0, "{:#?}", house.github.truth());
    // Somebody who may is not kept from it.
    house
        .github
        .push_tag(OWNER, HOME, TAG, &house.home.head, MAINTAINER)
        .unwrap();
    house.until_published().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_who_publishes_first_is_not_overruled() {
    for immutable in [false, true] {
        let house = House::make(Plan::default()).await;
        house
            .github
            .set_immutable_releases(OWNER, HOME, immutable)
            .unwrap();
        let mut served = house.serve();
        house.push_tag_as(MAINTAINER);
        house.until("a build has begun", is_run).await;
        let theirs = house.github.release_by(OWNER, HOME, TAG, MAINTAINER).unwrap();
        served.hears("was published already and not by this program");
        assert_eq!(house.count(is_draft), 0);
        let others =
            |what: &Happened| matches!(what, Happened::ReleaseEdited { release } if *release == theirs);
        assert_eq!(house.count(others), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tag_that_moves_while_the_release_is_built_is_not_published() {
    let house = House::make(Plan::default()).await;
    let mut served = house.serve();
    house.push_tag_as(MAINTAINER);
    house.until("a build has begun", is_run).await;
    let other = house
        .github
        .push_files(OWNER, HOME, &[("README.md", "other\n")], MAINTAINER)
        .unwrap();
    house
        .github
        .push_tag(OWNER, HOME, TAG, &other, MAINTAINER)
        .unwrap();
    let line = served.hears("a tag never moves");
    assert!(line.contains(&format!("names {other} now")), "{line}");
    assert_eq!(house.count(is_published), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_ask_at_once_get_one_release() {
    let house = House::make(Plan::default()).await;
    let _served = house.serve();
    house.push_tag_as(MAINTAINER);
    house.push_tag_as(MAINTAINER);
    house.until_published().await;
    house.github.settled().await;
    assert_eq!(house.count(is_run), crate::house::COMPONENTS.len());
    assert_eq!(house.count(is_draft), 1);
    assert_eq!(house.count(is_published), 1);
}

/// Our App asks for this path with this verb.
fn asks(what: &Happened, verb: &str, end: &str) -> bool {
    matches!(what, Happened::Request { method, path, .. } if method == verb && path.ends_with(end))
}

fn swap(github: &github_sim::Running) {
    github
        .swap_asset((OWNER, HOME), TAG, ("SHA256SUMS", b"something else\n"))
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_swapped_before_the_release_is_public_stops_it() {
    let house = House::make(Plan::default()).await;
    let mut served = house.serve();
    // The draft was looked through, and found as it should be.
    house.github.once(|what| asks(what, "GET", "/assets"), swap);
    house.push_tag_as(MAINTAINER);
    let line = served.hears("SHA256SUMS on GitHub has");
    assert!(
        line.contains("stage: Publish") || line.contains("Publish"),
        "{line}"
    );
    assert_eq!(house.count(is_published), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_swapped_at_the_last_moment_is_cried_out() {
    let house = House::make(Plan::default()).await;
    let mut served = house.serve();
    // Nothing is asked any more between this and the publication.
    house
        .github
        .once(|what| asks(what, "GET", "/git/ref/tags/v0.1.0"), swap);
    house.push_tag_as(MAINTAINER);
    let line = served.hears("is public, and its files are not those that were verified");
    assert!(line.contains("withdraw it"), "{line}");
    served.hears("\"phase\":\"stalled\"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_somebody_writes_into_our_draft_is_not_published() {
    let house = House::make(Plan::default()).await;
    let mut served = house.serve();
    house.github.once(
        |what| asks(what, "GET", "/git/ref/tags/v0.1.0"),
        |github| {
            let draft = github.releases(OWNER, HOME).unwrap().remove(0);
            let marker = draft["body"].as_str().unwrap().lines().last().unwrap();
            let notes = format!("Get it from elsewhere.\n{marker}\n");
            let id = draft["id"].as_u64().unwrap();
            github.edit_by(id, ("Another title", &notes), "stranger").unwrap();
        },
    );
    house.push_tag_as(MAINTAINER);
    served.hears("\"phase\":\"published\"");
    let view = house.github.releases(OWNER, HOME).unwrap().remove(0);
    assert_eq!(view["name"], "example v0.1.0", "{view}");
    assert!(!view["body"].as_str().unwrap().contains("elsewhere"), "{view}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_of_a_person_asks_for_a_release_and_our_own_asks_for_none() {
    let house = House::make(Plan::default()).await;
    // Nobody heard of the tag.
    house.push_tag_as(MAINTAINER);
    let mut served = house.serve();
    house.github.draft_by(OWNER, HOME, TAG, MAINTAINER).unwrap();
    house.until_published().await;
    served.hears("\"phase\":\"published\"");
    house.github.settled().await;
    assert_eq!(house.count(is_published), 1);
    assert_eq!(house.count(is_run), crate::house::COMPONENTS.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_stranger_does_starts_nothing() {
    let house = House::make(Plan::default()).await;
    house.push_tag_as(MAINTAINER);
    let mut served = house.serve();
    house.github.draft_by(OWNER, HOME, TAG, "stranger").unwrap();
    served.hears("stranger may not start");
    house.github.release_by(OWNER, HOME, TAG, "stranger").unwrap();
    served.hears("stranger may not start");
    house.push_tag_as("stranger");
    served.hears("stranger may not start");
    assert_eq!(house.count(is_run), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_has_published_is_not_built_again() {
    let house = House::make(Plan::default()).await;
    house.push_tag_as(MAINTAINER);
    let mut served = house.serve();
    house.github.release_by(OWNER, HOME, TAG, MAINTAINER).unwrap();
    let line = served.hears("has published v0.1.0 already");
    assert!(line.contains("release another version"), "{line}");
    assert_eq!(house.count(is_run), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_shows_where_a_release_is_and_that_it_was_withdrawn() {
    let mut plan = Plan {
        clock: Clock::Hand,
        ..Plan::default()
    };
    // Long enough that a status is written while it is built.
    plan.workers.running_seconds = 300;
    let house = House::make(plan).await;
    let clock = Wound::of(&house.github);
    let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 0)).await;
    house.push_tag_as(MAINTAINER);
    let told = |wanted: &'static str| {
        move |what: &Happened| {
            matches!(what, Happened::StatusCreated { context, state, .. }
                if context == "governance/release" && state == wanted)
        }
    };
    clock.wind_until(&house, told("pending")).await;
    clock.wind_until(&house, told("success")).await;
    let release = server.store.list_releases().await.unwrap().remove(0).id;
    let withdraw = Event::Withdraw {
        actor: "github:maintainer".to_owned(),
    };
    let row = inbox_row(&release, "withdraw".to_owned(), &withdraw, "github:maintainer").unwrap();
    let _ = server
        .store
        .append_inbox(&[row], house.github.now())
        .await
        .unwrap();
    server.bell.notify_one();
    clock
        .wind_until(&house, |what| matches!(what, Happened::ReleaseEdited { .. }))
        .await;
    clock.wind_until(&house, told("failure")).await;
    let views = house.github.releases(OWNER, HOME).unwrap();
    let [view] = &views[..] else { panic!("{views:#?}") };
    assert!(
        view["name"].as_str().unwrap().starts_with("[withdrawn] "),
        "{view}"
    );
    assert!(view["body"].as_str().unwrap().contains("Do not use it"), "{view}");
    assert_eq!(
        (&view["prerelease"], &view["draft"]),
        (&true.into(), &false.into())
    );
    // Nothing of it is gone.
    assert!(!view["assets"].as_array().unwrap().is_empty());
}

/// The only release, as it stands.
async fn release(server: &Instance) -> Option<State> {
    let listed = server.store.list_releases().await.unwrap();
    match listed.first() {
        Some(summary) => runtime::load(&*server.store, &summary.id).await.unwrap(),
        None => None,
    }
}

/// Somebody approves; answers what became of that.
async fn approves(house: &House, clock: &Wound, server: &Instance, actor: &str) -> InboxRow {
    let spec = release(server).await.unwrap().spec().unwrap().clone();
    let approve = Event::Approve {
        actor: actor.to_owned(),
        plan_digest: spec.plan_digest,
    };
    let row = inbox_row(&spec.id, format!("approve/{actor}"), &approve, actor).unwrap();
    let now = house.github.now();
    let appended = server.store.append_inbox(&[row], now).await.unwrap();
    server.bell.notify_one();
    loop {
        clock.idle().await;
        let row = server.store.inbox_row(appended[0].id()).await.unwrap().unwrap();
        if row.state != InboxState::Pending {
            return row;
        }
        clock.wind();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_pushed_the_tag_does_not_approve_the_release_whatever_they_are_called() {
    let plan = Plan {
        clock: Clock::Hand,
        release: "approvals_required = 1\nallow_token_approvals = true\n",
        ..Plan::default()
    };
    let house = House::make(plan).await;
    let clock = Wound::of(&house.github);
    let server = Instance::start(&house, &clock, &Database::Sqlite, ("server", 0)).await;
    house.push_tag_as(MAINTAINER);
    let waits = |state: &State| *state.phase() == Phase::AwaitingApproval;
    while !release(&server).await.as_ref().is_some_and(waits) {
        clock.idle().await;
        clock.wind();
    }
    let asked = release(&server).await.unwrap().spec().unwrap().asked_by.clone();
    assert_eq!(asked.as_deref(), Some("github:maintainer"));
    for actor in ["github:maintainer", "token:maintainer"] {
        let row = approves(&house, &clock, &server, actor).await;
        assert_eq!(row.state, InboxState::Refused, "{actor}");
        let reason = row.reason.unwrap();
        assert!(reason.contains("let another person approve it"), "{reason}");
    }
    assert!(waits(&release(&server).await.unwrap()));
    assert_eq!(house.count(is_run), 0);
    let row = approves(&house, &clock, &server, "token:another").await;
    assert_eq!(row.state, InboxState::Done);
    clock.wind_until(&house, is_published).await;
}
