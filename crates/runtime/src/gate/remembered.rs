//! What was found lately, kept in memory only: when other rules hold, most pull requests are judged by them without asking the forge again.
//! What is not remembered is looked at, so forgetting costs time and nothing else.

use super::found::Found;
use domain_types::{PullRequestId, Timestamp};
use governance_rules::Wanted;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Pull requests that are remembered: more than an organisation has open.
const PULL_REQUESTS_MAX: usize = 5_000;
/// Files of all of them together: what bounds the memory that is used, about a hundred bytes each.
const FILES_MAX: usize = 200_000;
/// Bytes of what their authors say of all of them together.
const BYTES_MAX: usize = 16 * 1024 * 1024;
/// Seconds for which it is true enough to see that nothing changes: whatever is open is looked at again within that time anyway.
const SECONDS_MAX: u64 = 3_600;

/// One of them.
#[derive(Debug)]
pub(crate) struct Seen {
    /// Without its comments: they were heard.
    pub(crate) found: Found,
    /// What was asked for.
    pub(crate) wanted: Wanted,
}

impl Seen {
    fn files(&self) -> usize {
        self.found.files.len()
    }

    fn bytes(&self) -> usize {
        let references = self.found.beside.references.iter();
        let paths = references.flat_map(|references| {
            let found = references
                .found
                .iter()
                .map(|found| found.path.len() + found.version.len());
            found.chain(references.unread.iter().map(String::len))
        });
        self.found.title.len() + self.found.body.len() + paths.sum::<usize>()
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    seen: BTreeMap<PullRequestId, Arc<Seen>>,
    files: usize,
    bytes: usize,
}

impl Remembered {
    /// Remembers what was found of an open pull request, if there is room.
    pub(crate) fn remember(&mut self, id: PullRequestId, seen: Seen) {
        self.forget(id);
        let (files, bytes) = (self.files + seen.files(), self.bytes + seen.bytes());
        if self.seen.len() >= PULL_REQUESTS_MAX || files > FILES_MAX || bytes > BYTES_MAX {
            return;
        }
        (self.files, self.bytes) = (files, bytes);
        self.seen.insert(id, Arc::new(seen));
    }

    /// Forgets it: it is being looked at, or is not open any more.
    pub(crate) fn forget(&mut self, id: PullRequestId) {
        if let Some(seen) = self.seen.remove(&id) {
            self.files -= seen.files();
            self.bytes -= seen.bytes();
        }
    }

    /// What was found of it within the hour.
    pub(crate) fn lately(&self, id: PullRequestId, now: Timestamp) -> Option<Arc<Seen>> {
        let seen = self.seen.get(&id)?;
        let is_lately = now < seen.found.observed_at.plus_seconds(SECONDS_MAX);
        is_lately.then(|| Arc::clone(seen))
    }
}
