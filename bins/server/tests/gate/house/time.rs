//! How time passes in the house.

use super::{House, within_seconds};
use std::time::Duration;
use storage::PullRequestStore;

/// Rounds of the clock in a row without anything that happens, after which everything has settled.
const QUIET_ROUNDS: u32 = 10;

/// Seconds that somebody may still be looking at a pull request: as long as a lease on it lasts.
const LEASE_SECONDS: u64 = 120;

impl House {
    /// Lets everything settle: nobody looks at a pull request or is about to, and nothing happens on GitHub for a while.
    pub(crate) async fn settle(&self) {
        let store = self.store.lock().unwrap().clone();
        let (mut quiet, mut seen) = (0, 0);
        within_seconds(self.pace.settling_seconds_max(), "everything settles", async {
            while quiet < QUIET_ROUNDS {
                self.clock.idle().await;
                let truth = self.github.truth_len();
                let is_busy = match &store {
                    Some(store) => self.is_busy(&**store).await,
                    None => false,
                };
                quiet = if truth == seen && !is_busy { quiet + 1 } else { 0 };
                seen = truth;
                self.clock.wind();
            }
        })
        .await;
    }

    /// Whether somebody looks at a pull request or is about to, or something is to be shown.
    async fn is_busy(&self, store: &dyn PullRequestStore) -> bool {
        let soon = self.github.now().plus_seconds(LEASE_SECONDS);
        if store.next_look().await.unwrap().is_some_and(|next| next <= soon) {
            return true;
        }
        let waits = store.backlog().await.unwrap().unwrap();
        waits.intents + waits.sending + waits.unknown > 0
    }

    /// Days pass at once.
    pub(crate) fn leap(&self, days: u64) {
        self.clock.pass(Duration::from_secs(days * 86_400));
    }

    /// Days pass, then everything settles.
    pub(crate) async fn days(&self, days: u64) {
        // A leap in the middle of something would end every lease on it.
        self.settle().await;
        self.leap(days);
        self.settle().await;
    }
}
