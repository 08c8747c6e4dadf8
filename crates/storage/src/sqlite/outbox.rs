//! Intents in SQLite: claiming, sending, settling.

use super::{row, step};
use crate::limits::{require, require_body, require_word};
use crate::{
    Claim, ClaimedAs, ClaimedIntent, Intent, IntentLease, IntentOutcome, IntentRow, IntentState,
    MarkedSending, POOLS_MAX, PoolCapacity, StoreError, TakenOver,
};
use domain_types::{ReleaseId, Timestamp, seeded_bug};
use sqlx::sqlite::{SqliteQueryResult, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite, SqliteConnection};
use std::collections::BTreeMap;

pub(super) async fn claim(
    connection: &mut SqliteConnection,
    claim: &Claim,
    pools: &[PoolCapacity],
) -> Result<Option<ClaimedIntent>, StoreError> {
    require_word("the owner", &claim.owner)?;
    require("the list of pools", "rows", pools.len(), POOLS_MAX)?;
    let free = free_pools(connection, pools, claim.now).await?;
    let Some(seq) = next_claimable(connection, claim, pools, &free).await? else {
        return Ok(None);
    };
    let claimed = sqlx::query(
        "UPDATE outbox SET lease_owner = $1, lease_until = $2, epoch = epoch + 1,
             slot_held = CASE WHEN state = 'intent' AND pool IS NOT NULL THEN 1 ELSE slot_held END
         WHERE seq = $3 RETURNING *",
    )
    .bind(&claim.owner)
    .bind(row::lease_end(claim))
    .bind(seq)
    .fetch_one(connection)
    .await?;
    let intent = read_intent(&claimed)?;
    let claimed_as = match row::intent_state(&claimed)? {
        IntentState::Intent => ClaimedAs::Fresh,
        IntentState::Sending | IntentState::Unknown => ClaimedAs::MustProbe,
        settled @ (IntentState::Done | IntentState::Rejected | IntentState::Abandoned) => {
            return Err(StoreError::Corrupt {
                reason: format!("intent {} was claimed as {settled:?}", intent.id),
            });
        }
    };
    let epoch = row::count(&claimed, "epoch")?;
    let lease = IntentLease {
        id: intent.id.clone(),
        owner: claim.owner.clone(),
        epoch,
    };
    Ok(Some(ClaimedIntent {
        lease,
        intent,
        claimed_as,
    }))
}

/// The pools with a slot to give, of those that are served. An intent that nobody is about to send holds none, or the dead
/// would keep runners from all other releases.
async fn free_pools<'p>(
    connection: &mut SqliteConnection,
    pools: &'p [PoolCapacity],
    now: Timestamp,
) -> Result<Vec<&'p PoolCapacity>, StoreError> {
    if seeded_bug("pools-never-full") {
        return Ok(pools.iter().collect());
    }
    let rows = sqlx::query(
        "SELECT pool, COUNT(*) AS held FROM outbox
         WHERE slot_held = 1 AND (state <> 'intent' OR lease_until > $1) GROUP BY pool",
    )
    .bind(now.milliseconds())
    .fetch_all(connection)
    .await?;
    let mut held: BTreeMap<String, i64> = BTreeMap::new();
    for row in &rows {
        held.insert(row.try_get("pool")?, row.try_get("held")?);
    }
    let is_free = |pool: &&PoolCapacity| held.get(&pool.pool).copied().unwrap_or(0) < i64::from(pool.slots);
    Ok(pools.iter().filter(is_free).collect())
}

/// What is in doubt goes first, for it may hold up a whole release; then priority, then age.
async fn next_claimable(
    connection: &mut SqliteConnection,
    claim: &Claim,
    served: &[PoolCapacity],
    free: &[&PoolCapacity],
) -> Result<Option<i64>, StoreError> {
    let now = claim.now.milliseconds();
    let mut leases_over = now;
    if seeded_bug("leases-of-the-living-stolen") {
        leases_over = i64::MAX;
    }
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT o.seq FROM outbox o JOIN release r ON r.id = o.release
         WHERE o.state IN ('intent', 'sending', 'unknown') AND o.run_after <= ",
    );
    query
        .push_bind(now)
        .push(" AND (o.lease_until IS NULL OR o.lease_until <= ")
        .push_bind(leases_over);
    query.push(")");
    if let Some(release) = &claim.release {
        query
            .push(" AND o.release = ")
            .push_bind(release.as_str().to_owned());
    }
    query.push(" AND (o.pool IS NULL OR o.pool IN (");
    push_pools(&mut query, served.iter());
    query.push(
        ")) AND (o.state <> 'intent' OR o.passes_hold = 0 OR NOT EXISTS (
             SELECT 1 FROM outbox s WHERE s.release = o.release AND s.passes_hold = 0 AND s.state IN ('sending', 'unknown')))
         AND (o.state <> 'intent' OR ((r.held = 0 OR o.passes_hold = 1) AND (o.pool IS NULL OR o.pool IN (",
    );
    push_pools(&mut query, free.iter().copied());
    query.push(")))) ORDER BY CASE o.state WHEN 'intent' THEN 1 ELSE 0 END, o.priority DESC, o.seq LIMIT 1");
    Ok(query.build_query_scalar().fetch_optional(connection).await?)
}

fn push_pools<'p>(query: &mut QueryBuilder<Sqlite>, pools: impl Iterator<Item = &'p PoolCapacity>) {
    let mut list = query.separated(", ");
    for pool in pools {
        list.push_bind(pool.pool.clone());
    }
}

pub(super) async fn mark_sending(
    connection: &mut SqliteConnection,
    lease: &IntentLease,
    now: Timestamp,
) -> Result<MarkedSending, StoreError> {
    let held: Option<i64> = sqlx::query_scalar(
        "SELECT r.held * (1 - o.passes_hold) FROM outbox o JOIN release r ON r.id = o.release
         WHERE o.id = $1 AND o.lease_owner = $2 AND o.epoch = $3 AND o.state = 'intent' AND o.lease_until > $4",
    )
    .bind(lease.id.as_str())
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch))
    .bind(now.milliseconds())
    .fetch_optional(&mut *connection)
    .await?;
    match held {
        None => Err(lost(lease)),
        Some(0) => send(connection, lease, now).await.map(MarkedSending::Sending),
        Some(_) => give_back(connection, lease).await.map(|()| MarkedSending::Held),
    }
}

async fn send(
    connection: &mut SqliteConnection,
    lease: &IntentLease,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let sent = sqlx::query(
        "UPDATE outbox SET state = 'sending', sends = sends + 1, unknowns = 0, sent_at = $1, reason = NULL
         WHERE id = $2 RETURNING sends",
    )
    .bind(now.milliseconds())
    .bind(lease.id.as_str())
    .fetch_one(connection)
    .await?;
    row::count(&sent, "sends")
}

async fn give_back(connection: &mut SqliteConnection, lease: &IntentLease) -> Result<(), StoreError> {
    sqlx::query("UPDATE outbox SET lease_owner = NULL, lease_until = NULL, slot_held = 0 WHERE id = $1")
        .bind(lease.id.as_str())
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn record_handle(
    connection: &mut SqliteConnection,
    lease: &IntentLease,
    handle: &str,
) -> Result<(), StoreError> {
    require_body("the handle", handle)?;
    let noted = sqlx::query(
        "UPDATE outbox SET handle = $1 WHERE id = $2 AND lease_owner = $3 AND epoch = $4 AND state = 'sending'",
    )
    .bind(handle)
    .bind(lease.id.as_str())
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch))
    .execute(connection)
    .await?;
    require_held(lease, &noted)
}

pub(super) async fn renew(
    connection: &mut SqliteConnection,
    lease: &IntentLease,
    until: Timestamp,
) -> Result<(), StoreError> {
    let renewed =
        sqlx::query("UPDATE outbox SET lease_until = $1 WHERE id = $2 AND lease_owner = $3 AND epoch = $4")
            .bind(until.milliseconds())
            .bind(lease.id.as_str())
            .bind(&lease.owner)
            .bind(row::integer(lease.epoch))
            .execute(connection)
            .await?;
    require_held(lease, &renewed)
}

pub(super) async fn finish(
    connection: &mut SqliteConnection,
    lease: &IntentLease,
    outcome: IntentOutcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let put_back = matches!(outcome, IntentOutcome::NotApplied { .. });
    let columns = Settled::from(outcome, now);
    require_body("the result", columns.result.as_deref().unwrap_or_default())?;
    require_body("the reason", columns.reason.as_deref().unwrap_or_default())?;
    let finished = sqlx::query(
        "UPDATE outbox SET state = $1, result = $2, reason = $3, settled_at = $4, run_after = COALESCE($5, run_after),
             unknowns = unknowns + $6, slot_held = CASE WHEN $1 = 'intent' THEN 0 ELSE slot_held END,
             lease_owner = NULL, lease_until = NULL
         WHERE id = $7 AND lease_owner = $8 AND epoch = $9 AND state IN ('intent', 'sending', 'unknown')",
    )
    .bind(columns.state)
    .bind(columns.result)
    .bind(columns.reason)
    .bind(columns.settled_at.map(Timestamp::milliseconds))
    .bind(columns.run_after.map(Timestamp::milliseconds))
    .bind(i64::from(columns.state == "unknown"))
    .bind(lease.id.as_str())
    .bind(&lease.owner)
    .bind(row::integer(lease.epoch))
    .execute(&mut *connection)
    .await?;
    if put_back {
        step::abandon_if_over(connection, &lease.id, now).await?;
    }
    if seeded_bug("lost-lease-finishes") {
        return Ok(());
    }
    require_held(lease, &finished)
}

/// An outcome, as columns.
struct Settled {
    state: &'static str,
    result: Option<String>,
    reason: Option<String>,
    settled_at: Option<Timestamp>,
    run_after: Option<Timestamp>,
}

impl Settled {
    fn from(outcome: IntentOutcome, now: Timestamp) -> Self {
        let open = Self {
            state: "intent",
            result: None,
            reason: None,
            settled_at: None,
            run_after: None,
        };
        match outcome {
            IntentOutcome::Done { result } => Self {
                state: "done",
                result: Some(result),
                settled_at: Some(now),
                ..open
            },
            IntentOutcome::Rejected { reason } => Self {
                state: "rejected",
                reason: Some(reason),
                settled_at: Some(now),
                ..open
            },
            IntentOutcome::Unknown { reason, run_after } => Self {
                state: "unknown",
                reason: Some(reason),
                run_after: Some(run_after),
                ..open
            },
            IntentOutcome::NotApplied { run_after } => Self {
                run_after: Some(run_after),
                ..open
            },
        }
    }
}

fn lost(lease: &IntentLease) -> StoreError {
    StoreError::LeaseLost {
        row: lease.id.to_string(),
        epoch: lease.epoch,
    }
}

fn require_held(lease: &IntentLease, written: &SqliteQueryResult) -> Result<(), StoreError> {
    if written.rows_affected() == 1 {
        Ok(())
    } else {
        Err(lost(lease))
    }
}

pub(super) async fn take_over(
    connection: &mut SqliteConnection,
    owner: &str,
    now: Timestamp,
) -> Result<TakenOver, StoreError> {
    let inbox = sqlx::query(
        "UPDATE inbox SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1 WHERE lease_owner <> $1",
    )
    .bind(owner)
    .execute(&mut *connection)
    .await?;
    let intents = sqlx::query(
        "UPDATE outbox SET lease_owner = NULL, lease_until = NULL, epoch = epoch + 1 WHERE lease_owner <> $1",
    )
    .bind(owner)
    .execute(&mut *connection)
    .await?;
    if seeded_bug("sending-forgotten-at-take-over") {
        sqlx::query("UPDATE outbox SET state = 'intent' WHERE state = 'sending'")
            .execute(&mut *connection)
            .await?;
    }
    // The waits were meant for a living owner, or set by a clock that was ahead; after a restart the truth is wanted at once.
    sqlx::query(
        "UPDATE outbox SET run_after = $1 WHERE state IN ('intent', 'sending', 'unknown') AND run_after > $1",
    )
    .bind(now.milliseconds())
    .execute(connection)
    .await?;
    Ok(TakenOver {
        inbox: inbox.rows_affected(),
        intents: intents.rows_affected(),
    })
}

/// When an intent becomes claimable that is not claimable now: its time comes, or its lease ends.
pub(super) async fn next(
    connection: &mut SqliteConnection,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT MIN(CASE WHEN lease_until IS NULL OR lease_until < run_after THEN run_after ELSE lease_until END)
         FROM outbox WHERE state IN ('intent', 'sending', 'unknown') AND (run_after > $1 OR lease_until > $1)",
    )
    .bind(now.milliseconds())
    .fetch_one(connection)
    .await?;
    Ok(next.map(Timestamp::from_milliseconds))
}

pub(super) async fn list(
    connection: &mut SqliteConnection,
    release: &ReleaseId,
) -> Result<Vec<IntentRow>, StoreError> {
    let rows = sqlx::query("SELECT * FROM outbox WHERE release = $1 ORDER BY seq")
        .bind(release.as_str())
        .fetch_all(connection)
        .await?;
    rows.iter().map(read_row).collect()
}

fn read_row(row: &SqliteRow) -> Result<IntentRow, StoreError> {
    let owner: Option<String> = row::column(row, "lease_owner")?;
    Ok(IntentRow {
        intent: read_intent(row)?,
        state: row::intent_state(row)?,
        result: row::column(row, "result")?,
        run_after: row::time(row, "run_after")?,
        slot_held: row::truth(row, "slot_held")?,
        leased: owner.zip(row::optional_time(row, "lease_until")?),
        settled_at: row::optional_time(row, "settled_at")?,
    })
}

fn read_intent(row: &SqliteRow) -> Result<Intent, StoreError> {
    Ok(Intent {
        id: row::word(row, "id")?,
        release: row::word(row, "release")?,
        kind: row::column(row, "kind")?,
        body: row::column(row, "body")?,
        priority: row::column(row, "priority")?,
        pool: row::column(row, "pool")?,
        created_at: row::time(row, "created_at")?,
        sends: row::count(row, "sends")?,
        unknowns: row::count(row, "unknowns")?,
        handle: row::column(row, "handle")?,
        reason: row::column(row, "reason")?,
    })
}
