//! The store of pull requests in one SQLite file: who calls what.

use super::{SqliteStore, decision, outbox, pull_request, ruleset};
use crate::{
    Claim, ClaimedPullRequest, Decision, DecisionRow, InboxLease, IntentRow, Listed, Look, PullRequestLease,
    PullRequestStore, RulesetRow, SignatureRow, StoreError, StoredPullRequest,
};
use async_trait::async_trait;
use domain_types::{PullRequestId, Sha256Digest, Timestamp};

#[async_trait]
impl PullRequestStore for SqliteStore {
    async fn hear_of_pull_requests(
        &self,
        lease: &InboxLease,
        looks: &[Look],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.writer.turn().await?;
        let heard = pull_request::hear(&mut writing.connection, lease, looks, now).await;
        writing.end(heard)
    }

    async fn want_pull_requests(&self, looks: &[Look], now: Timestamp) -> Result<(), StoreError> {
        pull_request::want(&self.writer, looks, now).await
    }

    async fn claim_pull_request(&self, claim: &Claim) -> Result<Option<ClaimedPullRequest>, StoreError> {
        pull_request::claim(&self.writer, claim).await
    }

    async fn commit_decision(&self, decision: &Decision) -> Result<(), StoreError> {
        let mut writing = self.writer.turn().await?;
        let committed = decision::commit(&mut writing.connection, decision).await;
        writing.end(committed)
    }

    async fn put_off_pull_request(
        &self,
        lease: &PullRequestLease,
        until: Timestamp,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        pull_request::put_off(&self.writer, lease, (until, reason), now).await
    }

    async fn pull_request(&self, id: PullRequestId) -> Result<Option<StoredPullRequest>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = pull_request::load(&mut reading.connection, id).await;
        reading.end(found)
    }

    async fn pull_requests(
        &self,
        repository: Option<&str>,
        listed: Listed,
        after: Option<PullRequestId>,
        limit: u32,
    ) -> Result<Vec<StoredPullRequest>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = pull_request::list_all(&mut reading.connection, (repository, listed), after, limit).await;
        reading.end(found)
    }

    async fn decisions(
        &self,
        id: PullRequestId,
        before_revision: Option<u64>,
        limit: u32,
    ) -> Result<Vec<DecisionRow>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = pull_request::decisions(&mut reading.connection, id, before_revision, limit).await;
        reading.end(found)
    }

    async fn signatures(&self, id: PullRequestId) -> Result<Vec<SignatureRow>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = pull_request::signatures(&mut reading.connection, id).await;
        reading.end(found)
    }

    async fn pull_request_intents(
        &self,
        id: PullRequestId,
        limit: u32,
    ) -> Result<Vec<IntentRow>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = outbox::of_pull_request(&mut reading.connection, id, limit).await;
        reading.end(found)
    }

    async fn next_look(&self) -> Result<Option<Timestamp>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = pull_request::next(&mut reading.connection).await;
        reading.end(found)
    }

    async fn newest_ruleset(&self) -> Result<Option<RulesetRow>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = ruleset::newest(&mut reading.connection).await;
        reading.end(found)
    }

    async fn ruleset(&self, digest: &Sha256Digest) -> Result<Option<RulesetRow>, StoreError> {
        let mut reading = self.readers.one().await?;
        let found = ruleset::find(&mut reading.connection, digest).await;
        reading.end(found)
    }

    async fn accept_ruleset(&self, ruleset: &RulesetRow) -> Result<(), StoreError> {
        ruleset::accept(&self.writer, ruleset).await
    }
}
