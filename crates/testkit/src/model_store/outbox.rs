//! Intents of the model: claiming, sending, settling. Open ones stand in the order in which they are claimed.

mod order;
mod owner;
mod slots;

pub(super) use owner::Owner;

use super::Lease;
use super::limits::{refused, require_body};
use super::release::Releases;
use domain_types::{CommandId, Subject, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use storage::{
    Claim, ClaimedAs, ClaimedIntent, Hold, Intent, IntentLease, IntentOutcome, IntentRow, IntentState,
    MarkedSending, NewIntent, PoolCapacity, StoreError,
};

/// The place of an intent in the order of age.
pub(super) type Seq = usize;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    stored: Vec<Stored>,
    seqs: BTreeMap<CommandId, Seq>,
    of: BTreeMap<Owner, Vec<Seq>>,
    open: BTreeSet<Rank>,
    /// How many slots of a pool are held.
    slots_held: BTreeMap<String, u32>,
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) row: IntentRow,
    pub(super) passes_hold: bool,
    /// A newer one of its pull request and kind stands for it.
    superseded: bool,
    owner: Owner,
    epoch: u64,
}

/// Who is claimed before whom: what is in doubt, for it may hold up a whole release; then priority, then age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    fresh: bool,
    priority: Reverse<i64>,
    seq: Seq,
}

impl Stored {
    /// The rank, while it is open.
    fn rank(&self, seq: Seq) -> Option<Rank> {
        let fresh = match self.row.state {
            IntentState::Intent => true,
            IntentState::Sending | IntentState::Unknown => false,
            IntentState::Done | IntentState::Rejected | IntentState::Abandoned => return None,
        };
        Some(Rank {
            fresh,
            priority: Reverse(self.row.intent.priority),
            seq,
        })
    }

    /// Whether its time came and nobody holds it.
    fn is_due(&self, now: Timestamp) -> bool {
        let leased_until = self.row.leased.as_ref().map(|(_, until)| *until);
        self.row.run_after <= now && leased_until.is_none_or(|until| until <= now)
    }

    fn is_held_by(&self, lease: &IntentLease) -> bool {
        let owner = self.row.leased.as_ref().map(|(owner, _)| owner.as_str());
        owner == Some(lease.owner.as_str()) && self.epoch == lease.epoch
    }

    /// When its time comes and its lease ends, if either is ahead.
    fn claimable_from(&self, now: Timestamp) -> Option<Timestamp> {
        let leased_until = self.row.leased.as_ref().map(|(_, until)| *until);
        let from = leased_until.map_or(self.row.run_after, |until| until.max(self.row.run_after));
        (from > now).then_some(from)
    }
}

/// Whether the texts of an outcome are within their limits.
pub(super) fn check_outcome(outcome: &IntentOutcome) -> Result<(), StoreError> {
    match outcome {
        IntentOutcome::Done { result } => require_body("the result", result),
        IntentOutcome::Rejected { reason } | IntentOutcome::Unknown { reason, .. } => {
            require_body("the reason", reason)
        }
        IntentOutcome::NotApplied { .. } => Ok(()),
    }
}

impl Outbox {
    pub(super) fn knows(&self, id: &CommandId) -> bool {
        self.seqs.contains_key(id)
    }

    /// Appends an intent that was checked.
    pub(super) fn put(&mut self, owner: Owner, subject: &Subject, at: Timestamp, new: &NewIntent) {
        let seq = self.stored.len();
        let intent = Intent {
            id: new.id.clone(),
            subject: subject.clone(),
            kind: new.kind.clone(),
            body: new.body.clone(),
            priority: new.priority,
            pool: new.pool.clone(),
            created_at: at,
            sends: 0,
            unknowns: 0,
            handle: None,
            reason: None,
        };
        let stored = Stored {
            row: IntentRow {
                intent,
                state: IntentState::Intent,
                result: None,
                run_after: Timestamp::EPOCH,
                slot_held: false,
                leased: None,
                settled_at: None,
            },
            passes_hold: new.hold == Hold::Passes,
            superseded: false,
            owner,
            epoch: 0,
        };
        self.open.extend(stored.rank(seq));
        self.stored.push(stored);
        self.seqs.insert(new.id.clone(), seq);
        self.of.entry(owner).or_default().push(seq);
    }

    /// Changes a row, and what is counted along with it.
    fn change(&mut self, seq: Seq, change: impl FnOnce(&mut Stored)) {
        let stored = &mut self.stored[seq];
        let (rank, slot_held) = (stored.rank(seq), stored.row.slot_held);
        change(stored);
        if stored.rank(seq) != rank {
            rank.map(|rank| self.open.remove(&rank));
            self.open.extend(stored.rank(seq));
        }
        if let Some(pool) = stored
            .row
            .intent
            .pool
            .as_ref()
            .filter(|_| stored.row.slot_held != slot_held)
        {
            let held = self.slots_held.entry(pool.clone()).or_default();
            *held = if slot_held { *held - 1 } else { *held + 1 };
        }
    }

    pub(super) fn claim(
        &mut self,
        releases: &Releases,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Option<ClaimedIntent> {
        let narrowed = claim.release.as_ref().map(|release| releases.number(release));
        let claimable = |rank: &&Rank| {
            let stored = &self.stored[rank.seq];
            narrowed.is_none_or(|release| release.map(Owner::Release) == Some(stored.owner))
                && stored.is_due(claim.now)
                && self.is_served(stored, pools, claim.now)
                && (!rank.fresh || stored.passes_hold || !stored.owner.is_held(releases))
                && (!rank.fresh || !stored.passes_hold || !self.is_sending(stored.owner))
                && (!rank.fresh || !self.has_earlier(rank.seq))
        };
        let Rank { fresh, seq, .. } = *self.open.iter().find(claimable)?;
        self.change(seq, |stored| {
            let Lease { owner, until } = Lease::of(claim);
            stored.row.leased = Some((owner, until));
            stored.row.slot_held |= fresh && stored.row.intent.pool.is_some();
            stored.epoch += 1;
        });
        let stored = &self.stored[seq];
        Some(ClaimedIntent {
            lease: IntentLease {
                id: stored.row.intent.id.clone(),
                owner: claim.owner.clone(),
                epoch: stored.epoch,
            },
            intent: stored.row.intent.clone(),
            claimed_as: if fresh {
                ClaimedAs::Fresh
            } else {
                ClaimedAs::MustProbe
            },
        })
    }

    pub(super) fn mark_sending(
        &mut self,
        releases: &Releases,
        lease: &IntentLease,
        now: Timestamp,
    ) -> Result<MarkedSending, StoreError> {
        let seq = self.require_held(lease, &[IntentState::Intent])?;
        let expired = self.stored[seq]
            .row
            .leased
            .as_ref()
            .is_none_or(|(_, until)| *until <= now);
        if expired {
            return Err(StoreError::LeaseLost {
                row: lease.id.to_string(),
                epoch: lease.epoch,
            });
        }
        let stored = &self.stored[seq];
        if stored.owner.is_held(releases) && !stored.passes_hold {
            self.change(seq, |stored| {
                stored.row.leased = None;
                stored.row.slot_held = false;
            });
            return Ok(MarkedSending::Held);
        }
        self.change(seq, |stored| {
            stored.row.state = IntentState::Sending;
            stored.row.intent.sends += 1;
            stored.row.intent.unknowns = 0;
            stored.row.intent.reason = None;
        });
        Ok(MarkedSending::Sending(self.stored[seq].row.intent.sends))
    }

    pub(super) fn record_handle(&mut self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        let seq = self.require_held(lease, &[IntentState::Sending])?;
        self.stored[seq].row.intent.handle = Some(handle.to_owned());
        Ok(())
    }

    pub(super) fn renew(&mut self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        let seq = self.require_held(lease, &OPEN)?;
        if let Some((_, end)) = &mut self.stored[seq].row.leased {
            *end = until;
        }
        Ok(())
    }

    /// Whether the outcome may be written: the lease is good, and what was never sent is not in doubt or done.
    pub(super) fn require_finishable(
        &self,
        lease: &IntentLease,
        outcome: &IntentOutcome,
    ) -> Result<Seq, StoreError> {
        let seq = self.require_held(lease, &OPEN)?;
        let was_sent = self.stored[seq].row.intent.sends > 0;
        match outcome {
            IntentOutcome::Done { .. } | IntentOutcome::Unknown { .. } if !was_sent => Err(refused(format!(
                "intent {} was never sent and has no effect",
                lease.id
            ))),
            IntentOutcome::Done { .. }
            | IntentOutcome::Unknown { .. }
            | IntentOutcome::Rejected { .. }
            | IntentOutcome::NotApplied { .. } => Ok(seq),
        }
    }

    /// Writes an outcome that was checked.
    pub(super) fn finish(
        &mut self,
        releases: &Releases,
        seq: Seq,
        (outcome, now): (IntentOutcome, Timestamp),
    ) {
        let stored = &self.stored[seq];
        // The step that ended its release could not abandon what was being sent.
        let over = stored.superseded || (stored.owner.is_ended(releases) && !stored.passes_hold);
        self.change(seq, |stored| {
            let row = &mut stored.row;
            row.leased = None;
            row.intent.reason = None;
            match outcome {
                IntentOutcome::Done { result } => {
                    row.state = IntentState::Done;
                    row.result = Some(result);
                    row.settled_at = Some(now);
                }
                IntentOutcome::Rejected { reason } => {
                    row.state = IntentState::Rejected;
                    row.intent.reason = Some(reason);
                    row.settled_at = Some(now);
                }
                IntentOutcome::Unknown { reason, run_after } => {
                    row.state = IntentState::Unknown;
                    row.intent.reason = Some(reason);
                    row.intent.unknowns += 1;
                    row.run_after = run_after;
                }
                IntentOutcome::NotApplied { run_after } => {
                    row.state = if over {
                        IntentState::Abandoned
                    } else {
                        IntentState::Intent
                    };
                    row.settled_at = over.then_some(now);
                    row.slot_held = false;
                    row.run_after = run_after;
                    stored.epoch += u64::from(over);
                }
            }
        });
    }

    /// The intent of a good lease in one of these states.
    fn require_held(&self, lease: &IntentLease, states: &[IntentState]) -> Result<Seq, StoreError> {
        let is_held = |seq: &&Seq| {
            let stored = &self.stored[**seq];
            stored.is_held_by(lease) && states.contains(&stored.row.state)
        };
        let held = self.seqs.get(&lease.id).filter(is_held).copied();
        held.ok_or_else(|| StoreError::LeaseLost {
            row: lease.id.to_string(),
            epoch: lease.epoch,
        })
    }

    /// An intent that was claimed and not yet marked as being sent is abandoned too: the epoch shuts its holder out.
    pub(super) fn abandon(&mut self, id: &CommandId, at: Timestamp) {
        let Some(seq) = self.seqs.get(id).copied() else {
            return;
        };
        if self.stored[seq].row.state != IntentState::Intent {
            return;
        }
        self.change(seq, |stored| {
            stored.row.state = IntentState::Abandoned;
            stored.row.settled_at = Some(at);
            stored.row.slot_held = false;
            stored.row.leased = None;
            stored.epoch += 1;
        });
    }

    pub(super) fn free_slot(&mut self, id: &CommandId) {
        if let Some(seq) = self.seqs.get(id).copied() {
            self.change(seq, |stored| stored.row.slot_held = false);
        }
    }

    pub(super) fn take_over(&mut self, owner: &str, now: Timestamp) -> u64 {
        let mut ended = 0;
        for rank in &self.open {
            let stored = &mut self.stored[rank.seq];
            if stored.row.leased.take_if(|(holder, _)| holder != owner).is_some() {
                stored.epoch += 1;
                ended += 1;
            }
            // The waits were meant for a living owner, or set by a clock that was ahead; after a restart the truth is
            // wanted at once.
            stored.row.run_after = stored.row.run_after.min(now);
        }
        ended
    }

    /// When an intent becomes claimable that is not claimable now: its time comes, or its lease ends.
    pub(super) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let from = |rank: &Rank| self.stored[rank.seq].claimable_from(now);
        self.open.iter().filter_map(from).min()
    }

    pub(super) fn list(&self, owner: Owner) -> Vec<IntentRow> {
        let seqs = self.of.get(&owner).map_or(&[][..], Vec::as_slice);
        seqs.iter().map(|seq| self.stored[*seq].row.clone()).collect()
    }

    pub(super) fn get(&self, id: &CommandId) -> Option<&Stored> {
        Some(&self.stored[*self.seqs.get(id)?])
    }

    /// All intents, oldest first.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Stored> {
        self.stored.iter()
    }
}

/// The states in which an intent may be leased.
const OPEN: [IntentState; 3] = [IntentState::Intent, IntentState::Sending, IntentState::Unknown];
