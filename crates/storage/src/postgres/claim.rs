//! Which intent is next, in PostgreSQL.

use super::failure::Failure;
use super::transaction::Transaction;
use crate::acceptance::check_claim;
use crate::row;
use crate::{Claim, ClaimedIntent, PoolCapacity};
use sqlx::PgPool;

/// Leases the next intent for `$1` until `$2`; it is `$3`, `$4` is the one release that counts, `$5` are the pools that are served and `$6`
/// their slots.
///
/// What is in doubt goes first, for it may hold up a whole release; then priority, then age. An intent that nobody is about to
/// send holds no slot, or the dead would keep runners from all other releases. What another one is just claiming is passed over.
const CLAIM: &str = "\
WITH served AS (SELECT s.pool, s.slots FROM UNNEST($5::text[], $6::bigint[]) s (pool, slots)),
     free AS (
         SELECT pool FROM served s WHERE s.slots > (
             SELECT COUNT(*) FROM outbox h
             WHERE h.pool = s.pool AND h.slot_held = 1 AND (h.state <> 'intent' OR h.lease_until > $3)))
UPDATE outbox SET lease_owner = $1, lease_until = $2, epoch = epoch + 1,
       slot_held = CASE WHEN state = 'intent' AND pool IS NOT NULL THEN 1 ELSE slot_held END
WHERE seq = COALESCE(
    (SELECT o.seq FROM outbox o
     WHERE o.state IN ('sending', 'unknown') AND o.run_after <= $3
       AND (o.lease_until IS NULL OR o.lease_until <= $3) AND ($4::text IS NULL OR o.release = $4)
       AND (o.pool IS NULL OR o.pool IN (SELECT pool FROM served))
     ORDER BY o.priority DESC, o.seq LIMIT 1 FOR UPDATE SKIP LOCKED),
    (SELECT o.seq FROM outbox o
     WHERE o.state = 'intent' AND o.run_after <= $3
       AND (o.lease_until IS NULL OR o.lease_until <= $3) AND ($4::text IS NULL OR o.release = $4)
       AND (o.pool IS NULL OR o.pool IN (SELECT pool FROM free))
       AND (o.passes_hold = 1 OR NOT EXISTS (SELECT 1 FROM release r WHERE r.id = o.release AND r.held = 1))
       AND (o.passes_hold = 0 OR NOT EXISTS (
           SELECT 1 FROM outbox s
           WHERE s.release = o.release AND s.passes_hold = 0 AND s.state IN ('sending', 'unknown')))
       AND (o.pull_request IS NULL OR NOT EXISTS (
           SELECT 1 FROM outbox e
           WHERE e.pull_request = o.pull_request AND e.seq < o.seq
             AND split_part(e.kind, '.', 1) = split_part(o.kind, '.', 1)
             AND e.state IN ('intent', 'sending', 'unknown')))
     ORDER BY o.priority DESC, o.seq LIMIT 1 FOR UPDATE SKIP LOCKED))
RETURNING *";

/// Held until the commit by whoever gives slots out: two who count at once would both find the last one free. The count sees what was
/// committed before it begins, so the lock is a statement before it.
const COUNTING: &str =
    "BEGIN; SELECT pg_advisory_xact_lock(1196381761, hashtext('slots ' || current_schema()))";

pub(super) async fn claim(
    pool: &PgPool,
    claim: &Claim,
    pools: &[PoolCapacity],
) -> Result<Option<ClaimedIntent>, Failure> {
    check_claim(claim, pools)?;
    let names: Vec<_> = pools.iter().map(|served| served.pool.as_str()).collect();
    let slots: Vec<_> = pools.iter().map(|served| i64::from(served.slots)).collect();
    let statement = sqlx::query(CLAIM)
        .bind(&claim.owner)
        .bind(row::lease_end(claim))
        .bind(claim.now.milliseconds())
        .bind(claim.release.as_ref().map(|release| release.as_str()))
        .bind(names)
        .bind(slots);
    let claimed = if pools.is_empty() {
        statement.fetch_optional(pool).await?
    } else {
        let mut transaction = Transaction::begin(pool, COUNTING).await?;
        let claimed = statement.fetch_optional(transaction.connection()).await;
        transaction.end(claimed.map_err(Failure::from)).await?
    };
    Ok(claimed
        .map(|claimed| row::claimed_intent(&claimed, claim))
        .transpose()?)
}
