//! Writing one decision about a pull request in SQLite: everything that a look came to, in one transaction.

use super::step;
use crate::pull_request_check::{check_decision, lost_pull_request, never_received, next_revision};
use crate::row;
use crate::statements::{END_LOOK, RECEIVED, WITHDRAW, WRITE_DECISION};
use crate::{Decision, NewSignature, StoreError};
use serde_json::{Value, json};
use sqlx::{Connection as _, SqliteConnection};

pub(super) async fn commit(connection: &mut SqliteConnection, decision: &Decision) -> Result<(), StoreError> {
    check_decision(decision)?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    match write(&mut transaction, decision).await {
        Ok(()) => transaction.commit().await?,
        Err(refused) => {
            let undone = transaction.rollback().await;
            // After any other error the connection is not used again.
            if matches!(refused, StoreError::Constraint { .. }) {
                undone?;
            }
            return Err(refused);
        }
    }
    Ok(())
}

async fn write(connection: &mut SqliteConnection, decision: &Decision) -> Result<(), StoreError> {
    let stored = held_revision(connection, decision).await?;
    let revision = next_revision(decision, stored)?;
    end_look(connection, decision, revision).await?;
    write_decision(connection, decision).await?;
    write_signatures(connection, decision).await?;
    withdraw(connection, decision).await?;
    supersede(connection, decision).await?;
    write_intents(connection, decision).await
}

/// The revision of the pull request, if the lease is good.
async fn held_revision(connection: &mut SqliteConnection, decision: &Decision) -> Result<u64, StoreError> {
    let lease = &decision.lease;
    let held =
        sqlx::query("SELECT revision FROM pull_request WHERE id = $1 AND lease_owner = $2 AND epoch = $3")
            .bind(lease.id.to_string())
            .bind(&lease.owner)
            .bind(row::integer(lease.epoch))
            .fetch_optional(connection)
            .await?;
    let held = held.ok_or_else(|| lost_pull_request(lease))?;
    row::count(&held, "revision")
}

async fn end_look(
    connection: &mut SqliteConnection,
    decision: &Decision,
    revision: u64,
) -> Result<(), StoreError> {
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

async fn write_decision(connection: &mut SqliteConnection, decision: &Decision) -> Result<(), StoreError> {
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

/// Signatures `$2`, a JSON list, of pull request `$1`.
const WRITE_SIGNATURES: &str = "\
INSERT INTO signature (pull_request, statement_digest, key_identity, scheme, statement, signature, source, received_at)
    SELECT $1, s.value ->> 'statement_digest', s.value ->> 'key_identity', s.value ->> 'scheme', s.value ->> 'statement',
           s.value ->> 'signature', s.value ->> 'source', s.value ->> 'received_at'
    FROM json_each($2) s WHERE true ORDER BY s.key
    ON CONFLICT (pull_request, statement_digest, key_identity) DO NOTHING";

async fn write_signatures(connection: &mut SqliteConnection, decision: &Decision) -> Result<(), StoreError> {
    if decision.signatures.is_empty() {
        return Ok(());
    }
    let value = |signature: &NewSignature| {
        json!({
            "statement_digest": signature.name.statement_digest.to_string(),
            "key_identity": signature.name.key_identity,
            "scheme": signature.scheme,
            "statement": signature.statement,
            "signature": signature.signature,
            "source": signature.source,
            "received_at": signature.received_at.milliseconds(),
        })
    };
    let list = decision.signatures.iter().map(value).collect::<Value>();
    sqlx::query(WRITE_SIGNATURES)
        .bind(decision.lease.id.to_string())
        .bind(list.to_string())
        .execute(connection)
        .await?;
    Ok(())
}

async fn withdraw(connection: &mut SqliteConnection, decision: &Decision) -> Result<(), StoreError> {
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
            return Err(never_received(name));
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

/// Supersedes the commands of pull request `$1` that are of kinds `$3`, a JSON list, at `$2`. Who claimed one and did not yet mark it as being
/// sent is shut out by the epoch; what may have its effect already is left to whoever carries it out, and never sent again.
const SUPERSEDE: &str = "\
UPDATE outbox SET
    superseded = 1,
    settled_at = iif(state = 'intent', $2, settled_at),
    slot_held = iif(state = 'intent', 0, slot_held),
    lease_owner = iif(state = 'intent', NULL, lease_owner),
    lease_until = iif(state = 'intent', NULL, lease_until),
    epoch = epoch + iif(state = 'intent', 1, 0),
    state = iif(state = 'intent', 'abandoned', state)
WHERE pull_request = $1 AND state IN ('intent', 'sending', 'unknown') AND kind IN (SELECT k.value FROM json_each($3) k)";

async fn supersede(connection: &mut SqliteConnection, decision: &Decision) -> Result<(), StoreError> {
    if decision.supersedes.is_empty() {
        return Ok(());
    }
    sqlx::query(SUPERSEDE)
        .bind(decision.lease.id.to_string())
        .bind(decision.at.milliseconds())
        .bind(json!(decision.supersedes).to_string())
        .execute(connection)
        .await?;
    Ok(())
}

/// Commands `$3`, a JSON list, of pull request `$1`, decided at `$2`.
const WRITE_INTENTS: &str = "\
INSERT INTO outbox (id, pull_request, kind, body, priority, pool, created_at, passes_hold, run_after)
    SELECT i.value ->> 'id', $1, i.value ->> 'kind', i.value ->> 'body', i.value ->> 'priority', i.value ->> 'pool', $2,
           i.value ->> 'passes_hold', 0
    FROM json_each($3) i ORDER BY i.key";

async fn write_intents(connection: &mut SqliteConnection, decision: &Decision) -> Result<(), StoreError> {
    if decision.intents.is_empty() {
        return Ok(());
    }
    sqlx::query(WRITE_INTENTS)
        .bind(decision.lease.id.to_string())
        .bind(decision.at.milliseconds())
        .bind(step::intents(&decision.intents))
        .execute(connection)
        .await?;
    Ok(())
}
