//! Tags that the server makes.

use super::*;

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
