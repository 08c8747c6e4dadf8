//! `governance/verdict/v1`: where a pull request stands, for programs.

use runtime::gate::{GateMode, SignatureStanding, Standing, ToSign};
use serde_json::{Value, json};

/// The document.
pub(super) fn of(standing: &Standing) -> Value {
    let decided = standing.decided.as_ref();
    json!({
        "schema": "governance/verdict/v1",
        "id": standing.id,
        "repository": standing.repository,
        "number": standing.id.number(),
        "open": standing.is_open,
        "mode": match standing.mode {
            GateMode::Enforce => "enforce",
            GateMode::DryRun => "dry_run",
        },
        "outcome": decided.map(|decided| &decided.outcome),
        "status": standing.shown.as_ref().map(|(context, shown)| json!({
            "context": context,
            "state": shown.state,
            "description": shown.description,
        })),
        "head": decided.map(|decided| &decided.head),
        "head_tree": decided.map(|decided| &decided.head_tree),
        "base": decided.map(|decided| &decided.base),
        "revision": decided.map(|decided| decided.revision),
        "decided": decided.map(|decided| decided.at),
        "ruleset_digest": decided.map(|decided| decided.ruleset),
        "looked": standing.looked_at,
        "trouble": standing.trouble,
        "verdict": decided.and_then(|decided| decided.verdict.as_ref()),
        "statement": standing.to_sign.as_ref().map(statement),
        "signatures": standing.signatures.iter().map(signature).collect::<Vec<_>>(),
        "forge_page": standing.forge_page,
        "page": standing.page,
    })
}

fn statement(to_sign: &ToSign) -> Value {
    json!({
        "id": to_sign.id,
        "text": to_sign.statement,
        "namespace": to_sign.namespace,
        "write": to_sign.write,
        "sign": to_sign.sign,
        "hand_in": to_sign.hand_in,
        "address": to_sign.address,
    })
}

fn signature(signature: &SignatureStanding) -> Value {
    json!({
        "signer": signature.signer,
        "scheme": signature.scheme,
        "key": signature.key,
        "statement": signature.statement,
        "source": signature.source,
        "received": signature.received_at,
        "counts": signature.counts,
        "because": signature.because,
    })
}
