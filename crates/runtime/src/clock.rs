//! The system's clock: the only place that reads it.

use crate::ports::Clock;
use async_trait::async_trait;
use domain_types::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is given"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_milliseconds(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    #[allow(
        clippy::disallowed_methods,
        reason = "waiting for a time is what a clock is for"
    )]
    async fn wait_until(&self, due: Timestamp) {
        tokio::time::sleep(Duration::from_millis(due.milliseconds_since(self.now()))).await;
    }
}
