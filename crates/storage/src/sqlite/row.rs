//! Columns to words and back. A stored text that is none of our words is a corrupt database, never a default.

use crate::{InboxState, IntentState, StoreError};
use domain_types::Timestamp;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::str::FromStr;

/// A column as SQLite has it.
pub(super) fn column<'r, T>(row: &'r SqliteRow, name: &'static str) -> Result<T, StoreError>
where
    T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
{
    Ok(row.try_get(name)?)
}

/// A text column that is one of our newtypes.
pub(super) fn word<T: FromStr<Err = domain_types::Invalid>>(
    row: &SqliteRow,
    name: &'static str,
) -> Result<T, StoreError> {
    parse(name, &column::<String>(row, name)?)
}

/// A text column that is one of our newtypes, or null.
pub(super) fn optional_word<T: FromStr<Err = domain_types::Invalid>>(
    row: &SqliteRow,
    name: &'static str,
) -> Result<Option<T>, StoreError> {
    column::<Option<String>>(row, name)?
        .map(|text| parse(name, &text))
        .transpose()
}

fn parse<T: FromStr<Err = domain_types::Invalid>>(name: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|invalid| StoreError::Corrupt {
        reason: format!("column {name}: {invalid}"),
    })
}

/// A count or revision: an integer that is not negative.
pub(super) fn count<T: TryFrom<i64>>(row: &SqliteRow, name: &'static str) -> Result<T, StoreError> {
    let number: i64 = column(row, name)?;
    T::try_from(number).map_err(|_| StoreError::Corrupt {
        reason: format!("column {name}: {number} is out of range"),
    })
}

/// Truth is stored as 0 or 1.
pub(super) fn truth(row: &SqliteRow, name: &'static str) -> Result<bool, StoreError> {
    Ok(column::<i64>(row, name)? != 0)
}

/// Time is stored as milliseconds since 1970.
pub(super) fn time(row: &SqliteRow, name: &'static str) -> Result<Timestamp, StoreError> {
    Ok(Timestamp::from_milliseconds(column(row, name)?))
}

/// A time, or null.
pub(super) fn optional_time(row: &SqliteRow, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
    Ok(column::<Option<i64>>(row, name)?.map(Timestamp::from_milliseconds))
}

/// A revision or epoch as the database has it; beyond 2^63 no counter of ours ever comes.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The end of a lease.
pub(super) fn lease_end(claim: &crate::Claim) -> i64 {
    claim
        .now
        .plus_seconds(u64::from(claim.lease_seconds))
        .milliseconds()
}

/// The state of an inbox row.
pub(super) fn inbox_state(row: &SqliteRow) -> Result<InboxState, StoreError> {
    let text: String = column(row, "state")?;
    match text.as_str() {
        "pending" => Ok(InboxState::Pending),
        "done" => Ok(InboxState::Done),
        "refused" => Ok(InboxState::Refused),
        _ => Err(StoreError::Corrupt {
            reason: format!("inbox.state: {text:?}"),
        }),
    }
}

/// The state of an intent.
pub(super) fn intent_state(row: &SqliteRow) -> Result<IntentState, StoreError> {
    let text: String = column(row, "state")?;
    match text.as_str() {
        "intent" => Ok(IntentState::Intent),
        "sending" => Ok(IntentState::Sending),
        "unknown" => Ok(IntentState::Unknown),
        "done" => Ok(IntentState::Done),
        "rejected" => Ok(IntentState::Rejected),
        "abandoned" => Ok(IntentState::Abandoned),
        _ => Err(StoreError::Corrupt {
            reason: format!("outbox.state: {text:?}"),
        }),
    }
}
