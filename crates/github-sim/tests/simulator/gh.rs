//! `gh` as a peer: what a maintainer asks and does by hand. What it asks by GraphQL is left out, as the simulator has none.

use crate::programs::Gh;
use crate::stage::Stage;
use github_sim::{Clock, Faults, Happened};
use std::time::Duration;

#[tokio::test]
async fn gh_walks_from_the_tags_over_a_run_to_a_published_release() {
    if !Gh::is_installed().await {
        return;
    }
    let stage = Stage::set(Clock::Hand, Faults::default()).await;
    let token = stage.github.create_user("rita").unwrap();
    let gh = Gh {
        url: stage.github.url(),
        token: &token,
        repository: "acme/node",
        home: stage.folder.path(),
    };
    tag(&gh, &stage.node.head).await;
    build(&gh, &stage).await;
    release(&gh, &stage.node.head).await;
    for line in stage.github.truth() {
        if let Happened::Request { host, asker, .. } = &line.what {
            assert!(*host == "storage" || asker.contains("rita"), "{line:?}");
        }
    }
    stage.github.stop();
}

/// Tags are made and listed, on one page and on two.
async fn tag(gh: &Gh<'_>, commit: &str) {
    let login = gh.run(&["api", "user", "--jq", ".login"]);
    assert_eq!(login.await.unwrap(), "rita");
    for tag in ["v0.1.0", "v0.2.0"] {
        let (name, commit) = (format!("ref=refs/tags/{tag}"), format!("sha={commit}"));
        let make = ["api", "repos/{owner}/{repo}/git/refs", "-f", &name, "-f", &commit];
        gh.run(&make).await.unwrap();
    }
    let listed = gh.run(&["api", "repos/{owner}/{repo}/tags", "--jq", ".[].name"]);
    assert_eq!(listed.await.unwrap(), "v0.2.0\nv0.1.0");
    let pages = "repos/{owner}/{repo}/tags?per_page=1";
    let paged = gh.run_along_links(&["api", "--paginate", pages, "--jq", ".[].name"]);
    assert_eq!(paged.await.unwrap(), "v0.2.0\nv0.1.0");
    let unknown = gh.run(&["api", "repos/acme/nothing"]).await;
    assert!(unknown.is_err_and(|said| said.contains("Not Found (HTTP 404)")));
}

/// A build is started, seen waiting and seen done, and what it built is fetched.
async fn build(gh: &Gh<'_>, stage: &Stage) {
    let commit = format!("commit={}", stage.node.head);
    let mut start = vec!["workflow", "run", "build.yml", "--ref", "main", "-f", &commit];
    for input in [
        "version=1.0.0",
        "platform=linux-x86_64",
        "release_id=r1",
        "dispatch_id=d1",
    ] {
        start.extend(["-f", input]);
    }
    gh.run_along_links(&start).await.unwrap();
    let seen = |wanted: &str| {
        let fields = "databaseId,displayTitle,event,status,conclusion";
        gh.run_along_links(&["run", "list", "--json", fields, "--jq", wanted])
    };
    let line = r#".[] | "\(.displayTitle), \(.event), \(.status)/\(.conclusion)""#;
    assert_eq!(
        seen(line).await.unwrap(),
        "build 1.0.0 [d1], workflow_dispatch, queued/"
    );
    stage.github.advance(Duration::from_secs(60)).unwrap();
    assert_eq!(
        seen(line).await.unwrap(),
        "build 1.0.0 [d1], workflow_dispatch, completed/success"
    );
    let run = seen(".[].databaseId").await.unwrap();
    let shown = gh.run_along_links(&["run", "view", &run, "--exit-status"]).await;
    assert!(shown.is_ok_and(|shown| shown.contains("build-linux-x86_64")));
    let built = format!("repos/acme/node/actions/runs/{run}/artifacts");
    let artifact = gh.run(&["api", &built, "--jq", ".artifacts[].id"]).await.unwrap();
    let zip = format!("repos/acme/node/actions/artifacts/{artifact}/zip");
    let zip = gh.run(&["api", &zip]).await.unwrap();
    assert!(zip.starts_with("PK") && zip.contains("build-manifest.json"));
}

/// A release is drafted with a file, published and read back; another is published at once, and no second one of the same tag.
async fn release(gh: &Gh<'_>, commit: &str) {
    const CONTENT: &str = "what was built";
    const ALL: &str = "repos/acme/node/releases";
    const BY_TAG: &str = "repos/acme/node/releases/tags/v1.0.0";
    std::fs::write(gh.home.join("node.txt"), CONTENT).unwrap();
    let create = |tag: &str, more: &[&str]| {
        let create = [
            "release", "create", tag, "node.txt", "--title", tag, "--notes", "",
        ];
        gh.run_along_links(&[&create, &["--target", commit][..], more].concat())
    };
    create("v1.0.0", &["--draft"]).await.unwrap();
    let hidden = gh.run(&["api", BY_TAG]).await;
    assert!(hidden.is_err_and(|said| said.contains("Not Found (HTTP 404)")));
    let drafts = gh.run(&["api", ALL, "--jq", ".[] | select(.draft) | .id"]).await;
    let draft = format!("{ALL}/{}", drafts.unwrap());
    gh.run(&["api", "-X", "PATCH", &draft, "-F", "draft=false"])
        .await
        .unwrap();
    let line = r#""\(.tag_name) \(.draft) " + (.assets[] | "\(.name) \(.size) \(.state)")"#;
    let published = gh.run(&["api", BY_TAG, "--jq", line]);
    assert_eq!(published.await.unwrap(), "v1.0.0 false node.txt 14 uploaded");
    let asset = gh.run(&["api", BY_TAG, "--jq", ".assets[].id"]).await.unwrap();
    let asset = format!("{ALL}/assets/{asset}");
    let fetched = gh.run(&["api", &asset, "-H", "Accept: application/octet-stream"]);
    assert_eq!(fetched.await.unwrap(), CONTENT);

    create("v1.0.1", &[]).await.unwrap();
    assert!(create("v1.0.1", &[]).await.is_err());
    let line = r#".[] | "\(.tag_name) \(.draft) \(.assets | length)""#;
    let all = gh.run(&["api", ALL, "--jq", line]);
    assert_eq!(all.await.unwrap(), "v1.0.1 false 1\nv1.0.0 false 1");
}
