//! Lists over many pages: complete, or an error; never a part that looks like the whole.

use serde::de::DeserializeOwned;

/// A page of a list.
pub(crate) trait Rows: DeserializeOwned {
    /// What is listed.
    type Row;
    /// How many rows to ask for at a time.
    const PER_PAGE: &'static str = "100";
    /// The rows, and how many there are altogether where GitHub says so.
    fn into_rows(self) -> (Option<u64>, Vec<Self::Row>);
    /// What tells a row from another: a row that moves to the next page while we read is listed once.
    fn number(row: &Self::Row) -> u64;
}
