//! Writing one decision about a pull request in the model: first whether anything forbids it, in the order in which a database would find
//! out, then everything that a look came to.

use super::Tables;
use super::limits::{refused, require, require_body, require_known, require_rows, require_word};
use super::outbox::Owner;
use super::pull_request::Stored;
use super::step::{check_intent_words, check_intents, check_owned};
use domain_types::{Subject, Timestamp};
use std::collections::BTreeSet;
use storage::{
    DECISION_OUTCOMES, Decision, DecisionRow, NewSignature, SIGNATURES_MAX, SUPERSEDED_MAX, SignatureRow,
    StoreError,
};

pub(super) fn commit(tables: &mut Tables, decision: &Decision) -> Result<(), StoreError> {
    check_limits(decision)?;
    let due = check(tables, decision)?;
    write(tables.pull_requests.held(&decision.lease)?, decision, due);
    let id = decision.lease.id;
    tables.outbox.supersede(id, &decision.supersedes, decision.at);
    let subject = Subject::PullRequest(id);
    for intent in &decision.intents {
        tables
            .outbox
            .put(Owner::PullRequest(id), &subject, decision.at, intent);
    }
    Ok(())
}

fn check_limits(decision: &Decision) -> Result<(), StoreError> {
    require_body("the body of the pull request", &decision.body)?;
    let signatures = decision.signatures.len().max(decision.withdrawn.len());
    require("the list of signatures", "rows", signatures, SIGNATURES_MAX)?;
    if let Some(new) = &decision.decided {
        require_word("the outcome", &new.outcome)?;
        require_body("the body of the decision", &new.body)?;
    }
    decision.signatures.iter().try_for_each(check_signature)?;
    let kinds = decision.supersedes.len();
    require("the list of superseded kinds", "rows", kinds, SUPERSEDED_MAX)?;
    require_rows("the list of intents", decision.intents.len())?;
    check_intent_words(&decision.intents)?;
    let subject = Subject::PullRequest(decision.lease.id);
    check_owned(&subject, decision.intents.iter().map(|intent| &intent.id))
}

fn check_signature(signature: &NewSignature) -> Result<(), StoreError> {
    require_word("the key of a signature", &signature.name.key_identity)?;
    require_word("the scheme of a signature", &signature.scheme)?;
    require_word("the source of a signature", &signature.source)?;
    require_body("the statement", &signature.statement)?;
    require_body("the signature", &signature.signature)
}

/// Whether it may be written; when the next look is due then.
fn check(tables: &mut Tables, decision: &Decision) -> Result<Option<Timestamp>, StoreError> {
    let stored = tables.pull_requests.held(&decision.lease)?;
    check_revision(stored, decision)?;
    let due = next_due(stored, decision)?;
    if let Some(new) = &decision.decided {
        require_known("the outcome", &new.outcome, &DECISION_OUTCOMES)?;
    }
    let new: BTreeSet<_> = decision.signatures.iter().map(|new| &new.name).collect();
    let is_known = |name| stored.signatures.contains_key(name) || new.contains(name);
    if let Some(name) = decision.withdrawn.iter().find(|name| !is_known(*name)) {
        return Err(refused(format!("{} never signed", name.key_identity)));
    }
    check_intents(tables, &decision.intents)?;
    Ok(due)
}

fn check_revision(stored: &Stored, decision: &Decision) -> Result<(), StoreError> {
    match &decision.decided {
        Some(new) if new.revision.checked_sub(1) != Some(stored.row.revision) => {
            Err(StoreError::RevisionConflict {
                subject: Subject::PullRequest(decision.lease.id),
                expected: new.revision.saturating_sub(1),
                found: Some(stored.row.revision),
            })
        }
        Some(_) | None => Ok(()),
    }
}

/// The earlier of what the decision says and what was wanted meanwhile. What was wanted and never seen is not forgotten.
fn next_due(stored: &Stored, decision: &Decision) -> Result<Option<Timestamp>, StoreError> {
    let (wanted, seen) = (stored.row.wanted, decision.lease.wanted);
    let meanwhile = stored.row.due.filter(|_| wanted > seen);
    let due = [meanwhile, decision.due].into_iter().flatten().min();
    if seen > wanted || (seen < wanted && due.is_none()) {
        return Err(refused(format!("{seen} of {wanted} wishes are seen")));
    }
    Ok(due)
}

fn write(stored: &mut Stored, decision: &Decision, due: Option<Timestamp>) {
    let row = &mut stored.row;
    row.open = decision.open;
    row.body = Some(decision.body.clone());
    row.seen = decision.lease.wanted;
    row.due = due;
    row.failures = 0;
    row.reason = None;
    row.updated_at = decision.at;
    row.leased = None;
    if let Some(new) = &decision.decided {
        row.revision = new.revision;
        stored.decisions.push(DecisionRow {
            at: decision.at,
            decision: new.clone(),
        });
    }
    for signature in &decision.signatures {
        let received = || SignatureRow {
            signature: signature.clone(),
            withdrawn_at: None,
        };
        let name = signature.name.clone();
        stored.signatures.entry(name).or_insert_with(received);
    }
    for name in &decision.withdrawn {
        if let Some(signature) = stored.signatures.get_mut(name) {
            signature.withdrawn_at.get_or_insert(decision.at);
        }
    }
}
