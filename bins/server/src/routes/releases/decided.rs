//! Waits until an inbox row is decided, for a bounded time.

use super::of_store;
use crate::parts::{Shared, told};
use crate::problem::Problem;
use domain_types::Timestamp;
use storage::{InboxId, InboxRow, InboxState};

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
