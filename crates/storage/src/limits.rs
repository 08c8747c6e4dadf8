//! The limits of a store, with unit and reason.

use crate::{NewInboxRow, StoreError};

/// Longest body (event, facts, intent, result, snapshot), in bytes. GitHub sends no event above 25 MB; a snapshot of a
/// release of a thousand nodes stays below 4 MB.
pub const BODY_BYTES_MAX: usize = 25 * 1024 * 1024;

/// Longest body of an inbox row that names no release, in bytes: a webhook as it came, as a JSON text within a JSON text. GitHub sends no
/// more than 25 MB, each byte of which takes two once it is escaped (quotes, backslashes, line ends), and a megabyte is left for what is said
/// about it. A row that names a release becomes an event of it, and is limited as such ([`BODY_BYTES_MAX`]).
pub const DELIVERY_BYTES_MAX: usize = 2 * 25 * 1024 * 1024 + 1024 * 1024;

/// Longest key, kind, owner, actor, pool or timer name, in bytes: they are indexed, and shown to people.
pub const WORD_BYTES_MAX: usize = 512;

/// Most rows of one list in one commit. The first step of a release writes all its nodes, of which the state machine
/// takes a hundred thousand; the writer is then blocked for seconds, once.
pub const ROWS_MAX: usize = 100_000;

/// Most journal entries in one page, in rows: a page fits in memory even with large bodies.
pub const JOURNAL_PAGE_MAX: u32 = 1_000;

/// Characters of the body of a refused row that is told to whoever asks: longer than a wish or a push of a tag ever is, and many could be asked
/// for at once.
pub const REFUSED_BODY_CHARS_MAX: usize = 65_536;

/// Most releases in a list, in rows: more than anyone reads, little enough for one answer.
pub const RELEASES_LISTED_MAX: u32 = 1_000;

/// Most pools in one claim, in rows: every pool is a bound variable, and SQLite allows 32766 of them.
pub const POOLS_MAX: usize = 64;

/// Longest timer key, in bytes: with the release's id and a revision it becomes an inbox key.
pub const TIMER_KEY_BYTES_MAX: usize = 200;

/// Most timers fired in one commit, in rows: the writer is not blocked for long.
pub const TIMERS_FIRED_MAX: u32 = 1_000;

/// Most pull requests wanted in one call, in rows: an organisation's open ones come at once when its rules change, and the writer is blocked
/// for less than a second.
pub const LOOKS_MAX: usize = 10_000;

/// Most pull requests in one page, in rows: a page fits in memory even with large bodies.
pub const PULL_REQUESTS_PAGE_MAX: u32 = 1_000;

/// Most signatures received, or withdrawn, in one commit, in rows: more than a pull request has people who may sign, many times over.
pub const SIGNATURES_MAX: usize = 1_000;

/// Most kinds of commands superseded in one commit, in rows: there are few kinds.
pub const SUPERSEDED_MAX: usize = 64;

/// How long a call waits for another process's write transaction, in seconds. Ours last milliseconds; a slow disk's
/// fsync lasts seconds.
pub const BUSY_SECONDS_MAX: u64 = 30;

/// Connections for reading, in connections: reading never waits for the writer, and few read at a time.
pub const READERS_MAX: u32 = 4;

/// Connections of one server to PostgreSQL, in connections: more at once only wait for each other's commits, and a database takes a hundred
/// by default, from all who use it.
pub const CONNECTIONS_MAX: u32 = 10;

/// Refuses an empty or overlong word.
pub(crate) fn require_word(what: &'static str, word: &str) -> Result<(), StoreError> {
    if word.is_empty() {
        return Err(StoreError::Constraint {
            rule: format!("{what} is empty"),
        });
    }
    require(what, "bytes", word.len(), WORD_BYTES_MAX)
}

/// Refuses an overlong body.
pub(crate) fn require_body(what: &'static str, body: &str) -> Result<(), StoreError> {
    require(what, "bytes", body.len(), BODY_BYTES_MAX)
}

/// Refuses an overlong inbox row, or one without its words.
pub(crate) fn require_inbox_row(row: &NewInboxRow) -> Result<(), StoreError> {
    require_word("the key", &row.key)?;
    require_word("the kind", &row.kind)?;
    require_word("the actor", &row.actor)?;
    match row.release {
        Some(_) => require_body("the inbox body", &row.body),
        None => require("the inbox body", "bytes", row.body.len(), DELIVERY_BYTES_MAX),
    }
}

/// Refuses an overlong list of inbox rows, or one that no inbox row may be in.
pub(crate) fn require_inbox_rows(rows: &[NewInboxRow]) -> Result<(), StoreError> {
    require_rows("the list of inbox rows", rows.len())?;
    rows.iter().try_for_each(require_inbox_row)
}

/// Refuses an overlong list.
pub(crate) fn require_rows(what: &'static str, rows: usize) -> Result<(), StoreError> {
    require(what, "rows", rows, ROWS_MAX)
}

pub(crate) fn require(
    what: &'static str,
    unit: &'static str,
    found: usize,
    max: usize,
) -> Result<(), StoreError> {
    if found <= max {
        Ok(())
    } else {
        Err(StoreError::TooLarge {
            what,
            unit,
            found,
            max,
        })
    }
}
