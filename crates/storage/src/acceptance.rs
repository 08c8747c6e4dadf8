//! What is refused before any database is asked: limits, and what no database can say.

use crate::limits::{require, require_body, require_rows, require_word};
use crate::{
    BuildRow, Claim, IntentLease, IntentOutcome, NewIntent, NewTimer, POOLS_MAX, PoolCapacity, Step,
    StoreError, TIMER_KEY_BYTES_MAX,
};
use domain_types::{CommandId, Subject, Timestamp};

/// Whether a claim is within the limits.
pub(crate) fn check_claim(claim: &Claim, pools: &[PoolCapacity]) -> Result<(), StoreError> {
    require_word("the owner", &claim.owner)?;
    require("the list of pools", "rows", pools.len(), POOLS_MAX)
}

/// Whether a step is within the limits and names only its own commands.
pub(crate) fn check_step(step: &Step) -> Result<(), StoreError> {
    require_word("the event kind", &step.event_kind)?;
    for (what, body) in [
        ("the event", &step.event),
        ("the facts", &step.facts),
        ("the release body", &step.row.body),
    ] {
        require_body(what, body)?;
    }
    require_body("the snapshot", step.snapshot.as_deref().unwrap_or_default())?;
    let lists = [
        ("the list of builds", step.builds.len()),
        ("the list of intents", step.intents.len()),
        ("the list of freed slots", step.slots_freed.len()),
        ("the list of abandoned commands", step.abandoned.len()),
        (
            "the list of timers",
            step.timers_set.len().max(step.timers_cleared.len()),
        ),
    ];
    for (what, rows) in lists {
        require_rows(what, rows)?;
    }
    step.builds.iter().try_for_each(check_build)?;
    step.intents.iter().try_for_each(check_intent)?;
    step.timers_set.iter().try_for_each(check_timer)?;
    check_commands(step)
}

fn check_build(build: &BuildRow) -> Result<(), StoreError> {
    require_body("the build body", &build.body)
}

pub(crate) fn check_intent(intent: &NewIntent) -> Result<(), StoreError> {
    require_word("the intent kind", &intent.kind)?;
    require_body("the intent body", &intent.body)?;
    match &intent.pool {
        Some(pool) => require_word("the pool", pool),
        None => Ok(()),
    }
}

/// Whatever an inbox row may not be is refused here, by whom it can still be put right.
fn check_timer(timer: &NewTimer) -> Result<(), StoreError> {
    require("the timer key", "bytes", timer.key.len(), TIMER_KEY_BYTES_MAX)?;
    require_word("the timer kind", &timer.kind)?;
    require_body("the timer body", &timer.body)
}

fn check_commands(step: &Step) -> Result<(), StoreError> {
    let made = step.intents.iter().map(|intent| &intent.id);
    let named = made.chain(&step.slots_freed).chain(&step.abandoned);
    require_own(&Subject::Release(step.release.clone()), named)
}

/// A command belongs to whom it was decided for, which no database can say.
pub(crate) fn require_own<'c>(
    subject: &Subject,
    mut commands: impl Iterator<Item = &'c CommandId>,
) -> Result<(), StoreError> {
    match commands.find(|id| !id.is_of(subject)) {
        Some(foreign) => Err(StoreError::Constraint {
            rule: format!("command {foreign} is none of {subject}"),
        }),
        None => Ok(()),
    }
}

/// An outcome, as columns.
pub(crate) struct Settled {
    pub(crate) state: &'static str,
    pub(crate) result: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) settled_at: Option<i64>,
    pub(crate) run_after: Option<i64>,
}

impl Settled {
    /// The columns of an outcome that is within the limits.
    pub(crate) fn from(outcome: IntentOutcome, now: Timestamp) -> Result<Self, StoreError> {
        let open = Self {
            state: "intent",
            result: None,
            reason: None,
            settled_at: None,
            run_after: None,
        };
        let columns = match outcome {
            IntentOutcome::Done { result } => Self {
                state: "done",
                result: Some(result),
                settled_at: Some(now.milliseconds()),
                ..open
            },
            IntentOutcome::Rejected { reason } => Self {
                state: "rejected",
                reason: Some(reason),
                settled_at: Some(now.milliseconds()),
                ..open
            },
            IntentOutcome::Unknown { reason, run_after } => Self {
                state: "unknown",
                reason: Some(reason),
                run_after: Some(run_after.milliseconds()),
                ..open
            },
            IntentOutcome::NotApplied { run_after } => Self {
                run_after: Some(run_after.milliseconds()),
                ..open
            },
        };
        require_body("the result", columns.result.as_deref().unwrap_or_default())?;
        require_body("the reason", columns.reason.as_deref().unwrap_or_default())?;
        Ok(columns)
    }
}

/// One row was changed, or the lease is somebody else's.
pub(crate) fn require_held(lease: &IntentLease, rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(lost(lease)) }
}

/// The lease is somebody else's.
pub(crate) fn lost(lease: &IntentLease) -> StoreError {
    StoreError::LeaseLost {
        row: lease.id.to_string(),
        epoch: lease.epoch,
    }
}

/// The lease on an inbox row is somebody else's.
pub(crate) fn lost_inbox(lease: &crate::InboxLease) -> StoreError {
    StoreError::LeaseLost {
        row: lease.id.to_string(),
        epoch: lease.epoch,
    }
}
