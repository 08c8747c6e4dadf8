//! Writing one decision about a pull request in PostgreSQL: everything that a look came to, in one transaction. The row of the pull request is
//! held first, so that whoever wants it meanwhile comes after.

use super::failure::Failure;
use super::step::with_intents;
use super::transaction::Transaction;
use crate::Decision;
use crate::pull_request_check::{check_decision, lost_pull_request, never_received, next_revision};
use crate::row;
use crate::statements::{END_LOOK, RECEIVED, WITHDRAW, WRITE_DECISION};
use sqlx::{PgConnection, PgPool};

pub(super) async fn commit(pool: &PgPool, decision: &Decision) -> Result<(), Failure> {
    check_decision(decision)?;
    let mut transaction = Transaction::begin(pool, "BEGIN").await?;
    let written = write(transaction.connection(), decision).await;
    transaction.end(written).await
}

async fn write(connection: &mut PgConnection, decision: &Decision) -> Result<(), Failure> {
    let stored = held_revision(connection, decision).await?;
    let revision = next_revision(decision, stored)?;
    end_look(connection, decision, revision).await?;
    write_decision(connection, decision).await?;
    write_signatures(connection, decision).await?;
    withdraw(connection, decision).await?;
    supersede(connection, decision).await?;
    write_intents(connection, decision).await
}

/// The revision of pull request `$1`, held, if its lease is `$2`, `$3`.
const HELD_REVISION: &str =
    "SELECT revision FROM pull_request WHERE id = $1 AND lease_owner = $2 AND epoch = $3 FOR UPDATE";

async fn held_revision(connection: &mut PgConnection, decision: &Decision) -> Result<u64, Failure> {
    let lease = &decision.lease;
    let held = sqlx::query(HELD_REVISION)
        .bind(lease.id.to_string())
        .bind(&lease.owner)
        .bind(row::integer(lease.epoch))
        .fetch_optional(connection)
        .await?;
    let held = held.ok_or_else(|| Failure::Refused(lost_pull_request(lease)))?;
    Ok(row::count(&held, "revision")?)
}

async fn end_look(connection: &mut PgConnection, decision: &Decision, revision: u64) -> Result<(), Failure> {
    sqlx::query(END_LOOK)
        .bind(decision.lease.id.to_string())
        .bind(i64::from(decision.open))
        .bind(&decision.body)
        .bind(row::integer(revision))
        .bind(row::integer(decision.lease.wanted))
        .bind(decision.at.milliseconds())
        .bind(decision.due.map(|due| due.milliseconds()))
        .execute(connection)
        .await?;
    Ok(())
}

async fn write_decision(connection: &mut PgConnection, decision: &Decision) -> Result<(), Failure> {
    let Some(new) = &decision.decided else {
        return Ok(());
    };
    sqlx::query(WRITE_DECISION)
        .bind(decision.lease.id.to_string())
        .bind(row::integer(new.revision))
        .bind(decision.at.milliseconds())
        .bind(new.ruleset_digest.to_string())
        .bind(new.facts_digest.to_string())
        .bind(&new.outcome)
        .bind(&new.body)
        .execute(connection)
        .await?;
    Ok(())
}

/// Signatures of pull request `$1`, whose columns are `$2` to `$8`.
const WRITE_SIGNATURES: &str = "\
INSERT INTO signature (pull_request, statement_digest, key_identity, scheme, statement, signature, source, received_at)
    SELECT $1, s.statement_digest, s.key_identity, s.scheme, s.statement, s.signature, s.source, s.received_at
    FROM UNNEST($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[])
        WITH ORDINALITY s (statement_digest, key_identity, scheme, statement, signature, source, received_at, position)
    ORDER BY s.position
    ON CONFLICT (pull_request, statement_digest, key_identity) DO NOTHING";

async fn write_signatures(connection: &mut PgConnection, decision: &Decision) -> Result<(), Failure> {
    if decision.signatures.is_empty() {
        return Ok(());
    }
    let signatures = || decision.signatures.iter();
    let digests = signatures().map(|it| it.name.statement_digest.to_string());
    let keys = signatures().map(|it| it.name.key_identity.as_str());
    sqlx::query(WRITE_SIGNATURES)
        .bind(decision.lease.id.to_string())
        .bind(digests.collect::<Vec<_>>())
        .bind(keys.collect::<Vec<_>>())
        .bind(signatures().map(|it| it.scheme.as_str()).collect::<Vec<_>>())
        .bind(signatures().map(|it| it.statement.as_str()).collect::<Vec<_>>())
        .bind(signatures().map(|it| it.signature.as_str()).collect::<Vec<_>>())
        .bind(signatures().map(|it| it.source.as_str()).collect::<Vec<_>>())
        .bind(
            signatures()
                .map(|it| it.received_at.milliseconds())
                .collect::<Vec<_>>(),
        )
        .execute(connection)
        .await?;
    Ok(())
}

async fn withdraw(connection: &mut PgConnection, decision: &Decision) -> Result<(), Failure> {
    let id = decision.lease.id.to_string();
    for name in &decision.withdrawn {
        let digest = name.statement_digest.to_string();
        let received: i64 = sqlx::query_scalar(RECEIVED)
            .bind(&id)
            .bind(&digest)
            .bind(&name.key_identity)
            .fetch_one(&mut *connection)
            .await?;
        if received == 0 {
            return Err(Failure::Refused(never_received(name)));
        }
        sqlx::query(WITHDRAW)
            .bind(&id)
            .bind(decision.at.milliseconds())
            .bind(&digest)
            .bind(&name.key_identity)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Supersedes the commands of pull request `$1` that are of kinds `$3`, at `$2`. Who claimed one and did not yet mark it as being sent is shut
/// out by the epoch; what may have its effect already is left to whoever carries it out, and never sent again.
const SUPERSEDE: &str = "\
UPDATE outbox SET
    superseded = 1,
    settled_at = CASE WHEN state = 'intent' THEN $2 ELSE settled_at END,
    slot_held = CASE WHEN state = 'intent' THEN 0 ELSE slot_held END,
    lease_owner = CASE WHEN state = 'intent' THEN NULL ELSE lease_owner END,
    lease_until = CASE WHEN state = 'intent' THEN NULL ELSE lease_until END,
    epoch = epoch + CASE WHEN state = 'intent' THEN 1 ELSE 0 END,
    state = CASE WHEN state = 'intent' THEN 'abandoned' ELSE state END
WHERE pull_request = $1 AND state IN ('intent', 'sending', 'unknown') AND kind = ANY($3)";

async fn supersede(connection: &mut PgConnection, decision: &Decision) -> Result<(), Failure> {
    if decision.supersedes.is_empty() {
        return Ok(());
    }
    sqlx::query(SUPERSEDE)
        .bind(decision.lease.id.to_string())
        .bind(decision.at.milliseconds())
        .bind(&decision.supersedes)
        .execute(connection)
        .await?;
    Ok(())
}

/// Commands of pull request `$1`, decided at `$2`, whose columns are `$3` to `$8`.
const WRITE_INTENTS: &str = "\
INSERT INTO outbox (id, pull_request, kind, body, priority, pool, created_at, passes_hold, run_after)
    SELECT i.id, $1, i.kind, i.body, i.priority, i.pool, $2, i.passes_hold, 0
    FROM UNNEST($3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::bigint[])
        WITH ORDINALITY i (id, kind, body, priority, pool, passes_hold, position)
    ORDER BY i.position";

async fn write_intents(connection: &mut PgConnection, decision: &Decision) -> Result<(), Failure> {
    if decision.intents.is_empty() {
        return Ok(());
    }
    let statement = sqlx::query(WRITE_INTENTS)
        .bind(decision.lease.id.to_string())
        .bind(decision.at.milliseconds());
    with_intents(statement, &decision.intents)
        .execute(connection)
        .await?;
    Ok(())
}
