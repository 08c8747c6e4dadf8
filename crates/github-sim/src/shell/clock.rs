//! The only place that reads the machine's clock.

use domain_types::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// How the time passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clock {
    /// As on the machine; runs and delays pass `speed` times faster than they are written. What is bound to the hour, such as tokens and
    /// limits, is not faster, because those who ask go by the machine's clock.
    Real {
        /// How many times faster.
        speed: f64,
    },
    /// Only by [`crate::Running::advance`], from the moment of the start.
    Hand,
}

impl Clock {
    pub(crate) fn speed(self) -> f64 {
        match self {
            // A speed that is none would let nothing ever come due.
            Self::Real { speed } if speed > 0.0 => speed,
            Self::Real { .. } | Self::Hand => 1.0,
        }
    }
}

/// The time on the machine's clock.
#[allow(
    clippy::disallowed_methods,
    reason = "this is the clock that the model is given"
)]
pub(crate) fn wall() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_milliseconds(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
}
