//! The store of pull requests of the simulation: who calls what.

use super::outbox::Owner;
use super::{ModelStore, Tables, decision, limits, pull_request};
use async_trait::async_trait;
use domain_types::{PullRequestId, Sha256Digest, Timestamp};
use storage::{
    Claim, ClaimedPullRequest, Decision, DecisionRow, InboxLease, IntentRow, JOURNAL_PAGE_MAX, Listed, Look,
    PullRequestLease, PullRequestStore, RulesetRow, SignatureRow, StoreError, StoredPullRequest,
};

/// How many rows a page has.
fn page(limit: u32) -> usize {
    usize::try_from(limit.min(JOURNAL_PAGE_MAX)).unwrap_or(usize::MAX)
}

#[async_trait]
impl PullRequestStore for ModelStore {
    async fn hear_of_pull_requests(
        &self,
        lease: &InboxLease,
        looks: &[Look],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        pull_request::check(looks)?;
        let Tables {
            inbox, pull_requests, ..
        } = &mut *self.tables()?;
        let _follows = inbox.answer(lease, &[], now)?;
        pull_requests.want(looks, now);
        Ok(())
    }

    async fn want_pull_requests(&self, looks: &[Look], now: Timestamp) -> Result<(), StoreError> {
        pull_request::check(looks)?;
        self.tables()?.pull_requests.want(looks, now);
        Ok(())
    }

    async fn claim_pull_request(&self, claim: &Claim) -> Result<Option<ClaimedPullRequest>, StoreError> {
        limits::require_word("the owner", &claim.owner)?;
        Ok(self.tables()?.pull_requests.claim(claim))
    }

    async fn commit_decision(&self, decision: &Decision) -> Result<(), StoreError> {
        decision::commit(&mut *self.tables()?, decision)
    }

    async fn put_off_pull_request(
        &self,
        lease: &PullRequestLease,
        until: Timestamp,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        limits::require_body("the reason", reason)?;
        self.tables()?.pull_requests.put_off(lease, (until, reason), now)
    }

    async fn pull_request(&self, id: PullRequestId) -> Result<Option<StoredPullRequest>, StoreError> {
        Ok(self
            .tables()?
            .pull_requests
            .get(id)
            .map(|stored| stored.row.clone()))
    }

    async fn pull_requests(
        &self,
        repository: Option<&str>,
        listed: Listed,
        after: Option<PullRequestId>,
        limit: u32,
    ) -> Result<Vec<StoredPullRequest>, StoreError> {
        Ok(self
            .tables()?
            .pull_requests
            .list((repository, listed), after, limit))
    }

    async fn decisions(
        &self,
        id: PullRequestId,
        before_revision: Option<u64>,
        limit: u32,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        let tables = self.tables()?;
        let decisions = tables
            .pull_requests
            .get(id)
            .map(|stored| stored.decisions.iter().rev());
        let is_before =
            |row: &&DecisionRow| before_revision.is_none_or(|before| row.decision.revision < before);
        let read = decisions.into_iter().flatten().filter(is_before);
        Ok(read.take(page(limit)).cloned().collect())
    }

    async fn signatures(&self, id: PullRequestId) -> Result<Vec<SignatureRow>, StoreError> {
        let tables = self.tables()?;
        let signatures = tables
            .pull_requests
            .get(id)
            .map(|stored| stored.signatures.values());
        let mut signatures: Vec<_> = signatures.into_iter().flatten().cloned().collect();
        // The sort is stable, and they stand by statement and key.
        signatures.sort_by_key(|row| row.signature.received_at);
        Ok(signatures)
    }

    async fn pull_request_intents(
        &self,
        id: PullRequestId,
        limit: u32,
    ) -> Result<Vec<IntentRow>, StoreError> {
        let intents = self.tables()?.outbox.list(Owner::PullRequest(id));
        Ok(intents.into_iter().rev().take(page(limit)).collect())
    }

    async fn next_look(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables()?.pull_requests.next())
    }

    async fn newest_ruleset(&self) -> Result<Option<RulesetRow>, StoreError> {
        Ok(self.tables()?.rulesets.newest().cloned())
    }

    async fn ruleset(&self, digest: &Sha256Digest) -> Result<Option<RulesetRow>, StoreError> {
        Ok(self.tables()?.rulesets.find(digest).cloned())
    }

    async fn accept_ruleset(&self, ruleset: &RulesetRow) -> Result<(), StoreError> {
        self.tables()?.rulesets.accept(ruleset)
    }
}
