//! Waiting for what other processes do. Nothing but the bound depends on how fast a machine is.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Between two looks at files: far shorter than any step of a release.
pub(crate) const LOOK: Duration = Duration::from_micros(300);
/// The longest that anything of these plays may take, on a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(240);

/// Waits.
pub(crate) fn pause(time: Duration) {
    let (_nobody_sends, never) = channel::<()>();
    let _ = never.recv_timeout(time);
}

/// Waits until it is so; false if `over` was first.
///
/// # Panics
///
/// After [`PATIENCE`], with what was waited for.
#[track_caller]
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool, mut over: impl FnMut() -> bool) -> bool {
    let since = now();
    while !is_so() {
        if over() {
            return is_so();
        }
        assert!(
            now().duration_since(since) < PATIENCE,
            "waited in vain for {what}"
        );
        pause(LOOK);
    }
    true
}

/// Now, to measure how long an undisturbed release takes.
#[allow(
    clippy::disallowed_methods,
    reason = "moments to kill at are fractions of a measured time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
