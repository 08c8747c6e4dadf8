//! What may go wrong, each kind with its probability. Everything is off unless it is asked for.

/// How often each kind of fault happens: 0 never, 1 always.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// A webhook does not arrive; the list of deliveries shows it as failed.
    pub webhook_lost: f64,
    /// A webhook is never sent, and the list of deliveries does not know it.
    pub webhook_unrecorded: f64,
    /// A webhook arrives twice, with the same GUID.
    pub webhook_repeated: f64,
    /// A webhook is held back until later ones have arrived, up to ten seconds.
    pub webhook_reordered: f64,
    /// A webhook comes up to an hour late.
    pub webhook_delayed: f64,
    /// A request is answered with 5xx, and nothing happened.
    pub server_error_before: f64,
    /// A write is answered with 5xx, and it happened all the same.
    pub server_error_after: f64,
    /// A write happens, and no answer ever comes.
    pub timeout_after: f64,
    /// A write happens, and the connection breaks before the answer.
    pub reset_after: f64,
    /// A request meets a secondary limit.
    pub secondary_limit: f64,
    /// A read shows what was true up to [`STALE_SECONDS_MAX`] ago, and new things are missing from lists for as long.
    pub stale_read: f64,
    /// A dispatch is accepted, and nothing ever runs.
    pub run_never_starts: f64,
    /// A dispatch starts two runs.
    pub run_starts_twice: f64,
    /// A run begins and never ends by itself.
    pub run_hangs: f64,
    /// A run succeeds, and its artifact is not there.
    pub artifact_missing: f64,
    /// A run succeeds, and a byte of its artifact is not what was built.
    pub artifact_altered: f64,
    /// An upload breaks off and leaves an asset in state `starter`.
    pub asset_starter: f64,
}

/// For how long, in seconds, a stale read may show the past: what has been seen of GitHub's replicas.
pub const STALE_SECONDS_MAX: u64 = 90;

/// How long, in seconds, a webhook that is out of order is held back.
pub(crate) const REORDER_SECONDS_MAX: u64 = 10;

/// How late, in seconds, a delayed webhook comes at most.
pub(crate) const DELAY_SECONDS_MAX: u64 = 3_600;
