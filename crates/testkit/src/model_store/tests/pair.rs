//! Two stores that are asked the same: the model and a real one.

use super::super::ModelStore;
use domain_types::{ReleaseId, Sha256Digest, Timestamp};
use std::fmt::Debug;
use storage::{
    Appended, Claim, ClaimedInbox, ClaimedIntent, InboxId, InboxLease, IntentLease, IntentOutcome,
    NewInboxRow, OpenMode, PoolCapacity, SqliteStore, Step, Store, StoreError, open_sqlite,
};

/// The model, and a database in a folder that vanishes with it.
pub(super) struct Pair {
    pub(super) model: ModelStore,
    sqlite: SqliteStore,
    _folder: tempfile::TempDir,
}

/// The time of the tests, in seconds after their beginning.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

/// Asks both stores the same and wants the same answer; an error is the same when a caller would do the same about it.
macro_rules! both {
    ($pair:expr, $method:ident($($argument:expr),*)) => {
        same(
            stringify!($method),
            $pair.model.$method($($argument),*).await,
            $pair.sqlite.$method($($argument),*).await,
        )
    };
}

fn same<T: Debug + PartialEq>(
    asked: &str,
    model: Result<T, StoreError>,
    sqlite: Result<T, StoreError>,
) -> Result<T, StoreError> {
    match (&model, &sqlite) {
        (Err(StoreError::Constraint { .. }), Err(StoreError::Constraint { .. })) => {}
        (Err(_), Err(_)) => assert_eq!(format!("{model:?}"), format!("{sqlite:?}"), "{asked}"),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => assert_eq!(
            model.as_ref().map_err(ToString::to_string),
            sqlite.as_ref().map_err(ToString::to_string),
            "{asked}"
        ),
    }
    model
}

impl Pair {
    pub(super) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        Self {
            model: ModelStore::new(),
            sqlite: open_sqlite(&path, OpenMode::CreateOrMigrate, at(0))
                .await
                .unwrap(),
            _folder: folder,
        }
    }

    pub(super) async fn append(
        &self,
        rows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        both!(self, append_inbox(rows, now))
    }

    pub(super) async fn claim_inbox(&self, claim: &Claim) -> Result<Option<ClaimedInbox>, StoreError> {
        both!(self, claim_inbox(claim))
    }

    pub(super) async fn refuse(
        &self,
        lease: &InboxLease,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        both!(self, refuse_inbox(lease, reason, now))
    }

    pub(super) async fn answer(
        &self,
        lease: &InboxLease,
        follows: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<Vec<Appended>, StoreError> {
        both!(self, answer_inbox(lease, follows, now))
    }

    pub(super) async fn commit(&self, step: &Step) -> Result<(), StoreError> {
        both!(self, commit_step(step))
    }

    pub(super) async fn claim_intent(
        &self,
        claim: &Claim,
        pools: &[PoolCapacity],
    ) -> Result<Option<ClaimedIntent>, StoreError> {
        both!(self, claim_intent(claim, pools))
    }

    pub(super) async fn mark_sending(&self, lease: &IntentLease, now: Timestamp) -> Result<(), StoreError> {
        both!(self, mark_sending(lease, now)).map(drop)
    }

    pub(super) async fn record_handle(&self, lease: &IntentLease, handle: &str) -> Result<(), StoreError> {
        both!(self, record_handle(lease, handle))
    }

    pub(super) async fn renew(&self, lease: &IntentLease, until: Timestamp) -> Result<(), StoreError> {
        both!(self, renew_intent(lease, until))
    }

    pub(super) async fn finish(
        &self,
        lease: &IntentLease,
        outcome: &IntentOutcome,
        replies: &[NewInboxRow],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        both!(self, finish_intent(lease, outcome.clone(), replies, now))
    }

    pub(super) async fn take_over(&self, owner: &str, now: Timestamp) -> Result<(), StoreError> {
        both!(self, take_over(owner, now)).map(drop)
    }

    pub(super) async fn fire(&self, now: Timestamp, limit: u32) -> Result<(), StoreError> {
        both!(self, fire_timers(now, limit)).map(drop)
    }

    /// When the stores would be asked next.
    pub(super) async fn compare_waits(&self, now: Timestamp) -> Result<(), StoreError> {
        both!(self, next_timer())?;
        both!(self, next_intent(now)).map(drop)
    }

    pub(super) async fn compare_journal(
        &self,
        release: &ReleaseId,
        after_revision: u64,
        limit: u32,
    ) -> Result<(), StoreError> {
        both!(self, journal(release, after_revision, limit)).map(drop)
    }

    /// Everything that can be read of these releases, reuse keys and of the inbox.
    pub(super) async fn compare_all(
        &self,
        releases: impl IntoIterator<Item = &ReleaseId>,
        reuse_keys: &[Sha256Digest],
    ) -> Result<(), StoreError> {
        for release in releases {
            both!(self, load_release(release))?;
            both!(self, journal(release, 0, u32::MAX))?;
            both!(self, newest_snapshot(release))?;
            both!(self, intents(release))?;
        }
        for key in reuse_keys {
            both!(self, find_build(key))?;
        }
        both!(self, list_releases())?;
        both!(self, next_timer())?;
        let newest = self
            .model
            .with_rows(|rows| rows.inbox().last().map_or(0, |row| row.id.0));
        for id in 0..=newest + 1 {
            both!(self, inbox_row(InboxId(id)))?;
        }
        Ok(())
    }
}
