//! What is withdrawn, cancelled, or moved at the last moment.

use super::*;

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
