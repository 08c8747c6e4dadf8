//! `governance release approve|pause|resume|retry|cancel`: an order is an inbox row.
//!
//! A process that works on the state file takes the row up; if none does, it is decided here, under the same lock.
//! Either way the release moves by the one way there is.

use super::state_file::{self, of_runtime};
use crate::arguments::{Format, OrderArguments};
use crate::commands::database::of_store;
use crate::{Exit, Failure, Surroundings, clock, output, planning};
use domain_types::{ReleaseId, Sha256Digest};
use local_build::HeldLock;
use orchestrator::Event;
use runtime::{InboxWorker, SystemClock, Tenancy, inbox_row};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use storage::{InboxId, InboxRow, InboxState, SqliteStore, Store};

/// Between two looks at the row: the database cannot tell another process that it was decided.
const LOOK: Duration = Duration::from_millis(100);
/// Looks until it is said that nobody took the row up: ten seconds, fifty times what a running release needs.
const LOOKS_MAX: usize = 100;

/// What an operator may order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Approve the plan, where the configuration asks for approvals.
    Approve,
    /// Begin nothing new.
    Pause,
    /// Go on.
    Resume,
    /// Try again what failed.
    Retry,
    /// End it for good.
    Cancel,
}

impl Order {
    fn event(self, actor: String, plan_digest: Sha256Digest) -> Event {
        match self {
            Self::Approve => Event::Approve { actor, plan_digest },
            Self::Pause => Event::Pause { actor },
            Self::Resume => Event::Resume { actor },
            Self::Retry => Event::Retry { actor },
            Self::Cancel => Event::Cancel { actor },
        }
    }

    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Retry => "retry",
            Self::Cancel => "cancel",
        }
    }
}

/// Gives an order and waits until it is decided.
pub(crate) async fn give(
    arguments: &OrderArguments,
    place: &Path,
    order: Order,
    surroundings: &Surroundings,
) -> Result<Exit, Failure> {
    let store = Arc::new(state_file::open(place).await?);
    let row = state_file::find(&store, &arguments.version, arguments.name.as_ref()).await?;
    let id = append(&store, (&row.id, row.row.plan_digest), order, surroundings).await?;
    let decided = decided(&store, id, place, surroundings).await?;
    let state = state_file::load(&store, &row).await?;
    let refused = decided.state == InboxState::Refused;
    if arguments.format.format == Format::Json {
        output::json(&json!({
            "schema": "governance/release-order/v1",
            "release": row.row.name,
            "version": row.row.version,
            "order": order.verb(),
            "outcome": if refused { "refused" } else { "done" },
            "reason": decided.reason,
            "state": state.phase().label(),
        }))?;
    }
    if refused {
        let reason = decided
            .reason
            .unwrap_or_else(|| "it does not fit the state of the release".to_owned());
        let text = format!(
            "release {} {} does not {}: {reason}",
            row.row.name,
            row.row.version,
            order.verb()
        );
        return Err(Failure::no(
            text,
            "see where it stands with `governance release show`",
        ));
    }
    if arguments.format.format == Format::Text {
        output::result(&told(order, &state, (arguments, place)))?;
    }
    Ok(Exit::Yes)
}

fn told(order: Order, state: &orchestrator::State, (arguments, place): (&OrderArguments, &Path)) -> String {
    let phase = state.phase().label().replace('_', " ");
    let mut text = format!("release {} is {phase}\n", arguments.version);
    let goes_on = matches!(order, Order::Approve | Order::Resume | Order::Retry);
    if goes_on && !state_file::is_worked_on(place) {
        text.push_str(
            "no process works on it; the same `governance release local` command as before goes on with it\n",
        );
    }
    text
}

async fn append(
    store: &Arc<SqliteStore>,
    (release, plan_digest): (&ReleaseId, Sha256Digest),
    order: Order,
    surroundings: &Surroundings,
) -> Result<InboxId, Failure> {
    let now = clock::now();
    let key = format!(
        "order/{}/{release}/{}/{}",
        order.verb(),
        surroundings.process,
        now.milliseconds()
    );
    let actor = surroundings.actor();
    let row = inbox_row(release, key, &order.event(actor.clone(), plan_digest), &actor)
        .map_err(|error| of_runtime(&error))?;
    let appended = store
        .append_inbox(&[row], now)
        .await
        .map_err(|error| of_store(&error))?;
    let id = appended.first().map(|appended| appended.id());
    id.ok_or_else(|| Failure::world("the order was not stored", "run the same command again"))
}

/// The row once it is decided: by whoever works on the state file, or by us if nobody does.
async fn decided(
    store: &Arc<SqliteStore>,
    id: InboxId,
    state: &Path,
    surroundings: &Surroundings,
) -> Result<InboxRow, Failure> {
    let mut look = clock::every(LOOK);
    for _ in 0..LOOKS_MAX {
        look.tick().await;
        let row = store.inbox_row(id).await.map_err(|error| of_store(&error))?;
        if let Some(row) = row.filter(|row| row.state != InboxState::Pending) {
            store.settle().await.map_err(|error| of_store(&error))?;
            return Ok(row);
        }
        let holder = surroundings.holder("governance release", clock::now());
        match HeldLock::acquire(&state_file::lock_of(state), &holder) {
            Ok(lock) => decide_here(store, surroundings, lock).await?,
            Err(local_build::Error::LockHeld { .. }) => {}
            Err(error) => return Err(planning::of_local_build(&error)),
        }
    }
    let text = "the order is stored, but the process that works on the release has not taken it up yet";
    Err(Failure::world(
        text,
        "it will; look with `governance release show`",
    ))
}

/// Decides what is in the inbox. Commands that follow wait in the outbox for the next run.
async fn decide_here(
    store: &Arc<SqliteStore>,
    surroundings: &Surroundings,
    lock: HeldLock,
) -> Result<(), Failure> {
    let owner = surroundings.owner(clock::now());
    store
        .take_over(&owner, clock::now())
        .await
        .map_err(|error| of_store(&error))?;
    let mut worker = InboxWorker::new(
        Arc::clone(store) as Arc<dyn Store>,
        Arc::new(SystemClock),
        owner,
        Tenancy::Sole,
    );
    worker.take_all().await.map_err(|error| of_runtime(&error))?;
    drop(lock);
    Ok(())
}
