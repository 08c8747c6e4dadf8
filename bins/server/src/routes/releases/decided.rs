//! Waits until an inbox row is decided, for a bounded time.

use super::of_store;
use crate::parts::{Shared, told};
use crate::problem::Problem;
use domain_types::Timestamp;
use runtime::github::rehearsal_name;
use storage::{InboxId, InboxRow, InboxState, ReleaseSummary};

/// Milliseconds between two looks at the row: the store cannot tell that it was decided.
const LOOK_MILLISECONDS: i64 = 25;

/// Looks until it is said that nobody has decided yet: ten seconds, hundreds of times what a decision takes.
const LOOKS_MAX: usize = 400;

/// The row once it is decided, or as it is after the last look or when the server is about to end.
pub(super) async fn decided(shared: &Shared, id: InboxId) -> Result<InboxRow, Problem> {
    let mut shutdown = shared.shutdown.clone();
    for look in 1.. {
        let row = shared.store.inbox_row(id).await.map_err(of_store)?;
        let row = row.ok_or_else(|| Problem::unavailable("the order was not stored"))?;
        let last = look == LOOKS_MAX || *shutdown.borrow();
        if row.state != InboxState::Pending {
            // What was decided is on the disk before anybody hears of it.
            shared.store.settle().await.map_err(of_store)?;
        }
        if row.state != InboxState::Pending || last {
            return Ok(row);
        }
        let next = Timestamp::from_milliseconds(shared.clock.now().milliseconds() + LOOK_MILLISECONDS);
        tokio::select! {
            () = shared.clock.wait_until(next) => {}
            () = told(&mut shutdown) => {}
        }
    }
    Err(Problem::unavailable("the order is not decided yet"))
}

/// The rehearsal that the wish of this row began, once it is there; none if it was refused, or is not there for ten seconds.
pub(super) async fn begun_rehearsal(
    shared: &Shared,
    wish: InboxId,
) -> Result<Option<ReleaseSummary>, Problem> {
    let end = rehearsal_name("", wish);
    let mut shutdown = shared.shutdown.clone();
    for _ in 0..LOOKS_MAX {
        let listed = shared.store.list_releases().await.map_err(of_store)?;
        let begun = listed
            .into_iter()
            .find(|release| release.row.name.as_str().ends_with(&end));
        let row = shared.store.inbox_row(wish).await.map_err(of_store)?;
        let is_refused = row.is_none_or(|row| row.state == InboxState::Refused);
        if begun.is_some() || is_refused || *shutdown.borrow() {
            return Ok(begun);
        }
        let next = Timestamp::from_milliseconds(shared.clock.now().milliseconds() + LOOK_MILLISECONDS);
        tokio::select! {
            () = shared.clock.wait_until(next) => {}
            () = told(&mut shutdown) => {}
        }
    }
    Ok(None)
}
