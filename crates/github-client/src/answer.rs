//! What an answer means that is not a success: which limit, whose mistake. Bodies are read up to a limit.

use crate::engine::AnswerBody;
use crate::gate::number;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use std::time::Duration;

/// Largest JSON answer, in bytes: a page of thirty releases with hundreds of files each, or a hundred runs, stays far below.
pub(crate) const JSON_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Longest silence within an answer, in seconds.
pub(crate) const SILENCE_SECONDS_MAX: u64 = 60;
/// Characters of GitHub's words that an error repeats.
const MESSAGE_CHARS_MAX: usize = 500;

/// Why a body did not come whole.
pub(crate) enum BodyFailure {
    /// The connection broke.
    Broken(crate::Cause),
    /// Nothing came for too long.
    Silent,
    /// It is larger than its limit.
    TooLarge,
}

/// A whole body, up to a limit.
pub(crate) async fn read_body(mut body: AnswerBody, bytes_max: u64) -> Result<Bytes, BodyFailure> {
    let mut read = BytesMut::new();
    while let Some(piece) = next_piece(&mut body).await? {
        if (read.len() + piece.len()) as u64 > bytes_max {
            return Err(BodyFailure::TooLarge);
        }
        read.extend_from_slice(&piece);
    }
    Ok(read.freeze())
}

/// The next bytes of a body; none at its end.
pub(crate) async fn next_piece(body: &mut AnswerBody) -> Result<Option<Bytes>, BodyFailure> {
    loop {
        let next = tokio::time::timeout(Duration::from_secs(SILENCE_SECONDS_MAX), body.frame());
        match next.await {
            Err(_) => return Err(BodyFailure::Silent),
            Ok(None) => return Ok(None),
            Ok(Some(Err(error))) => return Err(BodyFailure::Broken(Box::new(error))),
            Ok(Some(Ok(frame))) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

/// What an answer without success means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The hourly number of requests is used up; the quota says until when.
    Primary,
    /// The secondary limit was reached.
    Secondary { retry_after_seconds: Option<u64> },
    /// The token is not accepted.
    Unauthorized,
    /// GitHub itself failed.
    ServerFailed,
    /// GitHub refuses.
    Refused,
}

/// What an answer without success means, by its status, headers and words.
pub(crate) fn meaning(status: StatusCode, headers: &HeaderMap, words: &str) -> Meaning {
    match status.as_u16() {
        401 => Meaning::Unauthorized,
        403 | 429 => limit(status, headers, words).unwrap_or(Meaning::Refused),
        // GitHub gave up on reading the request; whether it had acted before, it does not say.
        408 | 500.. => Meaning::ServerFailed,
        _ => Meaning::Refused,
    }
}

fn limit(status: StatusCode, headers: &HeaderMap, words: &str) -> Option<Meaning> {
    let retry_after_seconds = number(headers, "retry-after");
    let words = words.to_ascii_lowercase();
    let secondary = words.contains("secondary rate limit") || words.contains("abuse detection");
    if retry_after_seconds.is_none() && !secondary && number(headers, "x-ratelimit-remaining") == Some(0) {
        return Some(Meaning::Primary);
    }
    let limited = retry_after_seconds.is_some() || secondary || status == StatusCode::TOO_MANY_REQUESTS;
    limited.then_some(Meaning::Secondary { retry_after_seconds })
}

#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    message: String,
    #[serde(default)]
    errors: serde_json::Value,
}

/// GitHub's words on what is wrong, with the codes of its findings, shortened.
pub(crate) fn words(body: &[u8]) -> String {
    let text = match serde_json::from_slice::<ErrorBody>(body) {
        Ok(error) if error.errors.is_null() => error.message,
        Ok(error) => format!("{} {}", error.message, error.errors),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    text.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .take(MESSAGE_CHARS_MAX)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, headers: &[(&'static str, &str)], words: &str, expected: &Meaning) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        let status = StatusCode::from_u16(status).unwrap();
        assert_eq!(
            meaning(status, &map, words),
            *expected,
            "{status} {headers:?} {words}"
        );
    }

    #[test]
    fn an_answer_without_success_means_one_thing() {
        let secondary = |retry_after_seconds| Meaning::Secondary { retry_after_seconds };
        check(
            403,
            &[],
            "Resource not accessible by integration",
            &Meaning::Refused,
        );
        check(403, &[("x-ratelimit-remaining", "12")], "no", &Meaning::Refused);
        check(
            403,
            &[("x-ratelimit-remaining", "0")],
            "API rate limit exceeded",
            &Meaning::Primary,
        );
        check(429, &[("x-ratelimit-remaining", "0")], "", &Meaning::Primary);
        check(429, &[], "", &secondary(None));
        check(403, &[("retry-after", "7")], "", &secondary(Some(7)));
        check(
            403,
            &[],
            "You have exceeded a secondary rate limit.",
            &secondary(None),
        );
        check(
            403,
            &[("x-ratelimit-remaining", "0")],
            "exceeded a secondary rate limit",
            &secondary(None),
        );
        check(401, &[], "Bad credentials", &Meaning::Unauthorized);
        check(404, &[("retry-after", "7")], "", &Meaning::Refused);
        check(301, &[], "Moved Permanently", &Meaning::Refused);
        check(422, &[], "", &Meaning::Refused);
        check(408, &[], "", &Meaning::ServerFailed);
        check(500, &[], "", &Meaning::ServerFailed);
        check(503, &[("retry-after", "7")], "", &Meaning::ServerFailed);
    }

    #[test]
    fn words_are_short_and_without_control_characters() {
        assert_eq!(
            words(br#"{"message":"Validation Failed","errors":[{"code":"already_exists"}]}"#),
            r#"Validation Failed [{"code":"already_exists"}]"#
        );
        assert_eq!(words(b"<html>\x1b[31m"), "<html> [31m");
        assert_eq!(words(&[b'x'; 9000]).len(), MESSAGE_CHARS_MAX);
    }
}
