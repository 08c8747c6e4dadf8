//! What the gate asks of GitHub, counted as GitHub counts it: an answer that says that nothing changed (304) is none.

use crate::house::{AUTHOR, House, NODE, OWNER, Plan, RULES, SECRET};
use crate::wound::Instance;
use github_sim::{Happened, MergeMethod, PullPlan, Truth};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// Requests that GitHub counts for a look at a pull request of which somebody said something.
const LOOK_MAX: usize = 3;

/// Requests for other rules that change no verdict, however many pull requests are open.
const RULES_MAX: usize = 60;

/// Pull requests that are open while the rules change: a thousand by `GOVERNANCE_GATE_PULLS`.
const PULLS: &str = "GOVERNANCE_GATE_PULLS";
const PULLS_FEW: usize = 30;

/// What was asked of GitHub since a line of its truth: reads that it counts, and writes.
struct Asked {
    reads: Vec<String>,
    writes: Vec<String>,
    /// Reads of the pull request itself, whatever was answered: each is the begin of a look, or the second one of it.
    looks: usize,
}

fn asked(house: &House, from: usize, number: u64) -> Asked {
    let mut asked = Asked {
        reads: Vec::new(),
        writes: Vec::new(),
        looks: 0,
    };
    let pull = format!("/repos/{OWNER}/{}/pulls/{number}", NODE.1);
    for line in &house.github.truth()[from..] {
        let Truth {
            what:
                Happened::Request {
                    method,
                    path,
                    status,
                    asker,
                    ..
                },
            ..
        } = line
        else {
            continue;
        };
        // People look too.
        if asker.starts_with("user/") {
            continue;
        }
        let path_alone = path.split('?').next().unwrap_or(path);
        asked.looks += usize::from(method == "GET" && path_alone == pull);
        // A token is asked for once an hour, whatever is open.
        if *status == 304 || path.contains("/access_tokens") {
            continue;
        }
        match method.as_str() {
            "GET" => asked.reads.push(format!("{status} {path}")),
            _ => asked.writes.push(format!("{method} {path}")),
        }
    }
    asked
}

/// A house with a pull request that has been looked at.
async fn warm() -> (House, Instance, u64) {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    house.days(1).await;
    (house, server, number)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_costs_what_changed_and_writes_nothing_where_nothing_did() {
    let (house, _server, number) = warm().await;
    let from = house.github.truth_len();
    house.say(number, "Looks fine to me.", "atlas-ada");
    house.settle().await;
    let cost = asked(&house, from, number);
    assert!(cost.reads.len() <= LOOK_MAX, "{:?}", cost.reads);
    assert_eq!(cost.writes, Vec::<String>::new());
    // One request each, all at once: what is known need not be asked one after the other.
    assert_eq!(cost.looks, 1);
    let from = house.github.truth_len();
    house.sign(number, "atlas-ada");
    house.settle().await;
    let cost = asked(&house, from, number);
    // The status, the report, the answer.
    assert_eq!(cost.writes.len(), 3, "{:?}", cost.writes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_change_costs_nearly_nothing_however_long_it_is_open() {
    let (house, _server, number) = warm().await;
    house.settle().await;
    let from = house.github.truth_len();
    // In steps, so that every hour's look takes place.
    for _ in 0..20 {
        house.clock.pass(std::time::Duration::from_secs(3_600));
        house.settle().await;
    }
    let cost = asked(&house, from, number);
    assert!(cost.looks >= 20, "it was looked at {} times", cost.looks);
    // At most a tenth of a request in an hour, and the lists of a whole repository are no pull request's.
    let own = format!("/{number}");
    let reads = cost
        .reads
        .iter()
        .filter(|read| read.contains(&own) || read.contains("/commits/"));
    assert!(reads.clone().count() <= 2, "{:?}", reads.collect::<Vec<_>>());
    assert_eq!(cost.writes, Vec::<String>::new());
}

/// Sends a webhook to the server by hand, under a number of its own.
fn deliver(server: &Instance, event: &str, body: &str, number: usize) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let mut signature = "sha256=".to_owned();
    for byte in mac.finalize().into_bytes() {
        write!(signature, "{byte:02x}").unwrap();
    }
    let mut stream = TcpStream::connect(server.address).unwrap();
    write!(
        stream,
        "POST /webhooks/github HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         x-github-event: {event}\r\nx-github-delivery: 00000000-0000-4000-8000-{number:012}\r\nx-hub-signature-256: {signature}\r\n\r\n{body}",
        server.address,
        body.len(),
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_equal_deliveries_are_one_look() {
    let (house, server, number) = warm().await;
    let pull = house.shown(&format!("pulls/{number}"));
    let repository = pull["base"]["repo"].clone();
    let body = serde_json::json!({"action": "edited", "number": number, "pull_request": pull, "repository": repository});
    let from = house.github.truth_len();
    // The clock stands still: whatever they set off begins when it is wound.
    for delivery in 0..20 {
        let answer = deliver(&server, "pull_request", &body.to_string(), delivery);
        assert!(answer.contains("202"), "{answer}");
    }
    house.settle().await;
    assert_eq!(asked(&house, from, number).looks, 1);
}

/// How many pull requests are open while the rules change.
#[allow(clippy::disallowed_methods, reason = "whoever starts the tests says how many")]
fn pulls() -> usize {
    std::env::var(PULLS).map_or(PULLS_FEW, |count| count.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_rules_cost_nothing_for_those_for_whom_nothing_changes() {
    let house = House::make(Plan {
        in_repository: true,
        ..Plan::default()
    })
    .await;
    let _server = house.serve(1).await;
    house.settle().await;
    for number in 0..pulls() {
        let branch = format!("branch-{number}");
        house.open(&branch, &[(&format!("rpc/{branch}.rs"), "fn get() {}\n")]);
    }
    let changed = house.open("changed", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    // Another layer's numbers change: nothing of the node's.
    let layers = house.rules("")["config/repository-layers.yml"].clone();
    let stricter = layers.replacen("required: 4", "required: 5", 1);
    assert_ne!(layers, stricter);
    let files = [("config/repository-layers.yml", stricter.as_str())];
    house
        .github
        .push_files_to(RULES, "stricter", &files, AUTHOR)
        .unwrap();
    let mut plan = PullPlan::of("stricter", "main");
    plan.body = Some(crate::rules::REASON.to_owned());
    let number = house.github.open_pull_by(RULES, plan, AUTHOR).unwrap();
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben", "atlas-cleo", "atlas-ivy", "atlas-jan"] {
        house.sign_in(RULES.1, number, login);
    }
    house.days(30).await;
    // Whatever is due in this hour is over.
    house.settle().await;
    let from = house.github.truth_len();
    house
        .github
        .merge_by((OWNER, RULES.1, number), MergeMethod::Squash, "atlas-ada")
        .unwrap();
    house.settle().await;
    let cost = asked(&house, from, changed);
    let all = cost.reads.len() + cost.writes.len();
    let of_the_node: Vec<_> = cost
        .writes
        .iter()
        .filter(|write| write.contains(NODE.1))
        .collect();
    assert_eq!(of_the_node, Vec::<&String>::new());
    assert_eq!(cost.looks, 0);
    assert!(all <= RULES_MAX, "{all}: {:?} {:?}", cost.reads, cost.writes);
    eprintln!("{} open pull requests: {all} requests that count", pulls());
}
