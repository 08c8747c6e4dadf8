//! Where other processes live: a lease is short, and kept alive for as long as its intent is carried out.

use crate::ports::Clock;
use domain_types::Timestamp;
use std::future::Future;
use std::pin::pin;
use storage::{IntentLease, Store};

/// Seconds that a claimed intent is ours unless we renew: a dead process's work waits no longer for its successor.
pub(super) const LEASE_SECONDS: u32 = 60;

/// Seconds between two renewals: two may fail before the lease runs out.
const RENEW_SECONDS: u64 = 20;

/// Carries on with `carrying` to its end and renews its lease meanwhile. A renewal that fails is tried again; whoever
/// really lost the lease hears it from the store when the outcome is recorded.
pub(super) async fn renewing<T>(
    carrying: impl Future<Output = T>,
    (store, clock): (&dyn Store, &dyn Clock),
    lease: &IntentLease,
) -> T {
    let mut carrying = pin!(carrying);
    loop {
        let due = clock.now().plus_seconds(RENEW_SECONDS);
        tokio::select! {
            biased;
            ended = &mut carrying => return ended,
            () = clock.wait_until(due) => {}
        }
        let until: Timestamp = clock.now().plus_seconds(LEASE_SECONDS.into());
        tokio::select! {
            biased;
            ended = &mut carrying => return ended,
            _renewed_or_not = store.renew_intent(lease, until) => {}
        }
    }
}
