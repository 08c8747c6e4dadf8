//! One request and its answer: a token, a turn at the gate, the sending, and what the answer means. Sent again only where GitHub
//! has said that nothing was done: after a limit, and after a token that it did not accept.

use crate::answer::{Meaning, meaning, read_body, words};
use crate::call::{Account, Call};
use crate::client::Client;
use crate::engine::{AnswerBody, NoAnswer};
use crate::gate::{Permit, Quota};
use crate::tokens::{Slot, Token, narrowed};
use crate::wire::{AccessToken, Installation};
use crate::{GitHubError, Limit, Written};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use octocrab::OctoBody;
use serde_json::json;
use std::future::Future;
use std::pin::Pin;

/// How often a request is sent that meets a limit: once more after the rest that it was told, and once more for a rest that was too
/// short.
const LIMITED_MAX: u32 = 3;
/// Bytes of an error's body that are read.
const ERROR_BYTES_MAX: u64 = 64 * 1024;
/// Seconds to wait where a limit does not say how long.
const LIMIT_SECONDS: u64 = 60;

/// An answer whose head has come.
pub(crate) struct Live {
    response: Response<AnswerBody>,
    permit: Permit,
}

impl Live {
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    pub(crate) fn into_body(self) -> (AnswerBody, Permit) {
        (self.response.into_body(), self.permit)
    }

    /// Without the permit, for what goes on elsewhere.
    pub(crate) fn into_response(self) -> Response<AnswerBody> {
        self.response
    }
}

/// A request that failed, by whether GitHub can have acted upon it.
pub(crate) enum Failure {
    /// It cannot.
    NothingDone(GitHubError),
    /// It can.
    InDoubt(GitHubError),
}

impl Failure {
    pub(crate) fn into_error(self) -> GitHubError {
        match self {
            Self::NothingDone(error) | Self::InDoubt(error) => error,
        }
    }

    pub(crate) fn into_written<T>(self) -> Written<T> {
        match self {
            Self::NothingDone(error) => Written::Rejected(error),
            Self::InDoubt(error) => Written::Unknown(error),
        }
    }
}

/// What is sent with a request.
pub(crate) enum Payload {
    /// Nothing, or JSON.
    Json(Option<Bytes>),
    /// A stream of so many bytes of a type; it can be sent once only.
    Stream {
        body: OctoBody,
        size: u64,
        content_type: HeaderValue,
    },
}

/// What came of sending once.
pub(crate) enum Sent {
    /// A success or a redirect.
    Answer(Live),
    /// Nothing was done, and the same may be sent again.
    Again(GitHubError),
}

impl Client {
    /// Sends a request until GitHub takes it or refuses it.
    pub(crate) async fn begin(&self, call: &Call, etag: Option<&str>) -> Result<Live, Failure> {
        let url = self.address.url(&call.target);
        let mut limited = 0;
        let mut renewed = false;
        loop {
            let payload = Payload::Json(call.body.clone());
            match self.send_once(call, &url, etag, payload).await? {
                Sent::Answer(live) => return Ok(live),
                Sent::Again(GitHubError::Unauthorized {
                    operation, message, ..
                }) if renewed => {
                    return Err(Failure::NothingDone(GitHubError::Unauthorized {
                        operation,
                        message,
                        renewed,
                    }));
                }
                Sent::Again(GitHubError::Unauthorized { .. }) => renewed = true,
                Sent::Again(error) => {
                    limited += 1;
                    if limited >= LIMITED_MAX {
                        return Err(Failure::NothingDone(error));
                    }
                }
            }
        }
    }

    /// Sends a request once.
    pub(crate) async fn send_once(
        &self,
        call: &Call,
        url: &str,
        etag: Option<&str>,
        payload: Payload,
    ) -> Result<Sent, Failure> {
        let token = self
            .authorization(&call.account)
            .await
            .map_err(Failure::NothingDone)?;
        let permit = self.gate.pass(call).await.map_err(Failure::NothingDone)?;
        // A token and a turn may have been waited for.
        if call.not_after.is_some_and(|latest| self.time.now() > latest) {
            let operation = call.operation();
            return Err(Failure::NothingDone(GitHubError::TooLate { operation }));
        }
        let seconds_max = self.answer_seconds_max + payload.seconds();
        let mut request = self
            .request(call, url, &token, payload)
            .map_err(Failure::NothingDone)?;
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            request.headers_mut().insert(IF_NONE_MATCH, etag);
        }
        self.count(call);
        match self.engine.send(request, seconds_max).await {
            Ok(response) => self.judge(call, response, permit, &token).await,
            Err(nothing @ NoAnswer::NotSent(_)) => Err(Failure::NothingDone(nothing.of(call.operation()))),
            Err(doubt @ (NoAnswer::Broken(_) | NoAnswer::TimedOut(_))) => {
                Err(Failure::InDoubt(doubt.of(call.operation())))
            }
        }
    }

    fn request(
        &self,
        call: &Call,
        url: &str,
        token: &Token,
        payload: Payload,
    ) -> Result<Request<OctoBody>, GitHubError> {
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.expose()))
            .map_err(|_| undecodable(call, "a token that is no header value"))?;
        authorization.set_sensitive(true);
        let mut builder = Request::builder()
            .method(call.method.clone())
            .uri(url)
            .header(ACCEPT, call.accept)
            .header(AUTHORIZATION, authorization)
            .header("x-github-api-version", self.api_version.as_str());
        let body = match payload {
            Payload::Json(Some(bytes)) => {
                builder = builder.header(CONTENT_TYPE, "application/json");
                OctoBody::from(bytes)
            }
            Payload::Json(None) => OctoBody::empty(),
            Payload::Stream {
                body,
                size,
                content_type,
            } => {
                builder = builder
                    .header(CONTENT_TYPE, content_type)
                    .header(CONTENT_LENGTH, size);
                body
            }
        };
        builder
            .body(body)
            .map_err(|error| undecodable(call, &error.to_string()))
    }

    /// What the head of an answer means.
    async fn judge(
        &self,
        call: &Call,
        response: Response<AnswerBody>,
        permit: Permit,
        token: &Token,
    ) -> Result<Sent, Failure> {
        self.hear_time(response.headers());
        let quota = Quota::of(response.headers());
        if let Some(quota) = quota {
            permit.saw(quota);
        }
        let status = response.status();
        if status.is_success() || status.is_redirection() {
            permit.passed_well();
            return Ok(Sent::Answer(Live { response, permit }));
        }
        let (head, body) = response.into_parts();
        // An error without readable words is still that error.
        let words = words(&read_body(body, ERROR_BYTES_MAX).await.unwrap_or_default());
        let limited = |limit: Limit, wait_seconds| {
            tracing::warn!(
                github.operation = call.operation(),
                github.limit = %limit,
                wait_seconds,
                "GitHub limits us: everything of this kind waits"
            );
            Ok(Sent::Again(GitHubError::Limited {
                operation: call.operation(),
                limit,
                wait_seconds,
            }))
        };
        match meaning(status, &head.headers, &words) {
            Meaning::Primary => {
                if quota.is_none() {
                    // Until when is not said: rest as after a secondary one.
                    permit.reached_secondary(None);
                }
                let seconds = quota.map_or(LIMIT_SECONDS, |quota| quota.seconds_left(self.time.now()));
                limited(Limit::Primary, seconds)
            }
            Meaning::Secondary { retry_after_seconds } => {
                permit.reached_secondary(retry_after_seconds);
                limited(
                    Limit::Secondary,
                    retry_after_seconds.unwrap_or(0).max(LIMIT_SECONDS),
                )
            }
            Meaning::Unauthorized => {
                permit.passed_well();
                // Before the slot is waited for: whoever holds it may be waiting at the gate for this very permit.
                drop(permit);
                self.unauthorized(call, token, words).await
            }
            Meaning::ServerFailed => Err(Failure::InDoubt(GitHubError::ServerFailed {
                operation: call.operation(),
                status: status.as_u16(),
                message: words,
            })),
            Meaning::Refused => {
                permit.passed_well();
                Err(Failure::NothingDone(GitHubError::Refused {
                    operation: call.operation(),
                    status: status.as_u16(),
                    message: words,
                }))
            }
        }
    }

    async fn unauthorized(&self, call: &Call, token: &Token, message: String) -> Result<Sent, Failure> {
        let operation = call.operation();
        match &call.account {
            Account::Owner { owner, .. } => {
                self.tokens.slot(owner).lock().await.drop_token(token);
                Ok(Sent::Again(GitHubError::Unauthorized {
                    operation,
                    message,
                    renewed: false,
                }))
            }
            // The App's word was made for this request: another one would be the same.
            Account::App => Err(Failure::NothingDone(GitHubError::Unauthorized {
                operation,
                message,
                renewed: true,
            })),
        }
    }

    async fn authorization(&self, account: &Account) -> Result<Token, GitHubError> {
        match account {
            Account::App => self.engine.app_token().map(Token::new),
            Account::Owner { owner, repository } => {
                let slot = self.tokens.slot(owner);
                // Held while the token is fetched: whoever comes meanwhile waits here and finds it.
                let mut slot = slot.lock().await;
                if let Some(token) = slot.token(self.time.now()) {
                    return Ok(token);
                }
                self.fetch_token(&mut slot, owner, repository).await
            }
        }
    }

    /// Boxed because fetching a token is a request too, and so this leads back to where it is called from.
    fn fetch_token<'a>(
        &'a self,
        slot: &'a mut Slot,
        owner: &'a str,
        repository: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Token, GitHubError>> + Send + 'a>> {
        Box::pin(async move {
            let known = slot.installation_for(repository).is_some();
            match self.access_token(slot, owner, repository).await {
                // The installation is another one by now, or may do less.
                Err(GitHubError::Refused { .. }) if known => {
                    slot.forget_installation();
                    self.access_token(slot, owner, repository).await
                }
                other => other,
            }
        })
    }

    async fn access_token(
        &self,
        slot: &mut Slot,
        owner: &str,
        repository: &str,
    ) -> Result<Token, GitHubError> {
        let installation = match slot.installation_for(repository) {
            Some(installation) => installation,
            None => self.installation(owner, repository).await?,
        };
        let mut call = token_call(&installation);
        if let Some(permissions) = narrowed(&installation.permissions, &self.looks_at) {
            call = call.json(&json!({ "permissions": permissions }))?;
        }
        slot.installation = Some(installation);
        let token = self.made_token(call).await?;
        let fresh = Token::new(token.token);
        slot.keep(fresh.clone(), token.expires_at, self.time.now());
        Ok(fresh)
    }

    pub(crate) async fn made_token(&self, call: Call) -> Result<AccessToken, GitHubError> {
        let operation = call.operation();
        match self.write(Ok(call)).await {
            Written::Done(token) => Ok(token),
            Written::Rejected(error) | Written::Unknown(error) => Err(error),
            Written::Accepted => Err(GitHubError::Undecodable {
                operation,
                reason: "an empty answer".to_owned(),
            }),
        }
    }

    /// The installation that reaches a repository, found anew.
    pub(crate) async fn installation(
        &self,
        owner: &str,
        repository: &str,
    ) -> Result<Installation, GitHubError> {
        let template = "/repos/{owner}/{repo}/installation";
        let call = Call::new(Account::App, Method::GET, template, &[owner, repository]);
        let found = self.read_optional(&call).await?;
        found.ok_or_else(|| GitHubError::NotInstalled {
            repository: format!("{owner}/{repository}"),
        })
    }
}

/// The request for a token of an installation.
pub(crate) fn token_call(installation: &Installation) -> Call {
    let template = "/app/installations/{installation_id}/access_tokens";
    let number = installation.id.to_string();
    Call::new(Account::App, Method::POST, template, &[&number])
}

impl Payload {
    /// What its sending may take longer than another request's.
    fn seconds(&self) -> u64 {
        /// Slowest upload that is waited for, in bytes per second: below it 2 GiB would take more than a working day.
        const UPLOAD_BYTES_PER_SECOND_MIN: u64 = 64 * 1024;
        match self {
            Self::Json(_) => 0,
            Self::Stream { size, .. } => size / UPLOAD_BYTES_PER_SECOND_MIN,
        }
    }
}

pub(crate) fn undecodable(call: &Call, reason: &str) -> GitHubError {
    GitHubError::Undecodable {
        operation: call.operation(),
        reason: reason.to_owned(),
    }
}
