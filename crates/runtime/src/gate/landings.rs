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
            let landed = compared(&trees, &asked).await;
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

/// What a comparison comes to. One that breaks down tells nothing, and is tried again like every other that does.
async fn compared(trees: &Arc<dyn LandedTrees>, asked: &LandingAsked) -> Landed {
    let (trees, wanted) = (Arc::clone(trees), asked.clone());
    // A task of its own, which ends with this one: a panic in it takes nothing else along.
    let mut alone = JoinSet::new();
    alone.spawn(async move { trees.compare(&wanted).await });
    let broken = match alone.join_next().await {
        Some(Ok(landed)) => return landed,
        Some(Err(error)) => error.to_string(),
        None => "it never began".to_owned(),
    };
    tracing::error!(pull_request = %asked.id, broken, "a comparison of what landed broke down");
    Landed::Unknown {
        because: "the comparison broke down; the log says more".to_owned(),
        is_lasting: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockClock;
    use domain_types::Timestamp;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use storage::{OpenMode, open_sqlite};

    fn asked() -> LandingAsked {
        LandingAsked {
            id: PullRequestId::new(1, 2).unwrap(),
            repository: "acme/node".to_owned(),
            base: "main".to_owned(),
            commit: "c".repeat(40).parse().unwrap(),
            head: "a".repeat(40).parse().unwrap(),
            merged_at: domain_types::Timestamp::from_seconds(0),
            moved_since: None,
        }
    }

    /// Breaks down the first time.
    #[derive(Default)]
    struct BreaksFirst(AtomicUsize);

    #[async_trait]
    impl LandedTrees for BreaksFirst {
        async fn compare(&self, _asked: &LandingAsked) -> Landed {
            assert!(self.0.fetch_add(1, Ordering::Relaxed) > 0, "it breaks down");
            Landed::Same
        }
    }

    #[tokio::test]
    async fn one_that_breaks_down_is_over_and_can_be_begun_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let store = open_sqlite(&path, OpenMode::CreateOrMigrate, Timestamp::EPOCH).await;
        let mut clock = MockClock::new();
        clock.expect_now().return_const(Timestamp::EPOCH);
        let bell = Arc::new(Notify::new());
        let landings = Landings::new(
            Arc::new(BreaksFirst::default()),
            Arc::new(store.unwrap()),
            (Arc::new(clock), Arc::clone(&bell)),
        );
        let id = asked().id;
        landings.begin(asked());
        assert_eq!(landings.of(id), Comparison::UnderWay);
        bell.notified().await;
        let Comparison::Over(Landed::Unknown {
            is_lasting: false, ..
        }) = landings.of(id)
        else {
            panic!("{:?}", landings.of(id));
        };
        // A look wrote that down, and tries again.
        landings.forget(id);
        landings.begin(asked());
        bell.notified().await;
        assert_eq!(landings.of(id), Comparison::Over(Landed::Same));
    }
}
