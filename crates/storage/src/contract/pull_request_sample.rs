//! Small true-looking rows about pull requests for the cases.

use super::sample::{at, claim};
use crate::{
    ClaimedPullRequest, Decision, DecisionRow, Hold, Look, NewDecision, NewIntent, NewSignature,
    PullRequestLease, PullRequestStore, SignatureName, SignatureRow, StoreError, StoredPullRequest,
};
use domain_types::{CommandId, PullRequestId, Sha256Digest};

/// The number of the repository that most cases use.
pub(crate) const REPOSITORY_ID: u64 = 1_296_269;

/// The pull request of that number.
pub(crate) fn id(number: u64) -> PullRequestId {
    PullRequestId::new(REPOSITORY_ID, number).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// A wish for it, not before that second.
pub(crate) fn look(number: u64, seconds: i64) -> Look {
    Look {
        pull_request: id(number),
        repository: "commons/house".to_owned(),
        not_before: at(seconds),
    }
}

/// Claims for ten seconds.
pub(crate) async fn taken(
    store: &dyn PullRequestStore,
    owner: &str,
    seconds: i64,
) -> Result<ClaimedPullRequest, StoreError> {
    let claimed = store.claim_pull_request(&claim(owner, seconds)).await?;
    Ok(claimed.unwrap_or_else(|| panic!("nothing to claim for {owner} at {seconds}")))
}

/// The number of the pull request that a claim gives now, if any.
pub(super) async fn claimed_number(
    store: &dyn PullRequestStore,
    owner: &str,
    seconds: i64,
) -> Result<Option<u64>, StoreError> {
    let claimed = store.claim_pull_request(&claim(owner, seconds)).await?;
    Ok(claimed.map(|claimed| claimed.stored.id.number()))
}

/// What came of a look: nothing to be written in the book, and nothing to wait for.
pub(crate) fn plain(lease: &PullRequestLease, seconds: i64) -> Decision {
    Decision {
        lease: lease.clone(),
        at: at(seconds),
        open: true,
        body: format!("{{\"v\":1,\"at\":{seconds}}}"),
        due: None,
        decided: None,
        signatures: Vec::new(),
        withdrawn: Vec::new(),
        intents: Vec::new(),
        supersedes: Vec::new(),
    }
}

/// The `index`-th command of a verdict about a pull request.
pub(crate) fn intent(number: u64, revision: u64, index: usize, kind: &str) -> NewIntent {
    let id = CommandId::of_pull_request(id(number), revision, index);
    NewIntent {
        body: format!("{{\"id\":\"{id}\"}}"),
        id,
        kind: kind.to_owned(),
        priority: 0,
        pool: None,
        hold: Hold::Obeys,
    }
}

/// A verdict of that revision.
pub(crate) fn verdict(revision: u64) -> NewDecision {
    NewDecision {
        revision,
        ruleset_digest: Sha256Digest::of(b"ruleset"),
        facts_digest: Sha256Digest::of(format!("facts {revision}").as_bytes()),
        outcome: "pending".to_owned(),
        body: format!("{{\"v\":1,\"revision\":{revision}}}"),
    }
}

/// A signature upon a statement by a key, that came in the first second.
pub(crate) fn signature(statement: &str, key: &str) -> NewSignature {
    NewSignature {
        name: SignatureName {
            statement_digest: Sha256Digest::of(statement.as_bytes()),
            key_identity: key.to_owned(),
        },
        scheme: "ssh-ed25519".to_owned(),
        statement: statement.to_owned(),
        signature: format!("{key} signs {statement}"),
        source: "comment/7".to_owned(),
        received_at: at(1),
    }
}

/// What is stored of a pull request that is there.
pub(crate) async fn stored(
    store: &dyn PullRequestStore,
    number: u64,
) -> Result<StoredPullRequest, StoreError> {
    let stored = store.pull_request(id(number)).await?;
    Ok(stored.unwrap_or_else(|| panic!("pull request {number} is gone")))
}

/// Everything that is stored of a pull request, to be compared before and after.
pub(super) async fn picture(
    store: &dyn PullRequestStore,
    number: u64,
) -> Result<(Option<StoredPullRequest>, Vec<DecisionRow>, Vec<SignatureRow>), StoreError> {
    Ok((
        store.pull_request(id(number)).await?,
        store.decisions(id(number), None, 1000).await?,
        store.signatures(id(number)).await?,
    ))
}
