//! The way of a request: who asks, what it costs, what goes wrong, what it does, and what is said.

use super::{Asker, Call, GitHub, Handled, Token};
use crate::exchange::{Answer, AnswerBody, Fate, Host, Request};
use crate::faults::STALE_SECONDS_MAX;
use crate::limits::{Cost, Hit};
use crate::truth::Happened;
use crate::workers::sha256;
use domain_types::Timestamp;
use http::Method;

/// The answer to a read that was given once, for reads that are stale.
pub(crate) struct Remembered {
    at: Timestamp,
    answer: Answer,
}

impl GitHub {
    /// Answers a request at this time.
    pub fn handle(&mut self, now: Timestamp, request: &Request) -> Answer {
        self.advance(now);
        let (asker, answer) = match request.host {
            Host::Storage => ("anonymous".to_owned(), self.fetch(request)),
            Host::Api => match self.identify(request) {
                Ok(asker) => (self.rate_key(&asker), self.answer_asker(asker, request)),
                Err(refusal) => ("unknown".to_owned(), refusal),
            },
        };
        let host = match request.host {
            Host::Storage => "storage",
            Host::Api if request.path.starts_with("/uploads/") => "uploads",
            Host::Api => "api",
        };
        self.happened(Happened::Request {
            host,
            asker,
            method: request.method.to_string(),
            path: request.path.clone(),
            status: answer.status,
        });
        self.advance(now);
        answer
    }

    pub(crate) fn identify(&self, request: &Request) -> Result<Asker, Answer> {
        let Some(header) = request.headers.get("authorization") else {
            return Ok(Asker::Anonymous);
        };
        let token = header
            .split_once(' ')
            .filter(|(scheme, _)| ["bearer", "token"].contains(&scheme.to_ascii_lowercase().as_str()))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| Answer::refusal(401, "Bad credentials"))?;
        if token.matches('.').count() == 2 {
            return self
                .verify_jwt(token, request.wall)
                .map(Asker::App)
                .map_err(|message| Answer::refusal(401, message));
        }
        match self.tokens.get(token) {
            Some(Token::Person(login)) => Ok(Asker::User(login.clone())),
            Some(Token::Installation {
                installation,
                expires,
                ..
            }) if self.now < *expires && self.installations.contains_key(installation) => {
                Ok(Asker::Installation {
                    installation: *installation,
                    token: token.to_owned(),
                })
            }
            Some(Token::Installation { .. }) | None => Err(Answer::refusal(401, "Bad credentials")),
        }
    }

    /// Under which name limits are counted.
    pub(crate) fn rate_key(&self, asker: &Asker) -> String {
        match asker {
            Asker::Anonymous => "anonymous".to_owned(),
            Asker::App(app) => format!("app/{app}"),
            Asker::Installation { installation, .. } => format!("installation/{installation}"),
            Asker::User(login) => format!("user/{login}"),
        }
    }

    fn answer_asker(&mut self, asker: Asker, request: &Request) -> Answer {
        let key = self.rate_key(&asker);
        let mut answer = match self.charge(&key, request) {
            Err(refusal) => refusal,
            Ok(()) => self.perform(asker, &key, request),
        };
        let standing = self.ledger.standing(&key, &self.limits, self.now);
        let remaining = standing.limit.saturating_sub(standing.used);
        let numbers = [
            ("x-ratelimit-limit", standing.limit.to_string()),
            ("x-ratelimit-remaining", remaining.to_string()),
            ("x-ratelimit-used", standing.used.to_string()),
            ("x-ratelimit-reset", standing.reset_seconds.to_string()),
            ("x-ratelimit-resource", "core".to_owned()),
            ("x-github-request-id", self.random.word(16)),
            ("x-github-api-version-selected", api_version(request)),
        ];
        for (name, value) in numbers {
            answer.header(name, &value);
        }
        answer
    }

    fn charge(&mut self, key: &str, request: &Request) -> Result<(), Answer> {
        if request.path == "/rate_limit" {
            return Ok(());
        }
        if self.random.chance(self.faults.secondary_limit) {
            self.fault("secondary_limit", &request.path);
            let until = self.now.plus_seconds(self.limits.retry_after_seconds);
            self.ledger.block(key, until);
        }
        let is_read = is_read(&request.method);
        let makes_nothing = request.path.ends_with("/access_tokens") || request.path.ends_with("/attempts");
        let cost = Cost {
            points: if is_read { 1 } else { 5 },
            creates: request.method == Method::POST && !makes_nothing,
            concurrent: request.concurrent,
        };
        match self.ledger.charge(key, cost, &self.limits, self.now) {
            Ok(()) => Ok(()),
            Err(Hit::Primary) => Err(Answer::refusal(
                403,
                &format!("API rate limit exceeded for {key}."),
            )),
            Err(Hit::Secondary) => {
                let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
                let mut answer = Answer::refusal(403, message);
                answer.header("retry-after", &self.limits.retry_after_seconds.to_string());
                Err(answer)
            }
        }
    }

    fn perform(&mut self, asker: Asker, key: &str, request: &Request) -> Answer {
        if self.random.chance(self.faults.server_error_before) {
            self.fault("server_error_before", &request.path);
            return Answer::refusal(502, "Server Error");
        }
        let is_read = is_read(&request.method);
        let memory = format!("{key} {} {:?}", request.path, request.query);
        if is_read && let Some(stale) = self.stale_answer(&memory, &request.path) {
            return self.conditional(key, request, stale);
        }
        let mut answer = self.routed(asker, request);
        if request.method == Method::GET && answer.status == 200 {
            if self.faults.stale_read > 0.0 {
                let remembered = Remembered {
                    at: self.now,
                    answer: answer.clone(),
                };
                self.remembered.insert(memory, remembered);
            }
            return self.conditional(key, request, answer);
        }
        if !is_read && answer.status < 300 {
            self.spoil(&mut answer, &request.path);
        }
        answer
    }

    fn routed(&mut self, asker: Asker, request: &Request) -> Answer {
        let handled: Handled = Call::new(request, asker).and_then(|call| self.route(&call));
        match handled {
            Ok(answer) | Err(answer) => answer,
        }
    }

    fn stale_answer(&mut self, memory: &str, path: &str) -> Option<Answer> {
        let remembered = self.remembered.get(memory)?;
        let age = self.now.milliseconds_since(remembered.at);
        let answer = remembered.answer.clone();
        if age <= STALE_SECONDS_MAX * 1000 && self.random.chance(self.faults.stale_read) {
            self.fault("stale_read", path);
            return Some(answer);
        }
        None
    }

    /// The answer with its ETag, or 304 if the asker has it already.
    fn conditional(&mut self, key: &str, request: &Request, mut answer: Answer) -> Answer {
        let AnswerBody::Bytes(bytes) = &answer.body else {
            return answer;
        };
        let etag = format!("W/\"{}\"", sha256(bytes));
        let known = request.headers.get("if-none-match").map(String::as_str);
        if known.is_some_and(|known| known.trim_start_matches("W/") == etag.trim_start_matches("W/")) {
            self.ledger.refund(key);
            let mut unchanged = Answer::empty(304);
            unchanged.header("etag", &etag);
            return unchanged;
        }
        answer.header("etag", &etag);
        answer
    }

    /// What may become of the answer to a write that has happened.
    fn spoil(&mut self, answer: &mut Answer, path: &str) {
        if self.random.chance(self.faults.server_error_after) {
            self.fault("server_error_after", path);
            *answer = Answer::refusal(502, "Server Error");
        } else if self.random.chance(self.faults.timeout_after) {
            self.fault("timeout_after", path);
            answer.fate = Fate::Silence;
        } else if self.random.chance(self.faults.reset_after) {
            self.fault("reset_after", path);
            answer.fate = Fate::Reset;
        }
    }
}

fn is_read(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn api_version(request: &Request) -> String {
    let asked = request.headers.get("x-github-api-version");
    asked.cloned().unwrap_or_else(|| "2022-11-28".to_owned())
}
