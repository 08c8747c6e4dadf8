//! What all handles share, and the four ways to ask: read, read a list, write, stream.

use crate::address::Address;
use crate::answer::{BodyFailure, JSON_BYTES_MAX, SILENCE_SECONDS_MAX, read_body};
use crate::cache::{Cache, Kept};
use crate::call::Call;
use crate::engine::Engine;
use crate::exchange::{Failure, Live};
use crate::gate::Gate;
use crate::settings::ApiVersion;
use crate::time::Time;
use crate::tokens::Tokens;
use crate::{GitHubError, Settings, Written};
use bytes::Bytes;
use http::header::{DATE, ETAG, LINK, LOCATION};
use http::{HeaderMap, HeaderName, StatusCode};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

/// How often a read is sent that GitHub or the way to it lets down: a connection that had gone stale costs one.
const READS_MAX: u32 = 2;

/// What all handles share.
pub(crate) struct Client {
    pub(crate) engine: Engine,
    pub(crate) address: Address,
    pub(crate) api_version: ApiVersion,
    pub(crate) answer_seconds_max: u64,
    pub(crate) gate: Arc<Gate>,
    pub(crate) tokens: Tokens,
    /// The login of our own user, asked once.
    pub(crate) login: OnceCell<String>,
    pub(crate) time: Arc<dyn Time>,
    pub(crate) looks_at: Vec<&'static str>,
    cache: Mutex<Cache>,
    made: Mutex<BTreeMap<String, u64>>,
    clock_ahead_seconds: Mutex<Option<i64>>,
}

/// A whole answer.
pub(crate) struct Answer {
    pub(crate) body: Bytes,
    pub(crate) link: Option<String>,
}

impl Client {
    pub(crate) fn new(settings: &Settings, time: Arc<dyn Time>) -> Result<Self, GitHubError> {
        let address = Address::new(&settings.api_url, &settings.download_hosts)?;
        Ok(Self {
            engine: Engine::new(settings)?,
            address,
            api_version: settings.api_version,
            answer_seconds_max: settings.limits.answer_seconds_max,
            gate: Arc::new(Gate::new(&settings.limits, Arc::clone(&time))),
            tokens: Tokens::default(),
            login: OnceCell::new(),
            time,
            looks_at: settings.looks_at.clone(),
            cache: Mutex::default(),
            made: Mutex::default(),
            clock_ahead_seconds: Mutex::default(),
        })
    }

    pub(crate) fn api_version(&self) -> ApiVersion {
        self.api_version
    }

    /// Counts a request that is about to be sent.
    pub(crate) fn count(&self, call: &Call) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        *made.entry(call.operation()).or_default() += 1;
    }

    /// The requests that were sent so far.
    pub(crate) fn made(&self) -> Vec<(String, u64)> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.iter()
            .map(|(operation, count)| (operation.clone(), *count))
            .collect()
    }

    /// Notes the time that an answer tells; one that cannot be read says nothing.
    pub(crate) fn hear_time(&self, headers: &HeaderMap) {
        let told = header(headers, &DATE).and_then(|date| httpdate::parse_http_date(&date).ok());
        let since = told.and_then(|told| told.duration_since(std::time::UNIX_EPOCH).ok());
        let Some(seconds) = since.and_then(|since| i64::try_from(since.as_secs()).ok()) else {
            return;
        };
        let ahead = self.time.now().seconds().saturating_sub(seconds);
        *self.clock_ahead() = Some(ahead);
    }

    /// How far our clock is ahead of GitHub's, as last heard.
    pub(crate) fn clock_ahead_seconds(&self) -> Option<i64> {
        *self.clock_ahead()
    }

    fn clock_ahead(&self) -> std::sync::MutexGuard<'_, Option<i64>> {
        self.clock_ahead_seconds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads something that must be there.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<T, GitHubError> {
        let answer = self.answer(call).await?;
        decode(call, &answer.body)
    }

    /// Reads something that may not be there.
    pub(crate) async fn read_optional<T: DeserializeOwned>(
        &self,
        call: &Call,
    ) -> Result<Option<T>, GitHubError> {
        match self.read(call).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.status() == Some(404) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A whole answer; what was read before is used again if GitHub says that it is unchanged.
    pub(crate) async fn answer(&self, call: &Call) -> Result<Answer, GitHubError> {
        let mut sent = 1;
        loop {
            match self.answer_once(call).await {
                Err(
                    GitHubError::NotSent { .. }
                    | GitHubError::Broken { .. }
                    | GitHubError::ServerFailed { .. },
                ) if sent < READS_MAX => sent += 1,
                other => return other,
            }
        }
    }

    async fn answer_once(&self, call: &Call) -> Result<Answer, GitHubError> {
        let kept = self.kept().get(&call.account, &call.target);
        let etag = kept.as_ref().map(|kept| kept.etag.as_str());
        let live = self.begin(call, etag).await.map_err(Failure::into_error)?;
        if live.status() == StatusCode::NOT_MODIFIED
            && let Some(kept) = kept
        {
            return Ok(Answer {
                body: kept.body,
                link: kept.link,
            });
        }
        only_success(call, &live)?;
        let link = header(live.headers(), &LINK);
        let etag = header(live.headers(), &ETAG);
        let body = whole(call, live).await?;
        if let Some(etag) = etag {
            let kept = Kept {
                etag,
                link: link.clone(),
                body: body.clone(),
            };
            self.kept().put(&call.account, &call.target, kept);
        }
        Ok(Answer { body, link })
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes something that GitHub answers with what it made.
    pub(crate) async fn write<T: DeserializeOwned>(&self, call: Result<Call, GitHubError>) -> Written<T> {
        let call = match call {
            Ok(call) => call,
            Err(error) => return Written::Rejected(error),
        };
        match self.begin(&call, None).await {
            Ok(live) => made(&call, live).await,
            Err(failure) => failure.into_written(),
        }
    }

    /// Writes something whose answer says no more than that it was done.
    pub(crate) async fn write_done(&self, call: Result<Call, GitHubError>) -> Written<()> {
        let call = match call {
            Ok(call) => call,
            Err(error) => return Written::Rejected(error),
        };
        match self.begin(&call, None).await {
            Ok(live) => match only_success(&call, &live) {
                Ok(()) => {
                    // Read to its end only so that the connection can be used again; what it says is not asked.
                    drop(whole(&call, live).await);
                    Written::Done(())
                }
                Err(error) => Written::Rejected(error),
            },
            Err(failure) => failure.into_written(),
        }
    }
}

/// What a write made, from its answer.
pub(crate) async fn made<T: DeserializeOwned>(call: &Call, live: Live) -> Written<T> {
    if let Err(error) = only_success(call, &live) {
        return Written::Rejected(error);
    }
    match whole(call, live).await {
        Ok(body) if body.is_empty() => Written::Accepted,
        // It has happened; what it made is not known, so it must be looked for.
        Ok(body) => decode(call, &body).map_or_else(Written::Unknown, Written::Done),
        Err(error) => Written::Unknown(error),
    }
}

/// A redirect is no success here: a repository that was renamed must be noticed, not followed.
fn only_success(call: &Call, live: &Live) -> Result<(), GitHubError> {
    if live.status().is_success() {
        return Ok(());
    }
    let location = header(live.headers(), &LOCATION).unwrap_or_default();
    Err(GitHubError::Refused {
        operation: call.operation(),
        status: live.status().as_u16(),
        message: format!("moved to {location}"),
    })
}

async fn whole(call: &Call, live: Live) -> Result<Bytes, GitHubError> {
    let (body, permit) = live.into_body();
    let read = read_body(body, JSON_BYTES_MAX).await;
    drop(permit);
    read.map_err(|failure| body_error(call, failure, JSON_BYTES_MAX))
}

/// Why a body did not come whole, as an error of the operation.
pub(crate) fn body_error(call: &Call, failure: BodyFailure, bytes_max: u64) -> GitHubError {
    let operation = call.operation();
    match failure {
        BodyFailure::Broken(source) => GitHubError::Broken { operation, source },
        BodyFailure::Silent => GitHubError::TimedOut {
            operation,
            seconds: SILENCE_SECONDS_MAX,
        },
        BodyFailure::TooLarge => GitHubError::TooLarge {
            operation,
            unit: "bytes",
            max: bytes_max,
        },
    }
}

pub(crate) fn decode<T: DeserializeOwned>(call: &Call, body: &[u8]) -> Result<T, GitHubError> {
    serde_json::from_slice(body).map_err(|error| GitHubError::Undecodable {
        operation: call.operation(),
        reason: error.to_string(),
    })
}

/// A header as text.
pub(crate) fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
