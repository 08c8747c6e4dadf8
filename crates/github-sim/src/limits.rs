//! How much of GitHub one may use: the documented counts, and who has used how much.

use domain_types::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// One minute and one hour in milliseconds: the windows of the documentation.
const MINUTE_MILLISECONDS: i64 = 60_000;
const HOUR_MILLISECONDS: i64 = 3_600_000;

/// GitHub's limits. The defaults are those of the documentation for an App's installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Requests per hour of one who is known.
    pub requests_per_hour: u64,
    /// Requests per hour of one who is not.
    pub anonymous_requests_per_hour: u64,
    /// Points per minute; a read costs one, a write five.
    pub points_per_minute: u64,
    /// Requests that create content, per minute.
    pub creations_per_minute: usize,
    /// Requests that create content, per hour.
    pub creations_per_hour: usize,
    /// Requests at the same time.
    pub concurrent: usize,
    /// What `retry-after` says when a secondary limit is hit, in seconds.
    pub retry_after_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_hour: 5_000,
            anonymous_requests_per_hour: 60,
            points_per_minute: 900,
            creations_per_minute: 80,
            creations_per_hour: 500,
            concurrent: 100,
            retry_after_seconds: 60,
        }
    }
}

/// What one who asks has used.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    window_start: Option<Timestamp>,
    used: u64,
    points: VecDeque<(Timestamp, u64)>,
    creations: VecDeque<Timestamp>,
    blocked_until: Option<Timestamp>,
}

/// Which limit a request hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hit {
    Primary,
    Secondary,
}

/// The numbers of the `x-ratelimit-*` headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    pub(crate) limit: u64,
    pub(crate) used: u64,
    pub(crate) reset_seconds: i64,
}

/// What a request costs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) points: u64,
    pub(crate) creates: bool,
    pub(crate) concurrent: usize,
}

/// Everybody's use.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    by_asker: BTreeMap<String, Usage>,
}

impl Ledger {
    /// Counts a request, or says which limit forbids it.
    pub(crate) fn charge(
        &mut self,
        asker: &str,
        cost: Cost,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<(), Hit> {
        let limit = primary_limit(asker, limits);
        let usage = self.by_asker.entry(asker.to_owned()).or_default();
        usage.forget(now);
        if usage.used >= limit {
            return Err(Hit::Primary);
        }
        usage.used += 1;
        let points: u64 = usage.points.iter().map(|(_, points)| points).sum();
        let last_minute = |time: &&Timestamp| now.milliseconds() - time.milliseconds() < MINUTE_MILLISECONDS;
        let is_too_much = usage.blocked_until.is_some_and(|until| now < until)
            || cost.concurrent > limits.concurrent
            || points + cost.points > limits.points_per_minute
            || (cost.creates
                && (usage.creations.len() >= limits.creations_per_hour
                    || usage.creations.iter().filter(last_minute).count() >= limits.creations_per_minute));
        if is_too_much {
            return Err(Hit::Secondary);
        }
        usage.points.push_back((now, cost.points));
        if cost.creates {
            usage.creations.push_back(now);
        }
        Ok(())
    }

    /// Shuts one who asks out for a while, as GitHub does now and then.
    pub(crate) fn block(&mut self, asker: &str, until: Timestamp) {
        self.by_asker.entry(asker.to_owned()).or_default().blocked_until = Some(until);
    }

    /// Takes a request back from the primary limit: a 304 does not count.
    pub(crate) fn refund(&mut self, asker: &str) {
        if let Some(usage) = self.by_asker.get_mut(asker) {
            usage.used = usage.used.saturating_sub(1);
        }
    }

    pub(crate) fn standing(&self, asker: &str, limits: &Limits, now: Timestamp) -> Standing {
        let usage = self.by_asker.get(asker);
        let start = usage.and_then(|usage| usage.window_start).unwrap_or(now);
        Standing {
            limit: primary_limit(asker, limits),
            used: usage.map_or(0, |usage| usage.used),
            reset_seconds: (start.milliseconds() + HOUR_MILLISECONDS) / 1000,
        }
    }
}

fn primary_limit(asker: &str, limits: &Limits) -> u64 {
    if asker == "anonymous" {
        limits.anonymous_requests_per_hour
    } else {
        limits.requests_per_hour
    }
}

impl Usage {
    fn forget(&mut self, now: Timestamp) {
        let is_over = |start: Timestamp| now.milliseconds() - start.milliseconds() >= HOUR_MILLISECONDS;
        if self.window_start.is_none_or(is_over) {
            self.window_start = Some(now);
            self.used = 0;
        }
        while self
            .points
            .front()
            .is_some_and(|(time, _)| now.milliseconds() - time.milliseconds() >= MINUTE_MILLISECONDS)
        {
            self.points.pop_front();
        }
        while self.creations.front().is_some_and(|time| is_over(*time)) {
            self.creations.pop_front();
        }
    }
}
