//! The only place of the benchmarks that reads a clock or waits: measuring time is what they are for.
#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock, and plays builds that last a while"
)]

use std::time::{Duration, Instant};

/// A moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Instant);

impl Moment {
    /// The present.
    pub(crate) fn now() -> Self {
        Self(Instant::now())
    }

    /// How long ago it was.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// How long after an earlier one it came; nothing if it did not.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// The moment so much later.
    pub(crate) fn after(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

/// The outcome of some work, and how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Moment::now();
    let outcome = work();
    (outcome, began.elapsed())
}

/// Waits for so long.
pub(crate) async fn wait(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// Keeps this thread until that moment has come.
pub(crate) fn wait_here_until(moment: Moment) {
    let left = moment.since(Moment::now());
    if !left.is_zero() {
        std::thread::sleep(left);
    }
}
