//! A book that was lost is made anew from the forge: every open pull request is looked at once, and what was merged lately is judged as of its
//! merge. It ends, and it writes nothing on the forge: what is to be shown waits in the book for the server.

use super::book::Book;
use super::look::{Looking, look};
use super::recalled::Merges;
use super::run::{Gate, LEASE_SECONDS, LOOKS_AT_ONCE_MAX, LOOKS_MAX};
use crate::RuntimeError;
use domain_types::{PullRequestId, RepoName, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use storage::{Claim, Look};
use tokio::sync::watch;

/// How often what could not be looked at is tried.
const ROUNDS_MAX: u32 = 3;
/// Seconds between two rounds: GitHub fails for seconds, or for long.
const ROUND_SECONDS: u64 = 5;

/// What became of one pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebuiltPullRequest {
    /// `owner/name`.
    pub repository: String,
    /// Its number.
    pub number: u64,
    /// Whether it is open.
    pub is_open: bool,
    /// What was decided of it last.
    pub outcome: Option<String>,
    /// How many signatures of it are in the book.
    pub signatures: usize,
    /// When it turns by itself, or is looked at again.
    pub due: Option<Timestamp>,
    /// Why it could not be restored; none if it was.
    pub trouble: Option<String>,
}

/// What became of all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// In the order in which they were done; those that could not be restored last.
    pub pull_requests: Vec<RebuiltPullRequest>,
    /// Repositories whose pull requests could not be listed, and why.
    pub unlisted: Vec<(String, String)>,
    /// Whether somebody ended it before its end.
    pub is_interrupted: bool,
}

/// What is still to be done, and who hears of what was.
struct Work<'w> {
    looking: Looking,
    left: Mutex<BTreeMap<PullRequestId, String>>,
    done: Mutex<Vec<RebuiltPullRequest>>,
    tell: &'w (dyn Fn(&RebuiltPullRequest) + Send + Sync),
    shutdown: &'w watch::Receiver<bool>,
}

impl Gate {
    /// Makes the book anew, telling of each pull request as it is done. Again changes nothing. What is done when `shutdown` turns true stays.
    ///
    /// Of a repository that the rules name every open pull request is looked at, and every one that was merged since `merged_since`.
    ///
    /// # Errors
    /// The store's.
    pub async fn rebuild(
        &self,
        merged_since: Option<Timestamp>,
        tell: &(dyn Fn(&RebuiltPullRequest) + Send + Sync),
        shutdown: &watch::Receiver<bool>,
    ) -> Result<Rebuilt, RuntimeError> {
        let mut rebuilt = Rebuilt::default();
        let left = self.to_rebuild(merged_since, &mut rebuilt, shutdown).await?;
        let work = Work {
            looking: self.looking(Merges::Recalled),
            left: Mutex::new(left),
            done: Mutex::default(),
            tell,
            shutdown,
        };
        for round in 0..ROUNDS_MAX {
            if round > 0 && !work.is_over() {
                let mut shutdown = shutdown.clone();
                let due = self.clock.now().plus_seconds(ROUND_SECONDS);
                tokio::select! {
                    () = self.clock.wait_until(due) => {}
                    _ = shutdown.changed() => {}
                }
            }
            let lookers = (0..LOOKS_AT_ONCE_MAX).map(|_| self.look_at_what_is_left(&work));
            futures::future::try_join_all(lookers).await?;
        }
        rebuilt.is_interrupted = *shutdown.borrow();
        let left: Vec<PullRequestId> = held(&work.left).keys().copied().collect();
        for id in left.into_iter().filter(|_| !rebuilt.is_interrupted) {
            if let Some(mut lacking) = self.rebuilt(id).await? {
                let unsaid = || "it could not be looked at in time".to_owned();
                lacking.trouble = Some(lacking.trouble.unwrap_or_else(unsaid));
                work.tell(lacking);
            }
        }
        rebuilt.pull_requests = std::mem::take(&mut *held(&work.done));
        Ok(rebuilt)
    }

    /// Lists what is to be looked at, and wishes for it.
    async fn to_rebuild(
        &self,
        merged_since: Option<Timestamp>,
        rebuilt: &mut Rebuilt,
        shutdown: &watch::Receiver<bool>,
    ) -> Result<BTreeMap<PullRequestId, String>, RuntimeError> {
        let rules = self.rules.now();
        let repositories: Vec<RepoName> = match rules.as_ref() {
            Ok(rules) => rules.repositories().into_iter().cloned().collect(),
            Err(_) => Vec::new(),
        };
        let mut left = BTreeMap::new();
        for name in repositories.iter().take_while(|_| !*shutdown.borrow()) {
            match self.host.pull_requests_of(name, merged_since).await {
                Ok(listed) => left.extend(listed.into_iter().map(|pull| (pull.id, pull.repository))),
                Err(reason) => rebuilt.unlisted.push((name.to_string(), reason)),
            }
        }
        let now = self.clock.now();
        let looks = left.iter().map(|(id, repository)| look(*id, repository, now));
        let looks: Vec<Look> = looks.collect();
        for some in looks.chunks(LOOKS_MAX) {
            self.store.want_pull_requests(some, now).await?;
        }
        Ok(left)
    }

    /// Looks at whatever is due, until nothing is left or nothing is due.
    async fn look_at_what_is_left(&self, work: &Work<'_>) -> Result<(), RuntimeError> {
        while !work.is_over() {
            let claim = Claim {
                owner: self.owner.clone(),
                now: self.clock.now(),
                lease_seconds: LEASE_SECONDS,
                release: None,
            };
            let Some(claimed) = self.store.claim_pull_request(&claim).await? else {
                return Ok(());
            };
            let id = claimed.stored.id;
            work.looking.look(claimed).await?;
            let now = self.clock.now();
            let rebuilt = self.rebuilt(id).await?;
            // What was merged is looked at twice: as of its merge, and as it is.
            let is_done =
                |done: &RebuiltPullRequest| done.trouble.is_none() && done.due.is_none_or(|due| due > now);
            if let Some(done) = rebuilt.filter(is_done)
                && held(&work.left).remove(&id).is_some()
            {
                work.tell(done);
            }
        }
        Ok(())
    }

    /// What the book says of it.
    async fn rebuilt(&self, id: PullRequestId) -> Result<Option<RebuiltPullRequest>, RuntimeError> {
        let Some(stored) = self.store.pull_request(id).await? else {
            return Ok(None);
        };
        let decisions = self.store.decisions(id, None, 1).await?;
        let signatures = self.store.signatures(id).await?;
        let unread = Book::read(stored.body.as_deref()).err();
        Ok(Some(RebuiltPullRequest {
            number: id.number(),
            is_open: stored.open,
            outcome: decisions.into_iter().next().map(|row| row.decision.outcome),
            signatures: signatures.iter().filter(|row| row.withdrawn_at.is_none()).count(),
            due: stored.due,
            trouble: stored.reason.or(unread),
            repository: stored.repository,
        }))
    }
}

impl Work<'_> {
    fn is_over(&self) -> bool {
        *self.shutdown.borrow() || held(&self.left).is_empty()
    }

    fn tell(&self, done: RebuiltPullRequest) {
        (self.tell)(&done);
        held(&self.done).push(done);
    }
}

/// Nothing is awaited while it is held.
fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
