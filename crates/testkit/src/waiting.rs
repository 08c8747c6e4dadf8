//! What somebody knows, or has to look for, before he sleeps or goes: rows that he was told are in the inbox and nobody has taken yet,
//! and rows of others that may have come since he last looked.

use std::collections::BTreeSet;
use storage::{Appended, ClaimedInbox, NewInboxRow};

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Keys of rows that somebody knows of.
    rows: BTreeSet<String>,
    /// Who has committed a step and not found the inbox empty since.
    unlooked: BTreeSet<String>,
}

impl Waiting {
    /// Somebody was told which of these rows are in now; the others were there before.
    pub(crate) fn appended(&mut self, rows: &[NewInboxRow], appended: &[Appended]) {
        let new = rows.iter().zip(appended);
        let new = new.filter(|(_, appended)| matches!(appended, Appended::New(_)));
        self.rows.extend(new.map(|(row, _)| row.key.clone()));
    }

    /// Somebody was told that what he did is stored, and these replies with it.
    pub(crate) fn replied(&mut self, replies: &[NewInboxRow]) {
        self.rows.extend(replies.iter().map(|row| row.key.clone()));
    }

    /// A row was given to somebody. Whether he decides it is another matter.
    pub(crate) fn claimed(&mut self, claimed: &ClaimedInbox) {
        self.rows.remove(&claimed.row.row.key);
    }

    /// Somebody committed a step.
    pub(crate) fn stepped(&mut self, owner: String) {
        self.unlooked.insert(owner);
    }

    /// Somebody found the inbox empty.
    pub(crate) fn found_nothing(&mut self, owner: &str) {
        self.unlooked.remove(owner);
    }

    /// Whether somebody has looked behind his last step.
    pub(crate) fn has_looked(&self, owner: &str) -> bool {
        !self.unlooked.contains(owner)
    }

    /// A row that waits.
    pub(crate) fn row(&self) -> Option<&str> {
        self.rows.first().map(String::as_str)
    }
}
