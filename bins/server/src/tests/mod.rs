//! The queue and the routes over a store that has its moods.

mod moody_store;

use crate::append_queue::{AppendQueue, NotAppended};
use crate::configuration::{ServerConfiguration, TokenApprovals};
use crate::parts::{Parts, Shared, VISITORS_MAX};
use crate::routes::router;
use crate::tokens::{Scope, Token, TokenSource, draw};
use crate::webhook_secret::{WebhookSecret, WebhookSecrets};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use futures::FutureExt as _;
use futures::future::join_all;
use hmac::{Hmac, KeyInit, Mac};
use moody_store::{MoodyStore, POISON, moody};
use runtime::SystemClock;
use runtime::ports::Clock as _;
use sha2::Sha256;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use storage::{Appended, NewInboxRow, Store};
use tokio::sync::{Notify, watch};
use tower::ServiceExt as _;

const SECRET: &str = "k7!vQ2#pLz9@rT4$";

fn row(key: &str, body: &str) -> NewInboxRow {
    NewInboxRow {
        key: key.to_owned(),
        release: None,
        kind: "webhook".to_owned(),
        body: body.to_owned(),
        actor: "github".to_owned(),
    }
}

/// A queue whose other end commits.
fn queue(store: &Arc<MoodyStore>) -> AppendQueue {
    let doorbell = Arc::new(Notify::new());
    let (queue, committer) = AppendQueue::new(
        Arc::clone(store) as Arc<dyn Store>,
        Arc::new(SystemClock),
        doorbell,
    );
    tokio::spawn(committer.run());
    queue
}

/// The first commit waits at the gate until all the others have come.
async fn append_behind_the_first(
    store: &Arc<MoodyStore>,
    rows: Vec<NewInboxRow>,
) -> Vec<Result<Appended, NotAppended>> {
    let queue = queue(store);
    let closed = store.watch.gate.acquire().await.unwrap();
    let mut first = queue.append(row("first", "{}")).boxed();
    assert!((&mut first).now_or_never().is_none());
    tokio::task::yield_now().await;
    let mut others = join_all(rows.into_iter().map(|row| queue.append(row))).boxed();
    assert!((&mut others).now_or_never().is_none());
    drop(closed);
    assert!(matches!(first.await, Ok(Appended::New(_))));
    others.await
}

#[tokio::test]
async fn what_comes_while_a_commit_is_under_way_shares_the_next() {
    let store = moody().await;
    let rows = (0..100)
        .map(|number| row(&format!("row/{number}"), "{}"))
        .collect();
    let appended = append_behind_the_first(&store, rows).await;
    assert!(
        appended
            .iter()
            .all(|appended| matches!(appended, Ok(Appended::New(_))))
    );
    assert_eq!(*store.watch.commits.lock().unwrap(), [1, 100]);
}

#[tokio::test]
async fn a_commit_is_bounded_and_what_is_left_goes_into_the_next() {
    let store = moody().await;
    let large = "x".repeat(20 * 1024 * 1024);
    let mut rows: Vec<NewInboxRow> = (0..300)
        .map(|number| row(&format!("row/{number}"), "{}"))
        .collect();
    rows.extend([row("large/1", &large), row("large/2", &large)]);
    let appended = append_behind_the_first(&store, rows).await;
    assert!(
        appended
            .iter()
            .all(|appended| matches!(appended, Ok(Appended::New(_))))
    );
    assert_eq!(*store.watch.commits.lock().unwrap(), [1, 256, 45, 1]);
}

#[tokio::test]
async fn a_row_that_is_not_taken_keeps_out_nobody_else() {
    let store = moody().await;
    let rows = vec![row("a", "{}"), row("b", POISON), row("c", "{}"), row("a", "{}")];
    let appended = append_behind_the_first(&store, rows).await;
    assert!(matches!(appended[0], Ok(Appended::New(_))));
    assert!(matches!(appended[1], Err(NotAppended::Store(_))));
    assert!(matches!(appended[2], Ok(Appended::New(_))));
    assert!(matches!(appended[3], Ok(Appended::Duplicate(_))));
    assert_eq!(*store.watch.commits.lock().unwrap(), [1, 4, 1, 1, 1, 1]);
}

fn delivery() -> Request<Body> {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(b"{}");
    let mut signature = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        write!(signature, "{byte:02x}").unwrap();
    }
    Request::post("/webhooks/github")
        .header("Content-Type", "application/json")
        .header("X-GitHub-Delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
        .header("X-GitHub-Event", "push")
        .header("X-Hub-Signature-256", signature)
        .body(Body::from("{}"))
        .unwrap()
}

/// What routes see over a store, and who ends it.
fn shared(store: &Arc<MoodyStore>) -> (Arc<Shared>, watch::Sender<bool>) {
    shared_with(store, Vec::new())
}

/// The same with these tokens.
fn shared_with(store: &Arc<MoodyStore>, tokens: Vec<Token>) -> (Arc<Shared>, watch::Sender<bool>) {
    let secret = WebhookSecret::new(SECRET.to_owned()).unwrap();
    let configuration = ServerConfiguration {
        host: String::new(),
        port: 0,
        webhook_secrets: WebhookSecrets::new(secret, None).unwrap(),
        tokens: TokenSource::Given(tokens),
        token_approvals: TokenApprovals::Refused,
    };
    let parts = Parts {
        store: Arc::clone(store) as Arc<dyn Store>,
        clock: Arc::new(SystemClock),
        doorbell: Arc::new(Notify::new()),
        worker: None,
        readings: None,
        reception: None,
        announce: Box::new(|_| ()),
    };
    let (shutdown, watched) = watch::channel(false);
    let shared = Shared::new(configuration, &parts, queue(store), watched);
    (Arc::new(shared), shutdown)
}

#[tokio::test]
async fn strangers_who_look_at_pull_requests_have_so_many_places_and_crowd_nobody_out() {
    let store = moody().await;
    let drawn = draw("ada".parse().unwrap(), Scope::Read, 1, SystemClock.now());
    let (text, token) = drawn.unwrap();
    let bearer = format!("Bearer {text}");
    let (shared, _shutdown) = shared_with(&store, vec![token]);
    let router = router(Arc::clone(&shared));
    let ask = async |path: &str, bearer: Option<&str>| {
        let mut request = Request::get(path);
        if let Some(bearer) = bearer {
            request = request.header("authorization", bearer);
        }
        let answer = router.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        let answer = answer.unwrap();
        (
            answer.status().as_u16(),
            answer.headers().contains_key("retry-after"),
        )
    };
    let paths = [
        "/api/v1/pull-requests/a/b/1",
        "/api/v1/pull-requests/a/b/1/facts",
        "/p/7/1",
    ];
    let [strangers, bearers] = &shared.visitors;
    let most = u32::try_from(VISITORS_MAX).unwrap();
    // Nobody has a gate here: who has a place is told so.
    for path in paths {
        let taken = strangers.acquire_many(most).await.unwrap();
        assert_eq!(ask(path, None).await, (503, true), "{path}");
        assert_eq!(ask(path, Some(&bearer)).await, (404, false), "{path}");
        // What is no token is as good as none.
        assert_eq!(ask(path, Some("Bearer x")).await, (503, true), "{path}");
        drop(taken);
        let _taken = bearers.acquire_many(most).await.unwrap();
        assert_eq!(ask(path, None).await, (404, false), "{path}");
        assert_eq!(ask(path, Some(&bearer)).await, (503, true), "{path}");
    }
    let _taken = strangers.acquire_many(most).await.unwrap();
    assert_eq!(ask("/health/live", None).await.0, 200);
}

#[tokio::test]
async fn a_store_that_fails_is_told_and_the_same_delivery_is_taken_later() {
    let store = moody().await;
    let (shared, _shutdown) = shared(&store);
    let router = router(shared);
    let ready = || Request::get("/health/ready").body(Body::empty()).unwrap();
    store.watch.fails.store(true, Ordering::SeqCst);
    let answer = router.clone().oneshot(delivery()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers().contains_key("retry-after"));
    let answer = router.clone().oneshot(ready()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    store.watch.fails.store(false, Ordering::SeqCst);
    assert_eq!(
        router.clone().oneshot(delivery()).await.unwrap().status(),
        StatusCode::ACCEPTED
    );
    assert_eq!(
        router.clone().oneshot(ready()).await.unwrap().status(),
        StatusCode::OK
    );
}
