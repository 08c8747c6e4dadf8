//! The reception of the gate: where people look up how a pull request stands, and hand signatures in. Nothing is decided here.

use super::figures::GateFigures;
use super::judge::GateSettings;
use super::recent::Recent;
use super::rules::AcceptedRules;
use super::standing::{Kept, Standing, standing};
use super::statements::ShownStatements;
use super::visibility::Visibility;
use super::visitors::VisitorsHost;
use crate::ports::Clock;
use domain_types::PullRequestId;
use std::sync::Arc;
use storage::{Listed, PullRequestStore, StoreError, StoredPullRequest};
use tokio::sync::{Notify, Semaphore};

/// Signatures that are received at a time: each is verified with every key that may sign, and asks GitHub to take a comment.
const HANDED_IN_AT_ONCE_MAX: usize = 16;
/// Pull requests that are looked up by their names at a time: that reads all of them.
const LOOKED_UP_AT_ONCE_MAX: usize = 16;
/// Readings of the whole book at a time.
const READ_WHOLE_AT_ONCE_MAX: usize = 2;
/// Repositories that may have had a name one after the other, of which a pull request is looked for in each.
const NAMESAKES_MAX: usize = 4;
/// Seconds that GitHub may take to answer: a visitor waits.
pub(super) const GITHUB_SECONDS_MAX: u64 = 15;

/// What a reception is made of.
pub struct ReceptionParts {
    /// Where everything is stored.
    pub store: Arc<dyn PullRequestStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Where pull requests are.
    pub host: Arc<dyn VisitorsHost>,
    /// The rules.
    pub rules: Arc<AcceptedRules>,
    /// What holds for all pull requests.
    pub settings: GateSettings,
    /// Rung when something is due.
    pub bell: Arc<Notify>,
    /// What the gate counts.
    pub figures: Arc<GateFigures>,
}

/// The reception.
pub struct Reception {
    pub(super) parts: ReceptionParts,
    pub(super) places: Semaphore,
    pub(super) recent: Recent,
    pub(super) statements: ShownStatements,
    pub(super) whole: Semaphore,
    lookups: Semaphore,
    visibility: Visibility,
}

/// Who may see a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visible {
    /// Everybody.
    ToEverybody,
    /// Only who is known here; or nobody can tell at the moment.
    ToMembers,
}

/// Why nothing can be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// The store does not answer.
    #[error("the store does not answer")]
    Store,
    /// Too many look something up.
    #[error("too many pull requests are being looked up at the same time")]
    Crowded,
    /// What is stored cannot be read.
    #[error("what is stored cannot be read: {0}")]
    Unreadable(String),
}

impl From<StoreError> for NotShown {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "failed to read pull requests");
        Self::Store
    }
}

impl Reception {
    /// With these parts.
    pub fn new(parts: ReceptionParts) -> Self {
        Self {
            parts,
            places: Semaphore::new(HANDED_IN_AT_ONCE_MAX),
            recent: Recent::default(),
            statements: ShownStatements::default(),
            whole: Semaphore::new(READ_WHOLE_AT_ONCE_MAX),
            lookups: Semaphore::new(LOOKED_UP_AT_ONCE_MAX),
            visibility: Visibility::default(),
        }
    }

    /// The pull request with these numbers, if it was ever heard of.
    ///
    /// # Errors
    /// [`NotShown`].
    pub async fn find(&self, id: PullRequestId) -> Result<Option<StoredPullRequest>, NotShown> {
        Ok(self.parts.store.pull_request(id).await?)
    }

    /// The pull request of this number in the repository that has this name (`owner/name`); of several that have had it, the one that was
    /// looked at last.
    ///
    /// # Errors
    /// [`NotShown`].
    pub async fn find_named(
        &self,
        repository: &str,
        number: u64,
    ) -> Result<Option<StoredPullRequest>, NotShown> {
        let _place = self.lookups.try_acquire().map_err(|_| NotShown::Crowded)?;
        let store = &self.parts.store;
        let (mut found, mut after) = (None::<StoredPullRequest>, None);
        for _ in 0..NAMESAKES_MAX {
            let some = store
                .pull_requests(Some(repository), Listed::All, after, 1)
                .await?;
            let Some(first) = some.first() else { break };
            let id_of = |number| PullRequestId::new(first.id.repository_id(), number).ok();
            let Some(id) = id_of(number) else { break };
            let one = store.pull_request(id).await?;
            found = found.into_iter().chain(one).max_by_key(|one| one.updated_at);
            after = id_of(i64::MAX.unsigned_abs());
        }
        Ok(found)
    }

    /// Who may see a pull request. The forge is asked, but not each time.
    pub async fn visible(&self, stored: &StoredPullRequest) -> Visible {
        let asked = (&*self.parts.host, &*self.parts.clock);
        match self.visibility.is_public(stored, asked).await {
            true => Visible::ToEverybody,
            false => Visible::ToMembers,
        }
    }

    /// Where a pull request stands.
    ///
    /// # Errors
    /// [`NotShown`].
    pub async fn standing(&self, stored: &StoredPullRequest) -> Result<Standing, NotShown> {
        let store = &self.parts.store;
        let newest = store.decisions(stored.id, None, 1).await?;
        let signatures = store.signatures(stored.id).await?;
        let rules = self.parts.rules.now();
        let kept = Kept {
            stored,
            newest: newest.first(),
            signatures: &signatures,
            rules: rules.as_ref().as_ref().ok(),
            now: self.parts.clock.now(),
        };
        standing(&kept, &self.parts.settings).map_err(NotShown::Unreadable)
    }
}
