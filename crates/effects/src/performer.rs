//! What a performer is: it acts, and it can look whether it acted.

use async_trait::async_trait;
use domain_types::seeded_bug;
use std::sync::{Mutex, PoisonError};
use storage::{Intent, IntentLease, NewInboxRow, Store, StoreError};

/// What a performer learnt, and what happened because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What it learnt, JSON; kept with the intent.
    pub result: String,
    /// What happened: inbox rows, stored in the commit that settles the intent.
    pub events: Vec<NewInboxRow>,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Performed {
    /// It took effect.
    Done(Reply),
    /// It is certain that it did not take effect and never will. The events say so to whoever waits.
    Rejected(Reply),
    /// It may have taken effect: a timeout, a lost connection, an answer that makes no sense.
    Unknown {
        /// Why nobody can tell.
        reason: String,
    },
}

/// What a look told.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Probed {
    /// It took effect; the reply is what [`Performed::Done`] would have told.
    Applied(Reply),
    /// It is certain that it did not take effect and is not about to: it may be sent again.
    NotApplied,
    /// Nobody can tell yet.
    Unknown {
        /// Why not.
        reason: String,
    },
}

/// Carries out one or several kinds of intents.
///
/// Contract: [`Performer::perform`] carries the intent's id to wherever it acts, so that [`Performer::probe`] can tell
/// later. It is called again with the same id only after a probe said [`Probed::NotApplied`]. Either may be cut off at any
/// instant (the process ends), and what follows is a probe. An intent's kind that the performer does not know is
/// [`Performed::Rejected`].
#[async_trait]
pub trait Performer: Send + Sync {
    /// Whether acting on this intent begins with a note: [`HandleWriter::record`] puts on the disk also that it is being sent. If
    /// not, that is done before [`Performer::perform`] is called. Whoever says so must not act before the note.
    fn notes_first(&self, _intent: &Intent) -> bool {
        false
    }

    /// Acts. If a successor needs to know what is about to begin, note it with `handle` first, and begin only if that
    /// succeeded.
    async fn perform(&self, intent: &Intent, handle: &HandleWriter<'_>) -> Performed;

    /// Looks whether the intent took effect. Ends what was left half-done, if that is what it takes to be certain.
    async fn probe(&self, intent: &Intent) -> Probed;

    /// What to tell whoever waits for this intent when it is given up: too many doubts, or too many sends. Without an
    /// event nobody would ever hear of it.
    fn given_up(&self, intent: &Intent, reason: &str) -> Vec<NewInboxRow>;
}

/// The note could not be stored: do not begin. The store's own error goes to the caller of [`crate::carry_out`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HandleNotRecorded {
    /// The intent belongs to another owner, who may have begun it meanwhile: whatever bears its name is not ours to end.
    #[error("what is about to begin belongs to another owner now, so it must not begin here")]
    LeaseLost,
    /// The store failed; the intent is still ours.
    #[error("what is about to begin could not be noted, so it must not begin")]
    StoreFailed,
}

/// Notes in the store what is about to begin, for a successor to find.
pub struct HandleWriter<'a> {
    store: &'a dyn Store,
    lease: &'a IntentLease,
    failure: Mutex<Option<StoreError>>,
}

impl<'a> HandleWriter<'a> {
    pub(crate) fn new(store: &'a dyn Store, lease: &'a IntentLease) -> Self {
        Self {
            store,
            lease,
            failure: Mutex::new(None),
        }
    }

    /// Stores the note; a later one replaces it. Once this returned `Ok`, a successor sees it in `Intent::handle`.
    ///
    /// # Errors
    /// [`HandleNotRecorded`]: the action must not begin. Whatever the performer then answers is not recorded.
    pub async fn record(&self, handle: &str) -> Result<(), HandleNotRecorded> {
        if seeded_bug("handle-not-recorded") {
            return Ok(());
        }
        let Err(error) = self.store.record_handle(self.lease, handle).await else {
            return Ok(());
        };
        let reason = match matches!(error, StoreError::LeaseLost { .. }) {
            true => HandleNotRecorded::LeaseLost,
            false => HandleNotRecorded::StoreFailed,
        };
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
        Err(reason)
    }

    pub(crate) fn into_failure(self) -> Option<StoreError> {
        self.failure.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
