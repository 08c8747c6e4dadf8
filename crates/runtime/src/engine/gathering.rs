//! Facts are gathered beside the loop, so that no release waits for an answer that concerns another one.

use crate::RuntimeError;
use crate::ports::{Clock, Gathered, Gatherer};
use domain_types::Timestamp;
use std::sync::Arc;
use storage::{Appended, ClaimedInbox, Store, StoreError};
use tokio::task::JoinSet;

/// Rows that facts are gathered for at a time, in rows: as many as GitHub lets anybody ask at once, and half of it is ours.
const GATHERINGS_MAX: usize = 50;

/// Seconds that gathering for one row may take, on the clock that its lease runs on: the lease ends five seconds later.
const GATHERING_SECONDS_MAX: u64 = 25;

/// Claims of one row after which it may be given up, so that a clock that jumps gives up nothing, ...
const CLAIMS_MAX: u64 = 120;

/// ... and hours: GitHub's longest limit lasts one, its outages mostly less than six. After that somebody should look.
const HOURS_MAX: u64 = 6;

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
            let latest = clock.now().plus_seconds(GATHERING_SECONDS_MAX);
            let gathered = tokio::select! {
                biased;
                gathered = gatherer.gather(&claimed.row) => gathered,
                () = clock.wait_until(latest) => Gathered::Later {
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
    let now = clock.now();
    let refused = match gathered {
        Gathered::Follows(rows) => {
            let appended = store.answer_inbox(&claimed.lease, &rows, now).await?;
            let new = rows.into_iter().zip(appended);
            let new = new.filter(|(_, appended)| matches!(appended, Appended::New(_)));
            return Ok(new.map(|(row, _)| row.key).collect());
        }
        Gathered::Refused { reason } => reason,
        Gathered::Later { reason } if is_given_up(claimed, now) => {
            let claims = claimed.lease.epoch;
            format!("given up after {claims} times in {HOURS_MAX} hours, last: {reason}")
        }
        Gathered::Later { .. } => return Ok(Vec::new()),
    };
    let reason: String = refused
        .chars()
        .take(crate::inbox_worker::REASON_CHARS_MAX)
        .collect();
    store.refuse_inbox(&claimed.lease, &reason, now).await?;
    Ok(Vec::new())
}

fn is_given_up(claimed: &ClaimedInbox, now: Timestamp) -> bool {
    let latest = claimed.row.received_at.plus_seconds(HOURS_MAX * 3_600);
    claimed.lease.epoch >= CLAIMS_MAX && now >= latest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MockGatherer;
    use crate::tests::JumpingClock;
    use async_trait::async_trait;
    use storage::{Claim, InboxRow, InboxState, NewInboxRow, OpenMode, open_sqlite};

    /// Lets others wait for ever.
    struct Silent;

    #[async_trait]
    impl Gatherer for Silent {
        async fn gather(&self, _row: &InboxRow) -> Gathered {
            std::future::pending().await
        }
    }

    /// A wish that waits in the inbox of a store of its own.
    struct Wish {
        _folder: tempfile::TempDir,
        store: Arc<dyn Store>,
        clock: Arc<JumpingClock>,
    }

    impl Wish {
        async fn waits() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let clock = Arc::new(JumpingClock::new());
            let path = folder.path().join("state.db");
            let opened = open_sqlite(&path, OpenMode::CreateOrMigrate, clock.now()).await;
            let store: Arc<dyn Store> = Arc::new(opened.unwrap());
            let row = NewInboxRow {
                key: "wish".to_owned(),
                release: None,
                kind: "release_requested".to_owned(),
                actor: "test".to_owned(),
                body: "{}".to_owned(),
            };
            let _appended = store.append_inbox(&[row], clock.now()).await.unwrap();
            Self {
                _folder: folder,
                store,
                clock,
            }
        }

        async fn claim(&self) -> Option<ClaimedInbox> {
            let claim = Claim {
                owner: "test".to_owned(),
                now: self.clock.now(),
                lease_seconds: 30,
                release: None,
            };
            self.store.claim_inbox(&claim).await.unwrap()
        }

        /// Gathers once, and answers what has become of the row.
        async fn gathered(&self, gatherer: Arc<dyn Gatherer>) -> InboxRow {
            let claimed = self.claim().await.unwrap();
            let id = claimed.row.id;
            let clock = Arc::clone(&self.clock) as _;
            let mut gathering = Gathering::new(Some(gatherer), Arc::clone(&self.store), clock);
            gathering.begin(claimed);
            assert_eq!(gathering.next().await.unwrap().unwrap(), Vec::<String>::new());
            self.store.inbox_row(id).await.unwrap().unwrap()
        }
    }

    #[tokio::test]
    async fn who_gathers_for_longer_than_the_lease_by_the_clock_that_it_runs_on_is_cut_off_before_its_end() {
        let wish = Wish::waits().await;
        let began = wish.clock.now();
        assert_eq!(wish.gathered(Arc::new(Silent)).await.state, InboxState::Pending);
        assert_eq!(wish.clock.now(), began.plus_seconds(GATHERING_SECONDS_MAX));
        assert!(wish.claim().await.is_none(), "its lease has not run out");
        wish.clock.wait_until(began.plus_seconds(30)).await;
        assert!(wish.claim().await.is_some());
    }

    #[tokio::test]
    async fn a_row_is_given_up_after_many_claims_and_hours_and_not_after_the_one_or_the_other() {
        for (claims, seconds, state) in [
            (CLAIMS_MAX, HOURS_MAX * 3_600, InboxState::Refused),
            (CLAIMS_MAX - 1, HOURS_MAX * 3_600, InboxState::Pending),
            (CLAIMS_MAX, HOURS_MAX * 3_600 - 1, InboxState::Pending),
        ] {
            let wish = Wish::waits().await;
            let last = wish.clock.now().plus_seconds(seconds);
            for claim in (1..claims).rev() {
                let left = Timestamp::from_milliseconds(
                    last.milliseconds() - 30_000 * i64::try_from(claim).unwrap(),
                );
                wish.clock.wait_until(left).await;
                assert!(wish.claim().await.is_some());
            }
            wish.clock.wait_until(last).await;
            let mut limited = MockGatherer::new();
            limited.expect_gather().returning(|_| Gathered::Later {
                reason: "GitHub limits us".to_owned(),
            });
            let row = wish.gathered(Arc::new(limited)).await;
            assert_eq!(row.state, state, "{claims} claims, {seconds} seconds: {row:?}");
        }
    }
}
