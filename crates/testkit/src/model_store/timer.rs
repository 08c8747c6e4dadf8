//! Timers of the model: an event that shall come at a time, until it becomes an inbox row.

use super::inbox::Inbox;
use domain_types::{ReleaseId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use storage::{NewInboxRow, NewTimer, TIMERS_FIRED_MAX};

#[derive(Debug, Default)]
pub(super) struct Timers {
    rows: BTreeMap<ReleaseId, BTreeMap<String, Stored>>,
    /// Earliest first; at one time by release and key.
    due: BTreeSet<(Timestamp, ReleaseId, String)>,
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) due: Timestamp,
    pub(super) kind: String,
    pub(super) body: String,
    /// The revision that set it.
    pub(super) revision: u64,
}

impl Timers {
    /// Sets a timer that was checked.
    pub(super) fn set(&mut self, release: &ReleaseId, revision: u64, timer: &NewTimer) {
        self.clear(release, &timer.key);
        let stored = Stored {
            due: timer.due,
            kind: timer.kind.clone(),
            body: timer.body.clone(),
            revision,
        };
        self.due.insert((timer.due, release.clone(), timer.key.clone()));
        if let Some(rows) = self.rows.get_mut(release) {
            rows.insert(timer.key.clone(), stored);
        } else {
            let rows = BTreeMap::from([(timer.key.clone(), stored)]);
            self.rows.insert(release.clone(), rows);
        }
    }

    pub(super) fn clear(&mut self, release: &ReleaseId, key: &str) {
        let cleared = self.rows.get_mut(release).and_then(|rows| rows.remove_entry(key));
        if let Some((key, stored)) = cleared {
            self.due.remove(&(stored.due, release.clone(), key));
        }
    }

    /// Turns due timers into inbox rows; answers how many.
    pub(super) fn fire(&mut self, inbox: &mut Inbox, now: Timestamp, limit: u32) -> u32 {
        let mut fired = 0;
        while fired < limit.min(TIMERS_FIRED_MAX) && self.next().is_some_and(|due| due <= now) {
            if let Some((_, release, key)) = self.due.pop_first()
                && let Some(stored) = self.rows.get_mut(&release).and_then(|rows| rows.remove(&key))
            {
                // A duplicate means that this very timer fired already; then there is nothing to add.
                let _either = inbox.append_one(stored.into_event(release, &key), now);
                fired += 1;
            }
        }
        fired
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.due.first().map(|(due, _, _)| *due)
    }

    /// All timers, by release and key.
    pub(super) fn rows(&self) -> impl Iterator<Item = (&ReleaseId, &str, &Stored)> {
        let of_release = |(release, rows)| {
            let rows: &BTreeMap<String, Stored> = rows;
            rows.iter()
                .map(move |(key, stored)| (release, key.as_str(), stored))
        };
        self.rows.iter().flat_map(of_release)
    }
}

impl Stored {
    fn into_event(self, release: ReleaseId, key: &str) -> NewInboxRow {
        NewInboxRow {
            key: format!("timer/{release}/{key}/{}", self.revision),
            release: Some(release),
            kind: self.kind,
            body: self.body,
            actor: "timer".to_owned(),
        }
    }
}
