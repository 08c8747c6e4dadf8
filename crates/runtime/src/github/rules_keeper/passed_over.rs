//! States of the rules that were refused, so that a look which cannot go through all of them lets the next one go on behind them.

use domain_types::{CommitSha, Sha256Digest};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// States that are remembered: as many as a way has.
const STATES_MAX: usize = 500;

/// Refused states by their commit and by the rules that held, each with the reason. Forgotten with the program.
#[derive(Debug, Default)]
pub struct PassedOver {
    states: Mutex<BTreeMap<(CommitSha, Sha256Digest), String>>,
}

impl PassedOver {
    /// Why a state was refused under the rules that hold; none if it was not, as far as this remembers.
    pub(super) fn why(&self, commit: &CommitSha, holding: &Sha256Digest) -> Option<String> {
        self.with(|states| states.get(&(commit.clone(), *holding)).cloned())
    }

    /// Remembers that states were refused, each under the rules that held.
    pub(super) fn remember(&self, refused: Vec<(CommitSha, Sha256Digest, String)>) {
        self.with(|states| {
            for (commit, holding, why) in refused {
                while states.len() >= STATES_MAX {
                    states.pop_first();
                }
                states.insert((commit, holding), why);
            }
        });
    }

    fn with<T>(&self, what: impl FnOnce(&mut BTreeMap<(CommitSha, Sha256Digest), String>) -> T) -> T {
        // Whoever panicked with it left at most something that is missing.
        what(&mut self.states.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
