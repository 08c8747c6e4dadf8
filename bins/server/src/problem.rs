//! What the server answers when it says no: a problem object (RFC 9457) that also says what to do next.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Seconds after which it is worth trying again, where we cannot take more.
const RETRY_AFTER_SECONDS: u16 = 5;

/// A no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    remedy: &'static str,
}

impl Problem {
    /// A no with what was found and what to do next.
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            status,
            detail: detail.into(),
            remedy,
        }
    }

    /// What was sent makes no sense.
    pub(crate) fn bad(detail: impl Into<String>, remedy: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail, remedy)
    }

    /// We cannot just now; the same request may do later.
    pub(crate) fn unavailable(detail: impl Into<String>) -> Self {
        let remedy = "send the same request again after the seconds that `Retry-After` names";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail, remedy)
    }

    /// The status.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "schema": "governance/problem/v1",
            "type": "about:blank",
            "title": self.status.canonical_reason().unwrap_or_default(),
            "status": self.status.as_u16(),
            "detail": self.detail,
            "remedy": self.remedy,
        });
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
