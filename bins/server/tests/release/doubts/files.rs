//! Files that are gone, drafts that are not listed, and what is fetched again.

use super::*;

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
