//! Facts are gathered beside the loop, so that no release waits for an answer that concerns another one.

use crate::RuntimeError;
use crate::ports::{Clock, Gathered, Gatherer};
use std::sync::Arc;
use std::time::Duration;
use storage::{Appended, ClaimedInbox, Store, StoreError};
use tokio::task::JoinSet;

/// Rows that facts are gathered for at a time, in rows: as many as GitHub lets anybody ask at once, and half of it is ours.
const GATHERINGS_MAX: usize = 50;

/// Seconds that gathering for one row may take: the lease on the row ends five seconds later.
const GATHERING_SECONDS_MAX: u64 = 25;

/// Times that facts are gathered for one row, in claims. With half a minute between two that is an hour; after it somebody should look.
const CLAIMS_MAX: u64 = 120;

/// Rows that are being gathered for.
pub(super) struct Gathering {
    gatherer: Option<Arc<dyn Gatherer>>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    tasks: JoinSet<Result<Vec<String>, RuntimeError>>,
}

impl Gathering {
    pub(super) fn new(
        gatherer: Option<Arc<dyn Gatherer>>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let tasks = JoinSet::new();
        Self {
            gatherer,
            store,
            clock,
            tasks,
        }
    }

    /// Whether another row may be taken.
    pub(super) fn has_room(&self) -> bool {
        self.tasks.len() < GATHERINGS_MAX
    }

    /// Begins with a row. Cut off, it is claimed again when its lease has run out.
    pub(super) fn begin(&mut self, claimed: ClaimedInbox) {
        let Some(gatherer) = self.gatherer.clone() else {
            return;
        };
        let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
        self.tasks.spawn(async move {
            let within = Duration::from_secs(GATHERING_SECONDS_MAX);
            let gathered = match tokio::time::timeout(within, gatherer.gather(&claimed.row)).await {
                Ok(gathered) => gathered,
                Err(_) => Gathered::Later {
                    reason: format!("gathering facts took more than {GATHERING_SECONDS_MAX} seconds"),
                },
            };
            match record(&*store, &*clock, &claimed, gathered).await {
                // Whoever has it now does the same.
                Err(StoreError::LeaseLost { .. }) => Ok(Vec::new()),
                recorded => Ok(recorded?),
            }
        });
    }

    /// The keys of what came of the next row that is done; none if none is under way.
    pub(super) async fn next(&mut self) -> Option<Result<Vec<String>, RuntimeError>> {
        self.tasks.join_next().await.map(flat)
    }

    /// As [`Gathering::next`], of what is done already.
    pub(super) fn try_next(&mut self) -> Option<Result<Vec<String>, RuntimeError>> {
        self.tasks.try_join_next().map(flat)
    }

    /// Ends what is under way: it is done again.
    pub(super) async fn end(&mut self) {
        self.tasks.shutdown().await;
    }
}

fn flat(
    joined: Result<Result<Vec<String>, RuntimeError>, tokio::task::JoinError>,
) -> Result<Vec<String>, RuntimeError> {
    joined.unwrap_or_else(|error| {
        Err(RuntimeError::TaskDied {
            reason: error.to_string(),
        })
    })
}

async fn record(
    store: &dyn Store,
    clock: &dyn Clock,
    claimed: &ClaimedInbox,
    gathered: Gathered,
) -> Result<Vec<String>, StoreError> {
    let refused = match gathered {
        Gathered::Follows(rows) => {
            let appended = store.answer_inbox(&claimed.lease, &rows, clock.now()).await?;
            let new = rows.into_iter().zip(appended);
            let new = new.filter(|(_, appended)| matches!(appended, Appended::New(_)));
            return Ok(new.map(|(row, _)| row.key).collect());
        }
        Gathered::Refused { reason } => reason,
        Gathered::Later { reason } if claimed.lease.epoch >= CLAIMS_MAX => {
            format!("given up after {CLAIMS_MAX} times, last: {reason}")
        }
        Gathered::Later { .. } => return Ok(Vec::new()),
    };
    let reason: String = refused
        .chars()
        .take(crate::inbox_worker::REASON_CHARS_MAX)
        .collect();
    store.refuse_inbox(&claimed.lease, &reason, clock.now()).await?;
    Ok(Vec::new())
}
