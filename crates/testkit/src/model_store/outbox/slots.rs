//! Who may be claimed: slots of pools, and what waits for others of its release.

use super::{Outbox, Owner, Rank, Stored};
use domain_types::Timestamp;
use storage::{IntentState, PoolCapacity};

impl Outbox {
    /// Something of the release that does not tidy up may be having its effect now. Of a pull request nothing tidies up.
    pub(super) fn is_sending(&self, owner: Owner) -> bool {
        let is_of_release = matches!(owner, Owner::Release(_));
        is_of_release
            && self.open.iter().any(|rank| {
                let stored = &self.stored[rank.seq];
                stored.owner == owner && !rank.fresh && !stored.passes_hold
            })
    }

    /// Slots of intents that nobody is about to send: they do not count.
    fn slots_let_go(&self, pool: &str, now: Timestamp) -> u32 {
        let let_go = |rank: &&Rank| {
            let row = &self.stored[rank.seq].row;
            row.slot_held
                && row.state == IntentState::Intent
                && row.intent.pool.as_deref() == Some(pool)
                && row.leased.as_ref().is_none_or(|(_, until)| *until <= now)
        };
        u32::try_from(self.open.iter().filter(let_go).count()).unwrap_or(0)
    }

    /// Whether its pool is served, and has a slot for it if it needs one.
    pub(super) fn is_served(&self, stored: &Stored, pools: &[PoolCapacity], now: Timestamp) -> bool {
        let Some(name) = &stored.row.intent.pool else {
            return true;
        };
        let needs_slot = stored.row.state == IntentState::Intent;
        let held = self.slots_held.get(name).copied().unwrap_or(0) - self.slots_let_go(name, now);
        pools
            .iter()
            .any(|pool| pool.pool == *name && (!needs_slot || held < pool.slots))
    }
}
