#![doc = include_str!("../README.md")]

mod backlog;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod error;
mod inbox;
mod limits;
mod outbox;
mod sqlite;
mod step;
mod store;

pub use backlog::Backlog;
pub use error::{Cause, StoreError};
pub use inbox::{Appended, Claim, ClaimedInbox, InboxId, InboxLease, InboxRow, InboxState, NewInboxRow};
pub use limits::{
    BODY_BYTES_MAX, BUSY_SECONDS_MAX, JOURNAL_PAGE_MAX, POOLS_MAX, READERS_MAX, RELEASES_LISTED_MAX,
    ROWS_MAX, TIMER_KEY_BYTES_MAX, TIMERS_FIRED_MAX, WORD_BYTES_MAX,
};
pub use outbox::{
    ClaimedAs, ClaimedIntent, Intent, IntentLease, IntentOutcome, IntentRow, IntentState, MarkedSending,
    PoolCapacity, TakenOver,
};
pub use sqlite::{
    CheckReport, Migrated, OpenMode, Problem, SQLITE_VERSION_MIN, SqliteStore, check_sqlite, migrate_sqlite,
    open_sqlite,
};
pub use step::{
    BUILD_STATES, BuildRow, FoundBuild, Hold, JournalEntry, NewIntent, NewTimer, RELEASE_PHASES, ReleaseRow,
    ReleaseSummary, Step, StoredRelease,
};
pub use store::Store;
