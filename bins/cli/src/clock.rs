//! The one place of this program that reads the clock or waits for time to pass. Everything else takes the time as a
//! value.

use domain_types::Timestamp;
use std::time::Duration;
use tokio::time::Interval;

/// The time now.
#[allow(
    clippy::disallowed_methods,
    reason = "the clock is read here and passed on as a value"
)]
pub(crate) fn now() -> Timestamp {
    let since_epoch = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_milliseconds(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}

/// A beat, for what has no event: seconds that count on a terminal, and rows that another process changes.
#[allow(
    clippy::disallowed_methods,
    reason = "neither a terminal's seconds nor another process's rows notify us"
)]
pub(crate) fn every(period: Duration) -> Interval {
    tokio::time::interval(period)
}
