//! What is shown in the house, and what the server has written down.

use super::{House, NODE, OWNER};
use github_sim::{Happened, Truth};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use storage::Listed;

impl House {
    /// What the API shows of the node to a person.
    pub(crate) fn shown(&self, path: &str) -> serde_json::Value {
        self.shown_of(NODE.1, path)
    }

    /// What the API shows of a repository to a person.
    pub(crate) fn shown_of(&self, name: &str, path: &str) -> serde_json::Value {
        let address = self.github.url().strip_prefix("http://").unwrap();
        let (host, prefix) = address.split_once('/').unwrap_or((address, ""));
        let mut stream = TcpStream::connect(host).unwrap();
        let (owner, token) = (OWNER, &self.token);
        let slash = if prefix.is_empty() { "" } else { "/" };
        write!(
            stream,
            "GET {slash}{prefix}/repos/{owner}/{name}/{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             connection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// The gate's status on a commit of the node: `state: description`, or nothing.
    pub(crate) fn status(&self, sha: &str) -> String {
        self.status_in(NODE.1, sha)
    }

    /// The same in a repository.
    pub(crate) fn status_in(&self, name: &str, sha: &str) -> String {
        self.status_under(&self.context("main"), name, sha)
    }

    /// The status under a context, whoever set it and in whatever mode this is played.
    pub(crate) fn status_under(&self, context: &str, name: &str, sha: &str) -> String {
        let statuses = self.shown_of(name, &format!("commits/{sha}/statuses"));
        let statuses = statuses.as_array().unwrap();
        let newest = statuses.iter().find(|status| status["context"] == context);
        newest.map_or_else(String::new, |status| {
            masked(&format!(
                "{}: {}",
                status["state"].as_str().unwrap(),
                status["description"].as_str().unwrap()
            ))
        })
    }

    /// The gate's status on the head of a pull request.
    pub(crate) fn gate(&self, number: u64) -> String {
        self.status(&self.head(number))
    }

    /// The head of a pull request.
    pub(crate) fn head(&self, number: u64) -> String {
        let pull = self.shown(&format!("pulls/{number}"));
        pull["head"]["sha"].as_str().unwrap().to_owned()
    }

    /// The head of the node's default branch.
    pub(crate) fn main(&self) -> String {
        let branch = self.shown("branches/main");
        branch["commit"]["sha"].as_str().unwrap().to_owned()
    }

    /// The statement that the report shows.
    pub(crate) fn statement(&self, number: u64) -> String {
        self.statement_of(NODE.1, number)
    }

    /// The statement that the report of a repository shows.
    pub(crate) fn statement_of(&self, name: &str, number: u64) -> String {
        let summary = self.report_of(name, number);
        let (_, behind) = summary.split_once("<<'END'\n").unwrap();
        let (statement, _) = behind.split_once("END\n").unwrap();
        statement.to_owned()
    }

    /// What the report of the node's pull request says.
    pub(crate) fn report(&self, number: u64) -> String {
        self.report_of(NODE.1, number)
    }

    fn report_of(&self, name: &str, number: u64) -> String {
        let pull = self.shown_of(name, &format!("pulls/{number}"));
        let head = pull["head"]["sha"].as_str().unwrap();
        let runs = self.shown_of(name, &format!("commits/{head}/check-runs"));
        let runs = runs["check_runs"].as_array().unwrap();
        let report = runs
            .iter()
            .find(|run| run["name"] == "governance report")
            .unwrap();
        report["output"]["summary"].as_str().unwrap().to_owned()
    }

    /// What was answered, newest last.
    pub(crate) fn answers(&self, number: u64) -> Vec<String> {
        let comments = self.shown(&format!("issues/{number}/comments"));
        let own = comments
            .as_array()
            .unwrap()
            .iter()
            .filter(|comment| comment["user"]["type"] == "Bot");
        own.map(|comment| masked(comment["body"].as_str().unwrap()))
            .collect()
    }

    /// The merges that the server has written down, a line each.
    pub(crate) async fn merges(&self) -> String {
        let store = self.store.lock().unwrap().clone().unwrap();
        let mut merges = String::new();
        for stored in store.pull_requests(None, Listed::All, None, 100).await.unwrap() {
            for row in store.decisions(stored.id, None, 100).await.unwrap() {
                let body: serde_json::Value = serde_json::from_str(&row.decision.body).unwrap();
                if let Some(merge) = body.get("merge") {
                    let line = masked(&format!("{} {merge}\n", row.decision.outcome));
                    merges.push_str(&self.in_own_mode(&line));
                }
            }
        }
        merges
    }

    /// The version of the rules that hold.
    pub(crate) async fn rules_version(&self) -> u64 {
        self.newest_version().await.unwrap()
    }

    /// The same, if any hold.
    pub(crate) async fn newest_version(&self) -> Option<u64> {
        let store = self.store.lock().unwrap().clone().unwrap();
        let newest = store.newest_ruleset().await.unwrap();
        newest.map(|row| row.version)
    }

    /// What the server has written of its pull requests, for whoever wonders.
    pub(crate) async fn written(&self) -> String {
        let store = self.store.lock().unwrap().clone().unwrap();
        let mut written = String::new();
        for stored in store.pull_requests(None, Listed::All, None, 100).await.unwrap() {
            written.push_str(&format!("{} {:?} {:?}\n", stored.id, stored.due, stored.reason));
            for row in store.pull_request_intents(stored.id, 100).await.unwrap() {
                let intent = &row.intent;
                written.push_str(&format!(
                    "  {} {} {:?} {:?} {:?}\n",
                    intent.id.as_str(),
                    intent.kind,
                    row.state,
                    intent.reason,
                    row.run_after
                ));
            }
        }
        written
    }

    /// How many things of this kind have happened.
    pub(crate) fn count(&self, is_it: impl Fn(&Happened) -> bool) -> usize {
        self.github
            .truth()
            .iter()
            .filter(|line: &&Truth| is_it(&line.what))
            .count()
    }
}

/// A text without what differs from run to run: times, commits and numbers of comments.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = String::new();
    for word in
        text.split_inclusive(|letter: char| !(letter.is_ascii_alphanumeric() || "-:.".contains(letter)))
    {
        let bare = word.trim_end_matches(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
        let rest = &word[bare.len()..];
        let is_time = bare.len() == 24 && bare.ends_with('Z') && bare.contains('T');
        let is_commit = bare.len() == 40 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_number = bare.len() >= 4 && bare.bytes().all(|byte| byte.is_ascii_digit());
        masked.push_str(match (is_time, is_commit, is_number) {
            (true, _, _) => "TIME",
            (_, true, _) => "COMMIT",
            (_, _, true) => "NUMBER",
            _ => bare,
        });
        masked.push_str(rest);
    }
    masked
}
