//! Deliveries that are kept out: forged, truncated, relabelled, oversized, slow, malformed. None touches the store.

use crate::stage::{
    Answer, DELIVERY, NEXT_SECRET, POST, SECRET, Stage, headers, request, sign, with, without,
};
use futures::future::join_all;
use tokio::io::AsyncWriteExt as _;

const BODY: &[u8] = br#"{"action":"completed","workflow_run":{"id":42}}"#;

/// How one attempt goes on after its bytes were written.
#[derive(Clone, Copy)]
enum Then {
    /// The answer is awaited on an open connection.
    Wait,
    /// Our half is closed.
    Close,
}

struct Case {
    name: String,
    bytes: Vec<u8>,
    then: Then,
    /// Statuses that may come; 0 is the end of the connection without an answer.
    expected: &'static [u16],
}

fn case(name: &str, bytes: Vec<u8>, expected: &'static [u16]) -> Case {
    Case {
        name: name.to_owned(),
        bytes,
        then: Then::Wait,
        expected,
    }
}

fn with_header(name: &str, header: &str, value: &str, expected: &'static [u16]) -> Case {
    case(
        name,
        request(POST, &with(headers(BODY), header, value), BODY),
        expected,
    )
}

fn signatures() -> Vec<Case> {
    let good = sign(SECRET, BODY);
    let hex = &good["sha256=".len()..];
    let flipped = |place: usize| {
        let mut text: Vec<char> = good.chars().collect();
        text[place] = if text[place] == '0' { '1' } else { '0' };
        text.into_iter().collect::<String>()
    };
    let spoilt = [
        ("no key", sign("", BODY)),
        ("a neighbour's key", sign("k7!vQ2#pLz9@rT4%", BODY)),
        ("the key with a line end", sign("k7!vQ2#pLz9@rT4$\n", BODY)),
        ("two keys in one", sign(&format!("{SECRET}{NEXT_SECRET}"), BODY)),
        ("another body", sign(SECRET, b"{}")),
        ("the body and a line end", sign(SECRET, &[BODY, b"\n"].concat())),
        ("the first digit", flipped(7)),
        ("the last digit", flipped(70)),
        ("the middle digit", flipped(40)),
        ("all zero", format!("sha256={}", "0".repeat(64))),
        ("one digit less", good[..70].to_owned()),
        ("one digit more", format!("{good}0")),
        ("upper case", format!("sha256={}", hex.to_uppercase())),
        ("no name of a hash", hex.to_owned()),
        ("another name of a hash", format!("sha512={hex}")),
        ("an older hash", format!("sha1={}", &hex[..40])),
        ("a shouted hash", format!("SHA256={hex}")),
        ("a space within", format!("sha256= {hex}")),
        ("two in one", format!("{good},{good}")),
        ("not a digit", format!("sha256={}g", &hex[..63])),
        ("nothing", String::new()),
        (
            "base64",
            "sha256=dXEH6g61CSfyESIcvOmYSzeldws21lhsffRsRvLMOOw=".to_owned(),
        ),
    ];
    let mut cases: Vec<Case> = spoilt
        .iter()
        .map(|(name, value)| {
            with_header(
                &format!("signature: {name}"),
                "X-Hub-Signature-256",
                value,
                &[401],
            )
        })
        .collect();
    let none = without(headers(BODY), "X-Hub-Signature-256");
    let mut twice = headers(BODY);
    twice.push(("x-hub-signature-256".to_owned(), good.clone()));
    let mut other_first = headers(BODY);
    other_first.insert(0, ("X-Hub-Signature-256".to_owned(), sign("x", BODY)));
    let old = with(none.clone(), "X-Hub-Signature", &format!("sha1={}", &hex[..40]));
    cases.push(case("signature: none", request(POST, &none, BODY), &[401]));
    cases.push(case(
        "signature: twice the same",
        request(POST, &twice, BODY),
        &[401],
    ));
    cases.push(case(
        "signature: a wrong one and the right one",
        request(POST, &other_first, BODY),
        &[401],
    ));
    cases.push(case(
        "signature: the old header only",
        request(POST, &old, BODY),
        &[401],
    ));
    cases
}

fn bodies() -> Vec<Case> {
    let with_body = |name: &str, body: &[u8]| {
        let bytes = request(
            POST,
            &with(headers(BODY), "Content-Length", &body.len().to_string()),
            body,
        );
        case(name, bytes, &[401])
    };
    let mut bit = BODY.to_vec();
    bit[12] ^= 1;
    let not_text = [BODY, &[0xff, 0xfe]].concat();
    vec![
        with_body("body: one bit", &bit),
        with_body("body: one byte less", &BODY[..BODY.len() - 1]),
        with_body("body: one byte more", &[BODY, b" "].concat()),
        with_body("body: empty", b""),
        with_body(
            "body: the same JSON in other spaces",
            br#"{"action": "completed","workflow_run":{"id":42}}"#,
        ),
        case(
            "body: not UTF-8, though signed",
            request(POST, &headers(&not_text), &not_text),
            &[400],
        ),
    ]
}

fn labels() -> Vec<Case> {
    let mut cases = Vec::new();
    for value in [
        "",
        "Push",
        "pull request",
        "push;drop",
        "../push",
        "push1",
        "p-u-s-h",
        "\u{e9}",
    ] {
        cases.push(with_header(
            &format!("event: {value:?}"),
            "X-GitHub-Event",
            value,
            &[400],
        ));
    }
    cases.push(with_header(
        "event: long",
        "X-GitHub-Event",
        &"a".repeat(101),
        &[400],
    ));
    for value in [
        "",
        "1",
        "72d3162e-cc78-11e3-81ab-4c9367dc095",
        "72d3162e-cc78-11e3-81ab-4c9367dc09588",
        "72d3162ecc7811e381ab4c9367dc0958",
        "g2d3162e-cc78-11e3-81ab-4c9367dc0958",
        "72d3162e_cc78_11e3_81ab_4c9367dc0958",
        "{72d3162e-cc78-11e3-81ab-4c9367dc0958}",
        "72d3162e-cc78-11e3-81ab-4c9367dc0958/../x",
    ] {
        cases.push(with_header(
            &format!("delivery: {value:?}"),
            "X-GitHub-Delivery",
            value,
            &[400],
        ));
    }
    for name in ["X-GitHub-Event", "X-GitHub-Delivery"] {
        let absent = without(headers(BODY), name);
        cases.push(case(
            &format!("{name}: none"),
            request(POST, &absent, BODY),
            &[400],
        ));
        let mut twice = headers(BODY);
        let value = if name == "X-GitHub-Event" {
            "push"
        } else {
            DELIVERY
        };
        twice.push((name.to_lowercase(), value.to_owned()));
        cases.push(case(
            &format!("{name}: twice"),
            request(POST, &twice, BODY),
            &[400],
        ));
    }
    cases
}

fn contents() -> Vec<Case> {
    let mut cases = Vec::new();
    for value in [
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/jsonp",
        "multipart/form-data; boundary=x",
        "",
    ] {
        cases.push(with_header(
            &format!("content type: {value:?}"),
            "Content-Type",
            value,
            &[415],
        ));
    }
    let absent = without(headers(BODY), "Content-Type");
    cases.push(case("content type: none", request(POST, &absent, BODY), &[415]));
    for value in ["gzip", "deflate", "identity, gzip"] {
        cases.push(with_header(
            &format!("encoding: {value}"),
            "Content-Encoding",
            value,
            &[415],
        ));
    }
    cases
}

fn sizes() -> Vec<Case> {
    const LIMIT: usize = 25 * 1024 * 1024;
    let mut cases = Vec::new();
    for length in [LIMIT + 1, 1 << 30, usize::MAX / 2] {
        // Nothing of it is sent: the answer comes before.
        let declared = with(headers(BODY), "Content-Length", &length.to_string());
        cases.push(case(
            &format!("size: {length} declared"),
            request(POST, &declared, b""),
            &[413],
        ));
    }
    let chunked = with(
        without(headers(BODY), "Content-Length"),
        "Transfer-Encoding",
        "chunked",
    );
    let mut endless = request(POST, &chunked, b"");
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..26 {
        endless.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        endless.extend_from_slice(&piece);
        endless.extend_from_slice(b"\r\n");
    }
    cases.push(case("size: 26 MB in chunks", endless, &[413, 0]));
    let huge_chunk = [request(POST, &chunked, b""), b"fffffffffffffffff\r\nx".to_vec()].concat();
    cases.push(case("size: a chunk that no number holds", huge_chunk, &[400, 0]));
    let many: Vec<(String, String)> = (0..200)
        .map(|number| (format!("X-{number}"), "x".to_owned()))
        .collect();
    let many = [headers(BODY), many].concat();
    cases.push(case(
        "head: 200 headers",
        request(POST, &many, BODY),
        &[431, 400, 0],
    ));
    cases.push(with_header(
        "head: a header of 100 kB",
        "X-Long",
        &"x".repeat(100_000),
        &[431, 0],
    ));
    let long = format!("POST /webhooks/github?{} HTTP/1.1", "x".repeat(100_000));
    cases.push(case(
        "head: an address of 100 kB",
        request(&long, &headers(BODY), BODY),
        &[414, 431, 0],
    ));
    cases
}

fn protocol() -> Vec<Case> {
    let line = |name: &str, line: &str, expected| case(name, request(line, &headers(BODY), BODY), expected);
    let both = with(headers(BODY), "Transfer-Encoding", "chunked");
    let mut lengths = headers(BODY);
    lengths.push(("Content-Length".to_owned(), "1".to_owned()));
    vec![
        line("method: GET", "GET /webhooks/github HTTP/1.1", &[405]),
        line("method: PUT", "PUT /webhooks/github HTTP/1.1", &[405]),
        line("method: DELETE", "DELETE /webhooks/github HTTP/1.1", &[405]),
        line("path: below", "POST /webhooks/github/ HTTP/1.1", &[404]),
        line("path: above", "POST /webhooks HTTP/1.1", &[404]),
        line("path: shouted", "POST /Webhooks/GitHub HTTP/1.1", &[404]),
        line("path: dots", "POST /webhooks/../webhooks/github HTTP/1.1", &[404]),
        line(
            "protocol: HTTP/9",
            "POST /webhooks/github HTTP/9.9",
            &[400, 505, 0],
        ),
        case(
            "protocol: a handshake of TLS",
            vec![0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03],
            &[400, 0],
        ),
        case(
            "protocol: nothing but lines",
            b"\r\n\r\n\r\nhello\r\n\r\n".to_vec(),
            &[400, 0],
        ),
        case("protocol: zeros", vec![0; 512], &[400, 0]),
        case("protocol: two lengths", request(POST, &lengths, BODY), &[400, 0]),
        // A length beside chunks is left out of account; these are no chunks.
        case(
            "protocol: a length and chunks",
            request(POST, &both, BODY),
            &[400, 0],
        ),
        with_header("protocol: a length below zero", "Content-Length", "-1", &[400, 0]),
        with_header(
            "protocol: a length that is none",
            "Content-Length",
            "many",
            &[400, 0],
        ),
    ]
}

/// Whoever breaks off, and whoever never ends: cut off by the limits of time.
fn slow() -> Vec<Case> {
    let whole = request(POST, &headers(BODY), BODY);
    let closed = |name: &str, bytes: &[u8]| Case {
        then: Then::Close,
        ..case(name, bytes.to_vec(), &[400, 0])
    };
    let head = whole.len() - BODY.len();
    vec![
        closed("broken off: in the head", &whole[..head / 2]),
        closed("broken off: before the body", &whole[..head]),
        closed("broken off: in the body", &whole[..whole.len() - 1]),
        case("slow: nothing is sent", Vec::new(), &[408, 0]),
        case("slow: half a head", whole[..head / 2].to_vec(), &[408, 0]),
        case("slow: no body", whole[..head].to_vec(), &[408]),
        case("slow: half a body", whole[..whole.len() - 1].to_vec(), &[408]),
    ]
}

fn all() -> Vec<Case> {
    [
        signatures(),
        bodies(),
        labels(),
        contents(),
        sizes(),
        protocol(),
        slow(),
    ]
    .concat_all()
}

trait ConcatAll {
    fn concat_all(self) -> Vec<Case>;
}

impl<const N: usize> ConcatAll for [Vec<Case>; N] {
    fn concat_all(self) -> Vec<Case> {
        self.into_iter().flatten().collect()
    }
}

async fn attempt(stage: &Stage, case: &Case) -> Answer {
    let mut stream = stage.connect().await;
    // The server may answer, and close, before everything is written.
    let _ = stream.write_all(&case.bytes).await;
    if matches!(case.then, Then::Close) {
        let _ = stream.shutdown().await;
    }
    Answer::read(&mut stream).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_forged_broken_large_or_slow_changes_anything() {
    let stage = Stage::open().await;
    let cases = all();
    assert!(cases.len() >= 60, "{}", cases.len());
    let answers = join_all(cases.iter().map(|case| attempt(&stage, case))).await;
    let mut wrong = Vec::new();
    for (case, answer) in cases.iter().zip(&answers) {
        if !case.expected.contains(&answer.status) {
            wrong.push(format!("{}: {} {}", case.name, answer.status, answer.body));
        }
        if answer.status >= 400 && answer.body.starts_with('{') {
            assert!(
                !answer.json()["remedy"].as_str().unwrap().is_empty(),
                "{}",
                case.name
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
    assert_eq!(stage.rows().await, 0);
    // And the door is as it was.
    assert_eq!(stage.send(&request(POST, &headers(BODY), BODY)).await.status, 202);
    assert_eq!(stage.rows().await, 1);
}
