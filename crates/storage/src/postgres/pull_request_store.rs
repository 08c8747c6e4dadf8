//! The store of pull requests in a PostgreSQL database: who calls what.

use super::failure::repeated;
use super::{PostgresStore, decision, outbox, pull_request, ruleset};
use crate::{
    Claim, ClaimedPullRequest, Decision, DecisionRow, InboxLease, IntentRow, Listed, Look, PullRequestLease,
    PullRequestStore, RulesetRow, SignatureRow, StoreError, StoredPullRequest,
};
use async_trait::async_trait;
use domain_types::{PullRequestId, Sha256Digest, Timestamp};

#[async_trait]
impl PullRequestStore for PostgresStore {
    async fn hear_of_pull_requests(
        &self,
        lease: &InboxLease,
        looks: &[Look],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        repeated(|| pull_request::hear(&self.pool, lease, looks, now)).await
    }

    async fn want_pull_requests(&self, looks: &[Look], now: Timestamp) -> Result<(), StoreError> {
        repeated(|| pull_request::want(&self.pool, looks, now)).await
    }

    async fn claim_pull_request(&self, claim: &Claim) -> Result<Option<ClaimedPullRequest>, StoreError> {
        repeated(|| pull_request::claim(&self.pool, claim)).await
    }

    async fn commit_decision(&self, decision: &Decision) -> Result<(), StoreError> {
        repeated(|| decision::commit(&self.pool, decision)).await
    }

    async fn put_off_pull_request(
        &self,
        lease: &PullRequestLease,
        until: Timestamp,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        repeated(|| pull_request::put_off(&self.pool, lease, (until, reason), now)).await
    }

    async fn pull_request(&self, id: PullRequestId) -> Result<Option<StoredPullRequest>, StoreError> {
        repeated(|| pull_request::load(&self.pool, id)).await
    }

    async fn pull_requests(
        &self,
        repository: Option<&str>,
        listed: Listed,
        after: Option<PullRequestId>,
        limit: u32,
    ) -> Result<Vec<StoredPullRequest>, StoreError> {
        repeated(|| pull_request::list(&self.pool, (repository, listed), after, limit)).await
    }

    async fn decisions(
        &self,
        id: PullRequestId,
        before_revision: Option<u64>,
        limit: u32,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        repeated(|| pull_request::decisions(&self.pool, id, before_revision, limit)).await
    }

    async fn signatures(&self, id: PullRequestId) -> Result<Vec<SignatureRow>, StoreError> {
        repeated(|| pull_request::signatures(&self.pool, id)).await
    }

    async fn pull_request_intents(
        &self,
        id: PullRequestId,
        limit: u32,
    ) -> Result<Vec<IntentRow>, StoreError> {
        repeated(|| outbox::of_pull_request(&self.pool, id, limit)).await
    }

    async fn next_look(&self) -> Result<Option<Timestamp>, StoreError> {
        repeated(|| pull_request::next(&self.pool)).await
    }

    async fn newest_ruleset(&self) -> Result<Option<RulesetRow>, StoreError> {
        repeated(|| ruleset::newest(&self.pool)).await
    }

    async fn ruleset(&self, digest: &Sha256Digest) -> Result<Option<RulesetRow>, StoreError> {
        repeated(|| ruleset::find(&self.pool, digest)).await
    }

    async fn accept_ruleset(&self, ruleset: &RulesetRow) -> Result<(), StoreError> {
        repeated(|| ruleset::accept(&self.pool, ruleset)).await
    }
}
