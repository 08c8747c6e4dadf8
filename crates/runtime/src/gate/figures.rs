//! Figures of the gate for whoever watches it: counted since the start of this process, in memory.

use super::reception::Reception;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use storage::StoreError;

/// What happened since the start.
#[derive(Debug, Default)]
pub struct GateFigures(Mutex<Counts>);

/// How often something happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Looks that came to something, whether it was new or not.
    pub looks: u64,
    /// Looks that came to nothing: GitHub did not answer, or answered of two moments.
    pub failed_looks: u64,
    /// Decisions that were written down, by their word.
    pub decisions: BTreeMap<&'static str, u64>,
    /// Pull requests that were merged past the gate while it was enforced.
    pub merges_past: u64,
    /// Merges of which something else landed than merging the judged head gives.
    pub landed_different: u64,
    /// Merges of which it could not be told what landed; those included that were told later.
    pub landed_unknown: u64,
}

impl GateFigures {
    /// Counts something.
    pub(crate) fn count(&self, what: impl FnOnce(&mut Counts)) {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn counts(&self) -> Counts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Figures of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GateReadings {
    /// Since the start of this process.
    pub counts: Counts,
    /// Seconds for which the pull request that is due longest has been waiting; 0 if none is.
    pub overdue_seconds: u64,
    /// Whether there are rules to judge by.
    pub has_rules: bool,
}

impl Reception {
    /// The figures of now.
    ///
    /// # Errors
    /// The store's.
    pub async fn readings(&self) -> Result<GateReadings, StoreError> {
        let now = self.parts.clock.now();
        let due = self.parts.store.next_look().await?;
        let overdue = due.map_or(0, |due| now.milliseconds_since(due) / 1_000);
        Ok(GateReadings {
            counts: self.parts.figures.counts(),
            overdue_seconds: overdue,
            has_rules: self.parts.rules.now().is_ok(),
        })
    }
}
