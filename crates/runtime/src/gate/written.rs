//! What a look came to, as it is stored: the decision, the book, and what is to be shown.

use super::decision_body::{self, word};
use super::found::Found;
use super::judge::Judged;
use super::kept::kept;
use super::order::{END, GROUP, GROUP_END, Order, REPORT, STATUS};
use crate::RuntimeError;
use domain_types::{CommandId, PullRequestId, Sha256Digest};
use governance_rules::RulesetDigest;
use std::collections::BTreeSet;
use storage::{ClaimedPullRequest, Decision, Hold, NewDecision, NewIntent};

/// What a look came to, as it is stored. A look that changed nothing writes no decision.
pub(super) fn decision(
    claimed: ClaimedPullRequest,
    found: &Found,
    mut judged: Judged,
) -> Result<Decision, RuntimeError> {
    let corrupt = encoding;
    let id = claimed.stored.id;
    let revision = claimed.stored.revision + 1;
    let intents = intents(id, revision, &judged.orders).map_err(corrupt)?;
    let ruleset = judged.verdict.as_ref().map(|verdict| verdict.ruleset.sha256());
    // What is closed is not judged again: what is written of it rests on the rules of the last time.
    let ruleset = ruleset.or(judged.book.ruleset.filter(|_| !found.is_open));
    let before = std::mem::replace(&mut judged.book.ruleset, ruleset);
    let is_news = !intents.is_empty()
        || !judged.signatures.is_empty()
        || !judged.withdrawn.is_empty()
        || judged.merge.is_some()
        || judged.landed.is_some()
        || (found.is_open && before != ruleset);
    let decided = match is_news {
        true => {
            let facts = kept(&mut judged, revision);
            Some(NewDecision {
                revision,
                ruleset_digest: ruleset.unwrap_or_else(|| RulesetDigest::default().sha256()),
                facts_digest: facts_digest(found),
                outcome: word(decision_body::outcome_of(&judged)).to_owned(),
                body: decision_body::judged(found, &judged, facts).map_err(corrupt)?,
            })
        }
        false => None,
    };
    Ok(Decision {
        at: found.observed_at,
        open: found.is_open,
        body: judged.book.written().map_err(corrupt)?,
        due: judged.due,
        decided,
        signatures: judged.signatures,
        withdrawn: judged.withdrawn,
        supersedes: superseded(&judged.orders),
        intents,
        lease: claimed.lease,
    })
}

pub(super) fn encoding(source: serde_json::Error) -> RuntimeError {
    RuntimeError::Encode {
        what: "the verdict of a pull request",
        source,
    }
}

/// Of statuses and reports only the newest counts; every answer does.
pub(super) fn superseded(orders: &[Order]) -> Vec<String> {
    let kinds = orders.iter().map(Order::kind);
    // Where a green ends, one that is still on its way ends too.
    let stands_for = |kind: &str| match kind {
        STATUS | END => Some(STATUS),
        REPORT => Some(REPORT),
        GROUP | GROUP_END => Some(GROUP),
        _ => None,
    };
    let superseded: BTreeSet<&str> = kinds.filter_map(stands_for).collect();
    superseded.into_iter().map(str::to_owned).collect()
}

pub(super) fn intents(
    id: PullRequestId,
    revision: u64,
    orders: &[Order],
) -> Result<Vec<NewIntent>, serde_json::Error> {
    let intent = |(index, order): (usize, &Order)| {
        Ok(NewIntent {
            id: CommandId::of_pull_request(id, revision, index),
            kind: order.kind().to_owned(),
            body: serde_json::to_string(order)?,
            priority: order.priority(),
            pool: None,
            hold: Hold::Obeys,
        })
    };
    orders.iter().enumerate().map(intent).collect()
}

/// The digest of what was found: the same facts, the same digest.
fn facts_digest(found: &Found) -> Sha256Digest {
    Sha256Digest::of(format!("{found:?}").as_bytes())
}
