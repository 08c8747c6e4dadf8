//! What the gate asks of GitHub, counted as GitHub counts it: an answer that says that nothing changed (304) is none.

use crate::beginnings::opened;
use crate::house::{GATE_ACCOUNT, House, NODE, OWNER, Pace, Plan, RULES, SECRET};
use crate::rules::propose_layers;
use crate::wound::Instance;
use github_sim::{Happened, MergeMethod, Truth};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Requests that GitHub counts for a look at a pull request of which somebody said something.
const LOOK_MAX: usize = 3;

/// Requests for other rules that change no verdict, however many pull requests are open.
const RULES_MAX: usize = 60;

/// Pull requests that are open while the rules change: a thousand by `GOVERNANCE_GATE_PULLS`.
const PULLS: &str = "GOVERNANCE_GATE_PULLS";
const PULLS_FEW: usize = 30;

/// Seconds after which the opening of many pull requests is of the past: longer than deliveries are looked through again, and less than the hour
/// after which whatever is open is looked at.
const OPENING_SECONDS: u64 = 1_200;

/// What was asked of GitHub since a line of its truth: reads that it counts, and writes.
#[derive(Default)]
struct Asked {
    reads: Vec<String>,
    writes: Vec<String>,
    /// Reads of pull requests of the node themselves, whatever was answered: each is the begin of a look, or the second one of it.
    looks: Vec<String>,
}

impl Asked {
    /// The reads but for lists of everything there is: those cost the same however much is open, up to a page.
    fn own(&self) -> Vec<&String> {
        let is_of_all = |read: &&String| {
            let parts: Vec<&str> = read.split('/').skip(1).collect();
            matches!(
                parts[..],
                ["repos", _, _, "pulls"] | ["app", "hook", "deliveries"]
            )
        };
        self.reads.iter().filter(|read| !is_of_all(read)).collect()
    }
}

fn asked(house: &House, from: usize) -> Asked {
    let mut asked = Asked::default();
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
        if method == "GET" && is_pull(path) {
            asked.looks.push(path.clone());
        }
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

/// Whether a path is that of a pull request of the node.
fn is_pull(path: &str) -> bool {
    let pulls = format!("/repos/{OWNER}/{}/pulls/", NODE.1);
    let number = path.strip_prefix(&pulls);
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The heads of the node on which the gate showed something.
fn shown(house: &House) -> BTreeSet<String> {
    let node = format!("{OWNER}/{}", NODE.1);
    let truth = house.github.truth();
    let heads = truth.into_iter().filter_map(|line| {
        let Happened::StatusCreated {
            repository, sha, by, ..
        } = line.what
        else {
            return None;
        };
        (repository == node && by == GATE_ACCOUNT).then_some(sha)
    });
    heads.collect()
}

/// A house with a pull request that has been looked at.
async fn warm() -> (House, Instance, u64) {
    let (house, server, number) = opened(Plan::default()).await;
    house.days(1).await;
    (house, server, number)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_costs_what_changed_and_writes_nothing_where_nothing_did() {
    let (house, _server, number) = warm().await;
    let from = house.github.truth_len();
    house.say(number, "Looks fine to me.", "atlas-ada");
    house.settle().await;
    let cost = asked(&house, from);
    assert!(cost.reads.len() <= LOOK_MAX, "{:?}", cost.reads);
    assert_eq!(cost.writes, Vec::<String>::new());
    // One request each, all at once: what is known need not be asked one after the other.
    assert_eq!(cost.looks.len(), 1);
    let from = house.github.truth_len();
    house.sign(number, "atlas-ada");
    house.settle().await;
    let cost = asked(&house, from);
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
        house.clock.pass(Duration::from_secs(3_600));
        house.settle().await;
    }
    let cost = asked(&house, from);
    assert!(cost.looks.len() >= 20, "{:?}", cost.looks);
    // At most a tenth of a request in an hour.
    assert!(cost.own().len() <= 2, "{:?}", cost.own());
    assert_eq!(cost.writes, Vec::<String>::new());
    // What changes is seen here.
    let from = house.github.truth_len();
    house.say(number, "Looks fine to me.", "atlas-ada");
    house.settle().await;
    assert!(!asked(&house, from).own().is_empty());
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
    // Nobody looks before something comes.
    let from = house.github.truth_len();
    house.settle().await;
    assert_eq!(asked(&house, from).looks, Vec::<String>::new());
    // The clock stands still: whatever they set off begins when it is wound. What comes minutes later is looked at again, however equal it is.
    for (first, count) in [(0, 20), (20, 1)] {
        let from = house.github.truth_len();
        for delivery in first..first + count {
            let answer = deliver(&server, "pull_request", &body.to_string(), delivery);
            assert!(answer.contains("202"), "{answer}");
        }
        house.settle().await;
        assert_eq!(asked(&house, from).looks.len(), 1, "{count}");
        house.clock.pass(Duration::from_secs(120));
    }
}

/// How many pull requests are open while the rules change.
#[allow(clippy::disallowed_methods, reason = "whoever starts the tests says how many")]
fn pulls() -> usize {
    std::env::var(PULLS).map_or(PULLS_FEW, |count| count.parse().unwrap())
}

/// A house in which rules with another layer's number are green, and so many pull requests of the node are open that were looked at.
async fn crowded(many: usize) -> (House, Instance, u64) {
    let house = House::make(Plan {
        in_repository: true,
        pace: Pace::Free,
        ..Plan::default()
    })
    .await;
    let server = house.serve(1).await;
    house.settle().await;
    let layers = house.rules("")["config/repository-layers.yml"].clone();
    let stricter = layers.replacen("required: 4", "required: 5", 1);
    assert_ne!(layers, stricter);
    let rules = propose_layers(&house, &stricter, true).await;
    for number in 0..many {
        let branch = format!("branch-{number}");
        house.open(&branch, &[(&format!("rpc/{branch}.rs"), "fn get() {}\n")]);
    }
    house.settle().await;
    // Lost deliveries are looked for among those of the last minutes: those of the opening are no cost of the rules.
    house.clock.pass(Duration::from_secs(OPENING_SECONDS));
    house.settle().await;
    (house, server, rules)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_rules_cost_nothing_for_those_for_whom_nothing_changes() {
    let (house, _server, rules) = crowded(pulls()).await;
    // Each of them shows what the rules say of it.
    assert_eq!(shown(&house).len(), pulls());
    let before = house.rules_version().await;
    let from = house.github.truth_len();
    house
        .github
        .merge_by((OWNER, RULES.1, rules), MergeMethod::Squash, "atlas-ada")
        .unwrap();
    house.settle().await;
    assert_eq!(house.rules_version().await, before + 1);
    let cost = asked(&house, from);
    let all = cost.reads.len() + cost.writes.len();
    let of_the_node = cost.writes.iter().filter(|write| write.contains(NODE.1));
    assert_eq!(of_the_node.collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(cost.looks, Vec::<String>::new());
    assert!(all <= RULES_MAX, "{all}: {:?} {:?}", cost.reads, cost.writes);
    // Of the rules only what may have changed is read.
    let unchanged = |read: &&String| read.ends_with("/config/action-tiers.yml");
    assert_eq!(cost.reads.iter().filter(unchanged).count(), 0);
    eprintln!("{} open pull requests: {all} requests that count", pulls());
}
