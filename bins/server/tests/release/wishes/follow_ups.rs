//! Whoever is told of a release.

use super::*;

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
