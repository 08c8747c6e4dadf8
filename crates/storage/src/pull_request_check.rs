//! What is refused of pull requests before any database is asked, and what two wishes for the same one come to.

use crate::acceptance::{check_intent, require_own};
use crate::limits::{require, require_body, require_rows, require_word};
use crate::{
    Decision, LOOKS_MAX, Look, NewDecision, NewSignature, PullRequestLease, RulesetRow, SIGNATURES_MAX,
    SUPERSEDED_MAX, SignatureName, StoreError,
};
use domain_types::{PullRequestId, Subject};
use std::collections::BTreeMap;

/// The looks that are within the limits, one for each pull request, in the order of their ids: no statement may write a row twice, and whoever
/// writes several in another order than others waits for them while they wait for him.
pub(crate) fn merged(looks: &[Look]) -> Result<Vec<Look>, StoreError> {
    require("the list of looks", "rows", looks.len(), LOOKS_MAX)?;
    let mut merged: BTreeMap<PullRequestId, Look> = BTreeMap::new();
    for look in looks {
        require_word("the repository", &look.repository)?;
        let earlier = merged.get(&look.pull_request).map(|known| known.not_before);
        let not_before = earlier.map_or(look.not_before, |earlier| earlier.min(look.not_before));
        let look = Look {
            not_before,
            ..look.clone()
        };
        merged.insert(look.pull_request, look);
    }
    Ok(merged.into_values().collect())
}

/// Whether a decision is within the limits.
pub(crate) fn check_decision(decision: &Decision) -> Result<(), StoreError> {
    require_body("the body of the pull request", &decision.body)?;
    for (what, rows) in [
        ("the list of signatures", decision.signatures.len()),
        ("the list of withdrawals", decision.withdrawn.len()),
    ] {
        require(what, "rows", rows, SIGNATURES_MAX)?;
    }
    if let Some(NewDecision { outcome, body, .. }) = &decision.decided {
        require_word("the outcome", outcome)?;
        require_body("the body of the decision", body)?;
    }
    decision.signatures.iter().try_for_each(check_signature)?;
    check_commands(decision)
}

fn check_commands(decision: &Decision) -> Result<(), StoreError> {
    let kinds = decision.supersedes.len();
    require("the list of superseded kinds", "rows", kinds, SUPERSEDED_MAX)?;
    require_rows("the list of intents", decision.intents.len())?;
    decision.intents.iter().try_for_each(check_intent)?;
    let subject = Subject::PullRequest(decision.lease.id);
    require_own(&subject, decision.intents.iter().map(|intent| &intent.id))
}

fn check_signature(signature: &NewSignature) -> Result<(), StoreError> {
    require_word("the key of a signature", &signature.name.key_identity)?;
    require_word("the scheme of a signature", &signature.scheme)?;
    require_word("the source of a signature", &signature.source)?;
    require_body("the statement", &signature.statement)?;
    require_body("the signature", &signature.signature)
}

/// Whether a ruleset is within the limits.
pub(crate) fn check_ruleset(ruleset: &RulesetRow) -> Result<(), StoreError> {
    require_body("the ruleset", &ruleset.body)?;
    require_body("why the ruleset was accepted", &ruleset.because)
}

/// Whether a decision follows upon the revision that is stored; the revision after it.
pub(crate) fn next_revision(decision: &Decision, stored: u64) -> Result<u64, StoreError> {
    match &decision.decided {
        None => Ok(stored),
        Some(new) if new.revision.checked_sub(1) == Some(stored) => Ok(new.revision),
        Some(new) => Err(StoreError::RevisionConflict {
            subject: Subject::PullRequest(decision.lease.id),
            expected: new.revision.saturating_sub(1),
            found: Some(stored),
        }),
    }
}

/// The lease on a pull request is somebody else's.
pub(crate) fn lost_pull_request(lease: &PullRequestLease) -> StoreError {
    StoreError::LeaseLost {
        row: format!("pull request {}", lease.id),
        epoch: lease.epoch,
    }
}

/// What was never received cannot be withdrawn.
pub(crate) fn never_received(name: &SignatureName) -> StoreError {
    StoreError::Constraint {
        rule: format!(
            "no signature upon {} by {} was received that could be withdrawn",
            name.statement_digest, name.key_identity
        ),
    }
}

/// Another ruleset was accepted meanwhile, or one is missing before it.
pub(crate) fn ruleset_conflict(ruleset: &RulesetRow, newest: u64) -> StoreError {
    StoreError::RulesetConflict {
        version: ruleset.version,
        newest,
    }
}
