//! What GitHub's lists do not show: they lag, so it may be there all the same; after a while it is not.

use super::backend::SETTLE_SECONDS;
use domain_types::{ReleaseId, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// When something of a release was first looked for in vain.
#[derive(Default)]
pub(super) struct FirstLooks(Mutex<BTreeMap<ReleaseId, Timestamp>>);

impl FirstLooks {
    /// It was looked for in vain: whether a list may lag that far behind. Once it may not, the next look is a first one again.
    pub(super) fn may_lag(&self, release: &ReleaseId, now: Timestamp) -> bool {
        let mut looks = self.looks();
        let first = *looks.entry(release.clone()).or_insert(now);
        let may_lag = now < first.plus_seconds(SETTLE_SECONDS);
        if !may_lag {
            looks.remove(release);
        }
        may_lag
    }

    /// It is there.
    pub(super) fn found(&self, release: &ReleaseId) {
        self.looks().remove(release);
    }

    fn looks(&self) -> MutexGuard<'_, BTreeMap<ReleaseId, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_may_lag_for_a_while_since_the_first_look_in_vain() {
        let (looks, release) = (FirstLooks::default(), crate::tests::spec().id);
        let at = |seconds: u64| Timestamp::from_seconds(1_764_000_000).plus_seconds(seconds);
        assert!(looks.may_lag(&release, at(0)));
        assert!(looks.may_lag(&release, at(SETTLE_SECONDS - 1)));
        assert!(!looks.may_lag(&release, at(SETTLE_SECONDS)));
        assert!(looks.may_lag(&release, at(SETTLE_SECONDS)), "a first look again");
        looks.found(&release);
        assert!(looks.may_lag(&release, at(9 * SETTLE_SECONDS)));
    }
}
