//! Takes inbox rows one by one: load, decide, one transaction. The only way to move a release.

use crate::book;
use crate::ports::Clock;
use crate::{RuntimeError, book::recorded};
use domain_types::ReleaseId;
use orchestrator::{State, check_node, decide};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{Claim, ClaimedInbox, Store, StoreError};

/// Seconds that a row is ours. A step takes milliseconds; a dead process's rows are taken over by the next start.
const LEASE_SECONDS: u32 = 30;

/// Rows that a refused event's reason may have, in bytes: what fits a line.
const REASON_BYTES_MAX: usize = 1_000;

/// What became of one inbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// A revision followed.
    Moved(ReleaseId),
    /// It changed nothing, for this reason.
    Refused(String),
}

/// Decides the rows of the inbox. Keeps the states it has seen: whoever makes one holds the state's lock.
pub struct InboxWorker {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    owner: String,
    states: BTreeMap<ReleaseId, State>,
}

impl InboxWorker {
    /// A worker without any state yet. `owner` is unique per start of a process.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, owner: String) -> Self {
        Self {
            store,
            clock,
            owner,
            states: BTreeMap::new(),
        }
    }

    /// The state of a release as of the last row taken.
    ///
    /// # Errors
    /// The store's, or [`RuntimeError::Corrupt`].
    pub async fn state(&mut self, release: &ReleaseId) -> Result<Option<&State>, RuntimeError> {
        if !self.states.contains_key(release)
            && let Some(state) = book::load(&*self.store, release).await?
        {
            self.states.insert(release.clone(), state);
        }
        Ok(self.states.get(release))
    }

    /// Takes the oldest row; none if there is none.
    ///
    /// # Errors
    /// The store's, [`RuntimeError::Corrupt`], or [`RuntimeError::Invariant`]: then nothing was committed.
    pub async fn take_one(&mut self) -> Result<Option<Taken>, RuntimeError> {
        let claim = Claim {
            owner: self.owner.clone(),
            now: self.clock.now(),
            lease_seconds: LEASE_SECONDS,
            release: None,
        };
        let Some(claimed) = self.store.claim_inbox(&claim).await? else {
            return Ok(None);
        };
        let Some(release) = claimed.row.row.release.clone() else {
            return self.refuse(&claimed, "it names no release").await.map(Some);
        };
        let event = match recorded(&claimed.row.row.body, claimed.row.received_at) {
            Ok(event) => event,
            Err(error) => return self.refuse(&claimed, &error.to_string()).await.map(Some),
        };
        self.state(&release).await?;
        let before = self.states.remove(&release).unwrap_or_else(State::unplanned);
        match decide(&before, &event) {
            Err(refused) => {
                if before.spec().is_some() {
                    self.states.insert(release, before);
                }
                self.refuse(&claimed, &refused.to_string()).await.map(Some)
            }
            Ok(decision) => {
                let after = checked(&release, before, &decision)?;
                self.commit(claimed, release, (after, event, decision))
                    .await
                    .map(Some)
            }
        }
    }

    /// Takes rows until none is left; answers how many moved a release.
    ///
    /// # Errors
    /// As [`InboxWorker::take_one`].
    pub async fn take_all(&mut self) -> Result<usize, RuntimeError> {
        let mut moved = 0;
        while let Some(taken) = self.take_one().await? {
            moved += usize::from(matches!(taken, Taken::Moved(_)));
        }
        Ok(moved)
    }

    async fn refuse(&self, claimed: &ClaimedInbox, reason: &str) -> Result<Taken, RuntimeError> {
        let reason: String = reason.chars().take(REASON_BYTES_MAX).collect();
        self.store
            .refuse_inbox(&claimed.lease, &reason, self.clock.now())
            .await?;
        Ok(Taken::Refused(reason))
    }

    async fn commit(
        &mut self,
        claimed: ClaimedInbox,
        release: ReleaseId,
        (after, event, decision): (State, orchestrator::Recorded, orchestrator::Decision),
    ) -> Result<Taken, RuntimeError> {
        let step = book::step(&after, &event, &decision, claimed.lease.clone())?;
        match self.store.commit_step(&step).await {
            Ok(()) => {
                self.states.insert(release.clone(), after);
                Ok(Taken::Moved(release))
            }
            Err(StoreError::VersionOccupied { .. }) => {
                self.refuse(
                    &claimed,
                    "another release of this name and version is there already",
                )
                .await
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn checked(
    release: &ReleaseId,
    before: State,
    decision: &orchestrator::Decision,
) -> Result<State, RuntimeError> {
    let mut after = before;
    after
        .advance(&decision.facts)
        .map_err(|source| RuntimeError::Corrupt {
            release: release.clone(),
            source,
        })?;
    for node in decision.facts.iter().filter_map(orchestrator::Fact::node) {
        check_node(&after, node).map_err(|source| RuntimeError::Invariant {
            release: release.clone(),
            source,
        })?;
    }
    Ok(after)
}
