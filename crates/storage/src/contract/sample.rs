//! Small true-looking rows for the cases.

use crate::{
    BuildRow, Claim, Hold, IntentLease, NewInboxRow, NewIntent, PoolCapacity, ReleaseRow, Step, Store,
    StoreError,
};
use domain_types::{CommandId, ReleaseId, ReleaseName, ReleaseVersion, Sha256Digest, Timestamp};

/// One release of the cases, from which steps are made.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its identity.
    pub release: ReleaseId,
    name: ReleaseName,
    version: ReleaseVersion,
    plan: Sha256Digest,
}

/// The time of the cases, in seconds after their beginning.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_700_000_000 + seconds)
}

/// A word of ours.
fn word<T: std::str::FromStr<Err = domain_types::Invalid>>(text: &str) -> T {
    text.parse().unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// A claim that lasts ten seconds.
pub(super) fn claim(owner: &str, seconds: i64) -> Claim {
    Claim {
        owner: owner.to_owned(),
        now: at(seconds),
        lease_seconds: 10,
        release: None,
    }
}

/// A pool.
pub(super) fn pool(name: &str, slots: u32) -> PoolCapacity {
    PoolCapacity {
        pool: name.to_owned(),
        slots,
    }
}

/// An inbox row with that key.
pub(super) fn inbox_row(key: &str) -> NewInboxRow {
    NewInboxRow {
        key: key.to_owned(),
        release: None,
        kind: "resume".to_owned(),
        body: format!("{{\"v\":1,\"key\":{key:?}}}"),
        actor: "operator".to_owned(),
    }
}

impl Sample {
    /// The release of that name and version under a plan.
    pub fn new(name: &str, version: &str, plan: &str) -> Self {
        let (name, version, plan) = (word(name), word(version), Sha256Digest::of(plan.as_bytes()));
        Self {
            release: ReleaseId::new(&name, &version, &plan),
            name,
            version,
            plan,
        }
    }

    /// The release that most cases use.
    pub fn commons() -> Self {
        Self::new("commons", "0.1.0", "plan")
    }

    /// A step to `revision` at second `revision`, with nothing but the release row.
    pub fn step(&self, revision: u64) -> Step {
        Step {
            release: self.release.clone(),
            revision,
            at: at(i64::try_from(revision).unwrap_or(i64::MAX)),
            inbox: None,
            event_kind: "start".to_owned(),
            event: format!("{{\"v\":1,\"revision\":{revision}}}"),
            facts: "[]".to_owned(),
            row: ReleaseRow {
                name: self.name.clone(),
                version: self.version.clone(),
                plan_digest: self.plan,
                phase: "building".to_owned(),
                held: false,
                ended: false,
                occupies: true,
                body: format!("{{\"v\":1,\"revision\":{revision}}}"),
            },
            builds: Vec::new(),
            intents: Vec::new(),
            slots_freed: Vec::new(),
            abandoned: Vec::new(),
            timers_set: Vec::new(),
            timers_cleared: Vec::new(),
            snapshot: None,
        }
    }

    /// The id of a command of a revision.
    pub fn command(&self, revision: u64, index: usize) -> CommandId {
        CommandId::new(&self.release, revision, index)
    }

    /// An intent without a pool.
    pub fn intent(&self, revision: u64, index: usize, priority: i64) -> NewIntent {
        let id = self.command(revision, index);
        NewIntent {
            body: format!("{{\"id\":\"{id}\"}}"),
            id,
            kind: "build".to_owned(),
            priority,
            pool: None,
            hold: Hold::Obeys,
        }
    }

    /// An intent that takes a slot of a pool.
    pub fn pooled(&self, revision: u64, index: usize, pool: &str) -> NewIntent {
        NewIntent {
            pool: Some(pool.to_owned()),
            ..self.intent(revision, index, 0)
        }
    }

    /// A build in a state.
    pub fn build(&self, repository: &str, state: &str, reuse: Option<&str>) -> BuildRow {
        BuildRow {
            repository: word(repository),
            platform: word("linux-x86_64"),
            attempt: 1,
            state: state.to_owned(),
            reuse_key: reuse.map(|key| Sha256Digest::of(key.as_bytes())),
            body: format!("{{\"v\":1,\"state\":{state:?}}}"),
        }
    }

    /// Commits revision 1 with these intents.
    pub(super) async fn start(&self, store: &dyn Store, intents: Vec<NewIntent>) -> Result<(), StoreError> {
        store
            .commit_step(&Step {
                intents,
                ..self.step(1)
            })
            .await
    }
}

/// Claims an intent and marks it as being sent.
pub(super) async fn send(store: &dyn Store, owner: &str, seconds: i64) -> Result<IntentLease, StoreError> {
    let claimed = store.claim_intent(&claim(owner, seconds), &[]).await?;
    let claimed = claimed.unwrap_or_else(|| panic!("nothing to claim"));
    let sent = store.mark_sending(&claimed.lease, at(seconds)).await?;
    assert!(matches!(sent, crate::MarkedSending::Sending(_)), "{sent:?}");
    Ok(claimed.lease)
}

/// The command that a claim gives now, if any.
pub(super) async fn claimed_id(
    store: &dyn Store,
    owner: &str,
    seconds: i64,
    pools: &[PoolCapacity],
) -> Result<Option<CommandId>, StoreError> {
    Ok(store
        .claim_intent(&claim(owner, seconds), pools)
        .await?
        .map(|claimed| claimed.intent.id))
}
