//! Many rows at once share a commit: what comes while one is under way goes into the next, all together.
//!
//! There is no timer: a row that comes alone is committed alone, at once. Whoever waits is answered after the commit that holds
//! the row, and the doorbell is rung.

use domain_types::Timestamp;
use runtime::ports::Clock;
use std::sync::Arc;
use std::time::Duration;
use storage::{Appended, NewInboxRow, Store, StoreError};
use tokio::sync::{Notify, mpsc, oneshot};

/// Rows that wait for a commit, in rows: more come in than go out, and it is time to say so.
const WAITING_ROWS_MAX: usize = 4_096;

/// Rows of one commit, in rows: above it the sync is no longer what a commit costs.
const COMMIT_ROWS_MAX: usize = 256;

/// Bytes of the bodies of one commit: the list is written as one text.
const COMMIT_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Seconds that a row may wait for its turn: GitHub gives up after ten.
const WAIT_SECONDS_MAX: u64 = 8;

/// Why a row was not stored, as far as anybody knows.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NotAppended {
    /// Too many wait.
    #[error("too many rows wait to be stored")]
    Crowded,
    /// The store said no, or could not.
    #[error("{0}")]
    Store(Arc<StoreError>),
    /// The server is about to end.
    #[error("the server is about to end")]
    Ending,
}

struct Waiting {
    row: NewInboxRow,
    answer: oneshot::Sender<Result<Appended, NotAppended>>,
}

/// The way into the inbox. Closes when its last copy is dropped.
#[derive(Debug, Clone)]
pub(crate) struct AppendQueue {
    sender: mpsc::Sender<Waiting>,
}

/// The end of the queue that commits.
pub(crate) struct Committer {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) doorbell: Arc<Notify>,
    receiver: mpsc::Receiver<Waiting>,
    /// Came too late for a commit that was full.
    left: Option<Waiting>,
}

impl AppendQueue {
    /// A queue and its end.
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        doorbell: Arc<Notify>,
    ) -> (Self, Committer) {
        let (sender, receiver) = mpsc::channel(WAITING_ROWS_MAX);
        let committer = Committer {
            store,
            clock,
            doorbell,
            receiver,
            left: None,
        };
        (Self { sender }, committer)
    }

    /// Returns once the row is on the disk, by us or by whoever sent the same key before.
    pub(crate) async fn append(&self, row: NewInboxRow) -> Result<Appended, NotAppended> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { row, answer };
        self.sender.try_send(waiting).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotAppended::Crowded,
            mpsc::error::TrySendError::Closed(_) => NotAppended::Ending,
        })?;
        match tokio::time::timeout(Duration::from_secs(WAIT_SECONDS_MAX), answered).await {
            Ok(Ok(appended)) => appended,
            Ok(Err(_)) => Err(NotAppended::Ending),
            Err(_) => Err(NotAppended::Crowded),
        }
    }
}

impl Committer {
    /// Commits until every copy of the queue is dropped and nothing waits.
    pub(crate) async fn run(mut self) {
        while let Some(first) = self.first().await {
            let (rows, answers) = self.collect(first);
            let results = append(&*self.store, &rows, self.clock.now()).await;
            self.doorbell.notify_one();
            for (answer, result) in answers.into_iter().zip(results) {
                // Whoever left does not want to know; the row stays.
                let _ = answer.send(result);
            }
        }
    }

    async fn first(&mut self) -> Option<Waiting> {
        match self.left.take() {
            Some(left) => Some(left),
            None => self.receiver.recv().await,
        }
    }

    #[allow(
        clippy::type_complexity,
        reason = "two lists that are taken apart where they are made"
    )]
    fn collect(
        &mut self,
        first: Waiting,
    ) -> (
        Vec<NewInboxRow>,
        Vec<oneshot::Sender<Result<Appended, NotAppended>>>,
    ) {
        let mut bytes = first.row.body.len();
        let (mut rows, mut answers) = (vec![first.row], vec![first.answer]);
        while rows.len() < COMMIT_ROWS_MAX {
            let Ok(next) = self.receiver.try_recv() else {
                break;
            };
            bytes += next.row.body.len();
            if bytes > COMMIT_BYTES_MAX {
                self.left = Some(next);
                break;
            }
            rows.push(next.row);
            answers.push(next.answer);
        }
        (rows, answers)
    }
}

/// A row that the store does not take must not keep out those that came with it.
async fn append(
    store: &dyn Store,
    rows: &[NewInboxRow],
    now: Timestamp,
) -> Vec<Result<Appended, NotAppended>> {
    match store.append_inbox(rows, now).await {
        Ok(appended) => appended.into_iter().map(Ok).collect(),
        Err(error) if rows.len() > 1 && is_of_one_row(&error) => {
            let mut results = Vec::with_capacity(rows.len());
            for row in rows {
                let appended = store.append_inbox(std::slice::from_ref(row), now).await;
                let first = appended.map(|appended| appended.into_iter().next());
                results.push(match first {
                    Ok(Some(appended)) => Ok(appended),
                    Ok(None) => Err(NotAppended::Ending),
                    Err(error) => Err(NotAppended::Store(Arc::new(error))),
                });
            }
            results
        }
        Err(error) => {
            tracing::error!(rows = rows.len(), error = %error, "failed to store rows of the inbox");
            let failed = NotAppended::Store(Arc::new(error));
            rows.iter().map(|_| Err(failed.clone())).collect()
        }
    }
}

fn is_of_one_row(error: &StoreError) -> bool {
    matches!(error, StoreError::TooLarge { .. } | StoreError::Constraint { .. })
}
