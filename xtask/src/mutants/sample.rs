//! A sample of the mutants of a crate: the same for the same seed, and hardly another one when a few mutants come or go.

use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// How a sample is drawn: those whose SHA-256 of `SEED NAME` comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Draw {
    /// How many.
    pub(super) count: usize,
    /// By what.
    pub(super) seed: u64,
}

impl Draw {
    /// The sample.
    pub(super) fn of(self, names: &BTreeSet<String>) -> BTreeSet<String> {
        let digest = |name: &&String| -> [u8; 32] { Sha256::digest(format!("{} {name}", self.seed)).into() };
        let mut drawn: Vec<&String> = names.iter().collect();
        drawn.sort_by_cached_key(digest);
        drawn.into_iter().take(self.count).cloned().collect()
    }
}
