//! The engine below: one octocrab without retries and without redirects, through which every request goes exactly once.
//!
//! What octocrab does beyond that is not used: its tokens, pages, retries, cache and uploads each have a trap, and each is ours. Nor are
//! its layers: they add a second `User-Agent`, and put a path of the API's address before addresses on other hosts.

use crate::{Cause, GitHubError, Settings};
use bytes::Bytes;
use http::header::USER_AGENT;
use http::{HeaderValue, Request, Response};
use http_body_util::combinators::BoxBody;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use octocrab::auth::{AppAuth, EncodingKey};
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use std::time::Duration;

/// Longest time to a connection, in seconds: nothing was sent before it is there.
const CONNECT_SECONDS_MAX: u64 = 10;

/// The body of an answer, still on its way.
pub(crate) type AnswerBody = BoxBody<Bytes, octocrab::Error>;

/// The engine.
pub(crate) struct Engine {
    octocrab: Octocrab,
    user_agent: HeaderValue,
    app: AppAuth,
}

/// Why there is no answer.
pub(crate) enum NoAnswer {
    /// Nothing was sent.
    NotSent(Cause),
    /// It broke after sending began.
    Broken(Cause),
    /// It took too long.
    TimedOut(u64),
}

impl NoAnswer {
    /// As the error of an operation.
    pub(crate) fn of(self, operation: String) -> GitHubError {
        match self {
            Self::NotSent(source) => GitHubError::NotSent { operation, source },
            Self::Broken(source) => GitHubError::Broken { operation, source },
            Self::TimedOut(seconds) => GitHubError::TimedOut { operation, seconds },
        }
    }
}

impl Engine {
    pub(crate) fn new(settings: &Settings) -> Result<Self, GitHubError> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(unusable("runtime", "a client is made within a tokio runtime"));
        }
        let key = EncodingKey::from_rsa_pem(settings.private_key.pem())
            .map_err(|_| unusable("private_key", "it is no RSA private key in PEM"))?;
        let user_agent = HeaderValue::from_str(&settings.user_agent)
            .map_err(|_| unusable("user_agent", "it is no header value"))?;
        let Ok(octocrab) = OctocrabBuilder::new_empty()
            .with_service(http_client())
            .with_auth(AuthState::None)
            .build();
        Ok(Self {
            octocrab,
            user_agent,
            app: AppAuth {
                app_id: settings.app_id.into(),
                key,
            },
        })
    }

    /// The App's own word that it is itself, for some minutes.
    pub(crate) fn app_token(&self) -> Result<String, GitHubError> {
        self.app
            .generate_bearer_token()
            .map_err(|_| unusable("private_key", "nothing can be signed with it"))
    }

    /// Sends a request, once, and waits for the head of the answer.
    pub(crate) async fn send(
        &self,
        mut request: Request<OctoBody>,
        seconds_max: u64,
    ) -> Result<Response<AnswerBody>, NoAnswer> {
        request.headers_mut().insert(USER_AGENT, self.user_agent.clone());
        let answer = self.octocrab.execute(request);
        match tokio::time::timeout(Duration::from_secs(seconds_max), answer).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if never_connected(&error) => Err(NoAnswer::NotSent(Box::new(error))),
            Ok(Err(error)) => Err(NoAnswer::Broken(Box::new(error))),
            Err(_) => Err(NoAnswer::TimedOut(seconds_max)),
        }
    }
}

/// Connections over HTTP/1.1, with the roots of the web. Whether an address may do without TLS was decided with the settings.
fn http_client() -> Client<HttpsConnector<HttpConnector>, OctoBody> {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(Duration::from_secs(CONNECT_SECONDS_MAX)));
    let connector = HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .build(connector)
}

/// Whether an error says that there never was a connection.
fn never_connected(error: &octocrab::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = cause {
        if let Some(client) = found.downcast_ref::<hyper_util::client::legacy::Error>() {
            return client.is_connect();
        }
        cause = found.source();
    }
    false
}

fn unusable(setting: &'static str, reason: &str) -> GitHubError {
    GitHubError::Setting {
        setting,
        reason: reason.to_owned(),
    }
}
