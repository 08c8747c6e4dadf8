//! The clock of this room as a port: limits are kept and tokens renewed by it, so that tests wind it by hand.

use async_trait::async_trait;
use domain_types::Timestamp;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that can be waited on.
#[async_trait]
pub trait Time: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Returns when `due` has come; at once if it has.
    async fn wait_until(&self, due: Timestamp);
}

/// The clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemTimeOfDay;

#[async_trait]
impl Time for SystemTimeOfDay {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the clock that the client is given by default"
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
