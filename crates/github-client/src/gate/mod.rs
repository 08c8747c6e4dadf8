//! The gate through which every request to the API goes: it knows the limits, and lets nothing pass that would reach them.
//!
//! One gate for all installations of the App: GitHub counts its secondary limits by rules that it does not tell, and a gate that
//! is too strict costs less than a ban. After a secondary limit everything waits, and then one request at a time is sent
//! until one passes.

mod quota;
mod state;
mod window;

#[cfg(test)]
mod tests;

use crate::call::{Account, Call};
use crate::time::Time;
use crate::{GitHubError, Limit, Limits};
use domain_types::Timestamp;
pub(crate) use quota::{Quota, number};
use state::{Need, State, Ticket, Turn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Requests that may wait at a time: many more than a release has, few enough to hold in memory.
const WAITING_MAX: usize = 10_000;

/// The gate.
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Notify,
    time: Arc<dyn Time>,
    wait_seconds_max: u64,
}

/// The right to have a request under way; it ends when this is dropped.
pub(crate) struct Permit {
    gate: Arc<Gate>,
    account: Account,
    rest: u64,
}

/// A place in the queue, given back if whoever waits gives up.
struct Place<'a> {
    gate: &'a Gate,
    ticket: Ticket,
}

impl Gate {
    pub(crate) fn new(limits: &Limits, time: Arc<dyn Time>) -> Self {
        Self {
            state: Mutex::new(State::new(limits)),
            changed: Notify::new(),
            time,
            wait_seconds_max: limits.wait_seconds_max,
        }
    }

    /// Waits for a request's turn; an error if that would take longer than may be waited here.
    pub(crate) async fn pass(self: &Arc<Self>, call: &Call) -> Result<Permit, GitHubError> {
        let place = self.enter(call)?;
        let deadline = self.time.now().plus_seconds(self.wait_seconds_max);
        loop {
            // Registered before looking, so that no change between looking and waiting is missed.
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let now = self.time.now();
            let (turn, rest) = self.locked().turn(place.ticket, now);
            let due = match turn {
                Turn::Now => return Ok(self.permit(call, rest)),
                Turn::At(due, limit) if due > deadline => return Err(limited(call, limit, due, now)),
                Turn::At(due, _) => due,
                Turn::AfterAnother if now >= deadline => {
                    return Err(limited(call, Limit::OwnShare, now, now));
                }
                Turn::AfterAnother => deadline,
            };
            tokio::select! {
                () = changed => {}
                () = self.time.wait_until(due) => {}
            }
        }
    }

    fn enter(&self, call: &Call) -> Result<Place<'_>, GitHubError> {
        let mut state = self.locked();
        if state.waiting() >= WAITING_MAX {
            let now = self.time.now();
            return Err(limited(
                call,
                Limit::OwnShare,
                now.plus_seconds(self.wait_seconds_max),
                now,
            ));
        }
        let ticket = state.enter(Need::of(call));
        Ok(Place { gate: self, ticket })
    }

    fn permit(self: &Arc<Self>, call: &Call, rest: u64) -> Permit {
        // Whoever is next may have its turn now too.
        self.changed.notify_waiters();
        Permit {
            gate: Arc::clone(self),
            account: call.account.clone().without_repository(),
            rest,
        }
    }

    /// The hourly quota of the account that has the least left.
    pub(crate) fn tightest(&self) -> Option<Quota> {
        self.locked().tightest()
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if it did, the counters would still be usable.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// What GitHub said about the account's quota.
    pub(crate) fn saw(&self, quota: Quota) {
        self.gate.locked().saw_quota(self.account.clone(), quota);
    }

    /// GitHub answered, and not with a limit.
    pub(crate) fn passed_well(&self) {
        self.gate.locked().passed_well(self.rest);
    }

    /// GitHub answered that its secondary limit was reached.
    pub(crate) fn reached_secondary(&self, retry_after_seconds: Option<u64>) {
        let now = self.gate.time.now();
        self.gate
            .locked()
            .reached_secondary(self.rest, retry_after_seconds, now);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.gate.locked().came_back();
        self.gate.changed.notify_waiters();
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.gate.locked().leave(self.ticket);
        self.gate.changed.notify_waiters();
    }
}

fn limited(call: &Call, limit: Limit, due: Timestamp, now: Timestamp) -> GitHubError {
    GitHubError::Limited {
        operation: call.operation(),
        limit,
        wait_seconds: due.milliseconds_since(now).div_ceil(1000).max(1),
    }
}
