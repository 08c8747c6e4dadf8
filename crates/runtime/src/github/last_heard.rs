//! What was heard last of each pull request: the same delivery once more tells nothing new.

use domain_types::{PullRequestId, Sha256Digest, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Pull requests of which it is known.
const PULL_REQUESTS_MAX: usize = 10_000;
/// Seconds within which the same is the same: whoever delivers again later may know why.
const SECONDS_MAX: u64 = 60;

/// What was heard last of each. In memory alone: after a restart everything is heard again.
#[derive(Debug, Default)]
pub struct LastHeard(Mutex<BTreeMap<PullRequestId, (Sha256Digest, Timestamp)>>);

impl LastHeard {
    /// Whether exactly this was the last that was heard of a pull request, just now. If something else was heard in between, it is news: the
    /// two may have undone each other.
    pub(super) fn is_known(&self, id: PullRequestId, said: Sha256Digest, now: Timestamp) -> bool {
        let heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = heard.get(&id);
        last.is_some_and(|(last, at)| *last == said && *at <= now && now < at.plus_seconds(SECONDS_MAX))
    }

    /// Notes it, after it was made sure that somebody looks.
    pub(super) fn note(&self, id: PullRequestId, said: Sha256Digest, now: Timestamp) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if heard.len() >= PULL_REQUESTS_MAX && !heard.contains_key(&id) {
            heard.retain(|_, (_, at)| now < at.plus_seconds(SECONDS_MAX));
        }
        if heard.len() < PULL_REQUESTS_MAX || heard.contains_key(&id) {
            heard.insert(id, (said, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_once_more_is_no_news_unless_something_else_came_between_or_time_passed() {
        let heard = LastHeard::default();
        let id = PullRequestId::new(1, 2).unwrap();
        let (on, off) = (Sha256Digest::of(b"on"), Sha256Digest::of(b"off"));
        let at = Timestamp::from_seconds;
        assert!(!heard.is_known(id, on, at(0)));
        heard.note(id, on, at(0));
        assert!(heard.is_known(id, on, at(59)));
        assert!(!heard.is_known(id, on, at(60)));
        assert!(!heard.is_known(PullRequestId::new(1, 3).unwrap(), on, at(1)));
        heard.note(id, off, at(1));
        assert!(!heard.is_known(id, on, at(2)));
    }
}
