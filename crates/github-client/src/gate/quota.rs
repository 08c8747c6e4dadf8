//! The hourly number of requests of one account, as GitHub tells it with every answer.

use crate::Priority;
use domain_types::Timestamp;
use http::HeaderMap;

/// The hourly number of requests of one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) limit: u64,
    pub(crate) remaining: u64,
    pub(crate) reset: Timestamp,
}

impl Quota {
    /// From an answer's headers; none if it has none, or speaks of another resource than the one that all our requests use.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Self> {
        let resource = headers.get("x-ratelimit-resource");
        if resource.is_some_and(|resource| resource != "core") {
            return None;
        }
        Some(Self {
            limit: number(headers, "x-ratelimit-limit")?,
            remaining: number(headers, "x-ratelimit-remaining")?,
            reset: Timestamp::from_seconds(i64::try_from(number(headers, "x-ratelimit-reset")?).ok()?),
        })
    }

    /// Until when a request of this priority must wait; none if it need not. What is less urgent leaves a rest for what is
    /// more: looking stops at 5 % of the hour, talking at 10 %.
    pub(super) fn spent_until(&self, priority: Priority, now: Timestamp) -> Option<Timestamp> {
        let kept = match priority {
            Priority::Status | Priority::Dispatch => 0,
            Priority::Read => self.limit / 20,
            Priority::Comment => self.limit / 10,
        };
        (self.reset > now && self.remaining <= kept).then_some(self.reset)
    }

    /// Seconds until the hour ends.
    pub(crate) fn seconds_left(&self, now: Timestamp) -> u64 {
        self.reset.milliseconds_since(now).div_ceil(1000)
    }

    pub(super) fn use_one(&mut self) {
        self.remaining = self.remaining.saturating_sub(1);
    }

    pub(super) fn per_mille_left(&self) -> u64 {
        self.remaining.saturating_mul(1000) / self.limit.max(1)
    }
}

/// A header that is a whole number.
pub(crate) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}
