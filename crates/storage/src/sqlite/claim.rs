//! Which intent is next, in SQLite.

use super::connection::Writer;
use crate::acceptance::check_claim;
use crate::row;
use crate::{Claim, ClaimedIntent, PoolCapacity, StoreError};
use domain_types::seeded_bug;
use serde_json::{Value, json};

/// Leases the next intent for `$1` until `$2`; it is `$3`, `$4` is the one release that counts, `$5` are the pools that are
/// served, `$6` is the time at which leases are over.
///
/// The states are named twice, for the index to be seen to fit.
///
/// What is in doubt goes first, for it may hold up a whole release; then priority, then age. An intent that nobody is about to
/// send holds no slot, or the dead would keep runners from all other releases.
const CLAIM: &str = "\
WITH served AS (SELECT p.value ->> 'pool' AS pool, p.value ->> 'slots' AS slots FROM json_each($5) p),
     free AS (
         SELECT pool FROM served s WHERE s.slots > (
             SELECT COUNT(*) FROM outbox h
             WHERE h.pool = s.pool AND h.slot_held = 1 AND (h.state <> 'intent' OR h.lease_until > $3)))
UPDATE outbox SET lease_owner = $1, lease_until = $2, epoch = epoch + 1,
       slot_held = iif(state = 'intent' AND pool IS NOT NULL, 1, slot_held)
WHERE seq = COALESCE(
    (SELECT o.seq FROM outbox o
     WHERE o.state IN ('sending', 'unknown') AND o.state IN ('intent', 'sending', 'unknown') AND o.run_after <= $3
       AND (o.lease_until IS NULL OR o.lease_until <= $6) AND ($4 IS NULL OR o.release = $4)
       AND (o.pool IS NULL OR o.pool IN (SELECT pool FROM served))
     ORDER BY o.priority DESC, o.seq LIMIT 1),
    (SELECT o.seq FROM outbox o
     WHERE o.state = 'intent' AND o.state IN ('intent', 'sending', 'unknown') AND o.run_after <= $3
       AND (o.lease_until IS NULL OR o.lease_until <= $6) AND ($4 IS NULL OR o.release = $4)
       AND (o.pool IS NULL OR o.pool IN (SELECT pool FROM free))
       AND (o.passes_hold = 1 OR NOT EXISTS (SELECT 1 FROM release r WHERE r.id = o.release AND r.held = 1))
       AND (o.passes_hold = 0 OR NOT EXISTS (
           SELECT 1 FROM outbox s
           WHERE s.release = o.release AND s.passes_hold = 0 AND s.state IN ('sending', 'unknown')))
       AND (o.pull_request IS NULL OR NOT EXISTS (
           SELECT 1 FROM outbox e
           WHERE e.pull_request = o.pull_request AND e.seq < o.seq
             AND substr(e.kind, 1, instr(e.kind || '.', '.') - 1) = substr(o.kind, 1, instr(o.kind || '.', '.') - 1)
             AND e.state IN ('intent', 'sending', 'unknown')))
     ORDER BY o.priority DESC, o.seq LIMIT 1))
RETURNING *";

pub(super) async fn claim(
    writer: &Writer,
    claim: &Claim,
    pools: &[PoolCapacity],
) -> Result<Option<ClaimedIntent>, StoreError> {
    check_claim(claim, pools)?;
    let now = claim.now.milliseconds();
    let leases_over = if seeded_bug("leases-of-the-living-stolen") {
        i64::MAX
    } else {
        now
    };
    let statement = sqlx::query(CLAIM)
        .bind(&claim.owner)
        .bind(row::lease_end(claim))
        .bind(now)
        .bind(claim.release.as_ref().map(|release| release.as_str()))
        .bind(served(pools))
        .bind(leases_over);
    let claimed = writer.write(statement).await?;
    claimed
        .first()
        .map(|row| row::claimed_intent(row, claim))
        .transpose()
}

fn served(pools: &[PoolCapacity]) -> String {
    let value = |pool: &PoolCapacity| {
        let slots = if seeded_bug("pools-never-full") {
            i64::MAX
        } else {
            i64::from(pool.slots)
        };
        json!({ "pool": pool.pool, "slots": slots })
    };
    pools.iter().map(value).collect::<Value>().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{OpenMode, open_sqlite};
    use domain_types::Timestamp;
    use sqlx::Row as _;

    /// Or each claim would cost as much as the release is large.
    #[tokio::test]
    async fn a_claim_looks_at_no_settled_intent_and_sorts_none_that_is_fresh() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.db");
        let store = open_sqlite(&path, OpenMode::CreateOrMigrate, Timestamp::EPOCH)
            .await
            .unwrap();
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {CLAIM}")));
        let plan = store.writer.write(plan).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        let of = |word: &str| plan.iter().filter(|line| line.contains(word)).collect::<Vec<_>>();
        assert!(
            of("SCAN o").is_empty() && of("SCAN outbox").is_empty(),
            "{plan:#?}"
        );
        assert_eq!(of("SEARCH o USING INDEX outbox_next").len(), 2, "{plan:#?}");
        assert!(of("TEMP B-TREE").len() <= 1, "{plan:#?}");
    }
}
