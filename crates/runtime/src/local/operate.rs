//! What an operator asks of a release from another terminal: one inbox row, and its fate.
//!
//! While a release runs, the running process takes the row up. When none runs, the row is decided here, under the
//! state's lock; commands that follow are carried out by the next `release local`.

use super::places::state_lock_of;
use super::release::Identity;
use crate::RuntimeError;
use crate::book::{inbox_row, load};
use crate::inbox_worker::InboxWorker;
use crate::ports::Clock;
use domain_types::{ReleaseId, ReleaseName, ReleaseVersion, Timestamp};
use local_build::HeldLock;
use orchestrator::{Event, State};
use std::path::Path;
use std::sync::Arc;
use storage::{InboxId, InboxState, OpenMode, Store, open_sqlite};

/// Milliseconds between two looks at a row that another process decides: SQLite cannot tell us.
const LOOK_MILLISECONDS: i64 = 100;

/// Seconds until we stop waiting for the other process; the row stays and is taken up later.
const ANSWER_SECONDS_MAX: u64 = 30;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Approve the plan.
    Approve,
    /// Begin nothing new.
    Pause,
    /// Go on.
    Resume,
    /// Try again what failed.
    Retry,
    /// End it; nothing is published.
    Cancel,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Operated {
    /// It was taken; the release as it now is.
    Taken(Box<State>),
    /// It was refused, for this reason.
    Refused(String),
    /// The process that runs the release has not taken it up yet; it will.
    Pending,
}

/// Why it could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum OperateError {
    /// No release of this version.
    #[error("release {version} is not in this state database")]
    UnknownVersion {
        /// The version.
        version: ReleaseVersion,
        /// Versions that are.
        known: Vec<ReleaseVersion>,
    },
    /// The parts between.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// The lock file cannot be used.
    #[error(transparent)]
    Lock(local_build::Error),
}

/// The newest release of a version: the one that occupies it, else the last that was given up.
///
/// # Errors
/// [`OperateError::UnknownVersion`], or the store's.
pub async fn find_release(
    store: &dyn Store,
    name: Option<&ReleaseName>,
    version: &ReleaseVersion,
) -> Result<ReleaseId, OperateError> {
    let releases = store.list_releases().await.map_err(RuntimeError::from)?;
    let named = |summary: &&storage::ReleaseSummary| name.is_none_or(|name| summary.row.name == *name);
    let of_version = || {
        releases
            .iter()
            .filter(named)
            .filter(|summary| summary.row.version == *version)
    };
    let found = of_version()
        .find(|summary| summary.row.occupies)
        .or_else(|| of_version().next());
    found
        .map(|summary| summary.id.clone())
        .ok_or_else(|| OperateError::UnknownVersion {
            version: version.clone(),
            known: releases
                .iter()
                .map(|summary| summary.row.version.clone())
                .collect(),
        })
}

/// Asks for an operation and waits for its fate.
///
/// # Errors
/// [`OperateError`]: nothing was asked, or the row is there and will be taken up.
pub async fn operate(
    state_file: &Path,
    (name, version): (Option<&ReleaseName>, &ReleaseVersion),
    operation: Operation,
    identity: &Identity,
    clock: Arc<dyn Clock>,
) -> Result<Operated, OperateError> {
    let opened = open_sqlite(state_file, OpenMode::Existing, clock.now())
        .await
        .map_err(RuntimeError::from)?;
    let store: Arc<dyn Store> = Arc::new(opened);
    let release = find_release(&*store, name, version).await?;
    let state = load(&*store, &release)
        .await?
        .ok_or_else(|| RuntimeError::NoSuchRelease {
            release: release.clone(),
        })?;
    let event = event_of(operation, &state, &identity.actor);
    let key = format!("operator/{release}/{}/{}", event.label(), identity.owner);
    let row = inbox_row(&release, key, &event, &identity.actor)?;
    let appended = store
        .append_inbox(&[row], clock.now())
        .await
        .map_err(RuntimeError::from)?;
    let Some(id) = appended.first().map(|appended| appended.id()) else {
        return Ok(Operated::Pending);
    };
    let give_up = clock.now().plus_seconds(ANSWER_SECONDS_MAX);
    loop {
        decide_if_free(state_file, &store, identity, &clock).await?;
        match fate(&*store, id, &release).await? {
            Operated::Pending if clock.now() < give_up => {
                let next = clock.now().milliseconds() + LOOK_MILLISECONDS;
                clock.wait_until(Timestamp::from_milliseconds(next)).await;
            }
            fate @ (Operated::Pending | Operated::Taken(_) | Operated::Refused(_)) => return Ok(fate),
        }
    }
}

fn event_of(operation: Operation, state: &State, actor: &str) -> Event {
    let actor = actor.to_owned();
    match operation {
        Operation::Approve => {
            let plan_digest = state
                .spec()
                .map_or_else(|| domain_types::Sha256Digest::of(b""), |spec| spec.plan_digest);
            Event::Approve { actor, plan_digest }
        }
        Operation::Pause => Event::Pause { actor },
        Operation::Resume => Event::Resume { actor },
        Operation::Retry => Event::Retry { actor },
        Operation::Cancel => Event::Cancel { actor },
    }
}

/// Decides what waits, if nobody else does.
async fn decide_if_free(
    state_file: &Path,
    store: &Arc<dyn Store>,
    identity: &Identity,
    clock: &Arc<dyn Clock>,
) -> Result<(), OperateError> {
    let lock = match HeldLock::acquire(&state_lock_of(state_file), &identity.holder) {
        Ok(lock) => lock,
        Err(local_build::Error::LockHeld { .. }) => return Ok(()),
        Err(error) => return Err(OperateError::Lock(error)),
    };
    store
        .take_over(&identity.owner, clock.now())
        .await
        .map_err(RuntimeError::from)?;
    let mut worker = InboxWorker::new(Arc::clone(store), Arc::clone(clock), identity.owner.clone());
    worker.take_all().await?;
    drop(lock);
    Ok(())
}

async fn fate(store: &dyn Store, id: InboxId, release: &ReleaseId) -> Result<Operated, OperateError> {
    let row = store.inbox_row(id).await.map_err(RuntimeError::from)?;
    Ok(match row.map(|row| (row.state, row.reason)) {
        Some((InboxState::Done, _)) => {
            let state = load(store, release).await?;
            Operated::Taken(Box::new(state.ok_or_else(|| RuntimeError::NoSuchRelease {
                release: release.clone(),
            })?))
        }
        Some((InboxState::Refused, reason)) => Operated::Refused(reason.unwrap_or_default()),
        Some((InboxState::Pending, _)) | None => Operated::Pending,
    })
}
