//! Rehearsals: everything but what is public.

use super::*;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_rehearsal_of_a_version_waits_for_the_first() {
    let play = Play::begin(untagged()).await;
    play.asks("rehearse", "1").await;
    play.until(is_run).await;
    play.asks("rehearse", "2").await;
    play.until_newest_is("rehearsed").await;
    assert_eq!(play.server.store.list_releases().await.unwrap().len(), 1);
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
