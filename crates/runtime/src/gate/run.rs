//! The gate at work: whoever is due is looked at, and nobody is forgotten.
//!
//! A webhook only makes a pull request due. So does time, when a rule turns; and so does the list of open pull requests, which is read now
//! and then: losing every webhook makes us late, and nothing else.

use super::PullRequestHost;
use super::figures::GateFigures;
use super::host::Listed;
use super::judge::GateSettings;
use super::landings::{LandedTrees, Landings};
use super::look::{Looking, look};
use super::recalled::Merges;
use super::rules::AcceptedRules;
use crate::RuntimeError;
use crate::ports::Clock;
use domain_types::{PullRequestId, RepoName, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{Claim, Look, PullRequestStore};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

/// Pull requests that are looked at at a time: each asks GitHub for about nine things at once, of a hundred that it lets anybody ask.
pub(super) const LOOKS_AT_ONCE_MAX: usize = 8;

/// Seconds that a claimed pull request is ours: a look takes one or two, and its requests give up after thirty.
pub(super) const LEASE_SECONDS: u32 = 120;

/// Seconds between two readings of the lists of open pull requests.
const LIST_SECONDS: u64 = 300;

/// Seconds after which whatever is open is looked at although nothing tells that it changed: checks and statuses change no pull request.
const ALL_SECONDS: u64 = 3_600;

/// Seconds between two looks at the store while nothing is due: another server may have made something due.
const IDLE_SECONDS: u64 = 15;

/// Looks that are wished for in one go.
pub(super) const LOOKS_MAX: usize = 100;
/// Pull requests that are read from the store in one go.
const PAGE: u32 = 100;

/// The parts of a gate.
pub struct Gate {
    /// Where everything is stored.
    pub store: Arc<dyn PullRequestStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Where pull requests are.
    pub host: Arc<dyn PullRequestHost>,
    /// The rules.
    pub rules: Arc<AcceptedRules>,
    /// What holds for all of them.
    pub settings: GateSettings,
    /// Unique per start of a process.
    pub owner: String,
    /// Rung when something is due.
    pub bell: Arc<Notify>,
    /// Rung when other rules hold.
    pub rules_changed: Arc<Notify>,
    /// Rung by us when something is to be shown.
    pub commands: Arc<Notify>,
    /// What is counted.
    pub figures: Arc<GateFigures>,
    /// Who compares what landed with what a merge gives; none where nobody does.
    pub trees: Option<Arc<dyn LandedTrees>>,
}

struct Run {
    gate: Gate,
    looking: Arc<Looking>,
    tasks: JoinSet<Result<(), RuntimeError>>,
    /// Heads and changes as the lists showed them last.
    listed: BTreeMap<PullRequestId, Listed>,
    list_due: Timestamp,
    /// When whatever is open is looked at again, whether anything seems to have changed or not.
    all_due: Timestamp,
}

impl Gate {
    /// Serves until `shutdown` turns true. What was committed stays; the next start goes on from there.
    ///
    /// # Errors
    /// The store's.
    pub async fn serve(self, mut shutdown: watch::Receiver<bool>) -> Result<(), RuntimeError> {
        let looking = Arc::new(self.looking(Merges::Seen));
        let list_due = self.clock.now();
        let mut run = Run {
            gate: self,
            looking,
            tasks: JoinSet::new(),
            listed: BTreeMap::new(),
            list_due,
            all_due: list_due,
        };
        while !*shutdown.borrow() {
            run.list().await?;
            run.claim().await?;
            run.wait(&mut shutdown).await?;
        }
        // What was begun is looked at again by whoever comes next.
        run.tasks.shutdown().await;
        Ok(())
    }

    /// What its looks have in common.
    pub(super) fn looking(&self, merges: Merges) -> Looking {
        let trees = self.trees.as_ref().filter(|_| merges == Merges::Seen);
        Looking {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            host: Arc::clone(&self.host),
            rules: Arc::clone(&self.rules),
            settings: self.settings.clone(),
            lately: std::sync::Mutex::default(),
            figures: Arc::clone(&self.figures),
            compares: self.trees.is_some(),
            landings: trees.map(|trees| {
                let (clock, bell) = (Arc::clone(&self.clock), Arc::clone(&self.bell));
                Landings::new(Arc::clone(trees), Arc::clone(&self.store), (clock, bell))
            }),
            merges,
        }
    }
}

impl Run {
    /// Begins looks at whatever is due.
    async fn claim(&mut self) -> Result<(), RuntimeError> {
        while self.tasks.len() < LOOKS_AT_ONCE_MAX {
            let claim = Claim {
                owner: self.gate.owner.clone(),
                now: self.gate.clock.now(),
                lease_seconds: LEASE_SECONDS,
                release: None,
            };
            let Some(claimed) = self.gate.store.claim_pull_request(&claim).await? else {
                break;
            };
            let looking = Arc::clone(&self.looking);
            self.tasks.spawn(async move { looking.look(claimed).await });
        }
        Ok(())
    }

    /// Reads the lists of open pull requests, when it is time, and wishes for looks at those that changed.
    async fn list(&mut self) -> Result<(), RuntimeError> {
        let now = self.gate.clock.now();
        if now < self.list_due {
            return Ok(());
        }
        self.list_due = now.plus_seconds(LIST_SECONDS);
        let rules = self.gate.rules.now();
        let Ok(rules) = rules.as_ref() else {
            return Ok(());
        };
        let repositories: Vec<RepoName> = rules.repositories().into_iter().cloned().collect();
        let listed = match self.gate.host.open_pull_requests(&repositories).await {
            Ok(listed) => listed,
            Err(reason) => {
                tracing::warn!(reason, "open pull requests could not be listed");
                return Ok(());
            }
        };
        let is_all = now >= self.all_due;
        if is_all {
            self.all_due = now.plus_seconds(ALL_SECONDS);
        }
        let changed = |pull: &&Listed| is_all || self.listed.get(&pull.id) != Some(pull);
        let looks: Vec<Look> = listed
            .iter()
            .filter(changed)
            .map(|pull| look(pull.id, &pull.repository, now))
            .collect();
        // Those that are not open any more: what is said of them ends.
        let open: BTreeMap<PullRequestId, Listed> = listed.into_iter().map(|pull| (pull.id, pull)).collect();
        let closed = self.listed.iter().filter(|(id, _)| !open.contains_key(*id));
        let closed = closed.map(|(id, pull)| look(*id, &pull.repository, now));
        let looks: Vec<Look> = looks.into_iter().chain(closed).collect();
        for some in looks.chunks(LOOKS_MAX) {
            self.gate.store.want_pull_requests(some, now).await?;
        }
        self.listed = open;
        Ok(())
    }

    /// Other rules hold: whatever is open is judged again, those for whom something changes by a look, and the lists are read.
    async fn want_all(&mut self) -> Result<(), RuntimeError> {
        let now = self.gate.clock.now();
        self.list_due = now;
        let mut after = None;
        loop {
            let some = self
                .gate
                .store
                .pull_requests(None, storage::Listed::Open, after, PAGE);
            let some = some.await?;
            let Some(last) = some.last() else { return Ok(()) };
            after = Some(last.id);
            let mut looks: Vec<Look> = Vec::new();
            for stored in &some {
                if !self.looking.stands(stored).await {
                    looks.push(look(stored.id, &stored.repository, now));
                }
            }
            self.gate.store.want_pull_requests(&looks, now).await?;
        }
    }

    async fn wait(&mut self, shutdown: &mut watch::Receiver<bool>) -> Result<(), RuntimeError> {
        let now = self.gate.clock.now();
        let idle = now.plus_seconds(IDLE_SECONDS).min(self.list_due);
        let next = self.gate.store.next_look().await?;
        let has_room = self.tasks.len() < LOOKS_AT_ONCE_MAX;
        let due = next.filter(|_| has_room).map_or(idle, |next| next.min(idle));
        let clock = Arc::clone(&self.gate.clock);
        tokio::select! {
            biased;
            Some(ended) = self.tasks.join_next() => {
                match ended {
                    Ok(looked) => looked?,
                    Err(error) if error.is_cancelled() => {}
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                }
                self.gate.commands.notify_one();
            }
            () = self.gate.bell.notified() => {}
            () = self.gate.rules_changed.notified() => self.want_all().await?,
            () = clock.wait_until(due) => {}
            _ = shutdown.changed() => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::GateMode;
    use crate::gate::host::MockPullRequestHost;
    use crate::gate::landings::MockLandedTrees;
    use crate::ports::MockClock;
    use storage::{OpenMode, open_sqlite};

    #[tokio::test]
    async fn whoever_recalls_merges_leaves_what_landed_to_whoever_looks_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let store = open_sqlite(&path, OpenMode::CreateOrMigrate, Timestamp::EPOCH).await;
        let gate = Gate {
            store: Arc::new(store.unwrap()),
            clock: Arc::new(MockClock::new()),
            host: Arc::new(MockPullRequestHost::new()),
            rules: Arc::new(AcceptedRules::new(Err("none".to_owned()))),
            settings: GateSettings {
                forge: "github.com".to_owned(),
                mode: GateMode::Enforce,
                dry_run_repositories: Vec::new(),
                public_url: None,
            },
            owner: "test".to_owned(),
            bell: Arc::default(),
            rules_changed: Arc::default(),
            commands: Arc::default(),
            figures: Arc::new(GateFigures::default()),
            trees: Some(Arc::new(MockLandedTrees::new())),
        };
        let compares = |merges| {
            let looking = gate.looking(merges);
            (looking.compares, looking.landings.is_some())
        };
        assert_eq!(compares(Merges::Seen), (true, true));
        assert_eq!(compares(Merges::Recalled), (true, false));
    }
}
