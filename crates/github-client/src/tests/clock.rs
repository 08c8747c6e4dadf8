//! Clocks of tests: one that jumps to whatever is waited for, one that stands still.

use crate::Time;
use async_trait::async_trait;
use domain_types::Timestamp;
use std::sync::Mutex;

/// A clock that nobody but the test winds.
pub(crate) struct HandWound {
    now: Mutex<Timestamp>,
    jumps: bool,
}

impl HandWound {
    /// It jumps to whatever is waited for.
    pub(crate) fn jumping(seconds: i64) -> Self {
        Self {
            now: Mutex::new(Timestamp::from_seconds(seconds)),
            jumps: true,
        }
    }

    /// It stands still: waiting on it never ends.
    pub(crate) fn standing(seconds: i64) -> Self {
        Self {
            now: Mutex::new(Timestamp::from_seconds(seconds)),
            jumps: false,
        }
    }

    /// Moves it.
    pub(crate) fn set(&self, seconds: i64) {
        *self.now.lock().unwrap() = Timestamp::from_seconds(seconds);
    }
}

#[async_trait]
impl Time for HandWound {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn wait_until(&self, due: Timestamp) {
        if self.jumps {
            let mut now = self.now.lock().unwrap();
            *now = (*now).max(due);
        } else {
            std::future::pending::<()>().await;
        }
    }
}
