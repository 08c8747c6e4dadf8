//! What was read before, so that reading it again costs GitHub nothing while it is the same.
//!
//! An entry is used only after GitHub has said that it is unchanged. It belongs to one account: another one may see less.

use crate::call::Account;
use bytes::Bytes;
use std::collections::BTreeMap;

/// Answers that are kept: the polls of many releases at a time, and the eight looks at each of a thousand open pull requests.
const ENTRIES_MAX: usize = 10_000;
/// Bytes that are kept altogether: most answers have a few thousand.
const BYTES_MAX: usize = 64 * 1024 * 1024;
/// Largest answer that is kept, in bytes: a page of a hundred runs has about two million.
const ENTRY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) etag: String,
    pub(crate) link: Option<String>,
    pub(crate) body: Bytes,
}

type Key = (Account, String);

/// The answers that are kept.
#[derive(Debug, Default)]
pub(crate) struct Cache {
    entries: BTreeMap<Key, (u64, Kept)>,
    /// The same by their last use, so that the longest unused is the first.
    uses: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
}

impl Cache {
    /// What was kept of a target, with the form in which it was asked for.
    pub(crate) fn get(&mut self, account: &Account, target: &str) -> Option<Kept> {
        let key = (account.clone(), target.to_owned());
        let (used, kept) = self.entries.get_mut(&key)?;
        self.uses.remove(used);
        self.clock += 1;
        *used = self.clock;
        let kept = kept.clone();
        self.uses.insert(self.clock, key);
        Some(kept)
    }

    /// Keeps an answer, and drops the longest unused ones if it is too much.
    pub(crate) fn put(&mut self, account: &Account, target: &str, kept: Kept) {
        let key = (account.clone(), target.to_owned());
        self.remove(&key);
        if kept.body.len() > ENTRY_BYTES_MAX {
            return;
        }
        self.clock += 1;
        self.bytes += kept.body.len();
        self.uses.insert(self.clock, key.clone());
        self.entries.insert(key, (self.clock, kept));
        while self.entries.len() > ENTRIES_MAX || self.bytes > BYTES_MAX {
            let Some((_, oldest)) = self.uses.pop_first() else {
                break;
            };
            self.remove(&oldest);
        }
    }

    fn remove(&mut self, key: &Key) {
        if let Some((used, kept)) = self.entries.remove(key) {
            self.uses.remove(&used);
            self.bytes -= kept.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(bytes: usize) -> Kept {
        Kept {
            etag: "\"e\"".to_owned(),
            link: None,
            body: Bytes::from(vec![0; bytes]),
        }
    }

    fn account(owner: &str) -> Account {
        Account::Owner {
            owner: owner.to_owned(),
            repository: String::new(),
        }
    }

    #[test]
    fn an_account_never_sees_what_another_read() {
        let mut cache = Cache::default();
        cache.put(&account("a"), "/x", kept(1));
        assert_eq!(cache.get(&account("b"), "/x"), None);
        assert_eq!(cache.get(&account("a"), "/x"), Some(kept(1)));
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let mut cache = Cache::default();
        for index in 0..ENTRIES_MAX {
            cache.put(&account("a"), &index.to_string(), kept(1));
        }
        assert!(cache.get(&account("a"), "0").is_some());
        cache.put(&account("a"), "more", kept(1));
        assert!(cache.get(&account("a"), "0").is_some());
        assert!(cache.get(&account("a"), "1").is_none());
        assert_eq!(
            (cache.entries.len(), cache.uses.len(), cache.bytes),
            (ENTRIES_MAX, ENTRIES_MAX, ENTRIES_MAX)
        );
    }

    #[test]
    fn what_is_kept_stays_within_its_bytes() {
        let mut cache = Cache::default();
        cache.put(&account("a"), "huge", kept(ENTRY_BYTES_MAX + 1));
        assert!(cache.get(&account("a"), "huge").is_none());
        for index in 0..BYTES_MAX / ENTRY_BYTES_MAX + 2 {
            cache.put(&account("a"), &index.to_string(), kept(ENTRY_BYTES_MAX));
        }
        assert_eq!(cache.bytes, BYTES_MAX);
        cache.put(&account("a"), "5", kept(1));
        assert_eq!(cache.bytes, BYTES_MAX - ENTRY_BYTES_MAX + 1);
        assert_eq!(cache.entries.len(), cache.uses.len());
    }
}
