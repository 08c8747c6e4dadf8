//! How long, and how often, we look when nobody can tell.

use domain_types::{Timestamp, seeded_bug};
use storage::Intent;

/// Looks in a row that may end in doubt, in looks. With the delays below that is a quarter of an hour: longer than any
/// remote takes to show what it did, short enough for a person to still be there.
pub const UNKNOWNS_MAX: u32 = 20;

/// Times that one intent is sent, in sends. Every send but the first follows a crash, or a doubt that turned out to be
/// nothing; an intent that gets here is in a loop that nobody else ends.
pub const SENDS_MAX: u32 = 1_000;

/// The wait before the first repeated look, in seconds: remotes are rarely consistent faster.
pub const DELAY_SECONDS_FIRST: u64 = 1;

/// The longest wait between two looks, in seconds: a person who has repaired something waits no longer than this.
pub const DELAY_SECONDS_MAX: u64 = 60;

/// When to look again: twice as long as last time, up to the cap, counted over doubts and repeated sends alike.
pub(crate) fn next_look(intent: &Intent, now: Timestamp) -> Timestamp {
    let doublings = intent
        .unknowns
        .saturating_add(intent.sends.saturating_sub(1))
        .min(u64::BITS - 1);
    let seconds = DELAY_SECONDS_FIRST
        .saturating_mul(1 << doublings)
        .min(DELAY_SECONDS_MAX);
    now.plus_seconds(seconds)
}

/// Why this intent is given up, if one more doubt ends our patience.
pub(crate) fn too_many_doubts(intent: &Intent, reason: &str) -> Option<String> {
    let doubts = intent.unknowns.saturating_add(1);
    (doubts >= UNKNOWNS_MAX || seeded_bug("given-up-at-the-first-doubt")).then(|| {
        format!(
            "after {doubts} looks nobody can tell whether {} ({}) took effect, last: {reason}; look for what it should \
             have made, remove it or keep it, then retry",
            intent.id, intent.kind
        )
    })
}

/// Why this intent is given up, if it was sent too often.
pub(crate) fn too_many_sends(intent: &Intent) -> Option<String> {
    (intent.sends >= SENDS_MAX).then(|| {
        format!(
            "{} ({}) was sent {} times and never took effect; find out what ends this program or undoes its work, then \
             retry",
            intent.id, intent.kind, intent.sends
        )
    })
}
