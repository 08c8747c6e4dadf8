//! Comparisons of what landed, at work beside the looks: a look begins one, and the next one finds what came of it.
//!
//! What is owed stands in the book of the pull request; here is only what is under way. After a crash a look finds nothing here, and begins
//! again: the same two commits have the same answer for ever.

use super::landed::{Comparison, Landed, LandingAsked};
use super::look::look;
use crate::ports::Clock;
use async_trait::async_trait;
use domain_types::PullRequestId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use storage::PullRequestStore;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// Answers that wait for a look; more are forgotten, and asked for again.
const KNOWN_MAX: usize = 1_000;

/// Whoever can compare what landed with what a merge gives.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait LandedTrees: Send + Sync + 'static {
    /// Compares them, by git's objects. The same commits have the same answer, unless it is that nobody can tell. Dropped, it leaves
    /// nothing at work.
    async fn compare(&self, asked: &LandingAsked) -> Landed;
}

/// What is under way, and what came of it.
pub(crate) struct Landings {
    trees: Arc<dyn LandedTrees>,
    store: Arc<dyn PullRequestStore>,
    clock: Arc<dyn Clock>,
    bell: Arc<Notify>,
    known: Known,
    tasks: Mutex<JoinSet<()>>,
}

/// None while it goes on.
type Known = Arc<Mutex<BTreeMap<PullRequestId, Option<Landed>>>>;

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked with it left at most something that is asked for again.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Landings {
    /// Comparisons by these trees; a look is wished for where one is over, and the bell rung.
    pub(crate) fn new(
        trees: Arc<dyn LandedTrees>,
        store: Arc<dyn PullRequestStore>,
        (clock, bell): (Arc<dyn Clock>, Arc<Notify>),
    ) -> Self {
        Self {
            trees,
            store,
            clock,
            bell,
            known: Arc::default(),
            tasks: Mutex::default(),
        }
    }

    /// How far that of a pull request is.
    pub(crate) fn of(&self, id: PullRequestId) -> Comparison {
        match held(&self.known).get(&id) {
            None => Comparison::NotBegun,
            Some(None) => Comparison::UnderWay,
            Some(Some(landed)) => Comparison::Over(landed.clone()),
        }
    }

    /// Forgets an answer that was written down.
    pub(crate) fn forget(&self, id: PullRequestId) {
        held(&self.known).remove(&id);
    }

    /// Begins one, if it is not under way.
    pub(crate) fn begin(&self, asked: LandingAsked) {
        {
            let mut known = held(&self.known);
            if known.contains_key(&asked.id) {
                return;
            }
            if known.len() >= KNOWN_MAX {
                known.retain(|_, landed| landed.is_none());
            }
            known.insert(asked.id, None);
        }
        let (trees, store, clock) = (
            Arc::clone(&self.trees),
            Arc::clone(&self.store),
            Arc::clone(&self.clock),
        );
        let (known, bell) = (Arc::clone(&self.known), Arc::clone(&self.bell));
        let mut tasks = held(&self.tasks);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(async move {
            let landed = trees.compare(&asked).await;
            held(&known).insert(asked.id, Some(landed));
            let now = clock.now();
            let wished = store
                .want_pull_requests(&[look(asked.id, &asked.repository, now)], now)
                .await;
            if let Err(error) = wished {
                // The look that was due anyway finds it.
                tracing::warn!(pull_request = %asked.id, %error, "no look could be wished for");
            }
            bell.notify_one();
        });
    }
}
