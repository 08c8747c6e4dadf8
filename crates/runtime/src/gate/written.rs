//! What a look came to, as it is stored: the decision, the book, and what is to be shown.

use super::ending::Merge;
use super::found::Found;
use super::judge::Judged;
use super::kept::{KeptFacts, kept};
use super::landed::{LandedFinding, LandedResult};
use super::order::{END, GROUP, GROUP_END, Order, REPORT, STATUS};
use crate::RuntimeError;
use domain_types::{CommandId, CommitSha, PullRequestId, Sha256Digest, TreeSha};
use governance_rules::{Outcome, RulesetDigest, Verdict};
use serde::Serialize;
use std::collections::BTreeSet;
use storage::{ClaimedPullRequest, Decision, Hold, NewDecision, NewIntent};

/// The version of the body of a decision.
const RECORDED_VERSION: u32 = 1;

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
                outcome: outcome(&judged).to_owned(),
                body: serde_json::to_string(&Recorded::of(found, &judged, facts)).map_err(corrupt)?,
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

/// A verdict as it stands in the book for ever: of which head and base.
#[derive(Serialize)]
struct Recorded<'a> {
    version: u32,
    head: &'a CommitSha,
    head_tree: &'a TreeSha,
    base: &'a str,
    verdict: &'a Option<Verdict>,
    #[serde(flatten)]
    facts: KeptFacts,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge: &'a Option<Merge>,
    #[serde(skip_serializing_if = "Option::is_none")]
    landed: &'a Option<LandedFinding>,
}

impl<'a> Recorded<'a> {
    fn of(found: &'a Found, judged: &'a Judged, facts: KeptFacts) -> Self {
        Self {
            version: RECORDED_VERSION,
            head: &found.head,
            head_tree: &found.head_tree,
            base: &found.base,
            verdict: &judged.verdict,
            facts,
            merge: &judged.merge,
            landed: &judged.landed,
        }
    }
}

pub(super) fn encoding(source: serde_json::Error) -> RuntimeError {
    RuntimeError::Encode {
        what: "the verdict of a pull request",
        source,
    }
}

/// The word of a decision as it is counted.
pub(super) fn word(outcome: &str) -> Option<&'static str> {
    let words = ["success", "pending", "failure", "error", "neutral"];
    words.into_iter().find(|word| *word == outcome)
}

/// The word of a decision. Without rules it is an error; of a merge it says whether it was let through, and of what landed whether it is what
/// the merge gives.
fn outcome(judged: &Judged) -> &'static str {
    if let Some(merge) = &judged.merge {
        return if merge.was_green() { "success" } else { "failure" };
    }
    match judged.landed.as_ref().map(|landed| landed.result) {
        Some(LandedResult::Different) => return "failure",
        Some(LandedResult::Unknown) => return "error",
        // That it landed as it was judged says nothing of whether it was let through.
        Some(LandedResult::Same) => return "neutral",
        None => {}
    }
    match judged.verdict.as_ref().map(|verdict| verdict.outcome) {
        Some(Outcome::NotGoverned) => "neutral",
        Some(outcome) => outcome.as_str(),
        None => "error",
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
