//! Pull requests of the model: which are to be looked at, and the book of each.

use super::Lease;
use super::limits::{require, require_word};
use domain_types::{PullRequestId, Timestamp};
use std::collections::BTreeMap;
use storage::{
    Claim, ClaimedPullRequest, DecisionRow, LOOKS_MAX, Listed, Look, PULL_REQUESTS_PAGE_MAX,
    PullRequestLease, SignatureName, SignatureRow, StoreError, StoredPullRequest,
};

#[derive(Debug, Default)]
pub(super) struct PullRequests(BTreeMap<PullRequestId, Stored>);

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) row: StoredPullRequest,
    /// One per revision, from 1 without a gap.
    pub(super) decisions: Vec<DecisionRow>,
    pub(super) signatures: BTreeMap<SignatureName, SignatureRow>,
    epoch: u64,
}

impl Stored {
    fn new(look: &Look, now: Timestamp) -> Self {
        let row = StoredPullRequest {
            id: look.pull_request,
            repository: look.repository.clone(),
            open: true,
            revision: 0,
            body: None,
            wanted: 0,
            seen: 0,
            due: None,
            failures: 0,
            reason: None,
            first_seen_at: now,
            updated_at: now,
            leased: None,
        };
        Self {
            row,
            decisions: Vec::new(),
            signatures: BTreeMap::new(),
            epoch: 0,
        }
    }

    /// From when on it can be claimed.
    fn claimable(&self) -> Option<Timestamp> {
        let leased = self.row.leased.as_ref();
        leased.map_or(self.row.due, |(_, until)| Some(*until))
    }
}

/// Whether these may be wanted.
pub(super) fn check(looks: &[Look]) -> Result<(), StoreError> {
    require("the list of looks", "rows", looks.len(), LOOKS_MAX)?;
    looks
        .iter()
        .try_for_each(|look| require_word("the repository", &look.repository))
}

impl PullRequests {
    /// Wants pull requests that were checked.
    pub(super) fn want(&mut self, looks: &[Look], now: Timestamp) {
        let mut merged: BTreeMap<PullRequestId, Look> = BTreeMap::new();
        for look in looks {
            let known = merged.entry(look.pull_request).or_insert_with(|| look.clone());
            known.not_before = known.not_before.min(look.not_before);
            known.repository.clone_from(&look.repository);
        }
        for (id, look) in merged {
            let stored = self.0.entry(id).or_insert_with(|| Stored::new(&look, now));
            let due = stored
                .row
                .due
                .map_or(look.not_before, |due| due.min(look.not_before));
            stored.row.due = Some(due);
            stored.row.wanted += 1;
            stored.row.repository = look.repository;
        }
    }

    pub(super) fn claim(&mut self, claim: &Claim) -> Option<ClaimedPullRequest> {
        if claim.release.is_some() {
            return None;
        }
        let due = |(id, stored): (&PullRequestId, &Stored)| Some((stored.claimable()?, *id));
        let (_, id) = self
            .0
            .iter()
            .filter_map(due)
            .min()
            .filter(|(due, _)| *due <= claim.now)?;
        let stored = self.0.get_mut(&id)?;
        let Lease { owner, until } = Lease::of(claim);
        stored.row.leased = Some((owner.clone(), until));
        stored.row.due = None;
        stored.epoch += 1;
        let lease = PullRequestLease {
            id,
            owner,
            epoch: stored.epoch,
            wanted: stored.row.wanted,
        };
        Some(ClaimedPullRequest {
            lease,
            stored: stored.row.clone(),
        })
    }

    /// The pull request of a good lease.
    pub(super) fn held(&mut self, lease: &PullRequestLease) -> Result<&mut Stored, StoreError> {
        let is_held = |stored: &&mut Stored| {
            let owner = stored.row.leased.as_ref().map(|(owner, _)| owner);
            owner == Some(&lease.owner) && stored.epoch == lease.epoch
        };
        let held = self.0.get_mut(&lease.id).filter(is_held);
        held.ok_or_else(|| StoreError::LeaseLost {
            row: format!("pull request {}", lease.id),
            epoch: lease.epoch,
        })
    }

    pub(super) fn put_off(
        &mut self,
        lease: &PullRequestLease,
        (until, reason): (Timestamp, &str),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = &mut self.held(lease)?.row;
        row.due = Some(until);
        row.reason = Some(reason.to_owned());
        row.failures += 1;
        row.updated_at = now;
        row.leased = None;
        Ok(())
    }

    pub(super) fn take_over(&mut self, owner: &str, now: Timestamp) -> u64 {
        let mut ended = 0;
        for stored in self.0.values_mut() {
            let row = &mut stored.row;
            if row.leased.take_if(|(holder, _)| holder != owner).is_some() {
                row.due = Some(now);
                stored.epoch += 1;
                ended += 1;
            }
        }
        ended
    }

    pub(super) fn get(&self, id: PullRequestId) -> Option<&Stored> {
        self.0.get(&id)
    }

    pub(super) fn list(
        &self,
        (repository, listed): (Option<&str>, Listed),
        after: Option<PullRequestId>,
        limit: u32,
    ) -> Vec<StoredPullRequest> {
        let is_listed = |row: &&StoredPullRequest| {
            repository.is_none_or(|repository| row.repository == repository)
                && (listed == Listed::All || row.open)
                && after.is_none_or(|after| row.id > after)
        };
        let page = usize::try_from(limit.min(PULL_REQUESTS_PAGE_MAX)).unwrap_or(usize::MAX);
        let rows = self.0.values().map(|stored| &stored.row);
        rows.filter(is_listed).take(page).cloned().collect()
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.0.values().filter_map(Stored::claimable).min()
    }
}
