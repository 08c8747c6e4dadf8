//! Deliveries that are let in.

use crate::stage::{
    Answer, DELIVERY, NEXT_SECRET, POST, Stage, delivery, headers, request, sign, with, without,
};
use storage::{InboxId, InboxState, Store as _};
use tokio::io::AsyncWriteExt as _;

const BODY: &[u8] = br#"{"ref":"refs/tags/v1.0.0","text":"zw\u00f6lf \"Boxk\u00e4mpfer\""}"#;

#[tokio::test]
async fn a_delivery_is_one_row_and_the_doorbell_rings() {
    let stage = Stage::open().await;
    let answer = stage.send(&delivery(BODY)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["outcome"], "stored");
    stage.doorbell.notified().await;
    let row = stage.store.inbox_row(InboxId(1)).await.unwrap().unwrap();
    assert_eq!(row.state, InboxState::Pending);
    assert_eq!(row.row.key, format!("delivery/{DELIVERY}"));
    assert_eq!(
        (row.row.kind.as_str(), row.row.actor.as_str()),
        ("webhook", "github")
    );
    assert_eq!(row.row.release, None);
    let stored: serde_json::Value = serde_json::from_str(&row.row.body).unwrap();
    assert_eq!(stored["schema"], "governance/webhook/v1");
    assert_eq!(stored["delivery"], DELIVERY);
    assert_eq!(stored["event"], "push");
    assert_eq!(stored["secret"], 0);
    assert_eq!(stored["sha256"], domain_types::Sha256Digest::of(BODY).hex());
    assert_eq!(stored["payload"].as_str().unwrap().as_bytes(), BODY);
}

#[tokio::test]
async fn a_repeated_delivery_is_known_whatever_else_it_says() {
    let stage = Stage::open().await;
    assert_eq!(stage.send(&delivery(BODY)).await.status, 202);
    for body in [BODY, b"{}"] {
        let repeated = stage.send(&delivery(body)).await;
        assert_eq!(
            (repeated.status, repeated.json()["outcome"].as_str()),
            (202, Some("known"))
        );
    }
    let shouted = with(headers(BODY), "X-GitHub-Delivery", &DELIVERY.to_uppercase());
    let shouted = stage.send(&request(POST, &shouted, BODY)).await;
    assert_eq!(
        (shouted.status, shouted.json()["outcome"].as_str()),
        (202, Some("known"))
    );
    assert_eq!(stage.rows().await, 1);
    let row = stage.store.inbox_row(InboxId(1)).await.unwrap().unwrap();
    assert!(
        row.row.body.contains("refs/tags"),
        "the first stays: {}",
        row.row.body
    );
}

#[tokio::test]
async fn good_deliveries_come_in_many_forms() {
    let stage = Stage::open().await;
    let unlike = |number: u8| {
        with(
            headers(BODY),
            "X-GitHub-Delivery",
            &format!("{number:08}{}", &DELIVERY[8..]),
        )
    };
    let large = vec![b' '; 24 * 1024 * 1024];
    let large_headers = with(
        with(unlike(4), "Content-Length", &large.len().to_string()),
        "X-Hub-Signature-256",
        &sign(NEXT_SECRET, &large),
    );
    let mut chunked = request(
        POST,
        &with(
            without(unlike(5), "Content-Length"),
            "Transfer-Encoding",
            "chunked",
        ),
        b"",
    );
    for piece in BODY.chunks(7) {
        chunked.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        chunked.extend_from_slice(piece);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let empty = with(
        with(unlike(6), "Content-Length", "0"),
        "X-Hub-Signature-256",
        &sign(NEXT_SECRET, b""),
    );
    let rows = [
        (
            "the next secret",
            request(
                POST,
                &with(unlike(1), "X-Hub-Signature-256", &sign(NEXT_SECRET, BODY)),
                BODY,
            ),
        ),
        (
            "a charset",
            request(
                POST,
                &with(unlike(2), "Content-Type", "Application/JSON; charset=utf-8"),
                BODY,
            ),
        ),
        (
            "an unknown event",
            request(POST, &with(unlike(3), "X-GitHub-Event", "moon_phase"), BODY),
        ),
        ("24 MB", request(POST, &large_headers, &large)),
        ("chunks", chunked),
        ("nothing", request(POST, &empty, b"")),
    ];
    for (index, (what, bytes)) in rows.iter().enumerate() {
        let answer = stage.send(bytes).await;
        assert_eq!(answer.status, 202, "{what}: {answer:?}");
        assert_eq!(stage.rows().await, index + 1, "{what}");
    }
}

#[tokio::test]
async fn many_at_once_are_all_stored_each_once() {
    let stage = Stage::open().await;
    let send = |number: usize| {
        let name = format!("{:08x}{}", number / 2, &DELIVERY[8..]);
        let bytes = request(POST, &with(headers(BODY), "X-GitHub-Delivery", &name), BODY);
        let stage = &stage;
        async move { stage.send(&bytes).await }
    };
    // Each twice.
    let answers = futures::future::join_all((0..400).map(send)).await;
    let outcomes: Vec<String> = answers
        .iter()
        .map(|answer| answer.json()["outcome"].to_string())
        .collect();
    assert!(answers.iter().all(|answer| answer.status == 202));
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| outcome.contains("stored"))
            .count(),
        200
    );
    assert_eq!(stage.rows().await, 200);
}

#[tokio::test]
async fn what_is_being_answered_at_the_end_is_finished_and_nobody_new_is_let_in() {
    let mut stage = Stage::open().await;
    let bytes = delivery(BODY);
    let (first, rest) = bytes.split_at(bytes.len() - 5);
    let mut stream = stage.connect().await;
    stream.write_all(first).await.unwrap();
    // The server has seen the head once a second connection is answered behind it.
    assert_eq!(
        stage
            .send(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            .await
            .status,
        200
    );
    stage.ask_to_end();
    let address = stage.address;
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(rest).await.unwrap();
    let answer = Answer::read(&mut stream).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    drop(stream);
    stage.close().await;
    assert!(stage.store.inbox_row(InboxId(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn the_server_tells_how_it_is_without_a_secret() {
    let stage = Stage::open().await;
    stage.send(&delivery(BODY)).await;
    stage.send(&delivery(BODY)).await;
    stage
        .send(&request(
            POST,
            &with(headers(BODY), "X-GitHub-Event", "Push"),
            BODY,
        ))
        .await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes();
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(stage.send(&get(path)).await.status, 200, "{path}");
    }
    let page = stage.send(&get("/metrics")).await;
    assert_eq!(page.status, 200);
    for line in [
        "governance_deliveries_total{event=\"push\",outcome=\"stored\"} 1",
        "governance_deliveries_total{event=\"push\",outcome=\"known\"} 1",
        "governance_deliveries_total{event=\"unverified\",outcome=\"refused\"} 1",
        "governance_releases{state=\"published\"} 0",
        "governance_inbox_pending 1",
        "governance_effects_open{state=\"unknown\"} 0",
    ] {
        assert!(page.body.contains(line), "{line} in {}", page.body);
    }
    for rule in [
        "x-content-type-options: nosniff",
        "content-security-policy: default-src 'none'",
        "cache-control: no-store",
    ] {
        assert!(page.head.contains(rule), "{rule} in {}", page.head);
    }
    assert!(!page.body.contains(crate::stage::SECRET));
}
