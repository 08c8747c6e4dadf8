//! What people see and hand in at the server itself: pages, the API, signatures by POST.

mod handed_in;
mod read;

use crate::beginnings::{self, SIGNED, opened};
use crate::companions::{BETWEEN, KIT};
use crate::house::{AUTHOR, House, NAMESPACE, NODE, OWNER, Plan, masked, within};
use crate::maintainer::Maintainer;
use crate::wound::Instance;
use expect_test::expect;
use github_sim::{Faults, Happened, MergeMethod, PullPlan};
use governance_server::{Scope, draw, entry};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// Where people reach the server, as it is told.
const PUBLIC_URL: &str = "https://governance.example.org";

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Sends a request, and lets time pass until it is answered and everything has settled.
async fn ask(house: &House, server: &Instance, line: &str, (headers, body): (&str, &str)) -> Answer {
    let address = server.address;
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        // A body that is too large may be refused before it is whole.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    });
    while !asked.is_finished() {
        house.settle().await;
    }
    house.settle().await;
    within("it is answered", asked).await.unwrap()
}

pub(crate) async fn get(house: &House, server: &Instance, path: &str) -> Answer {
    ask(house, server, &format!("GET {path}"), ("", "")).await
}

fn api(number: u64) -> String {
    format!("/api/v1/pull-requests/{OWNER}/{}/{number}", NODE.1)
}

/// The page of a pull request, as its status names it.
fn page(house: &House, number: u64) -> String {
    let statuses = house.shown(&format!("commits/{}/statuses", house.head(number)));
    let url = statuses[0]["target_url"].as_str().unwrap();
    url.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

async fn open_house() -> (House, Instance, u64) {
    let plan = Plan {
        governance: "public_url = 'https://governance.example.org/'",
        ..Plan::default()
    };
    opened(plan).await
}

/// The words of a page, without its marks.
fn words(page: &str) -> String {
    let (_, main) = page.split_once("<main>").unwrap();
    let mut words = String::new();
    for part in main.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        if matches!(tag, "li" | "h1" | "h2") {
            words.push_str("- ");
        }
        words.push_str(text);
    }
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    bare(&lines.collect::<Vec<_>>().join("\n"))
}

/// A text without what differs from run to run: also digests and ports.
pub(crate) fn bare(text: &str) -> String {
    let masked = masked(text);
    let words = masked.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    let mut after_host = false;
    let word = |word: &str| {
        let core = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let is_digest = core.len() == 64 && core.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_port = after_host && core.len() == 5 && core.bytes().all(|byte| byte.is_ascii_digit());
        after_host = word == "1:";
        match (is_digest, is_port) {
            (true, _) => word.replace(core, "DIGEST"),
            (_, true) => word.replace(core, "PORT"),
            (false, false) => word.to_owned(),
        }
    };
    words.map(word).collect()
}

/// What a page says in dry run besides.
const OF_DRY_RUN: &str = "This is a dry run: nobody is held back by it.\n";
