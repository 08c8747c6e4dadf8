//! Rare paths that a campaign must have been on: a simulation that never gets there proves nothing about them.

use serde::Serialize;

macro_rules! marks {
    ($($(#[$doc:meta])* $mark:ident,)*) => {
        /// A path that must sometimes be taken.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Mark {
            $($(#[$doc])* $mark,)*
        }

        impl Mark {
            /// All of them.
            pub const ALL: &[Mark] = &[$(Mark::$mark,)*];
        }
    };
}

marks! {
    /// A build ended while the process whose child it was is dead.
    OrphanEnded,
    /// A successor ended what a dead process left running.
    OrphanStopped,
    /// A finished build of a dead process was adopted.
    Adopted,
    /// An earlier release's output was taken.
    Reused,
    /// A doubtful call was looked at and had taken effect.
    DoubtApplied,
    /// A doubtful call was looked at and had not taken effect.
    DoubtNotApplied,
    /// A commit of a step was done and reported as failed.
    UnknownCommit,
    /// A process died between the mark of sending and the effect.
    DiedBeforeEffect,
    /// A process died between the effect and its record.
    DiedAfterEffect,
    /// Publishing was in doubt.
    PublishInDoubt,
    /// A process died in the middle of publishing.
    DiedPublishing,
    /// A report came twice.
    ReportTwice,
    /// A report was lost and found again.
    ReportFoundAgain,
    /// A report came after its attempt was over.
    ReportTooLate,
    /// Two processes decided upon the same release at once.
    RevisionConflict,
    /// A lease ran out and its work went to another process.
    LeaseLost,
    /// A lease was lost between the mark of sending and the effect, which then did not come.
    LeaseLostBeforeEffect,
    /// A release was paused while something was in flight.
    PausedInFlight,
    /// A stage failed while the release was paused.
    StalledInPause,
    /// An intent was held back between claim and send.
    HeldBeforeSend,
    /// An intent that was claimed was abandoned.
    AbandonedBeforeSend,
    /// A queued build ran out of time.
    QueueTimedOut,
    /// A running build ran out of time.
    RunTimedOut,
    /// The retry budget was used up.
    BudgetSpent,
    /// A release stalled, and was retried to its end.
    StalledAndPublished,
    /// A release was published without an optional component.
    PublishedWithoutOptional,
    /// A release gave way to another.
    Superseded,
    /// A published release was taken back.
    Withdrawn,
    /// A cancel came too late: publishing was under way.
    CancelTooLate,
    /// The clock jumped back.
    ClockBack,
    /// A process was asked to end, and ended its builds.
    WoundDown,
    /// A store call failed and the process went down in good order.
    StoreFailed,
}
