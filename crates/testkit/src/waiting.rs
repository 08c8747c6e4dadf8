//! Rows that somebody has put into the inbox and was told so, and that nobody has taken yet. Who has the store to himself knows of
//! them, and does not go to sleep over one.

use std::collections::BTreeSet;
use storage::{Appended, ClaimedInbox, NewInboxRow};

/// The keys of these rows.
#[derive(Debug, Default)]
pub(crate) struct Waiting(BTreeSet<String>);

impl Waiting {
    /// Somebody was told that these rows are in, or were already.
    pub(crate) fn appended(&mut self, rows: &[NewInboxRow], appended: &[Appended]) {
        let new = rows.iter().zip(appended);
        let new = new.filter(|(_, appended)| matches!(appended, Appended::New(_)));
        self.0.extend(new.map(|(row, _)| row.key.clone()));
    }

    /// Somebody was told that what he did is stored, and these replies with it.
    pub(crate) fn replied(&mut self, replies: &[NewInboxRow]) {
        self.0.extend(replies.iter().map(|row| row.key.clone()));
    }

    /// A row was given to somebody. Whether he decides it is another matter.
    pub(crate) fn claimed(&mut self, claimed: &ClaimedInbox) {
        self.0.remove(&claimed.row.row.key);
    }

    /// One of them.
    pub(crate) fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str)
    }
}
