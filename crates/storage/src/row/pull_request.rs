//! Rows about pull requests.

use super::{Columns, count, optional_time, time, truth, word};
use crate::{
    Claim, ClaimedPullRequest, DecisionRow, NewDecision, NewSignature, PullRequestLease, RulesetRow,
    SignatureName, SignatureRow, StoreError, StoredPullRequest,
};

/// A pull request.
pub(crate) fn stored(row: &impl Columns) -> Result<StoredPullRequest, StoreError> {
    let owner = row.optional_text("lease_owner")?;
    Ok(StoredPullRequest {
        id: word(row, "id")?,
        repository: row.text("repository")?,
        open: truth(row, "open")?,
        revision: count(row, "revision")?,
        body: row.optional_text("body")?,
        wanted: count(row, "wanted")?,
        seen: count(row, "seen")?,
        due: optional_time(row, "due_at")?,
        failures: count(row, "failures")?,
        reason: row.optional_text("reason")?,
        first_seen_at: time(row, "first_seen_at")?,
        updated_at: time(row, "updated_at")?,
        leased: owner.zip(optional_time(row, "lease_until")?),
    })
}

/// A pull request, just claimed.
pub(crate) fn claimed(row: &impl Columns, claim: &Claim) -> Result<ClaimedPullRequest, StoreError> {
    let stored = stored(row)?;
    let lease = PullRequestLease {
        id: stored.id,
        owner: claim.owner.clone(),
        epoch: count(row, "epoch")?,
        wanted: stored.wanted,
    };
    Ok(ClaimedPullRequest { lease, stored })
}

/// A line of the book.
pub(crate) fn decision(row: &impl Columns) -> Result<DecisionRow, StoreError> {
    Ok(DecisionRow {
        at: time(row, "at")?,
        decision: NewDecision {
            revision: count(row, "revision")?,
            ruleset_digest: word(row, "ruleset_digest")?,
            facts_digest: word(row, "facts_digest")?,
            outcome: row.text("outcome")?,
            body: row.text("body")?,
        },
    })
}

/// A signature.
pub(crate) fn signature(row: &impl Columns) -> Result<SignatureRow, StoreError> {
    Ok(SignatureRow {
        signature: NewSignature {
            name: SignatureName {
                statement_digest: word(row, "statement_digest")?,
                key_identity: row.text("key_identity")?,
            },
            scheme: row.text("scheme")?,
            statement: row.text("statement")?,
            signature: row.text("signature")?,
            source: row.text("source")?,
            received_at: time(row, "received_at")?,
        },
        withdrawn_at: optional_time(row, "withdrawn_at")?,
    })
}

/// A ruleset.
pub(crate) fn ruleset(row: &impl Columns) -> Result<RulesetRow, StoreError> {
    Ok(RulesetRow {
        version: count(row, "version")?,
        digest: word(row, "digest")?,
        commit: word(row, "commit_sha")?,
        body: row.text("body")?,
        because: row.text("because")?,
        accepted_at: time(row, "accepted_at")?,
    })
}
