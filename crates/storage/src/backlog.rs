//! How much waits to be decided and to be carried out: for whoever looks after a server, not for deciding anything.

use domain_types::Timestamp;

/// What waits to be decided. The state is named in the words of the partial index, for it to be seen to fit.
pub(crate) const PENDING_ROWS: &str =
    "SELECT COUNT(*) AS pending, MIN(received_at) AS oldest FROM inbox WHERE state = 'pending'";

/// What waits to be carried out.
pub(crate) const OPEN_INTENTS: &str = "\
SELECT COUNT(*) FILTER (WHERE state = 'intent') AS intents, COUNT(*) FILTER (WHERE state = 'sending') AS sending,
       COUNT(*) FILTER (WHERE state = 'unknown') AS unknown
FROM outbox WHERE state IN ('intent', 'sending', 'unknown')";

/// What waits, at about one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Inbox rows that wait to be decided.
    pub pending: u64,
    /// When the oldest of them was appended.
    pub oldest: Option<Timestamp>,
    /// Intents of which it is certain that they have no effect yet.
    pub intents: u64,
    /// Intents that are being sent.
    pub sending: u64,
    /// Intents of which nobody could tell whether they have their effect.
    pub unknown: u64,
}
