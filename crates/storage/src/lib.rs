#![doc = include_str!("../README.md")]

mod acceptance;
mod backlog;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
#[cfg(test)]
mod crash_play;
mod error;
mod inbox;
mod limits;
mod outbox;
mod postgres;
mod pull_request;
mod pull_request_check;
mod pull_request_store;
#[cfg(test)]
mod queue_play;
mod row;
mod schema;
mod sqlite;
mod statements;
mod step;
mod store;

pub use backlog::Backlog;
pub use error::{Cause, StoreError};
pub use inbox::{Appended, Claim, ClaimedInbox, InboxId, InboxLease, InboxRow, InboxState, NewInboxRow};
pub use limits::{
    BODY_BYTES_MAX, BUSY_SECONDS_MAX, CONNECTIONS_MAX, DELIVERY_BYTES_MAX, JOURNAL_PAGE_MAX, LOOKS_MAX,
    POOLS_MAX, PULL_REQUESTS_PAGE_MAX, READERS_MAX, REFUSED_BODY_CHARS_MAX, RELEASES_LISTED_MAX, ROWS_MAX,
    SIGNATURES_MAX, SUPERSEDED_MAX, TIMER_KEY_BYTES_MAX, TIMERS_FIRED_MAX, WORD_BYTES_MAX,
};
pub use outbox::{
    ClaimedAs, ClaimedIntent, Intent, IntentLease, IntentOutcome, IntentRow, IntentState, MarkedSending,
    PoolCapacity, TakenOver,
};
pub use postgres::{
    POSTGRES_VERSION_MIN, PostgresPlace, PostgresStore, Presence, check_postgres, enter_postgres,
    migrate_postgres, open_postgres,
};
pub use pull_request::{
    ClaimedPullRequest, DECISION_OUTCOMES, Decision, DecisionRow, Listed, Look, NewDecision, NewSignature,
    PullRequestLease, RulesetRow, SignatureName, SignatureRow, StoredPullRequest,
};
pub use pull_request_store::PullRequestStore;
pub use schema::{CheckReport, Migrated, OpenMode, Problem};
pub use sqlite::{
    SQLITE_VERSION_MIN, SqliteStore, back_up_sqlite, check_sqlite, migrate_sqlite, open_sqlite,
    restore_sqlite,
};
pub use step::{
    BUILD_STATES, BuildRow, FoundBuild, Hold, JournalEntry, NewIntent, NewTimer, RELEASE_PHASES, ReleaseRow,
    ReleaseSummary, Step, StoredRelease,
};
pub use store::Store;
