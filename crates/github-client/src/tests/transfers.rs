//! Files that come and go, and where our token does not go with them.

use super::HandWound;
use super::stand_in::{NOW, StandIn, release_json, reply};
use crate::{ArtifactId, AssetId, GitHub, GitHubError, Release, Settings, Written};
use domain_types::Sha256Digest;
use serde_json::json;
use std::sync::Arc;

const ZIP: &str = "GET /repos/acme/node/actions/artifacts/4/zip";
const LARGE: usize = 8 * 1024 * 1024;

fn large() -> Vec<u8> {
    (0..LARGE).map(|index| (index / 7) as u8).collect()
}

fn redirect(to: &str) -> super::stand_in::Reply {
    reply(302).header("location", to)
}

/// A client of `api` that may fetch from the host of `store` too.
fn github(api: &StandIn, store: &StandIn) -> GitHub {
    // The two are on one host; the name of another makes them two.
    let settings = Settings {
        api_url: api.url.replace("127.0.0.1", "localhost"),
        download_hosts: vec!["127.0.0.1".to_owned()],
        ..store.settings()
    };
    GitHub::with_time(settings, Arc::new(HandWound::jumping(NOW))).unwrap()
}

#[tokio::test]
async fn an_artifact_is_fetched_from_where_it_lies_without_our_token() {
    let (api, store) = (StandIn::start().await, StandIn::start().await);
    api.on(ZIP, [redirect(&format!("{}/signed?sig=1", store.url))]);
    store.on("GET /signed?sig=1", [redirect("/further")]);
    store.on("GET /further", [reply(200).bytes(large())]);
    let github = github(&api, &store);
    let repository = github.repository("acme", "node").unwrap();
    let mut written = Vec::new();
    let downloaded = repository
        .download_artifact(ArtifactId(4), &mut written, LARGE as u64)
        .await
        .unwrap();
    assert_eq!(written, large());
    assert_eq!(downloaded.bytes, LARGE as u64);
    assert_eq!(downloaded.sha256, Sha256Digest::of(&large()));
    assert_eq!(api.seen(ZIP)[0].header("authorization"), Some("Bearer first"));
    for seen in store.seen("GET ") {
        assert_eq!(seen.header("authorization"), None, "{}", seen.asked);
    }
    let made = github.requests_made();
    let counted: u64 = made.iter().map(|(_, count)| count).sum();
    assert_eq!(
        counted, 3,
        "installation, token, artifact; what lies elsewhere is not counted: {made:?}"
    );
}

#[tokio::test]
async fn nothing_is_fetched_from_a_host_that_is_not_named() {
    let (api, store) = (StandIn::start().await, StandIn::start().await);
    let github = github(&api, &store);
    let repository = github.repository("acme", "node").unwrap();
    let port = store.url.rsplit(':').next().unwrap();
    for foreign in [
        format!("http://127.0.0.2:{port}/x"),
        "https://elsewhere.example/x".to_owned(),
        "ftp://127.0.0.1/x".to_owned(),
    ] {
        api.on(ZIP, [redirect(&foreign)]);
        let mut written = Vec::new();
        let error = repository
            .download_artifact(ArtifactId(4), &mut written, 9)
            .await
            .unwrap_err();
        assert!(
            matches!(
                error,
                GitHubError::ForeignHost { .. } | GitHubError::Undecodable { .. }
            ),
            "{foreign}: {error}"
        );
    }
    assert!(store.seen("GET ").is_empty());
}

#[tokio::test]
async fn a_download_ends_at_its_limits() {
    let stand_in = StandIn::start().await;
    let repository = stand_in.repository();
    let itself = format!("{}/blob", stand_in.url);
    stand_in.on(ZIP, [redirect(&itself)]);
    let download = |answer, bytes_max| {
        stand_in.on("GET /blob", [answer]);
        let repository = repository.clone();
        async move {
            let mut written = Vec::new();
            let outcome = repository
                .download_artifact(ArtifactId(4), &mut written, bytes_max)
                .await;
            (outcome, written.len())
        }
    };
    let (exact, length) = download(reply(200).bytes("12345"), 5).await;
    assert_eq!((exact.unwrap().bytes, length), (5, 5));
    let (over, length) = download(reply(200).bytes("123456"), 5).await;
    assert!(matches!(over, Err(GitHubError::TooLarge { .. })), "{over:?}");
    assert!(length <= 5);
    let (endless, _) = download(redirect("/blob"), 5).await;
    assert!(
        matches!(endless, Err(GitHubError::Undecodable { .. })),
        "{endless:?}"
    );
    let (broken, _) = download(reply(200).bytes("123").breaks(), 5).await;
    assert!(matches!(broken, Err(GitHubError::Broken { .. })), "{broken:?}");
    let (gone, _) = download(reply(404), 5).await;
    assert!(
        matches!(gone, Err(GitHubError::Refused { status: 404, .. })),
        "{gone:?}"
    );
    let (busy, _) = download(reply(503), 5).await;
    assert!(busy.unwrap_err().is_retryable());
    let (nowhere, _) = download(reply(302), 5).await;
    assert!(nowhere.is_err());
}

#[tokio::test]
async fn an_asset_is_asked_for_as_bytes() {
    let stand_in = StandIn::start().await;
    let asked = "GET /repos/acme/node/releases/assets/3";
    stand_in.on(asked, [reply(200).bytes("direct")]);
    let mut written = Vec::new();
    let downloaded = stand_in
        .repository()
        .download_asset(AssetId(3), &mut written, 100)
        .await
        .unwrap();
    assert_eq!((downloaded.bytes, written.as_slice()), (6, &b"direct"[..]));
    assert_eq!(
        stand_in.seen(asked)[0].header("accept"),
        Some("application/octet-stream")
    );
}

fn release(upload_url: &str) -> Release {
    serde_json::from_value(release_json(1, upload_url)).unwrap()
}

#[tokio::test]
async fn a_large_file_is_uploaded_as_it_is_read() {
    let stand_in = StandIn::start().await;
    let asset = json!({
        "id": 3, "name": "a", "size": LARGE, "state": "uploaded", "digest": Sha256Digest::of(&large()).to_string(),
        "uploader": null
    });
    stand_in.on("POST /uploads?name=a", [reply(201).json(asset)]);
    let release = release(&format!("{}/uploads{{?name,label}}", stand_in.url));
    let bytes = large();
    let repository = stand_in.repository();
    let written = repository
        .upload_asset(&release, "a", LARGE as u64, bytes.as_slice(), "application/zip")
        .await;
    let Written::Done(asset) = written else {
        panic!("{written:?}")
    };
    assert_eq!(asset.digest, Some(Sha256Digest::of(&bytes)));
    assert_eq!(stand_in.seen("POST /uploads")[0].body, bytes);
}

#[tokio::test]
async fn a_file_of_another_size_than_was_said_is_never_taken_for_whole() {
    for (announced, length) in [(LARGE + 1, LARGE), (LARGE - 1, LARGE), (1, 0), (0, 1), (5, 6)] {
        let stand_in = StandIn::start().await;
        let asset =
            json!({"id": 3, "name": "a", "size": 1, "state": "uploaded", "digest": null, "uploader": null});
        stand_in.on("POST /uploads?name=a", [reply(201).json(asset)]);
        let release = release(&format!("{}/uploads{{?name,label}}", stand_in.url));
        let bytes = &large()[..length];
        let written = stand_in
            .repository()
            .upload_asset(&release, "a", announced as u64, bytes, "application/zip")
            .await;
        assert!(
            matches!(written, Written::Unknown(GitHubError::Local { .. })) || announced == 0,
            "{announced} {length}: {written:?}"
        );
        let whole = stand_in
            .seen("POST /uploads")
            .iter()
            .any(|seen| seen.body.len() == length);
        assert!(!whole || length == 0, "{announced} {length}");
    }
}

#[tokio::test]
async fn an_upload_goes_to_the_api_or_nowhere() {
    let stand_in = StandIn::start().await;
    for foreign in [
        "https://elsewhere.example/x{?name}",
        "http://127.0.0.2/x",
        "nonsense",
        "",
    ] {
        let written = stand_in
            .repository()
            .upload_asset(&release(foreign), "a", 1, &b"x"[..], "text/plain")
            .await;
        assert!(matches!(written, Written::Rejected(_)), "{foreign}: {written:?}");
    }
    assert!(stand_in.seen("POST ").is_empty());
}
