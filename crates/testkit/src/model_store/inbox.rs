//! Inbox rows of the model. A row is found by its number, by its key, and among the pending ones.

use super::Lease;
use super::limits::{require, require_body, require_rows, require_word};
use domain_types::Timestamp;
use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use storage::{
    Appended, Claim, ClaimedInbox, DELIVERY_BYTES_MAX, InboxId, InboxLease, InboxRow, InboxState,
    JOURNAL_PAGE_MAX, NewInboxRow, REFUSED_BODY_CHARS_MAX, StoreError,
};

#[derive(Debug, Default)]
pub(super) struct Inbox {
    rows: BTreeMap<InboxId, Stored>,
    keys: BTreeMap<String, InboxId>,
    pending: BTreeSet<InboxId>,
    /// The newest number that was given out or, as in SQLite, lost to a row whose key was known.
    newest: i64,
}

#[derive(Debug)]
struct Stored {
    row: InboxRow,
    lease: Option<Lease>,
    epoch: u64,
}

impl Stored {
    fn is_free(&self, claim: &Claim) -> bool {
        let unleased = self.lease.as_ref().is_none_or(|lease| lease.until <= claim.now);
        unleased && (claim.release.is_none() || claim.release == self.row.row.release)
    }

    fn is_held_by(&self, lease: &InboxLease) -> bool {
        let owner = self.lease.as_ref().map(|held| held.owner.as_str());
        owner == Some(lease.owner.as_str()) && self.epoch == lease.epoch
    }
}

/// Whether these rows may be appended.
pub(super) fn check(rows: &[NewInboxRow]) -> Result<(), StoreError> {
    require_rows("the list of inbox rows", rows.len())?;
    for row in rows {
        require_word("the key", &row.key)?;
        require_word("the kind", &row.kind)?;
        require_word("the actor", &row.actor)?;
        match row.release {
            Some(_) => require_body("the inbox body", &row.body)?,
            None => require("the inbox body", "bytes", row.body.len(), DELIVERY_BYTES_MAX)?,
        }
    }
    Ok(())
}

impl Inbox {
    /// Appends rows that were checked.
    pub(super) fn append(&mut self, rows: &[NewInboxRow], now: Timestamp) -> Vec<Appended> {
        rows.iter().map(|row| self.append_one(row.clone(), now)).collect()
    }

    /// Appends a row that was checked.
    pub(super) fn append_one(&mut self, row: NewInboxRow, now: Timestamp) -> Appended {
        self.newest += 1;
        let id = InboxId(self.newest);
        match self.keys.entry(row.key.clone()) {
            Entry::Occupied(known) => return Appended::Duplicate(*known.get()),
            Entry::Vacant(free) => free.insert(id),
        };
        self.pending.insert(id);
        let row = InboxRow {
            id,
            row,
            received_at: now,
            state: InboxState::Pending,
            reason: None,
            decided_at: None,
            revision: None,
        };
        self.rows.insert(
            id,
            Stored {
                row,
                lease: None,
                epoch: 0,
            },
        );
        Appended::New(id)
    }

    pub(super) fn claim(&mut self, claim: &Claim) -> Option<ClaimedInbox> {
        let is_free = |id: &&InboxId| self.rows.get(id).is_some_and(|stored| stored.is_free(claim));
        let id = *self.pending.iter().find(is_free)?;
        let stored = self.rows.get_mut(&id)?;
        stored.lease = Some(Lease::of(claim));
        stored.epoch += 1;
        Some(ClaimedInbox {
            lease: InboxLease {
                id,
                owner: claim.owner.clone(),
                epoch: stored.epoch,
            },
            row: stored.row.clone(),
        })
    }

    pub(super) fn refuse(
        &mut self,
        lease: &InboxLease,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.require_held(lease)?;
        self.decide(lease.id, now, |row| {
            row.state = InboxState::Refused;
            row.reason = Some(reason.to_owned());
        });
        Ok(())
    }

    pub(super) fn answer(
        &mut self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        self.require_held(lease)?;
        self.decide(lease.id, now, |row| row.state = InboxState::Done);
        Ok(self.append(follows, now))
    }

    /// Marks a row, whose lease was checked, as done: `revision` of its release followed from it.
    pub(super) fn settle(&mut self, id: InboxId, revision: u64, now: Timestamp) {
        self.decide(id, now, |row| {
            row.state = InboxState::Done;
            row.revision = Some(revision);
        });
    }

    fn decide(&mut self, id: InboxId, now: Timestamp, decision: impl FnOnce(&mut InboxRow)) {
        if let Some(stored) = self.rows.get_mut(&id) {
            stored.lease = None;
            stored.row.decided_at = Some(now);
            decision(&mut stored.row);
            self.pending.remove(&id);
        }
    }

    /// Whether the lease is good. A settled row has none.
    pub(super) fn require_held(&self, lease: &InboxLease) -> Result<(), StoreError> {
        match self.rows.get(&lease.id) {
            Some(stored) if stored.is_held_by(lease) => Ok(()),
            Some(_) | None => Err(StoreError::LeaseLost {
                row: lease.id.to_string(),
                epoch: lease.epoch,
            }),
        }
    }

    pub(super) fn take_over(&mut self, owner: &str) -> u64 {
        let mut ended = 0;
        for id in &self.pending {
            if let Some(stored) = self.rows.get_mut(id)
                && stored.lease.take_if(|lease| lease.owner != owner).is_some()
            {
                stored.epoch += 1;
                ended += 1;
            }
        }
        ended
    }

    pub(super) fn row(&self, id: InboxId) -> Option<&InboxRow> {
        self.rows.get(&id).map(|stored| &stored.row)
    }

    pub(super) fn refused(&self, limit: u32) -> Vec<InboxRow> {
        let newest = self.rows.values().rev().map(|stored| &stored.row);
        let is_told = |row: &&InboxRow| {
            row.state == InboxState::Refused && row.row.body.chars().count() <= REFUSED_BODY_CHARS_MAX
        };
        let refused = newest.filter(is_told);
        refused
            .take(limit.min(JOURNAL_PAGE_MAX) as usize)
            .cloned()
            .collect()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &InboxRow> {
        self.rows.values().map(|stored| &stored.row)
    }
}
