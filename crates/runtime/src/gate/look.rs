//! One look at one pull request: what was claimed is looked up, judged and written down in one commit.

use super::blind::blind;
use super::book::Book;
use super::decision_body::{outcome, word};
use super::ending::Merge;
use super::figures::GateFigures;
use super::found::{Asked, Found, GateMode};
use super::host::PullRequestHost;
use super::judge::{GateSettings, Judged, Question, Rules, Twin, judge};
use super::landed::{Comparison, LandedFinding, LandedResult, Next};
use super::landings::Landings;
use super::queue::others;
use super::recalled::{Merges, as_of, only_written, to_recall, without_notice_of_merge};
use super::remembered::{Remembered, Seen};
use super::rules::AcceptedRules;
use super::stored_rules::rules_at;
use super::written::{decision, encoding};
use crate::RuntimeError;
use crate::ports::Clock;
use domain_types::{CommitSha, PullRequestId, Timestamp};
use governance_rules::{Ruleset, Wanted, wanted};
use std::sync::{Arc, Mutex, PoisonError};
use storage::{ClaimedPullRequest, Decision, Look, PullRequestStore, StoreError};

/// Seconds until a look that came to nothing is tried again, the first time; doubled each time.
const RETRY_SECONDS_FIRST: u64 = 2;
/// Seconds between tries at most.
const RETRY_SECONDS_MAX: u64 = 300;

/// What looks at pull requests have in common.
pub(crate) struct Looking {
    pub(crate) store: Arc<dyn PullRequestStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) host: Arc<dyn PullRequestHost>,
    pub(crate) rules: Arc<AcceptedRules>,
    pub(crate) settings: GateSettings,
    pub(crate) lately: Mutex<Remembered>,
    pub(crate) figures: Arc<GateFigures>,
    /// Comparisons of what landed; none where nobody compares here.
    pub(crate) landings: Option<Landings>,
    /// Whether what landed is compared at all.
    pub(crate) compares: bool,
    /// Of which moment what was merged is judged.
    pub(crate) merges: Merges,
}

impl Looking {
    /// What was found lately. Nothing is awaited while it is held.
    pub(crate) fn remembered<T>(&self, with: impl FnOnce(&mut Remembered) -> T) -> T {
        // Whoever panicked with it left at most something that is forgotten.
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut lately)
    }

    /// Looks at a pull request that was claimed.
    ///
    /// # Errors
    /// The store's. What the forge does not say is asked again later.
    pub(crate) async fn look(&self, claimed: ClaimedPullRequest) -> Result<(), RuntimeError> {
        // In the middle of a look nothing is known for sure.
        self.remembered(|lately| lately.forget(claimed.stored.id));
        match self.judged(&claimed).await {
            Ok(Some((seen, judged))) => self.commit(claimed, seen, judged).await,
            Ok(None) => self.gone(claimed).await,
            Err(reason) => self.put_off(claimed, &reason).await,
        }
    }

    async fn judged(&self, claimed: &ClaimedPullRequest) -> Result<Option<(Seen, Judged)>, String> {
        let stored = &claimed.stored;
        let book = Book::read(stored.body.as_deref())?;
        let name = stored.repository.rsplit('/').next().unwrap_or_default();
        let asked = Asked {
            id: stored.id,
            repository: stored.repository.clone(),
            comments_since: book.comments_since(),
            gate: self.settings.mode_of(name),
            wanted: self.wanted(name),
            groups: book.known_groups(),
            known: book.known(),
            merges: self.merges,
        };
        let Some(found) = self.host.look(&asked).await? else {
            return Ok(None);
        };
        let recalled = to_recall(self.merges, &found, &book);
        let (found, rules) = match recalled {
            Some(at) => (as_of(found, at), self.rules_at(at).await?),
            None => (found, self.rules.now()),
        };
        let twins = self.twins(&found).await?;
        let members = self.members(&found, stored.id).await?;
        let signatures = self.store.signatures(stored.id).await;
        let signatures = signatures.map_err(|error| error.to_string())?;
        let judged = judge(Question {
            id: stored.id,
            settings: &self.settings,
            rules: match rules.as_ref() {
                Ok(rules) => Rules::Accepted(rules),
                Err(reason) => Rules::Unusable(reason),
            },
            found: &found,
            book,
            signatures: &signatures,
            twins: &twins,
            members: &members,
            landed: self.comparison(stored.id),
            first_seen_at: stored.first_seen_at,
        });
        let judged = match (recalled, self.merges) {
            (Some(_), _) => only_written(judged, self.clock.now()),
            (None, Merges::Recalled) => without_notice_of_merge(judged),
            (None, Merges::Seen) => judged,
        };
        let wanted = asked.wanted;
        Ok(Some((Seen { found, wanted }, judged)))
    }

    /// The rules that held at a time. Where none are written down they are in a folder, and are those of now.
    async fn rules_at(&self, at: Timestamp) -> Result<Arc<Result<Ruleset, String>>, String> {
        let rules = rules_at(&*self.store, at).await?;
        Ok(rules.map_or_else(|| self.rules.now(), |rules| Arc::new(Ok(rules))))
    }

    /// What the rules may want to know of a pull request of this repository. Should they change during the look, what is missing is not
    /// fulfilled, and the pull request is looked at again for their sake.
    pub(crate) fn wanted(&self, repository: &str) -> Wanted {
        match (self.rules.now().as_ref(), repository.parse()) {
            (Ok(rules), Ok(repository)) => wanted(rules, &repository),
            (Err(_), _) | (_, Err(_)) => Wanted::default(),
        }
    }

    /// What the books of others with the same head and base say.
    pub(crate) async fn twins(&self, found: &Found) -> Result<Vec<Twin>, String> {
        let twins = found.twins.iter().map(|id| (*id, found.head.clone()));
        self.colours(twins, &found.base).await
    }

    /// What the books of those say that are in a group with it.
    pub(crate) async fn members(&self, found: &Found, own: PullRequestId) -> Result<Vec<Twin>, String> {
        self.colours(others(found, own), &found.base).await
    }

    /// What the books of others say of these heads and a base.
    async fn colours(
        &self,
        others: impl Iterator<Item = (PullRequestId, CommitSha)>,
        base: &str,
    ) -> Result<Vec<Twin>, String> {
        let mut colours = Vec::new();
        for (id, head) in others {
            let stored = self.store.pull_request(id).await;
            let stored = stored.map_err(|error| error.to_string())?;
            // One that cannot be read is as one that was never looked at: it is waited for.
            let book = Book::read(stored.as_ref().and_then(|stored| stored.body.as_deref()));
            let book = book.unwrap_or_default();
            let shown = book.outcome.filter(|(of, into, _)| *of == head && into == base);
            colours.push(Twin {
                id,
                shown: shown.map(|(_, _, shown)| shown),
            });
        }
        Ok(colours)
    }

    async fn commit(
        &self,
        claimed: ClaimedPullRequest,
        seen: Seen,
        judged: Judged,
    ) -> Result<(), RuntimeError> {
        let found = &seen.found;
        let (id, repository) = (claimed.stored.id, format!("{}/{}", found.owner, found.name));
        let (wake, merge) = (judged.wake.clone(), judged.merge.clone());
        let elsewhere = judged.elsewhere.clone();
        let (landed, next) = (judged.landed.clone(), judged.next.clone());
        let again = claimed.clone();
        let decision = decision(claimed, found, judged)?;
        let word = decision
            .decided
            .as_ref()
            .and_then(|decided| outcome(decided).ok())
            .map(word);
        match self.store.commit_decision(&decision).await {
            Ok(()) => {}
            // What cannot be stored of one pull request ends nothing of the others.
            Err(error @ (StoreError::TooLarge { .. } | StoreError::Constraint { .. })) => {
                return self.put_off(again, &error.to_string()).await;
            }
            // Somebody else looks at it now, or did.
            Err(StoreError::LeaseLost { .. } | StoreError::RevisionConflict { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        tracing::info!(pull_request = %id, repository, "looked at");
        let past = merge.as_ref().is_some_and(Merge::is_past);
        self.figures.count(|counts| {
            counts.looks += 1;
            counts.merges_past += u64::from(past);
            if let Some(word) = word {
                *counts.decisions.entry(word).or_default() += 1;
            }
        });
        self.note(id, seen);
        self.go_on((id, &repository), (landed, next));
        if let (Some(merge), Merges::Seen) = (&merge, self.merges) {
            tell_merge(id, &repository, merge);
        }
        let now = self.clock.now();
        let here = wake.into_iter().map(|id| look(id, &repository, now));
        let elsewhere = elsewhere
            .iter()
            .map(|(id, repository)| look(*id, repository, now));
        let looks: Vec<Look> = here.chain(elsewhere).collect();
        if !looks.is_empty() {
            self.store.want_pull_requests(&looks, now).await?;
        }
        Ok(())
    }

    /// How far a comparison is. What is recalled owes it to whoever looks next.
    fn comparison(&self, id: PullRequestId) -> Comparison {
        match &self.landings {
            Some(landings) => landings.of(id),
            None if self.compares => Comparison::NotBegun,
            None => Comparison::Off,
        }
    }

    /// What was told is told, and what is to be compared is begun.
    fn go_on(&self, (id, repository): (PullRequestId, &str), (landed, next): (Option<LandedFinding>, Next)) {
        if let Some(finding) = &landed {
            tell_landed(id, repository, finding);
            self.figures.count(|counts| match finding.result {
                LandedResult::Same => {}
                LandedResult::Different => counts.landed_different += 1,
                LandedResult::Unknown => counts.landed_unknown += 1,
            });
        }
        if let Some(landings) = &self.landings {
            match next {
                Next::Wait => {}
                Next::Begin(asked) => landings.begin(asked),
                Next::Forget => landings.forget(id),
            }
        }
    }

    /// Remembers what was found of what is open.
    fn note(&self, id: PullRequestId, mut seen: Seen) {
        if !seen.found.is_open {
            return;
        }
        seen.found.comments.clear();
        self.remembered(|lately| lately.remember(id, seen));
    }

    /// There is no such pull request any more: nothing is due.
    async fn gone(&self, claimed: ClaimedPullRequest) -> Result<(), RuntimeError> {
        let body = match &claimed.stored.body {
            Some(body) => Ok(body.clone()),
            None => Book::default().written(),
        };
        let decision = Decision {
            at: self.clock.now(),
            open: false,
            body: body.map_err(encoding)?,
            due: None,
            decided: None,
            signatures: Vec::new(),
            withdrawn: Vec::new(),
            intents: Vec::new(),
            supersedes: Vec::new(),
            lease: claimed.lease,
        };
        match self.store.commit_decision(&decision).await {
            Ok(()) | Err(StoreError::LeaseLost { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn put_off(&self, claimed: ClaimedPullRequest, reason: &str) -> Result<(), RuntimeError> {
        tracing::warn!(pull_request = %claimed.stored.id, reason, "could not be looked at");
        self.figures.count(|counts| counts.failed_looks += 1);
        let now = self.clock.now();
        if let Some(decision) = blind(&claimed, &self.settings, (reason, now)).map_err(encoding)? {
            tracing::error!(pull_request = %claimed.stored.id, reason, "its green counts for nothing");
            return match self.store.commit_decision(&decision).await {
                Ok(()) | Err(StoreError::LeaseLost { .. } | StoreError::RevisionConflict { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            };
        }
        let until = now.plus_seconds(retry_seconds(claimed.stored.failures));
        match self
            .store
            .put_off_pull_request(&claimed.lease, until, reason, now)
            .await
        {
            Ok(()) | Err(StoreError::LeaseLost { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Says of a merge what a watcher of the log has to know. Whoever merges past the gate is named.
fn tell_merge(id: PullRequestId, repository: &str, merge: &Merge) {
    let by = merge.found.by.as_deref().unwrap_or("somebody");
    match (merge.was_green(), merge.mode) {
        (true, _) => tracing::info!(pull_request = %id, repository, by, "merged"),
        (false, GateMode::Enforce) => {
            tracing::error!(pull_request = %id, repository, by, "merged past the gate");
        }
        (false, GateMode::DryRun) => {
            tracing::warn!(pull_request = %id, repository, by, "would have been held back, and was merged");
        }
    }
}

/// Says what a watcher of the log has to know of what landed.
fn tell_landed(id: PullRequestId, repository: &str, finding: &LandedFinding) {
    let (by, because) = (finding.by.as_deref().unwrap_or("somebody"), &finding.because);
    match (finding.result, finding.mode) {
        (LandedResult::Same, _) => {
            tracing::info!(pull_request = %id, repository, by, "what landed is what the merge gives, after all");
        }
        (LandedResult::Different, GateMode::Enforce) => {
            tracing::error!(pull_request = %id, repository, by, because, "what landed is not what the merge gives");
        }
        (LandedResult::Different, GateMode::DryRun) => {
            tracing::warn!(pull_request = %id, repository, by, because, "what landed is not what the merge gives");
        }
        (LandedResult::Unknown, GateMode::Enforce) => {
            tracing::error!(pull_request = %id, repository, by, because, "what landed could not be compared");
        }
        (LandedResult::Unknown, GateMode::DryRun) => {
            tracing::warn!(pull_request = %id, repository, by, because, "what landed could not be compared");
        }
    }
}

fn retry_seconds(failures: u32) -> u64 {
    let doubled = RETRY_SECONDS_FIRST
        .checked_shl(failures.min(16))
        .unwrap_or(RETRY_SECONDS_MAX);
    doubled.min(RETRY_SECONDS_MAX)
}

/// A wish to look at a pull request now.
pub(crate) fn look(id: PullRequestId, repository: &str, now: Timestamp) -> Look {
    Look {
        pull_request: id,
        repository: repository.to_owned(),
        not_before: now,
    }
}
