//! Requests to a server, with a token that is sent nowhere else and never in the clear over a network.

use crate::arguments::{OrderArguments, ServerPlace};
use crate::{Failure, Surroundings, failure};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::Duration;

/// Seconds that an answer may take: the server waits ten for a decision.
const ANSWER_SECONDS_MAX: u64 = 30;

/// Longest answer in bytes: a release of ten thousand builds.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Where a token is that no argument names.
const TOKEN_VARIABLE: &str = "GOVERNANCE_TOKEN";

/// A server and the token that opens it.
pub(crate) struct Server {
    base: String,
    token: Option<String>,
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// Whether a request without a token makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer {
    /// It does not.
    Needed,
    /// What everybody may see is shown without one.
    IfAny,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(super) status: StatusCode,
    pub(crate) body: Value,
}

impl Server {
    /// The releases of the server that was named.
    pub(crate) fn of(place: &ServerPlace, surroundings: &Surroundings) -> Result<Self, Failure> {
        Self::at(place, surroundings, ("releases", Bearer::Needed))
    }

    /// This part of the API of the server that was named.
    pub(crate) fn at(
        place: &ServerPlace,
        surroundings: &Surroundings,
        (part, bearer): (&str, Bearer),
    ) -> Result<Self, Failure> {
        let url = place.server.as_deref().unwrap_or_default().trim_end_matches('/');
        if !is_safe(url) {
            return Err(Failure::usage(
                format!("{url:?} is no address that a token may be sent to"),
                "write `--server https://HOST`; http:// is for this machine only",
            ));
        }
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            base: format!("{url}/api/v1/{part}"),
            token: match (token(place, surroundings), bearer) {
                (Ok(token), _) => Some(token),
                (Err(_), Bearer::IfAny) if place.token_file.is_none() => None,
                (Err(failure), _) => return Err(failure),
            },
            client: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Failure> {
        let request = self.request(Method::GET, path)?;
        self.ask(request).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Answer, Failure> {
        let mut request = self.request(Method::POST, path)?;
        if !body.is_null() {
            *request.body_mut() = Full::new(Bytes::from(body.to_string()));
        }
        self.ask(request).await
    }

    /// A response whose body goes on as long as the release does.
    pub(super) async fn stream(&self, path: &str, after: u64) -> Result<Response<Incoming>, Failure> {
        let mut request = self.request(Method::GET, path)?;
        request.headers_mut().insert("last-event-id", after.into());
        self.send(request).await
    }

    /// The id, as it stands in an address, of the release that was named.
    pub(super) async fn find(&self, arguments: &OrderArguments) -> Result<String, Failure> {
        let Some(name) = &arguments.name else {
            return Ok(arguments.version.to_string());
        };
        let list = self.get("").await?.carried_out()?.body;
        let version = arguments.version.to_string();
        let fits =
            |release: &&Value| release["release"] == name.as_str() && release["version"] == version.as_str();
        let releases = list["releases"].as_array();
        let id = releases
            .and_then(|releases| releases.iter().find(fits))
            .map(|release| &release["id"]);
        match id.and_then(Value::as_str) {
            Some(id) => Ok(id.replace('/', "%2F")),
            None => Err(Failure::usage(
                format!("the server has no release {name} {version}"),
                "`governance release list --server URL` shows all",
            )),
        }
    }

    fn request(&self, method: Method, path: &str) -> Result<Request<Full<Bytes>>, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header(CONTENT_TYPE, "application/json");
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        request.body(Full::default()).map_err(|error| {
            Failure::usage(
                format!("no request can be made: {error}"),
                "check `--server` and the token",
            )
        })
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<Answer, Failure> {
        let asking = async {
            let response = self.send(request).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX);
            let bytes = body.collect().await.map_err(|error| broken(&*error))?.to_bytes();
            let body = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
            Ok(Answer { status, body })
        };
        match tokio::time::timeout(Duration::from_secs(ANSWER_SECONDS_MAX), asking).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::world(
                format!("the server did not answer within {ANSWER_SECONDS_MAX} seconds"),
                "see whether it runs: GET /health/ready",
            )),
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
        self.client.request(request).await.map_err(|error| {
            Failure::world(
                format!("failed to reach the server: {}", failure::chain(&error)),
                "check `--server`, and that it runs: GET /health/live",
            )
        })
    }
}

fn broken(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::world(
        format!("the server's answer makes no sense: {}", failure::chain(error)),
        "check that `--server` names a governance-app server",
    )
}

impl Answer {
    /// The answer, if it is a yes; none if there is no such thing.
    pub(crate) fn found(self) -> Result<Option<Self>, Failure> {
        match self.status {
            StatusCode::NOT_FOUND => Ok(None),
            _ => self.carried_out().map(Some),
        }
    }

    /// The answer, if it is a yes.
    pub(crate) fn carried_out(self) -> Result<Self, Failure> {
        if self.status.is_success() {
            return Ok(self);
        }
        let word = |key: &str| self.body[key].as_str().unwrap_or_default().to_owned();
        let (detail, remedy) = (word("detail"), word("remedy"));
        let text = format!("the server says no ({}): {detail}", self.status.as_u16());
        Err(match self.status {
            StatusCode::CONFLICT => Failure::no(text, &remedy),
            status if status.is_server_error() => Failure::world(text, &remedy),
            _ => Failure::usage(text, &remedy),
        })
    }
}

/// Only what nobody on the way can read.
fn is_safe(url: &str) -> bool {
    let host_of = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    if let Some(rest) = url.strip_prefix("https://") {
        return !host_of(rest).is_empty() && !rest.contains('@');
    }
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let host = host_of(rest);
    let name = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    ["localhost", "127.0.0.1", "::1"].contains(&name) && !rest.contains('@')
}

fn token(place: &ServerPlace, surroundings: &Surroundings) -> Result<String, Failure> {
    let text = match &place.token_file {
        Some(path) => {
            std::fs::read_to_string(path).map_err(|error| Failure::of_path("read", path, &error))?
        }
        None => surroundings
            .variables
            .get(TOKEN_VARIABLE)
            .cloned()
            .ok_or_else(|| {
                Failure::usage(
                    format!("there is no token: {TOKEN_VARIABLE} is not set"),
                    "set it, or name a file with `--token-file FILE`; `governance-app token new` draws one",
                )
            })?,
    };
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::is_safe;

    #[test]
    fn a_token_goes_over_tls_or_stays_on_this_machine() {
        let rows = [
            ("https://governance.example.org", true),
            ("https://governance.example.org:8443/path", true),
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:8080", true),
            ("http://governance.example.org", false),
            ("http://127.0.0.1.example.org", false),
            ("http://127.0.0.1@example.org", false),
            ("http://localhost:80@example.org", false),
            ("https://user@example.org", false),
            ("https://", false),
            ("ftp://localhost", false),
            ("governance.example.org", false),
            ("", false),
        ];
        for (url, safe) in rows {
            assert_eq!(is_safe(url), safe, "{url}");
        }
    }
}
