//! Takes inbox rows one by one: load, decide, one transaction. The only way to move a release.

use crate::book;
use crate::ports::Clock;
use crate::{RuntimeError, Tenancy, book::recorded, log};
use domain_types::{CommandId, NodeId, ReleaseId, Timestamp, seeded_bug};
use orchestrator::{Fact, Recorded, State, check_node, decide};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{Claim, ClaimedInbox, Hold, Step, Store, StoreError};

/// Seconds that a row is ours. A step takes milliseconds; a dead process's rows are taken over by the next start.
const LEASE_SECONDS: u32 = 30;

/// Times in a row that others may move a release between our look and our commit: each time one of them got on, so this
/// many mean that something is wrong.
const CONFLICTS_MAX: u32 = 100;

/// What a refused row's reason may have, in characters: what fits a line.
pub(crate) const REASON_CHARS_MAX: usize = 1_000;

/// A row that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenRow {
    /// Its key.
    pub key: String,
    /// What became of it.
    pub taken: Taken,
}

/// What became of one inbox row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// A revision followed.
    Moved(Moved),
    /// It changed nothing, for this reason.
    Refused(String),
    /// Our lease on it ran out meanwhile: somebody else decides it, or has.
    Lost,
    /// It names no release: facts have to be gathered first, and its lease is with whoever does that.
    ToGather(Box<ClaimedInbox>),
}

/// What a revision changed for those who carry commands out and wait for timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The release that has the revision.
    pub release: ReleaseId,
    /// Nodes that it touched; some may be named more than once.
    pub nodes: Vec<NodeId>,
    /// Commands to carry out, and whether a release that is held holds them back.
    pub commands: Vec<(CommandId, Hold)>,
    /// Commands that nobody carries out any more.
    pub abandoned: Vec<CommandId>,
    /// Commands that waited may go now: slots were freed, others ended, the release is held no longer.
    pub makes_room: bool,
    /// The earliest timer that was set.
    pub earliest_timer: Option<Timestamp>,
}

impl Moved {
    fn by(step: &Step, facts: &[Fact]) -> Self {
        Self {
            release: step.release.clone(),
            nodes: facts.iter().filter_map(Fact::node).cloned().collect(),
            commands: step
                .intents
                .iter()
                .map(|intent| (intent.id.clone(), intent.hold))
                .collect(),
            abandoned: step.abandoned.clone(),
            makes_room: !step.slots_freed.is_empty() || !step.abandoned.is_empty(),
            earliest_timer: step.timers_set.iter().map(|timer| timer.due).min(),
        }
    }
}

/// How one attempt at a row ended.
enum Attempt {
    Taken(Taken),
    /// Somebody else moved the release since we looked: look and decide again.
    Overtaken,
}

/// Decides the rows of the inbox. Keeps the states it has seen; where others move releases too, it looks again each time.
pub struct InboxWorker {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    owner: String,
    tenancy: Tenancy,
    gathers: bool,
    states: BTreeMap<ReleaseId, State>,
}

impl InboxWorker {
    /// A worker without any state yet. `owner` is unique per start of a process.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, owner: String, tenancy: Tenancy) -> Self {
        Self {
            store,
            clock,
            owner,
            tenancy,
            gathers: false,
            states: BTreeMap::new(),
        }
    }

    /// The same worker, which hands out rows that name no release ([`Taken::ToGather`]) instead of refusing them.
    pub(crate) fn that_gathers(self, gathers: bool) -> Self {
        Self { gathers, ..self }
    }

    /// The state of a release: as of the last row taken, or, where others move releases too, as it is stored now.
    ///
    /// # Errors
    /// The store's, or [`RuntimeError::Corrupt`].
    pub async fn state(&mut self, release: &ReleaseId) -> Result<Option<&State>, RuntimeError> {
        if self.tenancy == Tenancy::Shared || !self.states.contains_key(release) {
            book::refresh(&*self.store, release, &mut self.states).await?;
        }
        Ok(self.states.get(release))
    }

    /// Takes the oldest row; none if there is none.
    ///
    /// # Errors
    /// The store's, [`RuntimeError::Corrupt`], or [`RuntimeError::Invariant`]: then nothing was committed.
    pub async fn take_one(&mut self) -> Result<Option<TakenRow>, RuntimeError> {
        let claim = Claim {
            owner: self.owner.clone(),
            now: self.clock.now(),
            lease_seconds: LEASE_SECONDS,
            release: None,
        };
        let Some(claimed) = self.store.claim_inbox(&claim).await? else {
            return Ok(None);
        };
        let key = claimed.row.row.key.clone();
        if self.gathers && claimed.row.row.release.is_none() {
            let taken = Taken::ToGather(Box::new(claimed));
            return Ok(Some(TakenRow { key, taken }));
        }
        let taken = self.take(&claimed).await?;
        Ok(Some(TakenRow { key, taken }))
    }

    async fn take(&mut self, claimed: &ClaimedInbox) -> Result<Taken, RuntimeError> {
        let Some(release) = claimed.row.row.release.clone() else {
            return self.refuse(claimed, "it names no release").await;
        };
        let event = match recorded(&claimed.row.row.body, claimed.row.received_at) {
            Ok(event) => event,
            Err(error) => return self.refuse(claimed, &error.to_string()).await,
        };
        for _ in 0..CONFLICTS_MAX {
            if let Attempt::Taken(taken) = self.attempt(claimed, &release, &event).await? {
                return Ok(taken);
            }
        }
        Err(RuntimeError::Contended {
            release,
            times: CONFLICTS_MAX,
        })
    }

    /// Looks after the claim, so that whatever led to the row is seen: a refusal is for ever.
    async fn attempt(
        &mut self,
        claimed: &ClaimedInbox,
        release: &ReleaseId,
        event: &Recorded,
    ) -> Result<Attempt, RuntimeError> {
        self.state(release).await?;
        let before = self.states.remove(release).unwrap_or_else(State::unplanned);
        match decide(&before, event) {
            Err(refused) => {
                if before.spec().is_some() {
                    self.states.insert(release.clone(), before);
                }
                self.refuse(claimed, &refused.to_string())
                    .await
                    .map(Attempt::Taken)
            }
            Ok(decision) => {
                let (was_held, phase) = (before.phase().is_paused(), before.phase().label());
                let after = checked(release, before, &decision)?;
                let mut attempt = self.commit(claimed, release, (after, event, decision)).await?;
                if let Attempt::Taken(Taken::Moved(moved)) = &mut attempt {
                    moved.makes_room |= was_held;
                    if let Some(after) = self.states.get(release) {
                        log::moved(release, phase, (&event.event, after));
                    }
                }
                Ok(attempt)
            }
        }
    }

    /// Takes rows until none is left; answers how many moved a release.
    ///
    /// # Errors
    /// As [`InboxWorker::take_one`].
    pub async fn take_all(&mut self) -> Result<usize, RuntimeError> {
        let mut moved = 0;
        while let Some(row) = self.take_one().await? {
            moved += usize::from(matches!(row.taken, Taken::Moved(_)));
        }
        Ok(moved)
    }

    async fn refuse(&self, claimed: &ClaimedInbox, reason: &str) -> Result<Taken, RuntimeError> {
        let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
        match self
            .store
            .refuse_inbox(&claimed.lease, &reason, self.clock.now())
            .await
        {
            Ok(()) => {
                log::refused(&claimed.row.row.key, &reason);
                Ok(Taken::Refused(reason))
            }
            Err(StoreError::LeaseLost { .. }) => Ok(Taken::Lost),
            Err(error) => Err(error.into()),
        }
    }

    async fn commit(
        &mut self,
        claimed: &ClaimedInbox,
        release: &ReleaseId,
        (after, event, decision): (State, &Recorded, orchestrator::Decision),
    ) -> Result<Attempt, RuntimeError> {
        let step = book::step(&after, event, &decision, claimed.lease.clone())?;
        match self.store.commit_step(&step).await {
            Ok(()) => {
                self.states.insert(release.clone(), after);
                Ok(Attempt::Taken(Taken::Moved(Moved::by(&step, &decision.facts))))
            }
            Err(StoreError::VersionOccupied { .. }) => {
                let because = "another release of this name and version is there already";
                self.refuse(claimed, because).await.map(Attempt::Taken)
            }
            Err(StoreError::RevisionConflict { .. }) if self.tenancy == Tenancy::Shared => {
                Ok(Attempt::Overtaken)
            }
            Err(StoreError::LeaseLost { .. }) if self.tenancy == Tenancy::Shared => {
                Ok(Attempt::Taken(Taken::Lost))
            }
            Err(error) if seeded_bug("row-refused-when-the-store-fails") => {
                self.refuse(claimed, &error.to_string()).await.map(Attempt::Taken)
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
    for node in decision.facts.iter().filter_map(Fact::node) {
        check_node(&after, node).map_err(|source| RuntimeError::Invariant {
            release: release.clone(),
            source,
        })?;
    }
    Ok(after)
}
