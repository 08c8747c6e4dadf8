//! The limits of every store and the words of the schema, checked before anything is changed.

use storage::{BODY_BYTES_MAX, POOLS_MAX, PoolCapacity, ROWS_MAX, StoreError, WORD_BYTES_MAX};

/// Refuses an empty or overlong word.
pub(super) fn require_word(what: &'static str, word: &str) -> Result<(), StoreError> {
    if word.is_empty() {
        return Err(refused(format!("{what} is empty")));
    }
    require(what, "bytes", word.len(), WORD_BYTES_MAX)
}

/// Refuses an overlong body.
pub(super) fn require_body(what: &'static str, body: &str) -> Result<(), StoreError> {
    require(what, "bytes", body.len(), BODY_BYTES_MAX)
}

/// Refuses an overlong list.
pub(super) fn require_rows(what: &'static str, rows: usize) -> Result<(), StoreError> {
    require(what, "rows", rows, ROWS_MAX)
}

/// Refuses too many pools in one claim.
pub(super) fn require_pools(pools: &[PoolCapacity]) -> Result<(), StoreError> {
    require("the list of pools", "rows", pools.len(), POOLS_MAX)
}

/// Refuses a size above its limit.
pub(super) fn require(
    what: &'static str,
    unit: &'static str,
    found: usize,
    max: usize,
) -> Result<(), StoreError> {
    if found <= max {
        return Ok(());
    }
    Err(StoreError::TooLarge {
        what,
        unit,
        found,
        max,
    })
}

/// Refuses a word that the schema does not know.
pub(super) fn require_known(column: &str, word: &str, known: &[&str]) -> Result<(), StoreError> {
    if known.contains(&word) {
        return Ok(());
    }
    Err(refused(format!("{column} is none of its words: {word:?}")))
}

/// What a database says of a row that its schema forbids.
pub(super) fn refused(rule: String) -> StoreError {
    StoreError::Constraint { rule }
}
