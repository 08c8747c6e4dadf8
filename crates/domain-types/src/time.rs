//! Time as a value. Nothing here reads a clock.

use crate::Invalid;
use std::fmt;
use std::str::FromStr;

/// A point in time, UTC, in whole milliseconds since 1970-01-01T00:00:00Z.
///
/// Stored as an integer in columns, written as RFC 3339 with `Z` in JSON and for people. Valid from 1970 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    const MILLISECONDS_MAX: i64 = 253_402_207_199_999;

    /// From milliseconds since the epoch, held within 1970 and 9999.
    pub fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds.clamp(0, Self::MILLISECONDS_MAX))
    }

    /// From whole seconds since the epoch, as git writes commit times.
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_milliseconds(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// This time and so many seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: u64) -> Self {
        Self::from_milliseconds(
            self.0
                .saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000)),
        )
    }

    /// Milliseconds from `earlier` to this time; 0 if it is not earlier.
    pub fn milliseconds_since(self, earlier: Self) -> u64 {
        u64::try_from(self.0 - earlier.0).unwrap_or(0)
    }

    fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// `YYYY-MM-DD`, UTC.
    pub fn date(self) -> String {
        self.to_jiff().strftime("%Y-%m-%d").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&format!("{:.3}", self.to_jiff()))
    }
}

impl FromStr for Timestamp {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("time", text, "RFC 3339 in UTC such as 2026-11-24T06:00:00Z");
        let parsed: jiff::Timestamp = text.parse().map_err(|_| invalid())?;
        let milliseconds = parsed.as_millisecond();
        if (0..=Self::MILLISECONDS_MAX).contains(&milliseconds) {
            Ok(Self(milliseconds))
        } else {
            Err(invalid())
        }
    }
}

impl TryFrom<String> for Timestamp {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_and_read_back_to_the_millisecond() {
        let time = Timestamp::from_milliseconds(1_764_000_000_123);
        assert_eq!(time.to_string(), "2025-11-24T16:00:00.123Z");
        assert_eq!(time.to_string().parse(), Ok(time));
        assert_eq!(time.date(), "2025-11-24");
        let last = Timestamp::from_milliseconds(i64::MAX);
        assert_eq!(last.to_string().parse(), Ok(last));
    }

    #[test]
    fn a_clock_that_jumped_back_gives_no_negative_duration() {
        assert_eq!(
            Timestamp::from_seconds(5).milliseconds_since(Timestamp::from_seconds(9)),
            0
        );
    }
}
