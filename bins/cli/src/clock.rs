//! The one place of this program that reads the clock. Everything else takes the time as a value.

use domain_types::Timestamp;

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
